package result

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"simdrop/internal/durable"
)

// State is what Recover found.
type State int

// The states of a target.
const (
	Absent  State = iota // nothing is there: prepare and commit again
	Old                  // the old result is there, as before: prepare and commit again
	Done                 // the new result is there, whole
	Foreign              // something else is there: preparing again finds another name, or says why not
)

func (s State) String() string {
	return [...]string{"absent", "old", "done", "foreign"}[s]
}

// Recover tells after a crash how far Commit came with t and completes the step
// it was in: an old result that was moved aside comes back if the new one never
// arrived, and is put away if it did. It may be called at any time, any number of
// times.
func Recover(t Target) (State, error) {
	state, err := look(t)
	switch {
	case err != nil:
	case state == Done:
		if err = durable.SyncDir(filepath.Dir(t.Path)); err == nil {
			err = retire(t)
		}
	case state == Absent && t.Aside != "" && holds(t.Aside, t.Old):
		if err = moveNew(t.Aside, t.Path); err == nil {
			state, err = Old, durable.SyncDir(filepath.Dir(t.Path))
		}
	}
	if err != nil {
		return state, fmt.Errorf("recover %s: %w", filepath.Base(t.Path), err)
	}
	return state, nil
}

func look(t Target) (State, error) {
	_, now, err := readSidecar(t.Path)
	switch {
	case err == nil && now == t.Digest:
		return Done, nil
	case err == nil && t.Old != "" && now == t.Old:
		return Old, nil
	case err == nil:
		return Foreign, nil
	case unreadable(err):
		return Foreign, err
	}
	if _, lerr := os.Lstat(t.Path); errors.Is(lerr, fs.ErrNotExist) {
		return Absent, nil
	} else if lerr != nil {
		return Foreign, lerr
	}
	return Foreign, nil
}

// holds says whether dir is the result with that sidecar.
func holds(dir, want string) bool {
	_, now, err := readSidecar(dir)
	return err == nil && want != "" && now == want
}

// Tidy removes root's state folders where they are empty: for a folder that is not
// watched, in which nothing should be left but the result.
func Tidy(root string) {
	state := filepath.Join(root, stateFolder)
	for _, dir := range []string{filepath.Join(state, stagingFolder), filepath.Join(state, trashFolder), state} {
		os.Remove(dir) // refuses while something is in it
	}
}

// Sweep removes what is left of jobs that are over from root's staging and trash
// folders. live says whether a job may still need its folder: it must be true for
// jobs of others.
func Sweep(root string, live func(jobID string) bool) error {
	var errs []error
	for _, folder := range []string{stagingFolder, trashFolder} {
		dir := filepath.Join(root, stateFolder, folder)
		entries, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, e := range entries {
			if e.IsDir() && !live(e.Name()) {
				errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
			}
		}
	}
	return errors.Join(errs...)
}
