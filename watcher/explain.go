package watcher

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"simdrop/internal/asset"
)

// Explanation says of one file why it waits, is ignored, or became a drop.
type Explanation struct {
	Path    string
	Verdict string       // one sentence in lower case
	Gates   []Gate       // in order; a closed gate ends the list of those that passed
	Asset   *asset.Asset // references and what answers them; nil when not read
	Owner   string       // the asset it is a companion of, empty when it is none
	Next    time.Time    // when it is looked at again; zero when nothing is planned
	// Reported says that it settled and was handed on in its present state.
	Reported bool
}

// Explain says how every gate judges a path. It works for any path, also for
// ignored ones and such that do not exist, and while the watcher does not run.
func (w *Watcher) Explain(ctx context.Context, path string) Explanation {
	if s := w.Status(); s.State == Offline { // nothing there is touched
		return w.explainOffline(path, s)
	}
	said := make(chan Explanation, 1)
	if err := w.asides.do(ctx, asideLimit, func() { said <- w.explain(ctx, path) }); err != nil {
		return Explanation{Path: path, Verdict: err.Error()}
	}
	return <-said
}

func (w *Watcher) explainOffline(path string, s Status) Explanation {
	opts := w.opts
	opts.Own = func(string) bool { return false } // it would read sidecars
	gate := nameGate{opts: &opts, ignores: w.ignores, recipes: w.recipes, real: w.gate.real}
	name := gate.judge(path, false)
	e := Explanation{Path: path, Gates: []Gate{name}, Verdict: string(s.State) + ": " + s.Problem}
	if name.Verdict != Pass {
		e.Verdict = "ignored: " + name.Why
	}
	return e
}

func (w *Watcher) explain(ctx context.Context, path string) Explanation {
	if abs, err := w.gate.absolute(path); err == nil {
		path = abs
	}
	e := Explanation{Path: path}
	info, err := os.Lstat(path)
	folder := err == nil && info.IsDir()
	name := w.gate.judge(path, folder)
	e.Gates = []Gate{name}
	said := make(chan bool, 1)
	if w.send(func(l *loop) { said <- l.explain(&e) }) && <-said {
		return e
	}
	switch {
	case name.Verdict != Pass:
		e.Verdict = "ignored: " + name.Why
	case folder:
		e.Verdict = "a watched folder"
	case errors.Is(err, fs.ErrNotExist):
		e.Verdict = "there is no such file"
	case err != nil:
		e.Verdict = "it cannot be read: " + err.Error()
	default:
		w.explainUnseen(ctx, &e)
	}
	return e
}

// explain fills in what the loop knows, and says whether that is all there is
// to say.
func (l *loop) explain(e *Explanation) bool {
	if s := l.w.Status(); l.frozen && e.Gates[0].Verdict == Pass {
		e.Verdict = string(s.State) + ": " + s.Problem
		return true
	}
	if c := l.settler.cands[e.Path]; c != nil {
		e.Gates, e.Asset, e.Next = slices.Clone(c.gates[:]), c.asset, c.next
		e.Verdict = "settling"
		for _, g := range c.gates {
			if g.Verdict == Wait || g.Verdict == Fail {
				e.Verdict = "waiting at the gate “" + g.Name + "”: " + g.Why
				break
			}
		}
		return true
	}
	if owner, owned := l.settler.owners.owner(e.Path); owned {
		e.Owner = owner
		e.Verdict = "a companion of " + owner
		return true
	}
	if known, _ := l.index.has(e.Path); known && e.Gates[0].Verdict == Pass {
		e.Reported = true
		e.Verdict = "it settled and was handed on"
		for _, g := range []string{GateQuiet, GateWriter, GateWhole, GateComplete} {
			e.Gates = append(e.Gates, Gate{Name: g, Verdict: Pass, Why: "when it settled"})
		}
		return true
	}
	return false
}

// explainUnseen takes one look at a file that the watcher does not follow.
func (w *Watcher) explainUnseen(ctx context.Context, e *Explanation) {
	fsys, err := w.opts.fileSystem(w.gate.real)
	if err != nil {
		e.Verdict = err.Error()
		return
	}
	p := &prober{opts: &w.opts, fsys: fsys, name: w.gate}
	ask := look{path: e.Path, members: []string{e.Path}, inspect: true, judge: true}
	r := p.look(ctx, ask)
	e.Asset = r.asset
	e.Gates = append(e.Gates, Gate{Name: GateQuiet, Verdict: Unknown, Why: "it is not being watched just now"})
	switch s := r.files[e.Path]; {
	case r.refused != "":
		e.Gates = []Gate{{Name: GateName, Verdict: Fail, Why: r.refused}}
		e.Verdict = "ignored: " + r.refused
		return
	case r.err != nil:
		e.Verdict = "it cannot be read: " + r.err.Error()
		return
	default:
		if r.barred != "" {
			e.Gates[0] = Gate{Name: GateName, Verdict: Wait, Why: r.barred}
		}
		e.Gates = append(e.Gates, writerVerdict(s), wholeVerdict(s, r.invalid), completeVerdict(r.asset))
	}
	e.Verdict = "it would pass the gates that can be asked now"
	for _, g := range e.Gates {
		if g.Verdict == Wait || g.Verdict == Fail {
			e.Verdict = "it would wait at the gate “" + g.Name + "”: " + g.Why
			return
		}
	}
}

func writerVerdict(s sight) Gate {
	switch s.writer {
	case writerBusy:
		return Gate{Name: GateWriter, Verdict: Wait, Why: s.writerWhy}
	case writerNone:
		return Gate{Name: GateWriter, Verdict: Pass, Why: "nobody has it open for writing"}
	}
	return Gate{Name: GateWriter, Verdict: Unknown, Why: s.writerWhy}
}

func wholeVerdict(s sight, invalid *asset.InvalidError) Gate {
	g := Gate{Name: GateWhole, Why: s.proof.Reason}
	switch {
	case s.proof.State == asset.NotWhole:
		g.Verdict = Wait
	case invalid != nil:
		g.Verdict, g.Why = Wait, invalid.Reason
	case s.proof.State == asset.Proved:
		g.Verdict, g.Why = Pass, "the format proves its end"
	default:
		g.Verdict = Unknown
	}
	if g.Why == "" {
		g.Why = "the format cannot prove its end"
	}
	return g
}

func completeVerdict(a *asset.Asset) Gate {
	switch {
	case a == nil:
		return Gate{Name: GateComplete, Verdict: Unknown, Why: "the references could not be read"}
	case len(a.Missing) > 0:
		return Gate{Name: GateComplete, Verdict: Wait, Why: a.Missing[0] + " is missing"}
	}
	return Gate{Name: GateComplete, Verdict: Pass, Why: "every companion is there"}
}
