package render

import (
	"image"

	"simdrop/internal/engine/geom"
)

// image averages the canvas down, in light, and encodes it for display.
func (c *canvas) image() *image.RGBA {
	n := c.edge / oversample
	img := image.NewRGBA(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			var sum geom.Vec
			for k := range oversample * oversample {
				sum = sum.Add(c.color[(oversample*y+k/oversample)*c.edge+oversample*x+k%oversample])
			}
			o := img.PixOffset(x, y)
			for k := range 3 {
				img.Pix[o+k] = display(sum[k] / (oversample * oversample))
			}
			img.Pix[o+3] = 255
		}
	}
	return img
}

// display bends bright light under white and looks up its byte.
func display(v float64) byte {
	if !(v > 0) {
		return 0
	}
	const knee = 0.8
	if v > knee {
		over := v - knee
		v = knee + over/(1+over/(1-knee))
	}
	return toByte[min(int(v*4096), 4095)]
}
