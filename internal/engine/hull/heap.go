package hull

// push puts a face that has points outside on the heap: largest distance first,
// the older face first among equals.
func (b *builder) push(f int32) {
	if len(b.faces[f].outside) == 0 {
		return
	}
	b.heap = append(b.heap, f)
	i := len(b.heap) - 1
	for i > 0 && b.before(i, (i-1)/2) {
		b.heap[i], b.heap[(i-1)/2] = b.heap[(i-1)/2], b.heap[i]
		i = (i - 1) / 2
	}
}

// pop takes the first face that is still part of the hull.
func (b *builder) pop() (int32, bool) {
	for len(b.heap) > 0 {
		f := b.heap[0]
		last := len(b.heap) - 1
		b.heap[0] = b.heap[last]
		b.heap = b.heap[:last]
		b.sink()
		if !b.faces[f].dead {
			return f, true
		}
	}
	return 0, false
}

func (b *builder) sink() {
	for i := 0; ; {
		c := 2*i + 1
		if c >= len(b.heap) {
			return
		}
		if c+1 < len(b.heap) && b.before(c+1, c) {
			c++
		}
		if !b.before(c, i) {
			return
		}
		b.heap[i], b.heap[c] = b.heap[c], b.heap[i]
		i = c
	}
}

func (b *builder) before(i, j int) bool {
	x, y := b.heap[i], b.heap[j]
	if d, e := b.faces[x].dist, b.faces[y].dist; d != e {
		return d > e
	}
	return x < y
}
