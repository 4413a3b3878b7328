package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/crash"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// usual are the points of the default run; SIMDROP_CRASH_ALL=1 takes all.
var usual = []crash.Name{crash.Posting, crash.Answered, crash.Publish("flush")}

// TestCrashPoints kills the daemon at each named point, and once more while it
// recovers. In the end every asset has its whole result and every submission was
// accepted once.
func TestCrashPoints(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL to tell from another end")
	}
	points, simulated := usual, simulationPoints[:3]
	if os.Getenv("SIMDROP_CRASH_ALL") != "" {
		points, simulated = crash.All(), simulationPoints
	}
	program := e2e.Build(t, "crashpoints")
	for _, point := range points {
		t.Run(string(point), func(t *testing.T) {
			t.Parallel()
			newTale(t, program, point).run()
		})
	}
	for _, point := range simulated {
		t.Run("simulation/"+string(point), func(t *testing.T) {
			t.Parallel()
			crashInSimulation(t, program, point)
		})
	}
}

// tale is a day in the life of a watched folder, in which everything happens that a
// crash point is for: an equal asset elsewhere, a companion that comes late, an
// asset saved again, one that nobody wants, a failed conversion, a lost answer and
// a submission that never arrived.
type tale struct {
	t        *testing.T
	home     *e2e.Home
	provider *rigydtest.Provider
	point    crash.Name
	proc     *e2e.Process
	crashes  []string // what is left of them, one for each start
	saved    bool     // again.obj was saved for the second time

	plain, late, again, same, equal, unwanted string
}

func newTale(t *testing.T, program string, point crash.Name) *tale {
	p := rigydtest.Start(t, rigydtest.Took(50*time.Millisecond), rigydtest.WithFaults(
		rigydserver.Fault{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, Times: 1, Name: "lost"},
		rigydserver.Fault{Kind: rigydserver.Drop, Op: rigydserver.OpSubmit, At: rigydserver.Received, Times: 1, Name: "dropped"},
		rigydserver.Fault{Kind: rigydserver.FailJob, Op: rigydserver.OpConvert, Text: "no mesh in it", Times: 1, Name: "failed"},
	))
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ", ambiguous_wait: 1s"))
	h.Program = program
	// The second crash is at the third transaction of the recovery.
	return &tale{t: t, home: h, provider: p, point: point, crashes: []string{string(point) + ":1", "before:3"}}
}

func (l *tale) run() {
	if l.point == crash.SetAside {
		l.damage()
	}
	l.plain = l.write("plain.obj", "plain")
	l.same, l.equal = l.write("a/same.obj", "same"), l.write("b/same.obj", "same")
	l.late = l.home.Write("late.obj", []byte("mtllib late.mtl\n"+triangle))
	l.unwanted = l.home.Write("unwanted.obj", []byte("mtllib none.mtl\n"+triangle))
	l.again = l.write("again.obj", "first")
	stopReading := scan(l.t, l.home)
	jobs := l.follow()
	if torn := stopReading(); torn != 0 {
		l.t.Errorf("%d results were visible before they were whole", torn)
	}
	for _, path := range []string{l.plain, l.same, l.equal, l.late, l.again} {
		e2e.Whole(l.t, jobs[path].Result)
	}
	// plain, same, late, again twice, and the second try of the one that failed.
	accepted := l.provider.Ledger().Accepted()
	for token, n := range accepted {
		if n != 1 {
			l.t.Errorf("%s was accepted %d times", token, n)
		}
	}
	if len(accepted) != 6 {
		l.t.Errorf("%d submissions were accepted, want 6: %v", len(accepted), accepted)
	}
	if code := l.proc.Stop(); code != 0 {
		l.t.Errorf("stopped with exit code %d", code)
	}
	if left, err := os.ReadDir(filepath.Join(l.home.State, "spool")); err != nil || len(left) != 0 {
		l.t.Errorf("the spool still holds %v (%v)\n%s", left, err, l.home.Log())
	}
}

func (l *tale) write(name, content string) string {
	return l.home.Write(name, fmt.Appendf(nil, "# %s\n%s", content, triangle))
}

// damage leaves a queue that is none.
func (l *tale) damage() {
	if err := os.MkdirAll(l.home.State, 0o700); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.home.State, "queue.db"), []byte("no queue"), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// crashPatience bounds a tale, which has several starts and waits in it.
const crashPatience = 4 * time.Minute

// follow starts the daemon again whenever it died, does what a person would do, and
// returns the jobs by path when all is done.
func (l *tale) follow() map[string]control.Job {
	l.t.Helper()
	l.start()
	deadline := time.Now().Add(crashPatience)
	var jobs []control.Job
	for ; time.Now().Before(deadline); <-time.After(30 * time.Millisecond) {
		select {
		case <-l.proc.Ended():
			l.died()
		default:
		}
		c, err := control.Find(l.t.Context(), l.home.State)
		if err != nil {
			continue
		}
		if jobs, err = c.Jobs(l.t.Context(), "", 0); err != nil {
			continue
		}
		newest := make(map[string]control.Job)
		for _, j := range jobs {
			if _, ok := newest[j.Path]; !ok {
				newest[j.Path] = j
			}
		}
		if l.decide(c, newest) {
			return newest
		}
	}
	l.t.Fatalf("not done in time; crashes left %q; jobs %+v\n%s", l.crashes, jobs, l.home.Log())
	return nil
}

func (l *tale) start() {
	l.home.Env = nil
	if len(l.crashes) > 0 {
		l.home.Env = []string{"SIMDROP_CRASH=" + l.crashes[0]}
	}
	l.proc = l.home.Start()
}

// died checks that the daemon died where it was meant to, and starts it again.
func (l *tale) died() {
	l.t.Helper()
	if how := l.proc.How(); how != "signal: killed" || len(l.crashes) == 0 {
		l.t.Fatalf("the daemon ended by itself: %s\n%s", how, l.home.Log())
	}
	l.crashes = l.crashes[1:]
	l.start()
}

// decide does what a person does about the jobs, and reports whether all is done.
func (l *tale) decide(c *control.Client, jobs map[string]control.Job) bool {
	done := 0
	for path, j := range jobs {
		switch {
		case j.State == "failed":
			c.Retry(l.t.Context(), j.ID)
		case j.State == "held" && (j.Reason == "existing" || j.Reason == "ambiguous"):
			c.Release(l.t.Context(), j.ID)
		case j.State == "held" && path == l.unwanted:
			c.Cancel(l.t.Context(), j.ID)
		case j.State == "held" && path == l.late:
			if _, err := os.Stat(filepath.Join(l.home.Watch, "late.mtl")); err != nil {
				l.home.Write("late.mtl", []byte("newmtl wood\n"))
			}
		case j.State == "done" && path == l.again && !l.saved:
			l.saved = true
			l.write("again.obj", "second")
		case j.State == "done" && path == l.again && len(l.provider.Ledger()) < 6:
		case j.State == "done" || j.State == "cancelled" && path == l.unwanted:
			done++
		}
	}
	return done == 6 && l.saved && len(l.crashes) == 0 && strings.HasSuffix(jobs[l.again].Result, "again.simready")
}
