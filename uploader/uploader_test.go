package uploader_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simdrop/internal/result"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
	"simdrop/queue/queuetest"
	"simdrop/uploader"
)

const minute = time.Minute

// paid fails the test unless the provider accepted exactly n submissions.
func (r *rig) paid(n int) {
	r.t.Helper()
	if l := r.provider.Ledger(); len(l) != n {
		r.t.Errorf("the provider accepted %d submissions, want %d: %+v", len(l), n, l)
	}
}

// fired fails the test unless the fault struck: a fault that never happened proves nothing.
func (r *rig) fired(name string) {
	r.t.Helper()
	if r.provider.Faults.Fired(name) == 0 {
		r.t.Errorf("the fault %s never struck: %v", name, r.provider.Faults.AllFired())
	}
}

func TestResultAppearsBesideTheSource(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("Chair.obj", "a chair")
		j = r.want(minute, j.ID, queue.Done, "")
		if j.Result != filepath.Join(r.dir, "Chair.simready") {
			t.Errorf("result is %q", j.Result)
		}
		raw, err := os.ReadFile(filepath.Join(j.Result, "simready.json"))
		if err != nil {
			t.Fatal(err)
		}
		var s result.Sidecar
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		if s.Main != "Chair.usd" || s.Source.Path != "Chair.obj" || s.Source.Size != int64(len("# a chair"+obj)) || s.Key != j.Key ||
			s.RemoteID != j.RemoteID || s.Credits != 1 || s.Provider != "rigyd" || s.Type != "rigyd" || s.Simdrop != "test" {
			t.Errorf("sidecar: %+v", s)
		}
		r.paid(1)
		if left, _ := os.ReadDir(r.spool()); len(left) != 0 {
			t.Errorf("the spool still holds %v", left)
		}
	})
}

func TestEqualContentIsPaidOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		// The primary's name is a part of the bundle: equal names in two folders.
		for _, dir := range []string{"one", "two", "three"} {
			if err := os.Mkdir(filepath.Join(r.dir, dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		one := r.drop(filepath.Join("one", "a.obj"), "a chair")
		two := r.drop(filepath.Join("two", "a.obj"), "a chair")
		r.want(minute, one.ID, queue.Done, "")
		r.want(minute, two.ID, queue.Done, "") // it waited for the first
		three := r.want(minute, r.drop(filepath.Join("three", "a.obj"), "a chair").ID, queue.Done, "")
		if three.Credits != 0 || three.Result != filepath.Join(r.dir, "three", "a.simready") {
			t.Errorf("%v credits, result %s", three.Credits, three.Result)
		}
		if problems, err := result.Verify(three.Result); err != nil || len(problems) > 0 {
			t.Errorf("the copy: %v %v", problems, err)
		}
		r.paid(1)
	})
}

func TestLostCopyIsFetchedAgainNotPaidAgain(t *testing.T) {
	bubble(t, func(r *rig) {
		a := r.want(minute, r.drop("a.obj", "a chair").ID, queue.Done, "")
		// The same content under the same name in another folder is the same key.
		if err := os.Mkdir(filepath.Join(r.dir, "other"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(a.Result, "a.usd"), []byte("edited"), 0o644); err != nil {
			t.Fatal(err)
		}
		b := r.want(2*minute, r.drop(filepath.Join("other", "a.obj"), "a chair").ID, queue.Done, "")
		if b.Key != a.Key || b.RemoteID != a.RemoteID {
			t.Errorf("key %s of %s, want that of the first, %s of %s", b.Key, b.RemoteID, a.Key, a.RemoteID)
		}
		r.paid(1)
	})
}

// lostAnswers are the ways in which a submission was accepted and we do not hear of it.
var lostAnswers = map[string]rigydserver.Fault{
	"connection cut":     {Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, Times: 1},
	"500 after the deed": {Kind: rigydserver.AnswerAfter, Op: rigydserver.OpSubmit, Status: 500, Times: 1},
	"502 after the deed": {Kind: rigydserver.AnswerAfter, Op: rigydserver.OpSubmit, Status: 502, Times: 1},
	"409 after the deed": {Kind: rigydserver.AnswerAfter, Op: rigydserver.OpSubmit, Status: 409, Times: 1},
	"garbled answer":     {Kind: rigydserver.Garble, Op: rigydserver.OpSubmit, Times: 1},
	"no answer":          {Kind: rigydserver.HangAfter, Op: rigydserver.OpSubmit, Times: 1},
	"accepted late":      {Kind: rigydserver.AcceptLate, Op: rigydserver.OpSubmit, After: 20 * time.Second, Times: 1},
}

func TestLostAnswerIsAdopted(t *testing.T) {
	for name, fault := range lostAnswers {
		t.Run(name, func(t *testing.T) {
			fault.Name = "lost"
			bubble(t, func(r *rig) {
				j := r.drop("chair.obj", "a chair")
				j = r.want(20*minute, j.ID, queue.Done, "")
				r.fired("lost")
				r.paid(1)
				if !j.Adopted || j.Submissions != 1 {
					t.Errorf("adopted %v after %d submissions", j.Adopted, j.Submissions)
				}
			}, rigydtest.WithFaults(fault))
		})
	}
}

func TestLaggingListIsWaitedFor(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		r.want(20*minute, j.ID, queue.Done, "")
		r.fired("lost")
		r.fired("lag")
		r.paid(1)
	}, rigydtest.WithFaults(
		rigydserver.Fault{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, Times: 1, Name: "lost"},
		rigydserver.Fault{Kind: rigydserver.ListLag, Op: rigydserver.OpList, After: 4 * minute, Name: "lag"},
	))
}

