package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// settle is the settle period of the slow copies: some of their stalls are longer.
const settle = 300 * time.Millisecond

// TestSlowCopies has processes copy files into the watched folder as slow, odd
// programs do. No partial file is ever submitted: the provider's own digest of
// every upload is that of the final content, and in the end all are submitted.
// SIMDROP_COPIES says how many, SIMDROP_SEED repeats a run.
func TestSlowCopies(t *testing.T) {
	copies := number("SIMDROP_COPIES", 60)
	seed := uint64(number("SIMDROP_SEED", int(time.Now().UnixNano()%1e9)))
	partial, missing := slowCopies(t, copies, seed, "settle_period: "+settle.String())
	if partial != 0 || missing != 0 {
		t.Errorf("of %d copies %d were submitted partially and %d not at all (seed %d)", copies, partial, missing, seed)
	}
}

// TestSlowCopiesCanFail shows that the test above sees partial uploads. It is no
// proof of simdrop, so it runs only when asked for: the settle period is a
// millisecond, and the writers close the file in every stall, so that no lease
// tells of them.
func TestSlowCopiesCanFail(t *testing.T) {
	if os.Getenv("SIMDROP_COPIES_CAN_FAIL") == "" {
		t.Skip("set SIMDROP_COPIES_CAN_FAIL=1 to see partial uploads")
	}
	t.Setenv("SIMDROP_COPY_CLOSES", "1")
	partial, _ := slowCopies(t, 60, 1, "settle_period: 1ms")
	if partial == 0 {
		t.Error("no partial upload was seen")
	}
	t.Logf("%d partial uploads", partial)
}

// slowCopies runs the copies in parallel and counts those that were submitted in
// another state than their last, and those that never were.
func slowCopies(t *testing.T, copies int, seed uint64, options string) (partial, missing int) {
	t.Helper()
	t.Logf("%d copies, seed %d: repeat with SIMDROP_SEED=%d", copies, seed, seed)
	p := rigydtest.Start(t, rigydtest.With(func(o *rigydserver.Options) { o.Account.Metered = false }))
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", max_uploads: 8, max_in_flight: 64"))
	text, err := os.ReadFile(h.Config)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), "settle_period: 200ms", options, 1))
	if err := os.WriteFile(h.Config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c := h.Start().Ready()
	listings(t, c, h.Watch, 0)

	const abreast = 60 // copies at the same time
	slots := make(chan struct{}, abreast)
	var mu sync.Mutex
	want := map[string]string{} // digest of the final content → name
	var all sync.WaitGroup
	for i := range copies {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			// A folder of its own: the pauses in a folder teach the watcher patience.
			name := fmt.Sprintf("%04d/copy%04d.obj", i, i)
			if i%2 == 0 {
				name = fmt.Sprintf("together/copy%04d.obj", i)
			}
			if err := os.MkdirAll(filepath.Dir(filepath.Join(h.Watch, name)), 0o755); err != nil {
				t.Error(err)
			}
			content := slowContent(seed, i)
			mu.Lock()
			want[hashOf(content)] = name
			mu.Unlock()
			cmd := exec.Command(os.Args[0], "-test.run=^TestCopyProcess$")
			cmd.Env = append(os.Environ(), fmt.Sprintf("SIMDROP_COPY=%d %d %s", seed, i, filepath.Join(h.Watch, name)))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("copy %s: %v\n%s", name, err, out)
			}
		})
	}
	all.Wait()
	sent := func() map[string]bool {
		m := map[string]bool{}
		for _, e := range p.Ledger() {
			m[e.SHA256] = true
		}
		return m
	}
	for deadline := time.Now().Add(long); time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
		seen := sent()
		missing = 0
		for sum := range want {
			if !seen[sum] {
				missing++
			}
		}
		if missing == 0 {
			break
		}
	}
	listings(t, c, h.Watch, 1)
	for _, e := range p.Ledger() {
		if want[e.SHA256] == "" {
			partial++
			t.Logf("partial: %s with %d bytes", e.Filename, e.Size)
		}
	}
	return partial, missing
}

