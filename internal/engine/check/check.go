// Package check tests a USD layer against NVIDIA's SimReady profile Robotics-Prop
// 3.0.0 (requirement lists of 2026-08) and against the rules of usdchecker.
//
// It reads the layer as data and believes nothing about how it was made: every
// rule looks at what is there. The rules are our reading of NVIDIA's published
// requirements; it is not NVIDIA's validator.
package check

import (
	"fmt"
	"strings"

	"simdrop/internal/engine/usd"
)

// The profile the requirements belong to.
const (
	Profile        = "Robotics-Prop"
	ProfileVersion = "3.0.0"
	ListDate       = "2026-08"
)

// Package is a layer with its place among the files that are delivered.
type Package struct {
	Layer *usd.Layer
	Path  string   // slash path of the layer: usd/chair/chair.usd
	Files []string // slash paths of all files of the USD package, the layer's too
	// Edge returns the longer side of an image file in pixels, 0 for unknown.
	Edge func(path string) int
}

// State is a requirement's outcome.
type State string

// The states.
const (
	Pass       State = "pass"
	Fail       State = "fail"
	NotChecked State = "not_checked"
)

// Result is one requirement's outcome.
type Result struct {
	ID    string `json:"id"` // as in NVIDIA's lists
	State State  `json:"state"`
	Why   string `json:"why,omitempty"` // of a failure, or why it was not checked
}

// Required returns the outcome of the profile's 34 required requirements, in the
// order of its features FET_000_STANDARD 0.1.0, FET_001_STANDARD 1.0.1 and
// FET_003_STANDARD 0.2.0.
func Required(p *Package) []Result {
	return run(p, featureAtomic, featureMinimal, featurePhysics)
}

// Beyond returns the outcome of rules the profile does not require: of later
// profile versions, of usdchecker, and our own.
func Beyond(p *Package) []Result { return run(p, beyond) }

// rule is a requirement and the test that lists what is wrong.
type rule struct {
	id   string
	test func(*stage) []string
}

func run(p *Package, sets ...[]rule) []Result {
	s := newStage(p)
	var out []Result
	for _, set := range sets {
		for _, r := range set {
			res := Result{ID: r.id, State: Pass}
			if bad := r.test(s); len(bad) > 0 {
				res.State, res.Why = Fail, some(bad)
			}
			out = append(out, res)
		}
	}
	return out
}

// some joins the first problems.
func some(bad []string) string {
	const most = 3
	if len(bad) > most {
		return strings.Join(bad[:most], "; ") + fmt.Sprintf("; and %d more", len(bad)-most)
	}
	return strings.Join(bad, "; ")
}

// stage is the layer with its prims by path.
type stage struct {
	*Package
	prims  []node // parents first
	byPath map[string]*usd.Prim
}

type node struct {
	*usd.Prim
	path  string
	above []*usd.Prim
}

func newStage(p *Package) *stage {
	s := &stage{Package: p, byPath: map[string]*usd.Prim{}}
	p.Layer.Walk(func(path string, q *usd.Prim, above []*usd.Prim) {
		s.prims = append(s.prims, node{q, path, above})
		s.byPath[path] = q
	})
	return s
}

// problems gathers what a rule finds.
type problems []string

func (l *problems) add(format string, args ...any) { *l = append(*l, fmt.Sprintf(format, args...)) }

// each runs a test over the prims of a type ("" for all).
func (s *stage) each(typ string, f func(n *node, bad *problems)) []string {
	var bad problems
	for i := range s.prims {
		if typ == "" || s.prims[i].Type == typ {
			f(&s.prims[i], &bad)
		}
	}
	return bad
}

// token returns a token attribute's value, or "".
func token(p *usd.Prim, name string) string {
	if a := p.Attr(name); a != nil {
		if t, ok := a.Value.(usd.Token); ok {
			return string(t)
		}
	}
	return ""
}
