package render

import "image"

// sizes are an image and its halves, each made when it is first asked for: what is
// seen small is read from a small one, so that nothing flickers between its pixels.
type sizes []*image.NRGBA

// coarsest is how many pixels of an image may lie in one of the canvas.
const coarsest = 9

// size is the image for a place where a pixel covers that part of its area.
func (s *sizes) size(part float64) *image.NRGBA {
	k := 0
	img := (*s)[0]
	for n := float64(len(img.Pix)/4) * part; n > coarsest && len((*s)[k].Pix) > 4; n /= 4 {
		if k++; k == len(*s) {
			*s = append(*s, half((*s)[k-1]))
		}
	}
	return (*s)[k]
}

// half averages blocks of four pixels.
func half(src *image.NRGBA) *image.NRGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, (w+1)/2, (h+1)/2))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			x0, y0 := 2*x, 2*y
			x1, y1 := min(x0+1, w-1), min(y0+1, h-1)
			a, b := src.Pix[src.PixOffset(x0, y0):], src.Pix[src.PixOffset(x1, y0):]
			c, d := src.Pix[src.PixOffset(x0, y1):], src.Pix[src.PixOffset(x1, y1):]
			o := out.Pix[out.PixOffset(x, y):]
			for k := range 4 {
				o[k] = byte((int(a[k]) + int(b[k]) + int(c[k]) + int(d[k]) + 2) / 4)
			}
		}
	}
	return out
}
