package scene

// Compact drops the vertices that no triangle uses and keeps the order of the
// others: a stray point would stretch the asset's bounds. Indices must be in range.
func (p *Part) Compact() {
	total := len(p.Points) / 3
	number := make([]uint32, total)
	for _, i := range p.Indices {
		number[i] = 1
	}
	used := uint32(0)
	for i, mark := range number {
		if mark == 0 {
			continue
		}
		number[i] = used
		move(p.Points, 3, used, i)
		move(p.Normals, 3, used, i)
		move(p.UVs, 2, used, i)
		move(p.Colors, 3, used, i)
		used++
	}
	if int(used) == total {
		return
	}
	for k, i := range p.Indices {
		p.Indices[k] = number[i]
	}
	p.Points = p.Points[:3*used]
	p.Normals = p.Normals[:min(len(p.Normals), int(3*used))]
	p.UVs = p.UVs[:min(len(p.UVs), int(2*used))]
	p.Colors = p.Colors[:min(len(p.Colors), int(3*used))]
}

func move(values []float32, width int, to uint32, from int) {
	if values != nil && int(to) != from {
		copy(values[int(to)*width:(int(to)+1)*width], values[from*width:])
	}
}
