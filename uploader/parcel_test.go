package uploader_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
	"simdrop/queue"
	"simdrop/queue/queuetest"
)

// generating lets the provider make assets from images and prompts.
func generating() rigydtest.Option {
	return rigydtest.With(func(o *rigydserver.Options) { o.Generate = rigydtest.Generate })
}

// picture writes a small whole PNG of a width of its own.
func (r *rig) picture(name string, width int) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 1))); err != nil {
		r.t.Fatal(err)
	}
	path := filepath.Join(r.dir, name)
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		r.t.Fatal(err)
	}
	return path
}

func (r *rig) offer(path string) queue.Job {
	o := queuetest.Drop(path, "1")
	o.Root = r.dir
	return queuetest.MustOffer(r.t, r.queue, o)
}

func TestImageSet(t *testing.T) {
	bubble(t, func(r *rig) {
		front := r.picture("mug_front.png", 1)
		r.picture("mug_left.png", 4)
		r.picture("mug_back.png", 3)
		r.picture("mug_right.png", 2)
		j := r.want(2*minute, r.offer(front).ID, queue.Done, "")
		l := r.provider.Ledger()
		if len(l) != 1 || l[0].Type != rigydserver.TypeMultiview || j.Credits != 3 {
			t.Errorf("%v credits, ledger %+v", j.Credits, l)
		}
	}, generating())
}

func TestPrompt(t *testing.T) {
	bubble(t, func(r *rig) {
		path := filepath.Join(r.dir, "chair.prompt.txt")
		if err := os.WriteFile(path, []byte("  a wooden chair\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		j := r.want(2*minute, r.offer(path).ID, queue.Done, "")
		l := r.provider.Ledger()
		if len(l) != 1 || l[0].Type != rigydserver.TypeText || l[0].Filename != "a wooden chair" || j.Credits != 2 {
			t.Errorf("%v credits, ledger %+v", j.Credits, l)
		}
	}, generating())
}

func TestPromptWhoseAnswerWasLost(t *testing.T) {
	lost := rigydserver.Fault{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, Times: 1, Name: "lost"}
	bubble(t, func(r *rig) {
		path := filepath.Join(r.dir, "chair.prompt.txt")
		if err := os.WriteFile(path, []byte("a wooden chair"), 0o644); err != nil {
			t.Fatal(err)
		}
		j := r.want(10*minute, r.offer(path).ID, queue.Done, "")
		r.fired("lost")
		r.paid(1)
		if !j.Adopted {
			t.Error("it was not adopted")
		}
		// The same words under another name are another asset, not the remote job of the first.
		again := filepath.Join(r.dir, "other.prompt.txt")
		if err := os.WriteFile(again, []byte("a wooden chair"), 0o644); err != nil {
			t.Fatal(err)
		}
		r.provider.Faults.Add(rigydserver.Fault{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpSubmit, Times: 1, Name: "lost-again"})
		<-time.After(2 * minute) // beyond the fence of the first
		r.want(20*minute, r.offer(again).ID, queue.Done, "")
		r.fired("lost-again")
		r.paid(2)
	}, generating(), rigydtest.WithFaults(lost))
}
