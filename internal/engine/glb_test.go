package engine_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// ball is a sphere of n rings and 2n sectors, 4n(n−1) triangles, with normals and
// texture coordinates; seams and poles repeat points, as exporters write them.
func ball(n int) (points, normals, uvs []float32, indices []uint32) {
	for i := range n + 1 {
		for j := range 2*n + 1 {
			u, v := math.Pi*float64(i)/float64(n), math.Pi*float64(j%(2*n))/float64(n)
			x, y, z := float32(math.Sin(u)*math.Cos(v)), float32(math.Cos(u)), float32(-math.Sin(u)*math.Sin(v))
			normals = append(normals, x, y, z)
			points = append(points, x/4, y/4, z/4)
			uvs = append(uvs, float32(j)/float32(2*n), float32(i)/float32(n))
		}
	}
	at := func(i, j int) uint32 { return uint32(i*(2*n+1) + j) }
	for i := range n {
		for j := range 2 * n {
			if i > 0 {
				indices = append(indices, at(i, j), at(i+1, j), at(i, j+1))
			}
			if i < n-1 {
				indices = append(indices, at(i, j+1), at(i+1, j), at(i+1, j+1))
			}
		}
	}
	return points, normals, uvs, indices
}

// writeGLB writes a ball as a GLB file.
func writeGLB(t testing.TB, n int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ball.glb")
	if err := os.WriteFile(name, glb(n), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// glb is a ball as a GLB with a stated plastic material.
func glb(n int) []byte {
	points, normals, uvs, indices := ball(n)
	var bin bytes.Buffer
	var views, accessors []any
	add := func(data any, count int, typ string, component, target int, extra map[string]any) {
		off := bin.Len()
		_ = binary.Write(&bin, binary.LittleEndian, data) // a buffer takes all
		views = append(views, map[string]any{"buffer": 0, "byteOffset": off, "byteLength": bin.Len() - off, "target": target})
		a := map[string]any{"bufferView": len(views) - 1, "componentType": component, "count": count, "type": typ}
		for k, v := range extra {
			a[k] = v
		}
		accessors = append(accessors, a)
	}
	box := map[string]any{"min": []float64{-0.25, -0.25, -0.25}, "max": []float64{0.25, 0.25, 0.25}}
	add(points, len(points)/3, "VEC3", 5126, 34962, box)
	add(normals, len(normals)/3, "VEC3", 5126, 34962, nil)
	add(uvs, len(uvs)/2, "VEC2", 5126, 34962, nil)
	add(indices, len(indices), "SCALAR", 5125, 34963, nil)
	doc, err := json.Marshal(map[string]any{
		"asset": map[string]any{"version": "2.0"}, "scene": 0,
		"scenes":  []any{map[string]any{"nodes": []int{0}}},
		"nodes":   []any{map[string]any{"mesh": 0, "name": "ball"}},
		"meshes":  []any{map[string]any{"primitives": []any{map[string]any{"attributes": map[string]int{"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}, "indices": 3, "material": 0}}}},
		"buffers": []any{map[string]any{"byteLength": bin.Len()}}, "bufferViews": views, "accessors": accessors,
		"materials": []any{map[string]any{"name": "plastic"}},
	})
	if err != nil {
		panic(err)
	}
	for len(doc)%4 != 0 {
		doc = append(doc, ' ')
	}
	var out bytes.Buffer
	for _, v := range []uint32{0x46546c67, 2, uint32(28 + len(doc) + bin.Len()), uint32(len(doc)), 0x4e4f534a} {
		_ = binary.Write(&out, binary.LittleEndian, v)
	}
	out.Write(doc)
	for _, v := range []uint32{uint32(bin.Len()), 0x004e4942} {
		_ = binary.Write(&out, binary.LittleEndian, v)
	}
	out.Write(bin.Bytes())
	return out.Bytes()
}
