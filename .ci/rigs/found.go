package rigs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"simdrop/internal/control"
	"simdrop/internal/result"
	"simdrop/queue"
)

// found is what is on a disk after a power cut.
type found struct {
	jobs     map[string]queue.Job // by ID
	intents  map[string]bool      // names under which something was or is to be uploaded
	problems []string
}

func (f *found) problem(format string, args ...any) {
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

// look reads the state folder and the watched one. A queue that cannot be opened
// or does not hold together is a problem, and so is a visible result that is not
// whole.
func look(state, watch string) *found {
	f := &found{jobs: make(map[string]queue.Job), intents: make(map[string]bool)}
	if err := f.readQueue(state); err != nil {
		f.problem("queue: %v", err)
	}
	err := filepath.WalkDir(watch, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || !strings.HasSuffix(path, ".simready") {
			return err
		}
		f.whole(path)
		return fs.SkipDir
	})
	if err != nil {
		f.problem("walk: %v", err)
	}
	return f
}

// asReader is set in the process that reads a queue for look: on a damaged file
// the database may panic, also in goroutines of its own.
const asReader = "SIMDROP_RIG_READS"

// readQueue reads the queue in a process of its own.
func (f *found) readQueue(state string) error {
	if _, err := os.Stat(filepath.Join(state, "queue.db")); errors.Is(err, fs.ErrNotExist) {
		return nil // the cut came before it: nobody was told anything
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asReader+"="+state)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		first, _, _ := strings.Cut(errs.String(), "\n")
		return fmt.Errorf("%w: %s", err, first)
	}
	var jobs []queue.Job
	if err := json.Unmarshal(out, &jobs); err != nil {
		return err
	}
	for _, j := range jobs {
		f.jobs[j.ID] = j
		if j.Intent != nil {
			f.intents[j.Intent.Filename] = true
		}
	}
	return nil
}

// printQueue checks the queue and prints its jobs.
func printQueue(state string) error {
	q, err := queue.Open(state)
	if err != nil {
		return err
	}
	if err := q.Check(); err != nil {
		return err
	}
	jobs, err := q.List("", 0)
	return errors.Join(err, json.NewEncoder(os.Stdout).Encode(jobs), q.Close())
}

// whole notes what is wrong with a result. The source beside it is not ours to
// have flushed.
func (f *found) whole(dir string) {
	problems, err := result.Verify(dir)
	if err != nil {
		f.problem("torn: %v", err)
	}
	for _, p := range problems {
		if !p.Source {
			f.problem("torn: %s: %v", filepath.Base(dir), p)
		}
	}
}

// kept returns the check of what the daemon said about a job: after any later cut
// the queue knows as much.
func kept(said control.Job) func(*found) {
	return func(f *found) {
		j, ok := f.jobs[said.ID]
		switch {
		case !ok:
			f.problem("missing: job %s for %s, said to be %s", said.ID, said.Path, said.State)
		case j.Path != said.Path:
			f.problem("missing: job %s is for %s, said to be for %s", said.ID, j.Path, said.Path)
		case said.RemoteID != "" && j.RemoteID != said.RemoteID:
			f.problem("missing: remote ID of job %s is %q, said to be %q", said.ID, j.RemoteID, said.RemoteID)
		case said.State == control.Submitting && j.Intent == nil && j.RemoteID == "":
			f.problem("missing: intent of job %s, which is %s", said.ID, j.State)
		case said.State == control.Done:
			if j.State != queue.Done {
				f.problem("missing: job %s is %s, said to be done", said.ID, j.State)
			}
			f.whole(said.Result)
		}
	}
}

// intended returns the check that the name under which the provider received an
// upload is in the queue: otherwise it could be paid for a second time.
func intended(name string) func(*found) {
	return func(f *found) {
		if !f.intents[name] {
			f.problem("missing: intent of %s, which was uploaded", name)
		}
	}
}
