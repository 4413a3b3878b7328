// Package mjcf writes a prop as a MuJoCo model: one free body with its inertia
// stated, visible meshes that touch nothing, and the convex hulls that collide.
package mjcf

import (
	"context"
	"io"
	"strconv"

	"simdrop/internal/engine/prop"
)

// Create opens one file of the package by its slash path below mjcf/<name>/.
type Create func(name string) (io.Writer, error)

// Write writes <name>.xml, meshes/*.obj and textures/*.png. The same hulls and mass
// as in the USD are used.
func Write(ctx context.Context, p *prop.Prop, label string, create Create) error {
	textures, err := writeTextures(ctx, p, create)
	if err != nil {
		return err
	}
	for i := range p.Meshes {
		m := &p.Meshes[i]
		w, err := create("meshes/" + m.Name + ".obj")
		if err != nil {
			return err
		}
		if err := writeOBJ(ctx, w, visible(m)); err != nil {
			return err
		}
	}
	for i := range p.Colliders {
		c := &p.Colliders[i]
		w, err := create("meshes/" + c.Name + ".obj")
		if err != nil {
			return err
		}
		if err := writeOBJ(ctx, w, obj{points: c.Points, indices: c.Indices}); err != nil {
			return err
		}
	}
	w, err := create(p.Name + ".xml")
	if err != nil {
		return err
	}
	return writeModel(w, p, label, textures)
}

func visible(m *prop.Mesh) obj {
	o := obj{points: m.Points, normals: m.Normals, perCorner: m.PerCorner, uvs: m.UVs, indices: m.Indices}
	if len(o.points) < 12 {
		// MuJoCo wants four points of every mesh; a lone triangle has three.
		o.points = append(append([]float32{}, o.points...), o.points[:3]...)
		if !o.perCorner {
			o.normals = append(append([]float32{}, o.normals...), o.normals[:3]...)
		}
		if o.uvs != nil {
			o.uvs = append(append([]float32{}, o.uvs...), o.uvs[:2]...)
		}
	}
	return o
}

// writeModel writes the XML. Meshes are weighed as shells, which MuJoCo accepts
// for flat and open ones too; their mass is 0 and the body's is stated.
func writeModel(w io.Writer, p *prop.Prop, label string, textures []string) error {
	x := &xml{}
	x.line("<!-- %s -->", label)
	x.open("mujoco", "model", p.Name)
	x.leaf("compiler", "angle", "radian", "meshdir", "meshes", "texturedir", "textures")
	x.open("default")
	x.open("default", "class", "visual")
	x.leaf("geom", "type", "mesh", "contype", "0", "conaffinity", "0", "group", "2", "mass", "0")
	x.shut("default")
	x.open("default", "class", "collision")
	x.leaf("geom", "type", "mesh", "group", "3", "mass", "0")
	x.shut("default")
	x.shut("default")
	writeAssets(x, p, textures)
	b := &p.Body
	x.open("worldbody")
	x.open("body", "name", p.Name)
	x.leaf("freejoint", "name", p.Name+"_free")
	x.leaf("inertial", "pos", nums(b.Centre[:]...), "mass", nums(b.Mass),
		"diaginertia", nums(b.Principal.Moments[:]...), "quat", nums(b.Principal.Axes[:]...))
	for i := range p.Meshes {
		m := &p.Meshes[i]
		x.leaf("geom", "class", "visual", "name", m.Name, "mesh", m.Name, "material", p.Surfaces[m.Surface].Name)
	}
	for i := range p.Colliders {
		c := &p.Colliders[i]
		x.leaf("geom", "class", "collision", "name", c.Name, "mesh", c.Name,
			"friction", nums(p.Substances[c.Substance].Static, 0.005, 0.0001))
	}
	x.shut("body")
	x.shut("worldbody")
	x.shut("mujoco")
	_, err := w.Write(x.buf)
	return err
}

func writeAssets(x *xml, p *prop.Prop, textures []string) {
	x.open("asset")
	for i, f := range textures {
		if f != "" {
			x.leaf("texture", "name", textureName(i), "type", "2d", "file", f)
		}
	}
	for i := range p.Surfaces {
		s := &p.Surfaces[i]
		attrs := []string{"name", s.Name}
		if t := s.BaseColorTex; t != nil && textures[t.Image] != "" {
			attrs = append(attrs, "texture", textureName(t.Image))
		}
		c := s.BaseColor
		attrs = append(attrs, "rgba", nums(gamma(c[0]), gamma(c[1]), gamma(c[2]), short(s.Opacity)),
			"specular", nums(short(0.5+s.Metallic/2)), "shininess", nums(short(1-s.Roughness)))
		x.leaf("material", attrs...)
	}
	for i := range p.Meshes {
		x.leaf("mesh", "name", p.Meshes[i].Name, "file", p.Meshes[i].Name+".obj", "inertia", "shell")
	}
	for i := range p.Colliders {
		x.leaf("mesh", "name", p.Colliders[i].Name, "file", p.Colliders[i].Name+".obj", "inertia", "shell")
	}
	x.shut("asset")
}

func textureName(i int) string { return "texture_" + strconv.Itoa(i+1) }
