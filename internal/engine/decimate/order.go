package decimate

// order is a binary heap of vertices by cost, ties by number. It knows where each
// vertex is, so that one can be moved.
type order struct {
	key  []float64 // by vertex; never means it is not wanted
	heap []uint32
	at   []int32 // by vertex: index into heap, none when it is not there
}

// never is the cost of what cannot be done.
const never = 1e300

func newOrder(n int) order {
	return order{key: make([]float64, n), heap: make([]uint32, 0, n), at: make([]int32, n)}
}

// fill makes the heap of all vertices whose key is not never.
func (o *order) fill() {
	o.heap = o.heap[:0]
	for u, k := range o.key {
		o.at[u] = none
		if k < never {
			o.at[u] = int32(len(o.heap))
			o.heap = append(o.heap, uint32(u))
		}
	}
	for i := len(o.heap)/2 - 1; i >= 0; i-- {
		o.down(i)
	}
}

func (o *order) less(a, b uint32) bool {
	if o.key[a] != o.key[b] {
		return o.key[a] < o.key[b]
	}
	return a < b
}

// least returns the lowest cost.
func (o *order) least() (float64, bool) {
	if len(o.heap) == 0 {
		return 0, false
	}
	return o.key[o.heap[0]], true
}

func (o *order) pop() (uint32, bool) {
	if len(o.heap) == 0 {
		return 0, false
	}
	u := o.heap[0]
	o.remove(u)
	return u, true
}

// push sets the cost of u, wherever it is; never takes it out.
func (o *order) push(u uint32, cost float64) {
	if !(cost < never) {
		o.remove(u)
		return
	}
	o.key[u] = cost
	i := int(o.at[u])
	if i < 0 {
		i = len(o.heap)
		o.heap = append(o.heap, u)
		o.at[u] = int32(i)
	}
	o.down(o.up(i))
}

func (o *order) remove(u uint32) {
	i := int(o.at[u])
	if i < 0 {
		return
	}
	last := len(o.heap) - 1
	o.swap(i, last)
	o.heap = o.heap[:last]
	o.at[u] = none
	if i < last {
		o.down(o.up(i))
	}
}

func (o *order) swap(i, j int) {
	o.heap[i], o.heap[j] = o.heap[j], o.heap[i]
	o.at[o.heap[i]], o.at[o.heap[j]] = int32(i), int32(j)
}

func (o *order) up(i int) int {
	for i > 0 {
		p := (i - 1) / 2
		if !o.less(o.heap[i], o.heap[p]) {
			break
		}
		o.swap(i, p)
		i = p
	}
	return i
}

func (o *order) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(o.heap) {
			return
		}
		if c+1 < len(o.heap) && o.less(o.heap[c+1], o.heap[c]) {
			c++
		}
		if !o.less(o.heap[c], o.heap[i]) {
			return
		}
		o.swap(i, c)
		i = c
	}
}
