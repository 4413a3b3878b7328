package render

import "image"

// image averages the canvas down, in light, and encodes it for display.
func (c *canvas) image() *image.RGBA {
	n := c.edge / oversample
	img := image.NewRGBA(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			i := oversample * (y*c.edge + x)
			up, down := c.color[i:i+2:i+2], c.color[i+c.edge:i+c.edge+2:i+c.edge+2]
			o := img.PixOffset(x, y)
			for k := range 3 {
				img.Pix[o+k] = display((up[0][k] + up[1][k] + down[0][k] + down[1][k]) / (oversample * oversample))
			}
			img.Pix[o+3] = 255
		}
	}
	return img
}

// display bends bright light under white and looks up its byte.
func display(v float32) byte {
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
