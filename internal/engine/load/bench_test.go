package load

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"path"
	"strconv"
	"testing"

	"simdrop/internal/engine/scene"
)

// grid is a wavy sheet of about n triangles with normals and texture coordinates.
type grid struct{ side int }

func newGrid(n int) grid { return grid{int(math.Sqrt(float64(n) / 2))} }

func (g grid) vertices() int { return (g.side + 1) * (g.side + 1) }

func (g grid) point(i int) [3]float32 {
	x, y := i%(g.side+1), i/(g.side+1)
	return [3]float32{float32(x) * 0.01, float32(math.Sin(float64(x)*0.1)) * 0.3, float32(y) * 0.01}
}

func (g grid) triangles(yield func(a, b, c uint32)) {
	w := uint32(g.side + 1)
	for y := range uint32(g.side) {
		for x := range uint32(g.side) {
			i := y*w + x
			yield(i, i+w, i+1)
			yield(i+1, i+w, i+w+1)
		}
	}
}

func (g grid) obj() []byte {
	var b []byte
	number := func(v float32) { b = strconv.AppendFloat(append(b, ' '), float64(v), 'f', 6, 32) }
	for i := range g.vertices() {
		p := g.point(i)
		b = append(b, 'v')
		number(p[0])
		number(p[1])
		number(p[2])
		b = append(b, "\nvt"...)
		number(p[0])
		number(p[2])
		b = append(b, "\nvn 0.000000 1.000000 0.000000\n"...)
	}
	g.triangles(func(x, y, z uint32) {
		b = append(b, 'f')
		for _, i := range []uint32{x + 1, y + 1, z + 1} {
			b = strconv.AppendUint(append(b, ' '), uint64(i), 10)
			b = strconv.AppendUint(append(b, '/'), uint64(i), 10)
			b = strconv.AppendUint(append(b, '/'), uint64(i), 10)
		}
		b = append(b, '\n')
	})
	return b
}

func (g grid) stl() []byte {
	b := make([]byte, 84)
	count := uint32(0)
	g.triangles(func(x, y, z uint32) {
		count++
		b = append(b, make([]byte, 12)...)
		for _, i := range []uint32{x, y, z} {
			for _, v := range g.point(int(i)) {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
			}
		}
		b = append(b, 0, 0)
	})
	binary.LittleEndian.PutUint32(b[80:], count)
	return b
}

func (g grid) ply() []byte {
	faces := 2 * g.side * g.side
	b := fmt.Appendf(nil, "ply\nformat binary_little_endian 1.0\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\n"+
		"element face %d\nproperty list uchar int vertex_indices\nend_header\n", g.vertices(), faces)
	for i := range g.vertices() {
		for _, v := range g.point(i) {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	g.triangles(func(x, y, z uint32) {
		b = append(b, 3)
		for _, i := range []uint32{x, y, z} {
			b = binary.LittleEndian.AppendUint32(b, i)
		}
	})
	return b
}

func (g grid) glb() []byte {
	n, faces := g.vertices(), 2*g.side*g.side
	var bin []byte
	for i := range n {
		for _, v := range g.point(i) {
			bin = binary.LittleEndian.AppendUint32(bin, math.Float32bits(v))
		}
	}
	for range n {
		bin = append(bin, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0)
	}
	bin = append(bin, make([]byte, 8*n)...)
	g.triangles(func(x, y, z uint32) {
		for _, i := range []uint32{x, y, z} {
			bin = binary.LittleEndian.AppendUint32(bin, i)
		}
	})
	text := fmt.Sprintf(`{"asset":{"version":"2.0"},"buffers":[{"byteLength":%d}],"nodes":[{"mesh":0}],
"meshes":[{"primitives":[{"attributes":{"POSITION":0,"NORMAL":1,"TEXCOORD_0":2},"indices":3}]}],
"bufferViews":[{"buffer":0,"byteLength":%d},{"buffer":0,"byteOffset":%d,"byteLength":%d},
{"buffer":0,"byteOffset":%d,"byteLength":%d},{"buffer":0,"byteOffset":%d,"byteLength":%d}],
"accessors":[{"bufferView":0,"componentType":5126,"type":"VEC3","count":%d},{"bufferView":1,"componentType":5126,"type":"VEC3","count":%d},
{"bufferView":2,"componentType":5126,"type":"VEC2","count":%d},{"bufferView":3,"componentType":5125,"type":"SCALAR","count":%d}]}`,
		len(bin), 12*n, 12*n, 12*n, 24*n, 8*n, 32*n, 12*faces, n, n, n, 3*faces)
	for len(text)%4 != 0 {
		text += " "
	}
	b := append([]byte("glTF"), 2, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(28+len(text)+len(bin)))
	b = append(binary.LittleEndian.AppendUint32(b, uint32(len(text))), "JSON"...)
	b = append(b, text...)
	b = append(binary.LittleEndian.AppendUint32(b, uint32(len(bin))), "BIN\x00"...)
	return append(b, bin...)
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		g := newGrid(n)
		for _, format := range []struct {
			name string
			make func() []byte
		}{{"x.glb", g.glb}, {"x.obj", g.obj}, {"x.stl", g.stl}, {"x.ply", g.ply}} {
			b.Run(fmt.Sprintf("%s/%dk", path.Ext(format.name)[1:], n/1000), func(b *testing.B) {
				data := format.make()
				read, err := reader(format.name)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				b.ResetTimer()
				for b.Loop() {
					s, err := read(b.Context(), scene.Source{Name: format.name, Size: int64(len(data)), Reader: bytes.NewReader(data)})
					if err != nil || s.Triangles() != 2*g.side*g.side {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
