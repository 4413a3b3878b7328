package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"simdrop/internal/config"
	"simdrop/internal/control"
)

// mount mounts something for the test, or skips it.
func mount(t *testing.T, source, target, kind string, flags uintptr, data string) {
	t.Helper()
	if err := unix.Mount(source, target, kind, flags, data); err != nil {
		t.Skip("nothing can be mounted here:", err)
	}
	t.Cleanup(func() { unix.Unmount(target, unix.MNT_DETACH) })
}

// small mounts a disk of that size.
func small(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", 0, "size="+size)
	return dir
}

// fill leaves that many bytes free on dir's disk, and returns the file that takes the rest.
func fill(t *testing.T, dir string, free int64) string {
	t.Helper()
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "ballast")
	if err := os.WriteFile(path, make([]byte, max(int64(s.Bavail)*s.Bsize-free, 0)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// stuck waits until the job says what keeps its result, and sees to it that it is
// not asked for again and again.
func (r *rig) stuck(path, why string) control.Job {
	r.t.Helper()
	j := r.seen(path+" kept by "+why, func(j control.Job) bool {
		return j.Path == path && j.State == "fetching" && strings.Contains(j.Error, why)
	})
	if j.Hint == "" || j.NextAttempt == nil {
		r.t.Errorf("hint %q, next attempt %v", j.Hint, j.NextAttempt)
	}
	return j
}

// delivered waits for the result after the obstacle is gone.
func (r *rig) delivered(path string) {
	r.t.Helper()
	whole(r.t, r.until(path, "done").Result)
	r.paid(1)
}

func TestFullDestination(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mirror := small(t, "256k")
	r.cfg.Watch[0].Result = config.Result{Place: "mirror", Root: mirror}
	ballast := fill(t, mirror, 0)
	r.start()
	path := r.write("chair.obj", plainOBJ)
	j := r.stuck(path, "no space left on the disk")
	if !strings.Contains(j.Error, "needed") || !strings.Contains(j.Error, "0 bytes free at "+mirror) {
		t.Errorf("no figures: %q", j.Error)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	r.delivered(path)
}

// The spool lies on a disk that others fill. Nothing is begun that does not fit,
// nothing fails, and the queue goes on.
func TestFullSpool(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.StateDir = filepath.Join(small(t, "24m"), "state")
	r.provider.Hold()
	r.start()
	path := r.write("chair.obj", plainOBJ)
	r.until(path, "converting")
	ballast := fill(t, filepath.Dir(r.cfg.StateDir), 900_000) // room for the queue, none for a result beside it
	r.provider.Release()
	if j := r.stuck(path, "no space left on the disk"); !strings.Contains(j.Error, "free at "+r.cfg.StateDir) {
		t.Errorf("no figures: %q", j.Error)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	r.delivered(path)
}

func TestReadOnlyDestination(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mirror := t.TempDir()
	mount(t, mirror, mirror, "", unix.MS_BIND, "")
	if err := unix.Mount("", mirror, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skip("nothing can be made read-only here:", err)
	}
	r.cfg.Watch[0].Result = config.Result{Place: "mirror", Root: mirror}
	r.start()
	path := r.write("chair.obj", plainOBJ)
	r.stuck(path, "read-only")
	if err := unix.Mount("", mirror, "", unix.MS_BIND|unix.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	r.delivered(path)
}

// The share goes while the conversion runs, and comes back: the result waits in
// the spool, and the missing root is not made.
func TestShareAwayDuringPublish(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mirror := filepath.Join(t.TempDir(), "share")
	away := mirror + "-away"
	if err := os.Mkdir(mirror, 0o755); err != nil {
		t.Fatal(err)
	}
	r.cfg.Watch[0].Result = config.Result{Place: "mirror", Root: mirror}
	r.provider.Hold()
	r.start()
	path := r.write("chair.obj", plainOBJ)
	r.until(path, "converting")
	if err := os.Rename(mirror, away); err != nil {
		t.Fatal(err)
	}
	r.provider.Release()
	j := r.stuck(path, "the result waits in the spool")
	if _, err := os.Stat(filepath.Join(r.cfg.StateDir, "spool", j.ID, "result.zip")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(mirror); err == nil {
		t.Error("the missing root was made")
	}
	if err := os.Rename(away, mirror); err != nil {
		t.Fatal(err)
	}
	r.delivered(path)
}
