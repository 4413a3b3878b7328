package rigs

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/engine"
	"simdrop/internal/mutant"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

func TestMain(m *testing.M) {
	if state := os.Getenv(asReader); state != "" {
		if err := printQueue(state); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	e2e.RemoveBinary()
	os.Exit(code)
}

func number(name string, standard int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return standard
}

// diskSize leaves the file system a journal and room for some dozens of results.
const diskSize = 64 << 20

// session is a run of the daemon on a recorded disk, and the provider it used.
type session struct {
	t        *testing.T
	dice     *rand.Rand
	provider *rigydtest.Provider
	home     *e2e.Home
	rec      *recorder
	base     []byte // the disk before the daemon's first start
	mnt      string
	scratch  string
	said     int // acknowledgements
}

// record runs the daemon until all its drops are done. Nothing of the disk is
// mounted any more when it returns.
func record(t *testing.T, seed uint64, drops int, program string, env ...string) *session {
	t.Helper()
	s := &session{t: t, dice: rand.New(rand.NewPCG(seed, 1)), rec: newRecorder(diskSize), mnt: t.TempDir(), scratch: t.TempDir()}
	s.provider = rigydtest.Start(t, rigydtest.Took(20*time.Millisecond), rigydtest.With(func(o *rigydserver.Options) {
		o.Account.Metered = false
		o.Convert = func(ctx context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
			s.rec.say(intended(in.Filename)) // it has the upload: the intent must be on the disk
			return rigydtest.Convert(ctx, in, w)
		}
	}))
	fuseDir := t.TempDir()
	server, err := s.rec.mount(fuseDir)
	if err != nil {
		t.Skipf("no FUSE: %v", err)
	}
	t.Cleanup(func() { server.Unmount() })
	device, err := attach(filepath.Join(fuseDir, "disk"))
	if err != nil {
		t.Fatal(err)
	}
	apart := func() error {
		defer func() { device = "" }()
		if device == "" {
			return nil
		}
		if err := unmount(s.mnt); err != nil {
			return err
		}
		return detach(device)
	}
	t.Cleanup(func() { apart() })
	if err := makeFileSystem(device); err != nil {
		t.Fatal(err)
	}
	if err := mount(device, s.mnt); err != nil {
		t.Skipf("no ext4: %v", err)
	}
	s.home = e2e.NewHomeOn(t, s.mnt, "rigyd", e2e.Rigyd(s.provider.URL, s.provider.Key, ", ambiguous_wait: 2s"))
	s.home.Program, s.home.Env = program, env
	if _, err := command("sync", "-f", s.mnt); err != nil {
		t.Fatal(err)
	}
	s.base = s.rec.snapshot()
	s.work(drops)
	if err := apart(); err != nil {
		t.Fatal(err)
	}
	if err := server.Unmount(); err != nil {
		t.Fatal(err)
	}
	return s
}

// work drops assets, saves a third of them again, and writes down all that the
// daemon says meanwhile.
func (s *session) work(drops int) {
	s.t.Helper()
	p := s.home.Start()
	c := p.Ready()
	events, err := c.Events(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	heard := make(chan int)
	go func() {
		n := 0
		for ; ; n++ {
			j, err := events.Next()
			if err != nil {
				heard <- n
				return
			}
			s.rec.say(kept(j))
		}
	}()
	var all, again []string
	for i := range drops {
		all = append(all, s.drop(i, 0))
		<-time.After(time.Duration(s.dice.IntN(150)) * time.Millisecond) // jobs in all states at any moment
	}
	e2e.Until(s.t, c, control.Done, all...)
	for i := range (drops + 2) / 3 {
		again = append(again, s.drop(i, 1))
	}
	for i, path := range again {
		e2e.UntilThat(s.t, c, path, func(j control.Job) bool {
			return j.State == control.Done && j.Bytes == int64(len(content(i, 1)))
		})
	}
	if code := p.Stop(); code != 0 {
		s.t.Errorf("the daemon ended with %d:\n%s", code, s.home.Log())
	}
	s.said = <-heard
	events.Close()
}

func (s *session) drop(i, version int) string {
	return s.home.Write(fmt.Sprintf("asset%02d.obj", i), content(i, version))
}

// content is an asset of some blocks, of another length in each version.
func content(i, version int) []byte {
	b := fmt.Appendf(nil, "# asset %d, version %d\n", i, version)
	for n := range 200 + 100*version {
		b = fmt.Appendf(b, "v %d 0 0\nv %d 1 0\nv %d 0 1\nf -3 -2 -1\n", n, n, n)
	}
	return b
}

// positions chooses where the power is cut: mostly after something was said, when
// only what was flushed before can make it true, either at once or as late as
// before the next flush, with writes under way.
func (s *session) positions(cuts int) []int {
	log := s.rec.log
	var acks []int
	for i, e := range log {
		if e.said != nil {
			acks = append(acks, i)
		}
	}
	var at []int
	for range cuts {
		k := s.dice.IntN(len(log) + 1)
		if s.dice.IntN(4) > 0 {
			k = acks[s.dice.IntN(len(acks))] + 1
		}
		if s.dice.IntN(3) > 0 {
			for k < len(log) && !log[k].sync {
				k++
			}
		}
		at = append(at, k)
	}
	slices.Sort(at)
	return at
}

// tally counts what the cuts did.
type tally struct {
	cuts, lossy, acks int
	problems          []string
}

// cut cuts the power at many places and looks at what each leaves. Every
// restart-th time the daemon goes on from there; 0 is never.
func (s *session) cut(cuts, restart int) tally {
	s.t.Helper()
	var sum tally
	c := &cutter{log: s.rec.log, stable: slices.Clone(s.base)}
	for n, k := range s.positions(cuts) {
		image := c.cut(k, s.dice)
		sum.cuts++
		if slices.ContainsFunc(s.rec.log[c.upTo:k], func(e event) bool { return e.data != nil }) {
			sum.lossy++
		}
		err := withImage(image, s.scratch, s.mnt, func() error {
			f := look(s.home.State, s.home.Watch)
			for _, e := range s.rec.log[:k] {
				if e.said != nil {
					e.said(f)
					sum.acks++
				}
			}
			for _, p := range f.problems {
				sum.problems = append(sum.problems, fmt.Sprintf("cut at %d of %d: %s", k, len(s.rec.log), p))
			}
			if restart > 0 && n%restart == restart-1 {
				s.goOn(f)
			}
			return nil
		})
		if err != nil {
			s.t.Fatalf("cut at %d: %v", k, err)
		}
	}
	return sum
}

// goOn starts the daemon on what a cut left and lets it bring every job to its end.
func (s *session) goOn(f *found) {
	s.t.Helper()
	p := s.home.Start()
	c := p.Ready()
	for _, j := range f.jobs {
		e2e.UntilThat(s.t, c, j.Path, func(j control.Job) bool {
			return j.State == control.Done || j.State == control.Cancelled || j.State == control.Failed
		})
	}
	p.Stop()
	after := look(s.home.State, s.home.Watch)
	for _, problem := range after.problems {
		s.t.Errorf("after going on: %s", problem)
	}
	for token, n := range s.provider.Ledger().Accepted() {
		if n != 1 {
			s.t.Errorf("after going on: %s was accepted %d times", token, n)
		}
	}
}

// check fails the test when the run proves nothing.
func (s *session) check(sum tally) {
	s.t.Helper()
	s.t.Logf("%d cuts, %d of them lost writes; %d acknowledgements, checked %d times; %d writes and %d flushes of the disk; %d problems",
		sum.cuts, sum.lossy, s.said, sum.acks, s.rec.writes, s.rec.syncs, len(sum.problems))
	if sum.lossy < sum.cuts/4 || s.said == 0 || sum.acks == 0 {
		s.t.Error("too little was lost, or said, to prove anything")
	}
}

func seed(t *testing.T) uint64 {
	n := uint64(number("SIMDROP_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("seed %d: repeat with SIMDROP_SEED=%d", n, n)
	return n
}

// TestPowerCuts runs the daemon with its state folder and its watched folder on a
// disk that loses power. Whatever it had told anybody is there afterwards, whole.
// SIMDROP_CUTS makes it longer.
func TestPowerCuts(t *testing.T) {
	if err := usable(); err != nil {
		t.Skip(err)
	}
	cuts := number("SIMDROP_CUTS", 60)
	s := record(t, seed(t), 12, "")
	sum := s.cut(cuts, max(cuts/4, 15))
	s.check(sum)
	for _, p := range sum.problems {
		t.Error(p)
	}
}

// TestMutantsLoseData: a daemon that leaves out one kind of flush is found out.
func TestMutantsLoseData(t *testing.T) {
	if err := usable(); err != nil {
		t.Skip(err)
	}
	program := filepath.Join(t.TempDir(), "simdrop")
	if out, err := exec.Command("go", "build", "-tags", "mutants", "-o", program, "simdrop").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, m := range []mutant.Name{mutant.NoFsync, mutant.NoDirsync, mutant.NoSync} {
		t.Run(string(m), func(t *testing.T) {
			s := record(t, seed(t), 12, program, "SIMDROP_MUTANT="+string(m))
			var sum tally
			for round := 0; round < 6 && len(sum.problems) == 0; round++ {
				sum = s.cut(20, 0)
				s.check(sum)
			}
			if len(sum.problems) == 0 {
				t.Fatal("nobody noticed")
			}
			t.Logf("such as: %s", sum.problems[s.dice.IntN(len(sum.problems))])
		})
	}
}