func TestTooShortAWaitPaysTwice(t *testing.T) {
	// The mutant of the test above: without the wait the same fault costs a second
	// credit. If this fails, the other proves nothing.
	bubble(t, func(r *rig) {
		r.stop()
		r.line.AmbiguousWait = time.Second
		r.start()
		j := r.drop("chair.obj", "a chair")
		r.after(20*minute, j.ID)
		r.fired("lag")
		r.paid(2)
	}, rigydtest.WithFaults(
		rigydserver.Fault{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, Times: 1, Name: "lost"},
		rigydserver.Fault{Kind: rigydserver.ListLag, Op: rigydserver.OpList, After: 4 * minute, Name: "lag"},
	))
}

func TestNeverAcceptedIsSentAgainOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		r.want(4*minute, j.ID, queue.Submitting, "")
		j = r.want(10*minute, j.ID, queue.Done, "")
		r.fired("dropped")
		r.paid(1)
		if j.Submissions != 2 {
			t.Errorf("%d submissions, want 2", j.Submissions)
		}
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Drop, Op: rigydserver.OpSubmit, At: rigydserver.Received, Times: 1, Name: "dropped"}))
}

func TestSecondDoubtIsHeld(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		j = r.want(60*minute, j.ID, queue.Held, queue.Ambiguous)
		if !strings.Contains(j.Hint, "paid once more") {
			t.Errorf("the hint does not name the cost: %q", j.Hint)
		}
		if n := r.provider.Faults.Fired("dropped"); n != 2 {
			t.Errorf("%d submissions, want 2 and no more", n)
		}
		r.provider.Faults.Clear()
		queuetest.MustUpdate(t, r.queue, j.ID, func(j *queue.Job) { j.Released = true; j.Enter(j.Back) })
		r.want(10*minute, j.ID, queue.Done, "")
		r.paid(1)
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Drop, Op: rigydserver.OpSubmit, At: rigydserver.Received, Name: "dropped"}))
}

func TestAnswersThatAreNoDoubt(t *testing.T) {
	tests := map[string]struct {
		status int
		state  queue.State
		reason queue.Reason
		then   queue.State // once the fault is gone and the provider was asked again
	}{
		"400": {400, queue.Failed, "", queue.Failed},
		"413": {413, queue.Failed, "", queue.Failed},
		"415": {415, queue.Failed, "", queue.Failed},
		"422": {422, queue.Failed, "", queue.Failed},
		"401": {401, queue.Held, queue.Key, queue.Done},
		"403": {403, queue.Held, queue.Key, queue.Done},
		"402": {402, queue.Held, queue.Credits, queue.Done},
		"429": {429, queue.Queued, "", queue.Done},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.stop()
				u := r.start()
				j := r.drop("chair.obj", "a chair")
				j = r.want(10*time.Second, j.ID, tc.state, tc.reason)
				if j.Error == "" {
					t.Error("no reason is given")
				}
				r.fired("answer-" + name)
				r.paid(0)
				r.provider.Faults.Clear()
				if err := u.Reopen("rigyd"); err != nil {
					t.Fatal(err)
				}
				r.want(20*minute, j.ID, tc.then, "")
			}, rigydtest.WithFaults(rigydserver.Fault{
				Kind: rigydserver.Answer, Op: rigydserver.OpSubmit, Status: tc.status, RetryAfter: "60",
			}))
		})
	}
}

