package uploader

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"simdrop/internal/crash"
	"simdrop/internal/result"
	"simdrop/queue"
)

// errCut says that a download was cut after bytes arrived that need not be asked
// for again.
var errCut = errors.New("the download was cut")

// download fetches the result into the spool. The file has its final name only
// when all of it is there.
func (u *Uploader) download(ctx context.Context, l *line, j queue.Job) error {
	part, err := u.openPart(j, u.resultFile(j.ID))
	if err != nil {
		return err
	}
	crash.Point(crash.Fetching)
	err = u.fill(ctx, l, j, part)
	if err == nil {
		return part.finish(u.resultFile(j.ID))
	}
	return u.cut(part, err)
}

// openPart opens the part of a file that comes from the job's remote one.
func (u *Uploader) openPart(j queue.Job, file string) (*partFile, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	return openPart(partOf(file), j.RemoteID)
}

// cut closes a part that did not become whole, and says whether it is gone on with.
func (u *Uploader) cut(part *partFile, err error) error {
	switch {
	case errors.Is(err, result.ErrNoSpace): // known, and what is there may be another job's room
		err = errors.Join(err, part.empty())
	case part.grew():
		err = errors.Join(errCut, err)
	}
	return errors.Join(err, part.f.Close())
}

// fill brings into the part what is missing of it.
func (u *Uploader) fill(ctx context.Context, l *line, j queue.Job, part *partFile) error {
	if part.format = part.note.Format; part.format != "" && part.whole() {
		return nil // we died between the last byte and the rename
	}
	if err := part.room(); err != nil {
		return err
	}
	part.format = j.Format
	_, err := l.Provider.Fetch(ctx, j.RemoteID, part.format, part)
	if e, ok := errors.AsType[*Error](err); ok && e.Class == Unavailable && j.Format == "all" {
		u.Logger.Warn("no MJCF for this asset: taking the USD alone", "job", j.ID, "asset", j.Path, "provider", l.Name)
		part.format = "usd"
		_, err = l.Provider.Fetch(ctx, j.RemoteID, part.format, part)
	}
	if errors.Is(err, ErrUnproven) { // every CRC is verified before anything is published
		return nil
	}
	return result.Plain(err)
}

// partOf is where a file of the spool is put together.
func partOf(file string) string { return file + ".part" }

// maxFetchTries is how often a damaged download is fetched again.
const maxFetchTries = 5

// unfetched decides what a failed download means.
func (u *Uploader) unfetched(ctx context.Context, l *line, j queue.Job, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return u.obstructed(ctx, j, err) // of our own disk
	}
	switch e.Class {
	case NotReady:
		return u.enter(j, queue.Converting)
	case Gone:
		return u.vanished(ctx, l, j, e)
	case Unavailable:
		if j.Simulation != nil {
			return u.change(j, func(j *queue.Job) { j.Fail(reason(e), "the conversion's result stays as it is") })
		}
		return u.change(j, func(j *queue.Job) {
			j.Fail(reason(e), "set convert.format to usd or all, then `simdrop retry "+j.ID+"`: nothing is paid again")
		})
	}
	if errors.Is(err, errCut) {
		return u.unanswered(ctx, l, j, e) // goes on where it was cut, as often as it takes
	}
	if e.Status == 200 || e.Status == 206 { // an answer, but no result: a page, nothing, or not an archive
		return u.damaged(j, reason(e))
	}
	return u.unanswered(ctx, l, j, e)
}

// damaged drops a download that cannot be used and asks for another, a few times.
func (u *Uploader) damaged(j queue.Job, why string) error {
	files := []string{u.resultFile(j.ID)}
	if j.Simulation != nil {
		files = nil
		for _, output := range j.Simulation.Outputs {
			files = append(files, u.outputFile(j.ID, output))
		}
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := removePart(partOf(file)); err != nil {
			return err
		}
	}
	wait := queue.Backoff(j.Fetches)
	u.logRetry(j, wait, why)
	return u.change(j, func(j *queue.Job) {
		j.Fetches++
		if j.Fetches >= maxFetchTries {
			j.Fetches = 0
			j.Fail(why, "the result is paid for: `simdrop retry "+j.ID+"` fetches it again at no cost")
			return
		}
		j.Retry(why, "", time.Now().Add(wait).UTC())
	})
}
