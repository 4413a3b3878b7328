package drop

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	_ "image/png" // what the model's textures are
	"io"
	"path"
	"strconv"
	"strings"

	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/material"
	"simdrop/internal/engine/mesh"
	"simdrop/internal/engine/obj"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/scene"
)

// Bounds of what is read of a package.
const (
	mostXML     = 64 << 20
	mostTexture = 128 << 20
	mostMesh    = 2 << 30
	mostLayer   = 4 << 30
	mostEntries = 20_000
)

var errNoModel = errors.New("the package holds no MuJoCo model of the local engine")

// Open reads the prop back from a package the engine wrote, a ZIP: body, hulls,
// meshes, colours and textures from the MuJoCo model, friction and restitution
// from the layer's physics materials. Of materials it holds no more than that.
func Open(ctx context.Context, file string) (*prop.Prop, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("open the package: %w", err)
	}
	defer z.Close()
	return Read(ctx, &z.Reader)
}

// Read is Open for an archive that is open.
func Read(ctx context.Context, z *zip.Reader) (*prop.Prop, error) {
	if len(z.File) > mostEntries {
		return nil, fmt.Errorf("the package holds %d files", len(z.File))
	}
	r := &reader{ctx: ctx, files: map[string]*zip.File{}}
	var main, layer string
	for _, f := range z.File {
		r.files[f.Name] = f
		if strings.HasPrefix(f.Name, "mjcf/") && path.Ext(f.Name) == ".xml" && (main == "" || shallower(f.Name, main)) {
			main = f.Name
		}
		if strings.HasPrefix(f.Name, "usd/") && path.Ext(f.Name) == ".usd" && (layer == "" || shallower(f.Name, layer)) {
			layer = f.Name
		}
	}
	if main == "" {
		return nil, errNoModel
	}
	data, err := r.bytes(main, mostXML)
	if err != nil {
		return nil, err
	}
	var m model
	if err := xml.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read %s: %w", main, err)
	}
	r.dir = path.Dir(main)
	p, err := r.prop(&m)
	if err != nil {
		return nil, err
	}
	return p, r.physics(p, layer)
}

func shallower(a, b string) bool {
	x, y := strings.Count(a, "/"), strings.Count(b, "/")
	return x < y || x == y && a < b
}

// model is what is read of a MuJoCo model.
type model struct {
	Name     string `xml:"model,attr"`
	Textures []struct {
		Name string `xml:"name,attr"`
		File string `xml:"file,attr"`
	} `xml:"asset>texture"`
	Materials []struct {
		Name      string `xml:"name,attr"`
		Texture   string `xml:"texture,attr"`
		RGBA      string `xml:"rgba,attr"`
		Specular  string `xml:"specular,attr"`
		Shininess string `xml:"shininess,attr"`
	} `xml:"asset>material"`
	Meshes []struct {
		Name string `xml:"name,attr"`
		File string `xml:"file,attr"`
	} `xml:"asset>mesh"`
	Body struct {
		Inertial struct {
			Pos  string `xml:"pos,attr"`
			Mass string `xml:"mass,attr"`
			Diag string `xml:"diaginertia,attr"`
			Quat string `xml:"quat,attr"`
		} `xml:"inertial"`
		Geoms []struct {
			Class    string `xml:"class,attr"`
			Mesh     string `xml:"mesh,attr"`
			Material string `xml:"material,attr"`
		} `xml:"geom"`
	} `xml:"worldbody>body"`
}

type reader struct {
	ctx   context.Context
	files map[string]*zip.File
	dir   string
}

func (r *reader) open(name string, most int64) (io.ReadCloser, int64, error) {
	f := r.files[name]
	if f == nil {
		return nil, 0, fmt.Errorf("the package lacks %s", name)
	}
	if f.UncompressedSize64 > uint64(most) {
		return nil, 0, fmt.Errorf("%s is too large", name)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, 0, fmt.Errorf("read %s: %w", name, err)
	}
	return rc, int64(f.UncompressedSize64), nil
}

func (r *reader) bytes(name string, most int64) ([]byte, error) {
	rc, _, err := r.open(name, most)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	data, err := io.ReadAll(io.LimitReader(rc, most))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}

// prop puts the model's parts together.
func (r *reader) prop(m *model) (*prop.Prop, error) {
	p := &prop.Prop{Name: m.Name, Source: m.Name}
	in := &m.Body.Inertial
	var mass [1]float64
	var axes [4]float64
	for _, e := range []error{
		numbers(in.Pos, p.Body.Centre[:]), numbers(in.Mass, mass[:]), numbers(in.Diag, p.Body.Principal.Moments[:]), numbers(in.Quat, axes[:]),
	} {
		if e != nil {
			return nil, fmt.Errorf("read the model's inertia: %w", e)
		}
	}
	p.Body.Mass, p.Body.Principal.Axes = mass[0], axes
	if mo := p.Body.Principal.Moments; !(mass[0] > 0 && mo[0] > 0 && mo[1] > 0 && mo[2] > 0) {
		return nil, errors.New("the model's mass is not positive")
	}
	surfaces, err := r.surfaces(m, p)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, a := range m.Meshes {
		files[a.Name] = a.File
	}
	box := geom.Empty()
	for _, g := range m.Body.Geoms {
		parts, err := r.mesh(files[g.Mesh])
		if err != nil {
			return nil, err
		}
		for i := range parts {
			part := &parts[i]
			if g.Class == "collision" {
				c := prop.Collider{Name: g.Mesh, Substance: -1}
				c.Points, c.Indices = part.Points, part.Indices
				p.Colliders = append(p.Colliders, c)
				continue
			}
			box.Union(geom.Bounds(part.Points))
			p.Meshes = append(p.Meshes, prop.Mesh{Name: g.Mesh, Surface: surfaces[g.Material], Mesh: &mesh.Mesh{
				Name: g.Mesh, Points: part.Points, Normals: part.Normals, UVs: part.UVs, Indices: part.Indices}})
		}
	}
	p.Size = box.Size()
	if len(p.Meshes) == 0 || len(p.Colliders) == 0 {
		return nil, errNoModel
	}
	return p, nil
}

