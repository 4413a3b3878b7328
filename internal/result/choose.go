package result

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// choose finds the result's name and says what happens to what is there: the
// source's name without its extension, or with it when another source or a person
// has the first. A result of the same source is replaced under the name it has.
func (p *Prepared) choose(req Request) error {
	candidates := []string{stem(req.Name) + suffix, clip(req.Name, elementMax-len(suffix)) + suffix}
	free := ""
	for _, name := range candidates {
		path := filepath.Join(req.Dir, name)
		owner, old, err := whose(path, req.Sidecar.Source.Path)
		switch {
		case err != nil:
			return err
		case owner == ours:
			return p.replace(req, path, old)
		case owner == nobody && free == "":
			free = path
		}
	}
	if free == "" {
		return fmt.Errorf("%s and %s: %w", candidates[0], candidates[1], ErrTaken)
	}
	p.target = Target{Path: free, Staging: stagingPath(req), Keep: max(req.KeepVersions, 0)}
	return nil
}

func stagingPath(req Request) string { return stagingFor(req.Root, req.JobID) }

func stagingFor(root, jobID string) string {
	return filepath.Join(root, stateFolder, stagingFolder, jobID)
}

type owner int

const (
	nobody owner = iota
	ours
	others
)

// whose tells who owns what lies at path, and the digest of our result there.
func whose(path, source string) (owner, string, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nobody, "", nil
	}
	if err != nil {
		return others, "", err
	}
	if !info.IsDir() {
		return others, "", nil
	}
	s, old, err := readSidecar(path)
	if unreadable(err) {
		return others, "", err // a share that went away is nobody's decision
	}
	if err != nil || s.Source.Path != source {
		return others, "", nil // no sidecar, or not one of ours: a person's
	}
	return ours, old, nil
}

// unreadable tells a sidecar that could not be read now from one that is not there
// or not ours.
func unreadable(err error) bool {
	_, system := errors.AsType[*fs.PathError](err)
	return system && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission)
}

// replace plans the replacement of our old result at path, unless it was edited.
func (p *Prepared) replace(req Request, path, old string) error {
	var err error
	if p.seen, err = unedited(path); err != nil {
		return err
	}
	p.target = Target{Path: path, Old: old, Staging: stagingPath(req), Keep: max(req.KeepVersions, 0)}
	p.target.Aside = filepath.Join(req.Root, stateFolder, trashFolder, req.JobID)
	if req.KeepVersions > 0 {
		p.target.Aside = versionPath(path, time.Now())
	}
	return nil
}

// unedited returns the fingerprint of our result at path, ErrEdited if it is not
// as we put it there.
func unedited(path string) (string, error) {
	seen, err := fingerprint(path)
	if err != nil {
		return "", err
	}
	s, err := ReadSidecar(path)
	if err != nil {
		return "", err
	}
	problems, err := compare(path, s)
	if err != nil {
		return "", err
	}
	if len(problems) > 0 {
		return "", fmt.Errorf("%s: %s: %w", filepath.Base(path), problems[0], ErrEdited)
	}
	return seen, nil
}

// versionPath is a free name for a replaced result. Names sort by age.
func versionPath(path string, now time.Time) string {
	base := filepath.Join(filepath.Dir(path), versionsFolder, filepath.Base(path), now.UTC().Format("20060102T150405Z"))
	name := base
	for n := 2; ; n++ {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) || n > 1000 {
			return name
		}
		name = base + "-" + strconv.Itoa(n)
	}
}
