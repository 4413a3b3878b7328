package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/engine/assimp"
)

// DoctorOptions is what Doctor looks at.
type DoctorOptions struct {
	Config  *config.Config
	Running *control.Status // of the running daemon, nil when there is none
	Version string          // of this program
}

// doctor gathers findings. Each look fills its own list, so that slow ones, such
// as a share that hangs or a provider that does not answer, run side by side and
// the order stays.
type doctor struct {
	DoctorOptions
	lists []*findings
	looks sync.WaitGroup
}

type findings []control.Check

func (f *findings) add(name, subject, verdict, what, hint string) {
	*f = append(*f, control.Check{Name: name, Subject: subject, Verdict: verdict, What: what, Hint: hint})
}

// lookLimit bounds one question to a folder or a provider.
const lookLimit = 15 * time.Second

// Doctor looks for everything that could keep drops from becoming results. It
// changes nothing and costs nothing: a provider is asked for its free job list,
// a folder gets a hidden file for a moment.
func Doctor(ctx context.Context, o DoctorOptions) []control.Check {
	d := &doctor{DoctorOptions: o}
	d.look(d.daemon)
	d.look(d.state)
	clocks := make(chan clock, len(o.Config.Providers))
	for _, name := range sortedKeys(o.Config.Providers) {
		if used(o.Config, name) {
			d.look(func(f *findings) { d.provider(ctx, f, name, clocks) })
		}
	}
	asked := len(d.lists)
	var folders findings
	d.lists = append(d.lists, &folders) // the clock's place
	for _, w := range o.Config.Watch {
		d.look(func(f *findings) { d.folder(ctx, f, w) })
	}
	d.look(func(f *findings) { d.limits(ctx, f) })
	d.look(d.assimp)
	d.looks.Wait()
	close(clocks)
	d.clock(d.lists[asked], clocks)
	var all []control.Check
	for _, l := range d.lists {
		all = append(all, *l...)
	}
	return all
}

func (d *doctor) look(at func(*findings)) {
	var f findings
	d.lists = append(d.lists, &f)
	d.looks.Go(func() { at(&f) })
}

func (d *doctor) daemon(f *findings) {
	r := d.Running
	switch {
	case r == nil:
		if err := tryListen(d.Config.Control.Listen); err != nil {
			f.add("daemon", "", control.CheckFail, "it does not run, and could not: "+err.Error(),
				"another program uses the address: set control.listen")
			return
		}
		f.add("daemon", "", control.CheckWarn, "it does not run", "start it with `simdrop run`")
	case r.Version != d.Version:
		f.add("daemon", "", control.CheckWarn, fmt.Sprintf("version %s runs (pid %d), this program is %s", r.Version, r.PID, d.Version),
			"restart the daemon")
	default:
		f.add("daemon", "", control.CheckOK, fmt.Sprintf("it runs, version %s (pid %d)", r.Version, r.PID), "")
	}
	if r != nil && r.Paused {
		f.add("daemon", "", control.CheckWarn, "submissions are paused", "`simdrop resume` lets them go on")
	}
}

// tryListen says whether the control API could have its address.
func tryListen(addr string) error {
	if addr == "" {
		return nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return l.Close()
}

func (d *doctor) assimp(f *findings) {
	path := assimp.Find()
	local := slices.ContainsFunc(d.Config.Watch, func(w config.Watch) bool { return d.Config.Providers[w.Provider].Type == config.Local })
	switch {
	case path != "":
		f.add("assimp", "", control.CheckOK, "found as "+path, "")
	case local:
		f.add("assimp", "", control.CheckWarn, "it is not installed: the local engine cannot read FBX",
			"install it: `apt install assimp-utils`, `brew install assimp`")
	default:
		f.add("assimp", "", control.CheckOK, "it is not installed, and not needed: only the local engine uses it", "")
	}
}

// clock is how far a provider's clock is ahead of ours.
type clock struct {
	provider string
	ahead    time.Duration
}

const (
	clockOff   = time.Minute      // worth knowing: times in lists are wrong
	clockWrong = 15 * time.Minute // signed addresses and certificates are refused
)

func (d *doctor) clock(f *findings, clocks <-chan clock) {
	worst, n := clock{}, 0
	for c := range clocks {
		n++
		if c.ahead.Abs() >= worst.ahead.Abs() {
			worst = c
		}
	}
	off := worst.ahead.Abs().Round(time.Second)
	way := "behind"
	if worst.ahead < 0 {
		way = "ahead of"
	}
	hint := "set this machine's clock by the network (NTP)"
	switch {
	case n == 0:
		f.add("clock", "", control.CheckUnknown, "no provider answered with its time", "")
	case off > clockWrong:
		f.add("clock", "", control.CheckFail, fmt.Sprintf("it is %s %s %s's", off, way, worst.provider), hint)
	case off > clockOff:
		f.add("clock", "", control.CheckWarn, fmt.Sprintf("it is %s %s %s's", off, way, worst.provider), hint)
	default:
		f.add("clock", "", control.CheckOK, fmt.Sprintf("it agrees with %s's", worst.provider), "")
	}
}

var errNoAnswer = errors.New("it does not answer")

// bounded runs a look that may hang, such as one at a dead share, and leaves it
// alone after the limit.
func boundedLook[T any](ctx context.Context, look func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	c := make(chan answer, 1)
	go func() {
		v, err := look()
		c <- answer{v, err}
	}()
	limit := time.NewTimer(lookLimit)
	defer limit.Stop()
	var none T
	select {
	case a := <-c:
		return a.value, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-limit.C:
		return none, fmt.Errorf("%w within %s", errNoAnswer, lookLimit)
	}
}

func sortedKeys(m map[string]config.Provider) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