func (r *reader) mesh(file string) ([]scene.Part, error) {
	rc, size, err := r.open(path.Join(r.dir, "meshes", file), mostMesh)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	sc, err := obj.Read(r.ctx, scene.Source{Name: file, Size: size, Reader: rc, Limits: scene.Limits{PrimaryBytes: mostMesh}})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return sc.Parts, nil
}

// surfaces reads the materials; the answer is their number by name.
func (r *reader) surfaces(m *model, p *prop.Prop) (map[string]int, error) {
	at, textures := map[string]int{}, map[string]int{}
	for _, t := range m.Textures {
		data, err := r.bytes(path.Join(r.dir, "textures", t.File), mostTexture)
		if err != nil {
			return nil, err
		}
		cfg, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			continue // shown without
		}
		textures[t.Name] = len(p.Textures)
		p.Textures = append(p.Textures, prop.Texture{File: t.File, Data: data, Width: cfg.Width, Height: cfg.Height})
	}
	for _, a := range m.Materials {
		s := prop.Surface{Name: a.Name, Material: scene.NewMaterial(a.Name)}
		var c [4]float64
		var specular, shininess [1]float64
		if err := errors.Join(numbers(a.RGBA, c[:]), numbers(a.Specular, specular[:]), numbers(a.Shininess, shininess[:])); err != nil {
			return nil, fmt.Errorf("read material %s: %w", a.Name, err)
		}
		s.BaseColor = [3]float64{scene.Linear(c[0]), scene.Linear(c[1]), scene.Linear(c[2])}
		s.Opacity, s.Metallic, s.Roughness = c[3], 2*specular[0]-1, 1-shininess[0]
		if s.Opacity < 1 {
			s.AlphaMode = scene.Blend
		}
		if k, ok := textures[a.Texture]; ok {
			s.BaseColorTex = &scene.Texture{Image: k}
		}
		at[a.Name] = len(p.Surfaces)
		p.Surfaces = append(p.Surfaces, s)
	}
	if len(p.Surfaces) == 0 {
		p.Surfaces = []prop.Surface{{Name: "default", Material: scene.NewMaterial("default")}}
	}
	return at, nil
}

// numbers reads exactly as many finite numbers as out holds.
func numbers(text string, out []float64) error {
	words := strings.Fields(text)
	if len(words) != len(out) {
		return fmt.Errorf("%d numbers, want %d", len(words), len(out))
	}
	for i, w := range words {
		f, err := strconv.ParseFloat(w, 64)
		if err != nil || f-f != 0 {
			return fmt.Errorf("%q is not a number", w)
		}
		out[i] = f
	}
	return nil
}

// physics finds the substances in the layer's physics materials and gives every
// collider their average: which is whose makes no difference to a body that falls
// as one.
func (r *reader) physics(p *prop.Prop, layer string) error {
	s := material.Substance{Name: "average", Static: 0.4, Dynamic: 0.3, Restitution: 0.3}
	if layer != "" {
		rc, _, err := r.open(layer, mostLayer)
		if err != nil {
			return err
		}
		defer rc.Close()
		if err := average(r.ctx, rc, &s); err != nil {
			return fmt.Errorf("read %s: %w", layer, err)
		}
	}
	p.Substances = []material.Substance{s}
	for i := range p.Colliders {
		p.Colliders[i].Substance = 0
	}
	return nil
}

// average reads what the layer's text says about friction and restitution.
func average(ctx context.Context, in io.Reader, s *material.Substance) error {
	sums, counts := map[string]float64{}, map[string]float64{}
	b := bufio.NewReaderSize(in, 64<<10)
	start := true // of a line; longer ones are arrays
	for n := 0; ; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := b.ReadSlice('\n')
		if start {
			if name, value, ok := strings.Cut(strings.TrimSpace(string(line[:min(len(line), 200)])), " = "); ok {
				if f, bad := strconv.ParseFloat(value, 64); bad == nil && f >= 0 && f < 100 {
					sums[name] += f
					counts[name]++
				}
			}
		}
		start = err == nil
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
	for name, to := range map[string]*float64{
		"float physics:staticFriction": &s.Static, "float physics:dynamicFriction": &s.Dynamic, "float physics:restitution": &s.Restitution,
	} {
		if counts[name] > 0 {
			*to = sums[name] / counts[name]
		}
	}
	return nil
}
