package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What packages say about the project. A release under another name changes these.
const (
	name       = "simdrop"
	summary    = "Puts SimReady USD beside the 3D assets dropped into folders"
	homepage   = "https://simdrop.example"
	publisher  = "The simdrop authors"
	maintainer = "The simdrop authors <maintainers@simdrop.example>"
	license    = "Apache-2.0"
)

// options are what the command line says.
type options struct {
	version, out, url string
	only, targets     []string
}

// release is what is being made.
type release struct {
	version string    // semantic version without v
	commit  string    // the first twelve digits, or "unknown"
	time    time.Time // of everything in the artefacts
	url     string    // of the folder that artefacts will be fetched from
	out     string    // absolute: the artefacts
	work    string    // absolute: what they are made of
	targets []target
	missing []string // artefacts that could not be made, with the reason
}

// semver is MAJOR.MINOR.PATCH with an optional pre-release (semver.org). Build
// metadata is refused: deb, rpm and MSI each have another idea of it.
var semver = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)

// newRelease goes to the top of the repository, which all paths are relative to, and
// empties the folder for the artefacts.
func newRelease(ctx context.Context, o options) (*release, error) {
	top, err := findTop()
	if err != nil {
		return nil, err
	}
	if err := os.Chdir(top); err != nil {
		return nil, err
	}
	r := &release{version: o.version, commit: "unknown"}
	if commit, err := git(ctx, "rev-parse", "HEAD"); err == nil {
		r.commit = commit[:12]
	}
	if r.version == "" {
		tag, _ := git(ctx, "describe", "--tags", "--exact-match") // no tag is no release
		r.version = cmp.Or(strings.TrimPrefix(tag, "v"), "0.0.0-dev")
	}
	if !semver.MatchString(r.version) {
		return nil, fmt.Errorf("%q is no semantic version such as 1.2.3 or 1.2.3-rc.1", r.version)
	}
	if r.time, err = sourceTime(ctx); err != nil {
		return nil, err
	}
	r.url = cmp.Or(o.url, homepage+"/releases/v"+r.version)
	for _, t := range o.targets {
		system, arch, _ := strings.Cut(t, "/")
		r.targets = append(r.targets, target{system, arch})
	}
	if r.out, err = filepath.Abs(o.out); err != nil {
		return nil, err
	}
	r.work = filepath.Join(r.out, "build")
	return r, r.empty()
}

// empty removes what an earlier run left. A folder that holds anything else is not
// ours to empty.
func (r *release) empty() error {
	entries, err := os.ReadDir(r.out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	marker := filepath.Join(r.work, ".made-by-packaging-build")
	_, marked := os.Stat(marker)
	if len(entries) > 0 && marked != nil {
		return fmt.Errorf("%s is not empty, and was not made by this program", r.out)
	}
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.work, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(marker, nil, 0o644); err != nil {
		return err
	}
	// Tools that read the time from the environment shall read ours.
	os.Setenv("SOURCE_DATE_EPOCH", strconv.FormatInt(r.time.Unix(), 10))
	os.Setenv("TZ", "UTC")
	os.Setenv("LC_ALL", "C.UTF-8")
	return nil
}

// artefact is the path of a file to give away.
func (r *release) artefact(suffix string) string {
	return filepath.Join(r.out, name+"_"+r.version+"_"+suffix)
}

// numeric is the version without its pre-release, for formats that know only numbers.
func (r *release) numeric() string {
	v, _, _ := strings.Cut(r.version, "-")
	return v
}

// without notes an artefact that cannot be made here.
func (r *release) without(what, why string) { r.missing = append(r.missing, what+": "+why) }

// findTop is the folder of the product's go.mod, above the current one.
func findTop() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		text, readErr := os.ReadFile(filepath.Join(dir, "go.mod"))
		if readErr == nil && bytes.HasPrefix(text, []byte("module "+name+"\n")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("run it inside the repository")
		}
	}
	return "", err
}

// sourceTime is SOURCE_DATE_EPOCH, else the time of the commit.
func sourceTime(ctx context.Context) (time.Time, error) {
	s := os.Getenv("SOURCE_DATE_EPOCH")
	if s == "" {
		var err error
		if s, err = git(ctx, "log", "-1", "--format=%ct"); err != nil {
			return time.Time{}, errors.New("no commit to take the time from: set SOURCE_DATE_EPOCH")
		}
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

func git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", args...).Output()
	return strings.TrimSpace(string(out)), err
}

// tool runs a program; what it printed is in the error when it fails, and returned
// otherwise.
func tool(ctx context.Context, env []string, program string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, program, args...)
	c.Env = append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// has says whether a program is installed.
func has(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}
