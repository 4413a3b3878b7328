package result

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// While results appear and replace each other hundreds of times, or SIMDROP_ROUNDS times, whoever
// looks sees a whole one: the sidecar's files, each with its hash. With an
// exchange there is none missing once the first was there.
func TestReadersNeverSeeAHalfResult(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	if n, err := strconv.Atoi(os.Getenv("SIMDROP_ROUNDS")); err == nil {
		rounds = n
	}
	for _, exchanges := range []bool{true, false} {
		t.Run("exchanges="+strconv.FormatBool(exchanges), func(t *testing.T) {
			rounds := rounds
			if !exchanges {
				rounds /= 2 // they take as long again
			}
			s := shopIn(t, memoryDir(t)) // hundreds of flushes to a disk would take a minute
			path := s.mustPublish(s.request("chair.obj", delivered("0")))
			missing := watch(t, path, func() {
				for i := range rounds {
					s.republish(strconv.Itoa(i), i%3, exchanges)
				}
			})
			if exchanges && canExchange(t) && missing > 0 {
				t.Errorf("%d times there was no result at all", missing)
			}
		})
	}
}

func (s *shop) republish(text string, keep int, exchanges bool) {
	req := s.request("chair.obj", delivered(text))
	req.KeepVersions = keep
	p, err := Prepare(s.t.Context(), req)
	if err != nil {
		s.t.Fatal(err)
	}
	if !exchanges {
		p.exchange = noExchange
	}
	if _, err := p.Commit(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// watch looks at the result again and again while act runs, and says how often
// there was none.
func watch(t *testing.T, path string, act func()) int64 {
	var stop atomic.Bool
	var looks, missing atomic.Int64
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for !stop.Load() {
				looks.Add(1)
				if err := glance(path); errors.Is(err, fs.ErrNotExist) {
					missing.Add(1)
				} else if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	act()
	stop.Store(true)
	readers.Wait()
	if looks.Load() < 100 {
		t.Errorf("only %d looks: the readers did not run", looks.Load())
	}
	t.Logf("%d looks, %d without a result", looks.Load(), missing.Load())
	return missing.Load()
}

// glance opens the folder once and checks all in it, as a program does that loads
// the asset. What it finds wrong counts only while that folder is the result: a
// replaced one may be deleted under its readers.
func glance(path string) error {
	root, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	defer root.Close()
	opened, err := root.Stat(".")
	if err != nil {
		return err
	}
	wrong := inspect(root)
	if wrong == nil {
		return nil
	}
	if now, err := os.Stat(path); err != nil || !os.SameFile(opened, now) {
		return nil
	}
	return errors.Join(errors.New("half a result"), errors.New(wrong.Error()))
}

func inspect(root *os.Root) error {
	data, err := root.ReadFile(sidecarName)
	if err != nil {
		return err
	}
	s, err := parseSidecar(data)
	if err != nil {
		return err
	}
	for _, f := range s.Files {
		if reason := compareFile(root, f); reason != "" {
			return errors.New(f.Path + ": " + reason)
		}
	}
	return nil
}

func canExchange(t *testing.T) bool {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := errors.Join(os.Mkdir(a, 0o755), os.Mkdir(b, 0o755)); err != nil {
		t.Fatal(err)
	}
	return exchange(a, b) == nil
}

// memoryDir is a folder in memory where there is such a thing, so that programs
// are compared and not disks.
func memoryDir(t testing.TB) string {
	if _, err := os.Stat("/dev/shm"); err != nil {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "simdrop-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
