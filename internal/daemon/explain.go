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
		a, err := asset.Inspect(ctx, w.Path, path)
		if err == nil {
			x.Asset = a
		}
	}
	e := explained(ctx, x)
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
	if n := len(e.Missing); x.Reported && n > 0 {
		incomplete(e.Gates, n)
	}
	return e
}

// incomplete puts right what the gate would say of an asset that was handed on
// although files are missing, because nothing arrived any more.
func incomplete(gates []control.Gate, missing int) {
	for i, g := range gates {
		if g.Name != watcher.GateComplete || g.Verdict != string(watcher.Pass) {
			continue
		}
		gates[i].Verdict, gates[i].Why = string(watcher.Fail), "a file it refers to is missing"
		if missing > 1 {
			gates[i].Why = fmt.Sprintf("%d files it refers to are missing", missing)
		}
	}
}
