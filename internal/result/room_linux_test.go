package result

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simdrop/internal/tight"
)

// roomy is a result of three files in two folders, of bytes that do not pack.
func roomy(n int) forge {
	noise := make([]byte, 40<<10)
	rng := rand.NewChaCha8([32]byte{byte(n)})
	if _, err := rng.Read(noise); err != nil {
		panic(err)
	}
	return forge{entries: []entry{
		{name: "usd/chair/chair.usda", body: fmt.Sprintf("#usda 1.0\n# %d\n", n) + strings.Repeat("# words\n", 700), method: deflated},
		{name: "usd/chair/textures/wood.png", body: string(noise)},
		{name: "usd/chair/textures/grain/fine.png", body: string(noise[:9000])},
	}}
}

// TestEveryStepWithoutRoom replaces a result while the disk has room for nothing, for
// one page or file, for two, and so on until it has enough: so everything that is
// written, made or moved is once what finds no room. Each time the old result stays
// as it was, and with room the same request is delivered.
func TestEveryStepWithoutRoom(t *testing.T) {
	for kind, disk := range tight.Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := disk(t)
			s := shopIn(t, d.Dir)
			n, faults, late := 0, 0, map[string]int{}
			request := func() Request {
				n++
				req := s.request("chair.obj", roomy(n))
				req.KeepVersions = 1
				req.Limits.Free = 1 << 40 // figures foretell nothing, as with a quota
				return req
			}
			path := s.mustPublish(request())
			for more := 0; ; more += d.Step {
				if more > 200*d.Step {
					t.Fatal("no room is ever enough")
				}
				fresh(t, s)
				req := request()
				d.Allow(t, more)
				step, err := s.try(req)
				if err == nil {
					s.whole(path, n)
					break
				}
				faults++
				late[step]++
				if !errors.Is(err, ErrNoSpace) || kind == "quota" && !errors.Is(err, d.Err) {
					t.Errorf("room for %d more: %v, want ErrNoSpace", more, err)
				}
				if step == "" || step == "open up" {
					s.whole(path, n-1)
				} else if _, err := readMain(path); err != nil {
					t.Errorf("room for %d more, %s: %v", more, step, err)
				}
				d.Allow(t, -1)
				if got := s.mustPublish(req); got != path {
					t.Errorf("with room it is %s, want %s", got, path)
				}
				s.whole(path, n)
			}
			t.Logf("%d faults; by the step before: %v", faults, late)
			if want := needs(t, kind, path); faults < want {
				t.Errorf("%d faults, want one for each of %d", faults, want)
			}
		})
	}
}

// fresh removes the folders of ours that the next delivery would find ready.
func fresh(t *testing.T, s *shop) {
	t.Helper()
	err := errors.Join(os.RemoveAll(filepath.Join(s.root, stateFolder)), os.RemoveAll(filepath.Join(s.dir, ".simready-versions")))
	if err != nil {
		t.Fatal(err)
	}
}

// try publishes, and tells the last step of the commit that was begun; after an
// error it does what the daemon does.
func (s *shop) try(req Request) (step string, err error) {
	s.t.Helper()
	p, err := Prepare(s.t.Context(), req)
	if err != nil {
		return "", err
	}
	p.step = func(name string) error {
		step = name
		return nil
	}
	if _, err = p.Commit(s.t.Context()); err == nil {
		return step, nil
	}
	if _, rerr := Recover(p.target); rerr != nil && !errors.Is(Plain(rerr), ErrNoSpace) {
		s.t.Errorf("after %v: %v", err, rerr)
	}
	return step, err
}

// whole wants the n-th result there, and nothing else that a person would see.
func (s *shop) whole(path string, n int) {
	s.t.Helper()
	if problems, err := Verify(path); err != nil || len(problems) > 0 {
		s.t.Errorf("the result: %v %v", problems, err)
	}
	if got, err := readMain(path); err != nil || got != n {
		s.t.Errorf("result %d is there, want %d: %v", got, n, err)
	}
	left, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range left {
		if name := e.Name(); name != filepath.Base(path) && name != ".simready-versions" {
			s.t.Errorf("there is %s beside the result", name)
		}
	}
}

// readMain tells which result is there.
func readMain(path string) (n int, err error) {
	text, err := os.ReadFile(filepath.Join(path, "chair.usda"))
	if err == nil {
		_, err = fmt.Sscanf(string(text), "#usda 1.0\n# %d\n", &n)
	}
	return n, err
}

// needs is how many faults there must have been at least: one for each page, one
// for each file and folder; under the quota, whose figures are its own, two.
func needs(t *testing.T, kind, path string) (n int) {
	t.Helper()
	if kind == "quota" {
		return 2
	}
	err := filepath.WalkDir(path, func(_ string, e os.DirEntry, err error) error {
		if err != nil || kind == "files" {
			n++
			return err
		}
		if info, err := e.Info(); err == nil && !e.IsDir() {
			n += int(info.Size()+int64(os.Getpagesize())-1) / os.Getpagesize()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