func TestRefusedKeyHoldsEveryJobAndLiftsByItself(t *testing.T) {
	bubble(t, func(r *rig) {
		running := r.drop("a.obj", "a")
		r.want(10*time.Second, running.ID, queue.Converting, "")
		r.provider.SetKeys("another")
		waiting := r.drop("b.obj", "b")
		r.want(30*time.Second, waiting.ID, queue.Held, queue.Key)
		r.want(0, running.ID, queue.Held, queue.Key)
		polls := r.provider.Faults.Requests(rigydserver.OpPoll)
		r.want(5*minute, running.ID, queue.Held, queue.Key)
		if n := r.provider.Faults.Requests(rigydserver.OpPoll); n != polls {
			t.Errorf("%d polls with a refused key", n-polls)
		}
		r.provider.SetKeys(r.provider.Key)
		r.want(15*minute, waiting.ID, queue.Done, "")
		r.want(0, running.ID, queue.Done, "")
		r.paid(2)
	})
}

func TestDeadlineHoldsAndALateResultIsFetched(t *testing.T) {
	atLength(t)
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		r.want(150*minute, j.ID, queue.Held, queue.Deadline)
		r.want(120*minute, j.ID, queue.Done, "")
		r.paid(1)
	}, rigydtest.Took(3*time.Hour), rigydtest.With(func(o *rigydserver.Options) { o.Timeout = 4 * time.Hour }))
}

func TestRemoteFailure(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		j = r.want(2*minute, j.ID, queue.Failed, "")
		if !strings.Contains(j.Error, "no mesh in it") || j.Credits != 0 {
			t.Errorf("error %q, %v credits", j.Error, j.Credits)
		}
		queuetest.MustUpdate(t, r.queue, j.ID, func(j *queue.Job) {
			j.Enter(queue.Queued)
			j.RemoteID, j.RemoteFailed, j.Intent, j.Key = "", false, nil, ""
		})
		j = r.want(2*minute, j.ID, queue.Done, "")
		l := r.provider.Ledger()
		if len(l) != 2 || !strings.HasSuffix(l[0].Token, "0") || !strings.HasSuffix(l[1].Token, "1") {
			t.Errorf("a person's retry takes the next generation: %+v", l)
		}
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.FailJob, Op: rigydserver.OpConvert, Text: "no mesh in it", Times: 1}))
}

func TestBadDownloadsAreFetchedAgain(t *testing.T) {
	for _, kind := range []rigydserver.Kind{
		rigydserver.Cut, rigydserver.CutChunked, rigydserver.CutQuiet, rigydserver.ShortLength, rigydserver.Corrupt, rigydserver.Empty, rigydserver.HTML,
	} {
		t.Run(string(kind), func(t *testing.T) {
			bubble(t, func(r *rig) {
				j := r.drop("chair.obj", "a chair")
				r.want(10*minute, j.ID, queue.Done, "")
				r.fired("bad")
				r.paid(1)
			}, rigydtest.WithFaults(rigydserver.Fault{Kind: kind, Op: rigydserver.OpResult, Times: 2, Name: "bad"}))
		})
	}
}

func TestUselessResultFailsAndIsFetchedAgainForNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		j = r.want(30*minute, j.ID, queue.Failed, "")
		r.fired("useless")
		if _, err := os.Stat(filepath.Join(r.dir, "chair.simready")); err == nil {
			t.Error("something was published")
		}
		r.provider.Faults.Clear()
		queuetest.MustUpdate(t, r.queue, j.ID, func(j *queue.Job) { j.Enter(queue.Converting) })
		r.want(minute, j.ID, queue.Done, "")
		r.paid(1)
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.NoUSD, Op: rigydserver.OpResult, Name: "useless"}))
}

func TestResultWaitsForItsPlace(t *testing.T) {
	bubble(t, func(r *rig) {
		r.offline.Store("the share is away")
		j := r.drop("chair.obj", "a chair")
		j = r.want(5*minute, j.ID, queue.Fetching, "")
		if !strings.Contains(j.Error, "share is away") {
			t.Errorf("error is %q", j.Error)
		}
		r.offline.Store("")
		r.want(minute, j.ID, queue.Done, "")
		r.paid(1)
	})
}

