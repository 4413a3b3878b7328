package notify_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/queue"
)

func TestDesktopTellsManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var all lines // of messages
		r.opt.Show = func(_ context.Context, title, text string) error {
			fmt.Fprintf(&all, "%s: %q\n", title, text)
			return errors.New("no desktop after all")
		}
		r.start()
		defer func() { r.stop() }()
		for i := range 12 {
			r.hold(r.drop(fmt.Sprintf("a%02d.obj", i)).ID, queue.Approval)
		}
		r.fail(r.drop("b\x1b[31m.obj").ID)
		r.drop("c.obj") // queued: nobody needs to know
		<-time.After(10 * time.Second)
		synctest.Wait()
		r.fail(r.drop("d.obj").ID)
		<-time.After(10 * time.Second) // too soon after the last
		synctest.Wait()
		want := `simdrop: "b.obj failed: it will not do\n12 models wait for you: it waits"` + "\n"
		if got := all.String(); got != want {
			t.Errorf("shown\n%swant\n%s", got, want)
		}
		<-time.After(time.Minute)
		synctest.Wait()
		want += `simdrop: "d.obj failed: it will not do"` + "\n"
		if got := all.String(); got != want {
			t.Errorf("shown\n%swant\n%s", got, want)
		}
	})
}
