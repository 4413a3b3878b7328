package rigydserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// store is the state folder: uploads/ (inputs of jobs that are not finished),
// records/ (one JSON file a job), results/ (archive and report of finished
// jobs). A name appears only when its file is whole and durable; names that
// start with tmp- are unfinished and go at the next start.
type store struct {
	dir    string
	noSync bool
	lock   *os.File // two servers on one folder would sweep each other's files
}

const tmpPrefix = "tmp-"

func openStore(dir string, noSync bool) (store, error) {
	s := store{dir: dir, noSync: noSync}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return s, fmt.Errorf("open state folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return s, fmt.Errorf("open state folder: %w", err)
	}
	if err := lockFile(lock); err != nil {
		lock.Close()
		return s, fmt.Errorf("open state folder: %s is in use by another server", dir)
	}
	s.lock = lock
	if err := s.prepare(); err != nil {
		lock.Close()
		return s, fmt.Errorf("open state folder: %w", err)
	}
	return s, nil
}

// prepare makes the folders and clears what an earlier run left unfinished.
func (s store) prepare() error {
	for _, sub := range []string{s.uploads(), s.records(), s.results()} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return err
		}
		left, err := filepath.Glob(filepath.Join(sub, tmpPrefix+"*"))
		if err != nil {
			return err
		}
		for _, f := range left {
			if err := os.Remove(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s store) uploads() string           { return filepath.Join(s.dir, "uploads") }
func (s store) records() string           { return filepath.Join(s.dir, "records") }
func (s store) results() string           { return filepath.Join(s.dir, "results") }
func (s store) upload(file string) string { return filepath.Join(s.uploads(), file) }
func (s store) archive(id string) string  { return filepath.Join(s.results(), id+".zip") }
func (s store) report(id string) string   { return filepath.Join(s.results(), id+".json") }
func (s store) record(id string) string   { return filepath.Join(s.records(), id+".json") }

// keep gives a staged upload, which is synced and closed, its lasting name.
func (s store) keep(staged, file string) error {
	if err := os.Rename(staged, s.upload(file)); err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	return nil
}

// save writes a job's record durably.
func (s store) save(r *record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("save record: %w", err)
	}
	return s.write(s.record(r.ID), b)
}

// write puts b at path, whole or not at all.
func (s store) write(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), tmpPrefix)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return s.publish(f, path, err)
}

// publish syncs, closes and renames f, or removes it when err or any step says so.
func (s store) publish(f *os.File, path string, err error) error {
	if err == nil {
		err = s.sync(f)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return s.syncDir(filepath.Dir(path))
}

func (s store) sync(f *os.File) error {
	if s.noSync {
		return nil
	}
	return f.Sync()
}

func (s store) syncDir(dir string) error {
	if s.noSync {
		return nil
	}
	return syncDir(dir)
}

// keepResult publishes a finished archive and, where there is one, the report.
func (s store) keepResult(id string, f *os.File, report []byte) (size int64, err error) {
	st, err := f.Stat()
	if err := s.publish(f, s.archive(id), err); err != nil {
		return 0, err
	}
	if report != nil {
		err = s.write(s.report(id), report)
	}
	return st.Size(), err
}

// all reads every record. One that cannot be read is set aside and named in bad:
// the others are worth more than a refusal to start.
func (s store) all() (recs []*record, bad []string, err error) {
	entries, err := os.ReadDir(s.records())
	if err != nil {
		return nil, nil, fmt.Errorf("read records: %w", err)
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		path := filepath.Join(s.records(), e.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, fmt.Errorf("read records: %w", err)
		}
		r := new(record)
		if json.Unmarshal(b, r) != nil || r.ID != id {
			bad = append(bad, e.Name())
			if err := os.Rename(path, path+".bad"); err != nil {
				return nil, nil, fmt.Errorf("set record aside: %w", err)
			}
			continue
		}
		recs = append(recs, r)
	}
	return recs, bad, nil
}

// sweep removes uploads that no unfinished job has, and results that no job has.
func (s store) sweep(uploads, results map[string]bool) error {
	for dir, keep := range map[string]map[string]bool{s.uploads(): uploads, s.results(): results} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("sweep state folder: %w", err)
		}
		for _, e := range entries {
			if keep[e.Name()] {
				continue
			}
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("sweep state folder: %w", err)
			}
		}
	}
	return nil
}

// remove deletes files; that one is gone already is no error.
func (s store) remove(paths ...string) error {
	var all error
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}
