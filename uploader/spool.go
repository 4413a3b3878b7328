package uploader

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"simdrop/internal/crash"
	"simdrop/internal/result"
	"simdrop/queue"
)

// The spool holds for each live job a folder with its frozen bundle and its
// downloaded result. On the file system of a result's place there is a staging
// folder for each job beside it, see result.Prepare; its name begins with this
// daemon's own, because several daemons may put results below one root.

func (u *Uploader) resultFile(id string) string { return filepath.Join(u.Spool, id, "result.zip") }

// staging is the name of a job's folder in a root's staging area.
func (u *Uploader) staging(id string) string {
	if u.Instance == "" {
		return id
	}
	return u.Instance + "-" + id
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// sweep removes from the spool what no live job needs: leftovers of a crash
// between a job's end and the removal of its files.
func (u *Uploader) sweep(live []queue.Job) error {
	keep := make(map[string]bool, len(live))
	for _, j := range live {
		keep[j.ID] = true
	}
	dirs, err := os.ReadDir(u.Spool)
	if err != nil {
		return err
	}
	for _, d := range dirs {
		if !keep[d.Name()] {
			err = errors.Join(err, os.RemoveAll(filepath.Join(u.Spool, d.Name())))
		}
	}
	return err
}

// clear removes an ended job's files from the spool. What was paid for and could
// not be delivered is fetched anew when a person retries the job.
func (u *Uploader) clear(id string) {
	j, err := u.Queue.Get(id)
	if err != nil || !j.State.Ended() || !exists(filepath.Join(u.Spool, id)) {
		return
	}
	crash.Point(crash.Clearing)
	if err := os.RemoveAll(filepath.Join(u.Spool, id)); err != nil {
		u.Logger.Warn("clear the spool", "job", id, "err", err)
	}
	crash.Point(crash.Cleared)
}

// Sweep removes from a root's staging area what jobs of this daemon left there
// that have ended since, or that never were: leftovers of a crash, or of a disk
// that went away while a result was being put on it. Folders of other daemons are
// never touched.
func (u *Uploader) Sweep(root string) error {
	own := u.staging("")
	return result.Sweep(root, func(name string) bool {
		id, ours := strings.CutPrefix(name, own)
		return !ours || u.needs(id)
	})
}

// needs reports whether the job may still want its staging folder. A step that
// runs for a job which was cancelled meanwhile is at work in it.
func (u *Uploader) needs(id string) bool {
	j, err := u.Queue.Get(id)
	if err == nil && !j.State.Ended() || err != nil && !errors.Is(err, queue.ErrNotFound) {
		return true
	}
	return u.table.working(id)
}