func TestEditedResultIsNotTouched(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		j = r.want(minute, j.ID, queue.Done, "")
		edited := filepath.Join(j.Result, "chair.usd")
		if err := os.WriteFile(edited, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		j = r.drop("chair.obj", "a better chair")
		r.want(2*minute, j.ID, queue.Held, queue.Edited)
		if b, _ := os.ReadFile(edited); string(b) != "mine" {
			t.Error("an edited result was changed")
		}
	})
}

func TestVanishedSourceIsWithdrawn(t *testing.T) {
	bubble(t, func(r *rig) {
		r.stop()
		j := r.drop("chair.obj", "a chair")
		if err := os.Remove(j.Path); err != nil {
			t.Fatal(err)
		}
		r.start()
		j = r.want(time.Second, j.ID, queue.Cancelled, "")
		if j.Stamp != "" {
			t.Error("the same file, come back, would be taken for known")
		}
		r.paid(0)
	})
}

func TestUnreachableProviderIsRetried(t *testing.T) {
	atLength(t)
	bubble(t, func(r *rig) {
		r.stop()
		r.line.Provider = &away{Provider: r.line.Provider, until: time.Now().Add(30 * minute)}
		r.start()
		j := r.drop("chair.obj", "a chair")
		j = r.want(20*minute, j.ID, queue.Queued, "")
		if j.Error == "" || j.Hint == "" || j.Due.IsZero() {
			t.Errorf("a job that waits for the network says %q, %q, due %v", j.Error, j.Hint, j.Due)
		}
		r.want(30*minute, j.ID, queue.Done, "")
		r.paid(1)
	})
}

// away is a provider that cannot be reached for a while, and has no list.
type away struct {
	uploader.Provider
	until time.Time
}

func (a *away) Submit(ctx context.Context, s uploader.Submission) (uploader.Remote, error) {
	if time.Now().Before(a.until) {
		return uploader.Remote{}, &uploader.Error{Provider: "rigyd", Op: "submit", Class: uploader.NotSent, Detail: "no route to host"}
	}
	return a.Provider.Submit(ctx, s)
}

// A clock that is set forward while an answer is in doubt must not shorten the
// wait: seen from then on, the doubt is a day old.
func TestClockSetForwardResendsNothing(t *testing.T) {
	bubble(t, func(r *rig) {
		j := r.drop("chair.obj", "a chair")
		r.want(10*time.Second, j.ID, queue.Submitting, "")
		queuetest.MustUpdate(t, r.queue, j.ID, func(j *queue.Job) {
			j.Intent.Doubt = j.Intent.Doubt.Add(-24 * time.Hour)
			j.Due = time.Now()
		})
		r.want(4*minute, j.ID, queue.Submitting, "")
		if n := r.provider.Faults.Requests(rigydserver.OpSubmit); n != 1 {
			t.Errorf("%d submissions within the wait", n)
		}
		r.want(10*minute, j.ID, queue.Done, "")
		r.paid(1)
		r.fired("lag")
	}, rigydtest.WithFaults(
		rigydserver.Fault{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, Times: 1, Name: "lost"},
		rigydserver.Fault{Kind: rigydserver.ListLag, Op: rigydserver.OpList, After: 4*minute + 30*time.Second, Name: "lag"},
	))
}

// What an earlier life of the daemon left for later comes at its time, and is not
// left for a day because the clock was a day ahead then.
func TestDueTimesSurviveASetClock(t *testing.T) {
	now := time.Now()
	for name, tc := range map[string]struct{ updated, due, want time.Duration }{
		"as it was left":        {-10 * time.Second, 20 * time.Second, 20 * time.Second},
		"overdue":               {-time.Hour, -minute, 0},
		"the clock was ahead":   {24 * time.Hour, 24*time.Hour + minute, minute},
		"the clock was behind":  {-24 * time.Hour, -24*time.Hour + minute, 0},
		"decided a moment late": {0, -time.Millisecond, 0},
	} {
		j := queue.Job{Updated: now.Add(tc.updated).UTC(), Due: now.Add(tc.due).UTC()}
		if got := uploader.DueAt(j, now).Sub(now); got != tc.want {
			t.Errorf("%s: in %v, want %v", name, got, tc.want)
		}
	}
	if !uploader.DueAt(queue.Job{}, now).IsZero() {
		t.Error("a job without a time waits")
	}
}
