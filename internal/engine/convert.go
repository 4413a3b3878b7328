package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"simdrop/internal/engine/check"
	"simdrop/internal/engine/decimate"
	"simdrop/internal/engine/load"
	"simdrop/internal/engine/mjcf"
	"simdrop/internal/engine/prop"
	"simdrop/internal/engine/render"
	"simdrop/internal/engine/report"
	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/simready"
	"simdrop/internal/engine/usd"
)

// Convert reads the asset and writes its package: usd/<name>/<name>.usd with
// textures/ and .thumbs/ beside it, and the MuJoCo model under mjcf/<name>/. Problems of the
// asset are *InputError; any other error is the writer's, the context's, or a
// fault of the engine, which is an error too and never a crash.
//
// Equal input gives equal bytes in equal order.
func Convert(ctx context.Context, in Input, w Writer) (out Output, err error) {
	defer recoverInto(&err)
	sc, err := load.Open(ctx, in.Path, in.Filename, load.Limits{})
	if err != nil {
		return Output{}, inputError(err)
	}
	if err := applyUnits(sc, in.Options.Units); err != nil {
		return Output{}, err
	}
	return write(ctx, in, sc, w)
}

// recoverInto turns a panic into an error that names it and where it arose.
func recoverInto(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("local engine: internal fault, please report it: %v\n%s", r, debug.Stack())
	}
}

// ConvertScene writes the package of a scene that is already in memory.
func ConvertScene(ctx context.Context, in Input, sc *scene.Scene, w Writer) (out Output, err error) {
	defer recoverInto(&err)
	return write(ctx, in, sc, w)
}

func write(ctx context.Context, in Input, sc *scene.Scene, w Writer) (Output, error) {
	name := BaseName(in.Filename)
	p, err := build(ctx, in, sc, name)
	if err != nil {
		return Output{}, inputError(err)
	}
	layer := simready.Layer(p, simready.Labels{Generator: Generator(), Date: BuildDate})
	pkg := contents(p, layer)
	required, beyond := check.Required(pkg), check.Beyond(pkg)
	if err := writeUSD(ctx, p, pkg, w); err != nil {
		return Output{}, fmt.Errorf("write usd: %w", err)
	}
	err = mjcf.Write(ctx, p, Generator(), func(file string) (io.Writer, error) {
		return w.Create("mjcf/" + name + "/" + file)
	})
	if err != nil {
		return Output{}, fmt.Errorf("write mjcf: %w", err)
	}
	return describe(in, p, required, beyond)
}

// build makes the prop, of fewer triangles if that is asked for.
func build(ctx context.Context, in Input, sc *scene.Scene, name string) (*prop.Prop, error) {
	target := in.Options.TargetTriangles
	if target <= 0 {
		return prop.Build(ctx, sc, name, source(in.Filename))
	}
	parts, st, err := decimate.Reduce(ctx, sc.Parts, target)
	if err != nil {
		return nil, err
	}
	fewer := *sc
	fewer.Parts = parts
	p, err := prop.Build(ctx, &fewer, name, source(in.Filename))
	if err != nil {
		return nil, err
	}
	p.Stats.Triangles, p.Stats.Vertices = sc.Triangles(), sc.Vertices() // as read
	said := fmt.Sprintf("triangles: asked for %d, kept all %d", st.Asked, st.Before)
	if st.After != st.Before {
		said = fmt.Sprintf("reduced %d triangles to %d, asked for %d", st.Before, st.After, st.Asked)
	}
	p.Facts.Steps = append([]string{said}, p.Facts.Steps...)
	if st.Why != "" {
		p.Facts.Warnings = append(p.Facts.Warnings, fmt.Sprintf("target_triangle_count: %d asked for, %d reached: %s", st.Asked, st.After, st.Why))
	}
	return p, nil
}

// contents says which files the USD package will have.
func contents(p *prop.Prop, layer *usd.Layer) *check.Package {
	dir := "usd/" + p.Name + "/"
	pkg := &check.Package{Layer: layer, Path: dir + p.Name + ".usd"}
	pkg.Files = append(pkg.Files, pkg.Path)
	edges := map[string]int{}
	for i := range p.Textures {
		t := &p.Textures[i]
		f := dir + "textures/" + t.File
		pkg.Files = append(pkg.Files, f)
		edges[f] = max(t.Width, t.Height)
	}
	pkg.Files = append(pkg.Files, dir+".thumbs/256x256/"+p.Name+".usd.png")
	pkg.Edge = func(path string) int { return edges[path] }
	return pkg
}

func writeUSD(ctx context.Context, p *prop.Prop, pkg *check.Package, w Writer) error {
	f, err := w.Create(pkg.Path)
	if err != nil {
		return err
	}
	if err := usd.Write(ctx, f, pkg.Layer); err != nil {
		return err
	}
	for i := range p.Textures {
		f, err := w.Create(pkg.Files[1+i])
		if err != nil {
			return err
		}
		if _, err := f.Write(p.Textures[i].Data); err != nil {
			return err
		}
	}
	picture, err := render.Thumbnail(ctx, p)
	if err != nil {
		return err
	}
	if f, err = w.Create(pkg.Files[len(pkg.Files)-1]); err != nil {
		return err
	}
	_, err = f.Write(picture)
	return err
}

// undone is what the engine does not do for any asset.
var undone = []string{"grasp", "labels", "MDL", "MP4", "convex decomposition"}

func describe(in Input, p *prop.Prop, required, beyond []check.Result) (Output, error) {
	notDone := append([]string{}, undone...)
	echo := map[string]string{}
	for k, v := range in.Options.Echo {
		echo[k] = v
		if k == "threshold" {
			notDone = append(notDone, "threshold")
		}
	}
	rep, err := report.New(p, Generator(), required, beyond, echo, notDone).JSON()
	if err != nil {
		return Output{}, fmt.Errorf("write report: %w", err)
	}
	stats, err := json.Marshal(p.Stats)
	if err != nil {
		return Output{}, fmt.Errorf("write statistics: %w", err)
	}
	return Output{Name: p.Name, Report: rep, InputStats: stats, HasMJCF: true}, nil
}

var units = map[string]float64{"mm": 0.001, "cm": 0.01, "m": 1, "in": 0.0254}

// applyUnits takes the user's word for the units of a file that does not say.
func applyUnits(sc *scene.Scene, name string) error {
	if name == "" || !sc.UnitsAssumed {
		return nil
	}
	m, ok := units[name]
	if !ok {
		return &InputError{Reason: fmt.Sprintf("unknown units %q: mm, cm, m or in", name)}
	}
	sc.MetersPerUnit, sc.UnitsAssumed = m, false
	return nil
}

// inputError gives problems of the asset the one type callers know.
func inputError(err error) error {
	if e, ok := errors.AsType[*scene.InputError](err); ok {
		return &InputError{Reason: e.Reason}
	}
	return err
}
