package uploader

import (
	"context"
	"sync/atomic"
	"time"

	"simdrop/queue"
)

// hungLook is how often is looked, while a step reads or writes in an artist's
// folder, whether that folder is still there.
const hungLook = 10 * time.Second

// whenHung calls free, once, when the job's folder goes away while a step works in
// it. A call to a share whose server died may never end: the step then keeps its
// job, but gives up its place among the provider's, so that the jobs of other
// folders go on. The caller ends the look by calling answered, which says whether
// the step still has its place.
func (u *Uploader) whenHung(ctx context.Context, j queue.Job, free func()) (answered func() bool) {
	ctx, stop := context.WithCancel(ctx)
	var freed atomic.Bool
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(hungLook):
			}
			if u.Allowed(ctx, j) == nil || ctx.Err() != nil {
				continue
			}
			if freed.CompareAndSwap(false, true) {
				u.Logger.Warn("the folder does not answer: other jobs go first", "job", j.ID, "asset", j.Path)
				free()
				u.table.signal()
			}
			return
		}
	}()
	return func() bool {
		stop()
		return !freed.Swap(true)
	}
}
