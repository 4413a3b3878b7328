package scene

import (
	"fmt"
	"math"
	"slices"
)

// maxWarnings bounds the list of warnings: a broken file could give one per face.
const maxWarnings = 100

// Warn adds a warning for people, once however often it is given.
func (s *Scene) Warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(s.Warnings) > maxWarnings || slices.Contains(s.Warnings, text) {
		return
	}
	if len(s.Warnings) == maxWarnings {
		text = "and more warnings, left out"
	}
	s.Warnings = append(s.Warnings, text)
}

// NewMaterial gives the material of a surface of which nothing is known.
func NewMaterial(name string) Material {
	return Material{
		Name:        name,
		BaseColor:   [3]float64{1, 1, 1},
		Opacity:     1,
		Roughness:   1,
		NormalScale: 1,
		Occlusion:   1,
		AlphaCutoff: 0.5,
	}
}

// Triangles counts the triangles of all parts.
func (s *Scene) Triangles() int {
	n := 0
	for i := range s.Parts {
		n += len(s.Parts[i].Indices) / 3
	}
	return n
}

// Vertices counts the vertices of all parts.
func (s *Scene) Vertices() int {
	n := 0
	for i := range s.Parts {
		n += len(s.Parts[i].Points) / 3
	}
	return n
}

// Finite reports whether no value is NaN or infinite.
func Finite(values []float32) bool {
	for _, v := range values {
		if math.Float32bits(v)&0x7f800000 == 0x7f800000 {
			return false
		}
	}
	return true
}

// Finish is the readers' last step: it refuses a scene without triangles, with
// impossible coordinates or indices, or beyond the limits, and drops normals,
// texture coordinates and colours that are no numbers.
func (s *Scene) Finish(name string, limits Limits) error {
	limits = limits.WithDefaults()
	if s.Triangles() == 0 {
		return Refuse("%s holds no triangles", name)
	}
	if err := limits.Check(s.Vertices(), s.Triangles(), len(s.Parts)); err != nil {
		return err
	}
	for i := range s.Parts {
		if err := s.finishPart(&s.Parts[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Scene) finishPart(p *Part) error {
	label := p.label()
	if !Finite(p.Points) {
		return Refuse("%s has a coordinate that is not a finite number", label)
	}
	for _, v := range p.Transform {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Refuse("%s has a position, rotation or scale that is not a finite number", label)
		}
	}
	vertices := uint32(len(p.Points) / 3)
	for _, i := range p.Indices {
		if i >= vertices {
			return Refuse("%s refers to vertex %d of %d", label, i, vertices)
		}
	}
	for _, a := range []struct {
		values *[]float32
		what   string
	}{{&p.Normals, "normals"}, {&p.UVs, "texture coordinates"}, {&p.Colors, "vertex colours"}} {
		if !Finite(*a.values) {
			s.Warn("%s: its %s are not finite numbers and are left out", label, a.what)
			*a.values = nil
		}
	}
	return nil
}

func (p *Part) label() string {
	if p.Name == "" {
		return "a mesh"
	}
	return "mesh " + p.Name
}

// Check refuses counts beyond the limits, which must have their defaults.
func (l Limits) Check(vertices, triangles, parts int) error {
	switch {
	case vertices > l.Vertices:
		return Refuse("the asset is too large for the local engine: more than %d vertices", l.Vertices)
	case triangles > l.Triangles:
		return Refuse("the asset is too large for the local engine: more than %d triangles", l.Triangles)
	case parts > l.Parts:
		return Refuse("the asset is too large for the local engine: more than %d parts", l.Parts)
	}
	return nil
}

// Linear turns a display (sRGB) value of 0 to 1 into a linear one.
func Linear(v float64) float64 {
	switch {
	case !(v > 0):
		return 0
	case v <= 0.04045:
		return v / 12.92
	}
	return math.Pow((min(v, 1)+0.055)/1.055, 2.4)
}

// Normalize gives normals, three numbers each, unit length; what has no
// direction stays as it is, for the mesh to decide.
func Normalize(normals []float32) {
	for i := 0; i+2 < len(normals); i += 3 {
		x, y, z := float64(normals[i]), float64(normals[i+1]), float64(normals[i+2])
		square := float64(x*x) + float64(y*y) + float64(z*z)
		if d := square - 1; square == 0 || d < 1e-6 && d > -1e-6 {
			continue
		}
		length := math.Sqrt(square)
		normals[i], normals[i+1], normals[i+2] = float32(x/length), float32(y/length), float32(z/length)
	}
}