// slowContent is a whole OBJ at every line's end, so that only the watcher can
// tell a part of it from all of it: the format proves nothing.
func slowContent(seed uint64, i int) []byte {
	dice := rand.New(rand.NewPCG(seed, uint64(i)))
	var b strings.Builder
	fmt.Fprintf(&b, "# copy %d of %d\n%s", i, seed, triangle)
	for range 200 + dice.IntN(2000) {
		fmt.Fprintf(&b, "v %.3f %.3f %.3f\n", dice.Float64(), dice.Float64(), dice.Float64())
	}
	return []byte(b.String())
}

// TestCopyProcess is one slow copy, in a process of its own. It does nothing in
// an ordinary run.
func TestCopyProcess(t *testing.T) {
	args := strings.Fields(os.Getenv("SIMDROP_COPY"))
	if len(args) != 3 {
		t.Skip("it is started by the test of slow copies")
	}
	seed, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	i, err := strconv.Atoi(args[1])
	if err != nil {
		t.Fatal(err)
	}
	c := copier{
		content: slowContent(seed, i), path: args[2], dice: rand.New(rand.NewPCG(seed, uint64(i)+1<<32)),
		closes: os.Getenv("SIMDROP_COPY_CLOSES") != "",
	}
	ways := []func() error{c.plain, c.presized, c.renamed, c.aborted}
	if err := ways[c.dice.IntN(len(ways))](); err != nil {
		t.Fatal(err)
	}
}

// copier writes one file as some program would.
type copier struct {
	content []byte
	path    string
	dice    *rand.Rand
	closes  bool // the file is closed in every stall
}

// stall rests for a moment, now and then for longer than the settle period.
func (c *copier) stall() {
	d := time.Duration(c.dice.IntN(60)) * time.Millisecond
	if c.dice.IntN(12) == 0 {
		d = settle + time.Duration(c.dice.IntN(1200))*time.Millisecond
	}
	<-time.After(d)
}

// plain writes from the start to the end, with the file open all the time.
func (c *copier) plain() error { return c.fill(c.path, os.O_TRUNC, len(c.content)) }

// presized sets the full size first and fills it, as an SMB copy may.
func (c *copier) presized() error {
	f, err := os.Create(c.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(int64(len(c.content))); err != nil {
		return err
	}
	c.stall()
	return c.fill(c.path, 0, len(c.content))
}

// renamed writes under a temporary name and renames into place.
func (c *copier) renamed() error {
	temp := c.path + ".part"
	if err := c.fill(temp, os.O_TRUNC, len(c.content)); err != nil {
		return err
	}
	return os.Rename(temp, c.path)
}

// aborted stops in the middle, removes what there is, and copies again.
func (c *copier) aborted() error {
	f, err := os.Create(c.path)
	if err != nil {
		return err
	}
	_, err = f.Write(c.content[:c.dice.IntN(len(c.content))])
	if err != nil {
		return err
	}
	c.stall()
	if err := os.Remove(c.path); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	c.stall()
	return c.plain()
}

func (c *copier) fill(path string, flags, n int) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|flags, 0o644)
	if err != nil {
		return err
	}
	defer func() { f.Close() }()
	for at := 0; at < n; {
		end := min(at+1+c.dice.IntN(1+n/8), n)
		if _, err := f.WriteAt(c.content[at:end], int64(at)); err != nil {
			return err
		}
		if at = end; at == n {
			break
		}
		if c.closes {
			if err := f.Close(); err != nil {
				return err
			}
		}
		c.stall()
		if c.closes {
			if f, err = os.OpenFile(path, os.O_WRONLY, 0); err != nil {
				return err
			}
		}
	}
	return f.Sync()
}
