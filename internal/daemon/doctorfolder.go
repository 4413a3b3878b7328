package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/durable"
	"simdrop/watcher"
)

const (
	littleSpace = 1 << 30  // one large asset, frozen and with its result
	noSpace     = 64 << 20 // not even the queue is safe
)

// state looks at the state folder.
func (d *doctor) state(f *findings) {
	dir := d.Config.StateDir
	there, err := nearest(dir)
	if err != nil {
		f.add("state", dir, control.CheckFail, err.Error(), "set state_dir to a folder on a local disk")
		return
	}
	if err := writable(there); err != nil {
		f.add("state", dir, control.CheckFail, "it cannot be written to: "+err.Error(), "give this user the folder, or set state_dir")
		return
	}
	fsys, err := watcher.FileSystemOf(there, watcher.Auto)
	switch {
	case err != nil:
		f.add("state", dir, control.CheckUnknown, err.Error(), "")
	case fsys.Network:
		f.add("state", dir, control.CheckFail, networkState(fsys), "set state_dir to a folder on a local disk")
	case !fsys.Known:
		f.add("state", dir, control.CheckWarn, "it lies on "+fsys.String()+", which simdrop does not know", "it must be a local disk")
	case there != dir:
		f.add("state", dir, control.CheckOK, "it is made at the first run, on "+fsys.String(), "")
	default:
		f.add("state", dir, control.CheckOK, "it lies on "+fsys.String(), "")
	}
	d.space(f, dir, there)
}

func networkState(fsys watcher.FileSystem) string {
	return "it lies on " + fsys.String() + ", a network file system: after a crash the queue may be damaged"
}

// warnState tells at the start of the daemon that its state is in a bad place.
func (d *Daemon) warnState() {
	if fsys, err := watcher.FileSystemOf(d.stateDir, watcher.Auto); err == nil && fsys.Network {
		d.log.Warn("the state folder is in a bad place: set state_dir to a folder on a local disk", "state_dir", d.stateDir, "problem", networkState(fsys))
	}
}

func (d *doctor) space(f *findings, dir, there string) {
	n, err := durable.Free(there)
	switch {
	case err != nil:
		f.add("space", dir, control.CheckUnknown, err.Error(), "")
	case n < noSpace:
		f.add("space", dir, control.CheckFail, "the disk is full: "+size(n)+" are free", "make room")
	case n < littleSpace:
		f.add("space", dir, control.CheckWarn, size(n)+" are free", "an asset is kept twice while it is converted: make room")
	default:
		f.add("space", dir, control.CheckOK, size(n)+" are free", "")
	}
}

// folder looks at a watched folder: as the running daemon sees it, or as it would.
func (d *doctor) folder(ctx context.Context, f *findings, c config.Watch) {
	path, err := filepath.Abs(c.Path)
	if err != nil {
		f.add("folder", c.Path, control.CheckFail, err.Error(), "")
		return
	}
	if _, err := boundedLook(ctx, func() (any, error) { return nil, readable(path) }); err != nil {
		what, hint := folderTrouble(err)
		f.add("folder", path, control.CheckFail, what, hint)
		return
	}
	inside := c.Result.Place != "mirror"
	_, err = boundedLook(ctx, func() (any, error) { return nil, writable(path) })
	switch {
	case err != nil && inside:
		f.add("folder", path, control.CheckFail, "results cannot be put there: "+err.Error(), "give this user the right to write, or set result.place to mirror")
	case err != nil:
		f.add("folder", path, control.CheckOK, "it can be read, not written to; results go to "+c.Result.Root, "")
	default:
		f.add("folder", path, control.CheckOK, "it can be read and written to", "")
	}
	d.watching(ctx, f, path, c)
	d.space(f, path, path)
	if inside {
		return
	}
	if _, err := boundedLook(ctx, func() (any, error) { return nil, writable(c.Result.Root) }); err != nil {
		f.add("folder", c.Result.Root, control.CheckFail, "results cannot be put there: "+err.Error(), "make the folder, and give this user the right to write")
		return
	}
	d.space(f, c.Result.Root, c.Result.Root)
}

// watching says how a folder is watched and why, and what is wrong with that.
func (d *doctor) watching(ctx context.Context, f *findings, path string, c config.Watch) {
	fsys, err := boundedLook(ctx, func() (watcher.FileSystem, error) { return watcher.FileSystemOf(path, watcher.Detect(c.Detect)) })
	if err != nil {
		f.add("watching", path, control.CheckUnknown, err.Error(), "")
		return
	}
	how, why, where := string(fsys.Detect), fsys.Why, fsys.String()
	s := d.statusOf(path)
	if s != nil && s.Detect != "" {
		how, why, where = s.Detect, s.DetectWhy, s.FileSystem
	}
	what := fmt.Sprintf("on %s, noticed by %s: %s", where, how, why)
	if how == string(watcher.Poll) {
		what = fmt.Sprintf("on %s, listed again every %s: %s", where, c.PollInterval, why)
	}
	switch {
	case s != nil && s.State == string(watcher.Offline):
		f.add("watching", path, control.CheckFail, "offline: "+s.Problem, s.Hint)
	case s != nil && s.State == string(watcher.Standby):
		f.add("watching", path, control.CheckWarn, "standby: "+s.Problem, s.Hint)
	case s != nil && s.Problem != "":
		f.add("watching", path, control.CheckWarn, s.Problem, s.Hint)
	case mappedDrive(path, fsys):
		f.add("watching", path, control.CheckWarn, what, "a service does not see mapped drives: write the path as \\\\server\\share")
	case how == string(watcher.Events) && (fsys.Network || !fsys.Known):
		f.add("watching", path, control.CheckWarn, what, "detect: auto is safer here")
	default:
		f.add("watching", path, control.CheckOK, what, "")
	}
}

func (d *doctor) statusOf(path string) *control.WatchStatus {
	if d.Running == nil {
		return nil
	}
	for i, w := range d.Running.Watch {
		if w.Path == path {
			return &d.Running.Watch[i]
		}
	}
	return nil
}

// mappedDrive says whether a Windows drive letter stands for a share.
func mappedDrive(path string, fsys watcher.FileSystem) bool {
	return runtime.GOOS == "windows" && fsys.Network && len(filepath.VolumeName(path)) == 2
}

func folderTrouble(err error) (what, hint string) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it is missing", "it is never created: make it, or mount its disk"
	case errors.Is(err, errNoAnswer):
		return err.Error(), "is its server running? It is watched as soon as it answers"
	case errors.Is(err, fs.ErrPermission) && runtime.GOOS == "darwin":
		return "it may not be read: " + err.Error(), "allow simdrop to see it: System Settings, Privacy & Security, Full Disk Access"
	case errors.Is(err, fs.ErrPermission):
		return "it may not be read: " + err.Error(), "give this user the right to read and list it"
	}
	return err.Error(), ""
}

// readable says whether a folder can be listed.
func readable(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("it is not a folder")
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Readdirnames(1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// writable says whether a file can be made in a folder, by making a hidden one:
// access bits do not tell what a server or a read-only mount allows.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".simdrop-doctor-*.tmp")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// nearest is dir, or the folder above it that is there: where dir would be made.
func nearest(dir string) (string, error) {
	for {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return "", fmt.Errorf("%s is not a folder", dir)
		}
		if err == nil || !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
			return dir, err
		}
		dir = filepath.Dir(dir)
	}
}
