package daemon

import (
	"context"
	"errors"
	"fmt"

	"simdrop/internal/asset"
	"simdrop/internal/control"
	"simdrop/queue"
	"simdrop/watcher"
)

// Explain says why a file waits, is ignored, is held, or which job it became, and
// what its bundle consists of as it lies there now.
func (d *Daemon) Explain(ctx context.Context, path string) (control.Explanation, error) {
	w := d.watchOf(path)
	if w == nil {
		return control.Explanation{Path: path, Verdict: "it lies in no watched folder"}, nil
	}
	x := w.w.Explain(ctx, path)
	if x.Asset == nil && x.Reported {
		// The watcher keeps no references of what has settled.
		var err error
		x.Asset, err = boundedLook(ctx, func() (*asset.Asset, error) { return asset.Inspect(ctx, w.Path, path) })
		if err != nil {
			x.Asset = nil
			if invalid, ok := errors.AsType[*asset.InvalidError](err); ok {
				fail(x.Gates, watcher.GateWhole, invalid.Reason)
			}
		}
	}
	e, err := boundedLook(ctx, func() (control.Explanation, error) { return explained(ctx, x), nil })
	if err != nil {
		return e, err
	}
	j, err := d.queue.Latest(path)
	if err == nil {
		v := view(j)
		e.Job = &v
	} else if !errors.Is(err, queue.ErrNotFound) {
		return e, err
	}
	return e, nil
}

// explained is the watcher's explanation as the API shows it.
func explained(ctx context.Context, x watcher.Explanation) control.Explanation {
	e := control.Explanation{
		Path: x.Path, Verdict: x.Verdict, Gates: []control.Gate{}, Refs: []control.Ref{}, Missing: []string{}, Next: timeOrNil(x.Next),
	}
	if x.Reported && x.Asset != nil && len(x.Asset.Missing) > 0 {
		fail(x.Gates, watcher.GateComplete, missingWhy(len(x.Asset.Missing)))
	}
	if x.Owner != "" {
		x.Gates = nil // those of its owner count
	}
	for _, g := range x.Gates {
		e.Gates = append(e.Gates, control.Gate{Name: g.Name, Verdict: string(g.Verdict), Why: g.Why, Until: timeOrNil(g.Until)})
	}
	if x.Asset == nil {
		return e
	}
	e.Missing = append(e.Missing, x.Asset.Missing...)
	for _, r := range asset.Advise(ctx, x.Asset) {
		e.Refs = append(e.Refs, control.Ref{From: r.From, Where: r.Where, Raw: r.Raw, Path: r.Path, How: string(r.How), Note: r.Note})
	}
	return e
}

// fail puts right what a gate would say of an asset that was handed on although it
// is not whole, or not complete, because nothing changed any more.
func fail(gates []watcher.Gate, name, why string) {
	for i := range gates {
		if gates[i].Name == name {
			gates[i].Verdict, gates[i].Why = watcher.Fail, why
		}
	}
}

func missingWhy(n int) string {
	if n == 1 {
		return "a file it refers to is missing"
	}
	return fmt.Sprintf("%d files it refers to are missing", n)
}
