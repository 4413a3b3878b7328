package render

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// palette is a set of 256 colours for all frames, found by median cut (Heckbert
// 1982) over colours of six bits a channel. The same frames give the same one.
type palette struct {
	colors color.Palette
	index  [1 << 18]byte // by colour of six bits a channel
}

// bin is a colour of six bits a channel and how many pixels have it, with the sums
// of their whole values.
type bin struct {
	key     uint32
	count   int
	sum     [3]int
	r, g, b uint8
}

func (b *bin) channel(k int) uint8 { return [3]uint8{b.r, b.g, b.b}[k] }

func sixBits(r, g, b byte) uint32 { return uint32(r>>2)<<12 | uint32(g>>2)<<6 | uint32(b>>2) }

func newPalette(frames []*image.RGBA) *palette {
	all := make([]bin, 1<<18)
	for _, f := range frames {
		for i := 0; i < len(f.Pix); i += 4 {
			b := &all[sixBits(f.Pix[i], f.Pix[i+1], f.Pix[i+2])]
			b.count++
			for k := range 3 {
				b.sum[k] += int(f.Pix[i+k])
			}
		}
	}
	var used []bin
	for key := range all {
		if b := all[key]; b.count > 0 {
			b.key, b.r, b.g, b.b = uint32(key), uint8(key>>12), uint8(key>>6&63), uint8(key&63)
			used = append(used, b)
		}
	}
	p := &palette{}
	for _, box := range cut(used, 256) {
		var sum [3]int
		n := 0
		for i := range box {
			n += box[i].count
			for k := range 3 {
				sum[k] += box[i].sum[k]
			}
			p.index[box[i].key] = byte(len(p.colors))
		}
		p.colors = append(p.colors, color.RGBA{byte(sum[0] / n), byte(sum[1] / n), byte(sum[2] / n), 255})
	}
	if len(p.colors) == 0 {
		p.colors = color.Palette{color.RGBA{A: 255}}
	}
	return p
}

// cut splits the colours into at most n boxes, the one with the widest spread times
// the root of its pixels first, at the median of its longest side.
func cut(used []bin, n int) [][]bin {
	if len(used) == 0 {
		return nil
	}
	boxes := [][]bin{used}
	for len(boxes) < n {
		best, most, side := -1, 0, 0
		for i, b := range boxes {
			k, spread, pixels := widest(b)
			if weight := spread * spread * min(pixels, 1<<20); len(b) > 1 && weight > most {
				best, most, side = i, weight, k
			}
		}
		if best < 0 {
			break
		}
		b := boxes[best]
		slices.SortStableFunc(b, func(x, y bin) int {
			return cmp.Or(cmp.Compare(x.channel(side), y.channel(side)), cmp.Compare(x.key, y.key))
		})
		_, _, pixels := widest(b)
		at, seen := 1, b[0].count
		for at < len(b)-1 && 2*seen < pixels {
			seen += b[at].count
			at++
		}
		boxes[best] = b[:at:at]
		boxes = append(boxes, b[at:])
	}
	return boxes
}

// widest gives the channel in which the colours spread most, how far, and how many
// pixels there are.
func widest(b []bin) (side, spread, pixels int) {
	for k := range 3 {
		lo, hi := b[0].channel(k), b[0].channel(k)
		for i := range b {
			lo, hi = min(lo, b[i].channel(k)), max(hi, b[i].channel(k))
		}
		if int(hi-lo) > spread {
			side, spread = k, int(hi-lo)
		}
	}
	for i := range b {
		pixels += b[i].count
	}
	return side, spread, pixels
}

// apply draws a frame in the palette's colours.
func (p *palette) apply(f *image.RGBA) *image.Paletted {
	out := image.NewPaletted(f.Rect, p.colors)
	for i := range out.Pix {
		out.Pix[i] = p.index[sixBits(f.Pix[4*i], f.Pix[4*i+1], f.Pix[4*i+2])]
	}
	return out
}
