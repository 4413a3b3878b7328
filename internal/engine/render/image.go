package render

// put keeps the colours of a block for what shines through, or averages them into
// the picture.
func (c *canvas) put(x, y int, block *[4]light) {
	if c.color == nil {
		c.average(x, y, block)
		return
	}
	i := y*c.edge + x
	c.color[i], c.color[i+1], c.color[i+c.edge], c.color[i+c.edge+1] = block[0], block[1], block[2], block[3]
}

// settle averages all that put kept.
func (c *canvas) settle() {
	if c.color == nil {
		return
	}
	for y := 0; y < c.edge; y += oversample {
		for x := 0; x < c.edge; x += oversample {
			i := y*c.edge + x
			c.average(x, y, &[4]light{c.color[i], c.color[i+1], c.color[i+c.edge], c.color[i+c.edge+1]})
		}
	}
}

// average encodes the mean of a block, in light, for display.
func (c *canvas) average(x, y int, b *[4]light) {
	o := c.img.PixOffset(x/oversample, y/oversample)
	px := c.img.Pix[o : o+4 : o+4]
	for k := range 3 {
		px[k] = display((b[0][k] + b[1][k] + b[2][k] + b[3][k]) / (oversample * oversample))
	}
	px[3] = 255
}

// display bends bright light under white and looks up its byte.
func display(v float32) byte {
	if !(v > 0) {
		return 0
	}
	const knee, white = 0.8, 64
	if v >= white { // infinite too
		return 255
	}
	if v > knee {
		over := v - knee
		v = knee + over/(1+over/(1-knee))
	}
	return toByte[min(int(v*4096), 4095)]
}
