package engine

import (
	"context"
	"fmt"

	"simdrop/internal/engine/drop"
	"simdrop/internal/engine/geom"
	"simdrop/internal/engine/render"
	"simdrop/internal/engine/report"
)

// Simulation is the input of a simulation.
type Simulation struct {
	Package string // path of the source job's result, a ZIP
	Name    string // base name of the package
	Scene   string // "demo" or "drop"
}

// demoNote is what the log of a demo says: what Rigyd shows in its own is not known.
const demoNote = "the local engine has one scene: demo is played as drop"

// Simulate drops the package's body on a plane and writes sim/<name>_<scene>.log,
// JSON lines with the movement and whether the body came to rest, and
// sim/<name>_<scene>.gif, its first three seconds. Equal packages give equal bytes.
func Simulate(ctx context.Context, in Simulation, w Writer) (err error) {
	defer recoverInto(&err)
	p, err := drop.Open(ctx, in.Package)
	if err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	run, err := drop.Simulate(ctx, p, drop.Options{})
	if err != nil {
		return err
	}
	labels := drop.Labels{Engine: report.Engine, Asset: in.Name, Scene: in.Scene}
	if in.Scene == "demo" {
		labels.Note = demoNote
	}
	f, err := w.Create("sim/" + in.Name + "_" + in.Scene + ".log")
	if err != nil {
		return err
	}
	if err := run.WriteLog(f, labels); err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	var poses []geom.Affine
	const every = render.FrameTime * 240 / 100 // steps a frame lasts
	for i := 0; i < len(run.States); i += every {
		poses = append(poses, run.States[i].Pose())
	}
	animation, err := render.Animation(ctx, p, poses)
	if err != nil {
		return err
	}
	if f, err = w.Create("sim/" + in.Name + "_" + in.Scene + ".gif"); err != nil {
		return err
	}
	_, err = f.Write(animation)
	return err
}
