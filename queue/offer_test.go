package queue_test

import (
	"testing"

	"simdrop/queue"
	"simdrop/queue/queuetest"
)

// enter moves a job through states as the uploader would.
func enter(t *testing.T, q *queue.Queue, id string, states ...queue.State) queue.Job {
	t.Helper()
	j, err := q.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		j = queuetest.MustUpdate(t, q, id, func(j *queue.Job) {
			j.Enter(s)
			switch s {
			case queue.Submitting:
				j.Intent = &queue.Intent{Token: "k7q2m4x9ab"}
			case queue.Converting:
				j.RemoteID = "r1"
			case queue.Done:
				j.Result = "/in/chair.simready"
			}
		})
	}
	return j
}

func TestOffer(t *testing.T) {
	sent := []queue.State{queue.Submitting, queue.Converting}
	done := append(sent, queue.Fetching, queue.Done)
	tests := map[string]struct {
		first  queue.Offer
		states []queue.State
		again  queue.Offer

		isNew  bool
		last   queue.State // of the first job afterwards
		behind bool        // the new job waits for the first
	}{
		"the same drop while it waits":        {queuetest.Drop("/in/a.glb", "1"), nil, queuetest.Drop("/in/a.glb", "1"), false, queue.Queued, false},
		"the same drop while it converts":     {queuetest.Drop("/in/a.glb", "1"), sent, queuetest.Drop("/in/a.glb", "1"), false, queue.Converting, false},
		"the same drop when it is done":       {queuetest.Drop("/in/a.glb", "1"), done, queuetest.Drop("/in/a.glb", "1"), false, queue.Done, false},
		"saved again before it was sent":      {queuetest.Drop("/in/a.glb", "1"), nil, queuetest.Drop("/in/a.glb", "2"), true, queue.Cancelled, false},
		"saved again with the intent on disk": {queuetest.Drop("/in/a.glb", "1"), sent[:1], queuetest.Drop("/in/a.glb", "2"), true, queue.Submitting, true},
		"saved again while it converts":       {queuetest.Drop("/in/a.glb", "1"), sent, queuetest.Drop("/in/a.glb", "2"), true, queue.Converting, true},
		"saved again when it is done":         {queuetest.Drop("/in/a.glb", "1"), done, queuetest.Drop("/in/a.glb", "2"), true, queue.Done, false},
		"another file":                        {queuetest.Drop("/in/a.glb", "1"), nil, queuetest.Drop("/in/b.glb", "1"), true, queue.Queued, false},
		"a companion arrives":                 {held("/in/a.obj", "1"), nil, queuetest.Drop("/in/a.obj", "2"), false, queue.Queued, false},
		"one of two companions arrives":       {held("/in/a.obj", "1"), nil, held("/in/a.obj", "2"), false, queue.Held, false},
		"a broken companion arrives":          {held("/in/a.obj", "1"), nil, broken("/in/a.obj", "2"), false, queue.Failed, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			q := queuetest.MustOpen(t)
			first := queuetest.MustOffer(t, q, tc.first)
			enter(t, q, first.ID, tc.states...)
			j, isNew, err := q.Offer(tc.again)
			if err != nil {
				t.Fatal(err)
			}
			if isNew != tc.isNew || isNew == (j.ID == first.ID) {
				t.Errorf("new %v (job %s after %s), want new %v", isNew, j.ID, first.ID, tc.isNew)
			}
			first, err = q.Get(first.ID)
			if err != nil || first.State != tc.last {
				t.Errorf("first job is %s (%v), want %s", first.State, err, tc.last)
			}
			if behind := j.After != ""; behind != tc.behind {
				t.Errorf("waits for %q, want to wait: %v", j.After, tc.behind)
			}
			if !q.Known(tc.again.Path, tc.again.Stamp) {
				t.Error("the drop is not known afterwards")
			}
		})
	}
}

func held(path, stamp string) queue.Offer {
	o := queuetest.Drop(path, stamp)
	o.State, o.Reason, o.Error = queue.Held, queue.Companions, "missing as of "+stamp
	return o
}

func broken(path, stamp string) queue.Offer {
	o := queuetest.Drop(path, stamp)
	o.State, o.Error = queue.Failed, "cut short"
	return o
}

func TestCommandTakesAnEndedAssetAgain(t *testing.T) {
	q := queuetest.MustOpen(t)
	first := queuetest.MustOffer(t, q, queuetest.Drop("/in/a.glb", "1"))
	o := queuetest.Drop("/in/a.glb", "1")
	o.Command = true
	if j := queuetest.MustOffer(t, q, o); j.ID != first.ID {
		t.Errorf("a command made job %s beside the waiting %s", j.ID, first.ID)
	}
	enter(t, q, first.ID, queue.Cancelled)
	if j := queuetest.MustOffer(t, q, o); j.ID == first.ID {
		t.Error("a command on an ended asset made no job")
	}
}

func TestSkip(t *testing.T) {
	q := queuetest.MustOpen(t)
	if err := q.Skip("/in/a.glb", "1"); err != nil {
		t.Fatal(err)
	}
	if !q.Known("/in/a.glb", "1") {
		t.Error("a skipped file is not known")
	}
	if q.Known("/in/a.glb", "2") {
		t.Error("a skipped file that changed is still known")
	}
}
