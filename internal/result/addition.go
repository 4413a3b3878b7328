package result

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Addition says which simulation to add to a result that is in its place. The
// folder is replaced as a whole by a copy that has it, so that nobody sees half of
// it, by the same steps as any newer result.
type Addition struct {
	Dir   string // absolute: the result's folder
	Root  string // absolute: an ancestor on the same file system, holds .simdrop
	JobID string // names the staging folder; a plain file name
	Key   string // of the conversion that the result must be of

	Files []Extra // the outputs, or
	From  string  // the folder of a published result with the simulation of the same key: its files are copied

	Simulation Simulation // all but Files
}

// HasSimulation reports whether the result in dir has the simulation with the key.
func HasSimulation(dir, key string) bool {
	s, err := ReadSidecar(dir)
	return err == nil && s.simulation(key) != nil
}

// StillOf returns nil while the result in dir is of the conversion with the key,
// ErrSuperseded when it is another one or none, and the disk's error when that
// cannot be known.
func StillOf(dir, key string) error {
	s, err := ReadSidecar(dir)
	switch {
	case unreadable(err) || errors.Is(err, fs.ErrPermission):
		return err
	case err != nil || s.Key != key:
		return fmt.Errorf("%s: %w", filepath.Base(dir), ErrSuperseded)
	}
	return nil
}

// PrepareAddition lays out the result in a.Dir together with the simulation. Its
// errors are those of Prepare, and ErrSuperseded. An earlier simulation in the same
// scene is replaced.
func PrepareAddition(ctx context.Context, a Addition) (*Prepared, error) {
	p, err := a.prepare(ctx)
	if err != nil {
		return nil, fmt.Errorf("simulation of %s: %w", filepath.Base(a.Dir), Plain(err))
	}
	return p, nil
}

func (a *Addition) prepare(ctx context.Context) (*Prepared, error) {
	if a.JobID == "" || checkName(a.JobID) != "" || strings.Contains(a.JobID, "/") {
		return nil, fmt.Errorf("job ID %q is not a file name", a.JobID)
	}
	if err := StillOf(a.Dir, a.Key); err != nil {
		return nil, err
	}
	p := &Prepared{root: a.Root, dir: filepath.Dir(a.Dir), exchange: exchange}
	s, old, err := readSidecar(a.Dir)
	if err != nil {
		return nil, err
	}
	if p.seen, err = unedited(a.Dir); err != nil {
		return nil, err
	}
	p.target = Target{
		Path: a.Dir, Old: old, Staging: stagingFor(a.Root, a.JobID),
		Aside: filepath.Join(a.Root, stateFolder, trashFolder, a.JobID),
	}
	items, err := a.join(&s)
	if err != nil {
		return nil, err
	}
	if err := p.fill(ctx, s, items); err != nil {
		p.Discard()
		if a.From == "" && errors.Is(err, ErrNoCopy) { // of the result itself
			err = fmt.Errorf("%w: %w", ErrEdited, err)
		}
		c := content{items: items}
		return nil, short(err, a.Root, c.size())
	}
	return p, nil
}

// join makes s the description of the result with the simulation and returns the
// files of both.
func (a *Addition) join(s *Sidecar) ([]item, error) {
	outputs, err := a.outputs()
	if err != nil {
		return nil, err
	}
	sim := a.Simulation
	if sim.Completed.IsZero() {
		sim.Completed = time.Now().UTC().Truncate(time.Second)
	}
	s.Simulations = slices.Clone(s.Simulations)
	var replaced []string
	s.Simulations = slices.DeleteFunc(s.Simulations, func(old Simulation) bool {
		if old.Scene == sim.Scene {
			replaced = append(replaced, old.Files...)
		}
		return old.Scene == sim.Scene
	})
	var items []item
	taken := newNames()
	for _, f := range s.Files {
		if slices.Contains(replaced, f.Path) && f.Path != s.Main {
			continue
		}
		taken.add(f.Path)
		items = append(items, resultItem(a.Dir, f))
	}
	sim.Files = nil
	for _, it := range outputs {
		it.place = freePlace(taken, it.place)
		sim.Files = append(sim.Files, it.place)
		items = append(items, it)
	}
	s.Simulations = append(s.Simulations, sim)
	return items, nil
}

// outputs are the simulation's files, below sim/.
func (a *Addition) outputs() ([]item, error) {
	var items []item
	for _, e := range a.Files {
		if reason := checkName(e.Place); reason != "" || strings.HasSuffix(e.Place, "/") {
			return nil, fmt.Errorf("%q cannot be a place in a result: %s", e.Place, reason)
		}
		it, err := fileItem(e.Place, e.Path)
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	if a.From == "" {
		return items, nil
	}
	s, err := ReadSidecar(a.From)
	if unreadable(err) || errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	sim := s.simulation(a.Simulation.Key)
	if err != nil || sim == nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(a.From), ErrNoCopy)
	}
	for _, f := range s.Files {
		if slices.Contains(sim.Files, f.Path) {
			items = append(items, resultItem(a.From, f))
		}
	}
	return items, nil
}

// freePlace enters the place, with a number where the archive brought a file of
// that name.
func freePlace(taken *names, place string) string {
	name := place
	for n := 2; taken.add(name) != "" && n < 1000; n++ {
		ext := path.Ext(place)
		name = strings.TrimSuffix(place, ext) + "-" + strconv.Itoa(n) + ext
	}
	return name
}

func (s *Sidecar) simulation(key string) *Simulation {
	i := slices.IndexFunc(s.Simulations, func(sim Simulation) bool { return sim.Key == key })
	if i < 0 {
		return nil
	}
	return &s.Simulations[i]
}

// simulated reports whether the file was added by a simulation.
func (s *Sidecar) simulated(place string) bool {
	return place != s.Main && slices.ContainsFunc(s.Simulations, func(sim Simulation) bool { return slices.Contains(sim.Files, place) })
}
