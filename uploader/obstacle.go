package uploader

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"simdrop/internal/result"
	"simdrop/queue"
)

// A paid result is never given up because of a disk. What stands in its way is
// told on the job, which stays in fetching with its result in the spool, and is
// looked at again: after growing pauses, but never longer than maxObstacleWait,
// because whoever mends it wants to see it go on.
const maxObstacleWait = time.Minute

// obstructed puts a job off because of something on our own disks; other errors,
// and none, pass.
func (u *Uploader) obstructed(ctx context.Context, j queue.Job, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, queue.ErrTransition) {
		return err
	}
	text, hint, ok := obstacle(err)
	if !ok {
		return err
	}
	return u.putOff(j, text, hint)
}

// putOff has a job wait for a disk.
func (u *Uploader) putOff(j queue.Job, text, hint string) error {
	wait := min(queue.Backoff(j.Tries), maxObstacleWait)
	u.logRetry(j, wait, text)
	return u.change(j, func(j *queue.Job) { j.Retry(text, hint, time.Now().Add(wait).UTC()) })
}

// crowded puts off a job whose copy the spool cannot take.
func (u *Uploader) crowded(j queue.Job, err error) error {
	return u.putOff(j, "the asset waits: "+spaceText(err), freeHint)
}

const freeHint = "free some space; it goes on by itself"

// spaceText says how much is missing where, as far as that is known.
func spaceText(err error) string {
	s, ok := errors.AsType[*result.SpaceError](err)
	if !ok {
		return err.Error()
	}
	if s.Dir == "" {
		return s.Error()
	}
	return s.Error() + " at " + s.Dir
}

// obstacle says in words what an error of a disk means, and what a person can do.
func obstacle(err error) (text, hint string, ok bool) {
	const waits = "the result waits in the spool: "
	where := ""
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		where = p.Path
	} else if l, ok := errors.AsType[*os.LinkError](err); ok {
		where = l.New
	}
	cause := err.Error()
	switch {
	case errors.Is(err, result.ErrNoSpace):
		return "the result waits: " + spaceText(err), freeHint, true
	case errors.Is(err, result.ErrReadOnly):
		return waits + "the file system of " + where + " is read-only", "make it writable; the result is delivered by itself", true
	case errors.Is(err, result.ErrBusy):
		return waits + "a program has the old result open: " + cause, "close it there; the result is delivered by itself", true
	case errors.Is(err, fs.ErrPermission):
		return waits + "nothing may be written in " + filepath.Dir(where) + ": permission denied",
			"let the user that simdrop runs as write there; the result is delivered by itself", true
	case where != "":
		return waits + cause, "it is delivered by itself as soon as the disk answers", true
	}
	return "", "", false
}
