package tight

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Disk is a mounted file system with a limit.
type Disk struct {
	Dir  string // where to write
	Name string // of the kind
	Err  error  // what the system answers beyond the limit
	Step int    // how much more than before a delivery's next step may need

	allow func(t testing.TB, more int)
}

// Allow limits the disk to what is on it now and more units: bytes or files. With
// a negative number it lifts the limit.
func (d *Disk) Allow(t testing.TB, more int) {
	t.Helper()
	d.allow(t, more)
}

// Kinds are the disks that can be made. Each call makes a new one, which the test's
// end removes.
var Kinds = map[string]func(testing.TB) *Disk{"bytes": bytes, "files": files, "quota": quota}

const plenty = 64 << 20

// memory mounts a file system in memory.
func memory(t testing.TB, name string) *Disk {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", plenty)); err != nil {
		t.Skip("nothing can be mounted here:", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return &Disk{Dir: dir, Name: name, Err: unix.ENOSPC}
}

// remount gives the file system in memory other limits.
func (d *Disk) remount(t testing.TB, options string) {
	t.Helper()
	if err := unix.Mount("", d.Dir, "", unix.MS_REMOUNT, options); err != nil {
		t.Fatal(options, err)
	}
}

func (d *Disk) statfs(t testing.TB) (s unix.Statfs_t) {
	t.Helper()
	if err := unix.Statfs(d.Dir, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// bytes has room for so many bytes: whole pages, as the system counts them.
func bytes(t testing.TB) *Disk {
	d := memory(t, "bytes")
	d.Step = os.Getpagesize()
	d.allow = func(t testing.TB, more int) {
		size := plenty
		if s := d.statfs(t); more >= 0 {
			// A size of 0 would mean none.
			size = max(int(s.Blocks-s.Bfree)*int(s.Bsize)+more, int(s.Bsize))
		}
		d.remount(t, fmt.Sprintf("size=%d", size))
	}
	return d
}

// files has room for so many files and folders.
func files(t testing.TB) *Disk {
	d := memory(t, "files")
	d.Step = 1
	d.allow = func(t testing.TB, more int) {
		n := 1 << 16
		if s := d.statfs(t); more >= 0 {
			n = int(s.Files-s.Ffree) + more
		}
		d.remount(t, fmt.Sprintf("nr_inodes=%d", n))
	}
	return d
}

// quota is a subvolume of btrfs under a quota group: the one quota that holds for
// root too and needs no kernel built for it.
func quota(t testing.TB) *Disk {
	for _, tool := range []string{"mkfs.btrfs", "btrfs", "mount"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("a quota needs " + tool)
		}
	}
	dir := t.TempDir()
	image, at := filepath.Join(dir, "image"), filepath.Join(dir, "disk")
	err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, 2*plenty), os.Mkdir(at, 0o755))
	if err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.btrfs", "-q", "-m", "single", image)
	if out, err := exec.Command("mount", "-o", "loop", image, at).CombinedOutput(); err != nil {
		t.Skipf("a quota needs btrfs on a loop device: %v: %s", err, out)
	}
	t.Cleanup(func() { run(t, "umount", at) })
	run(t, "btrfs", "quota", "enable", at)
	d := &Disk{Dir: filepath.Join(at, "volume"), Name: "quota", Err: unix.EDQUOT, Step: 16 << 10}
	run(t, "btrfs", "subvolume", "create", d.Dir)
	group := "0/" + strings.TrimSpace(run(t, "btrfs", "inspect-internal", "rootid", d.Dir))
	d.allow = func(t testing.TB, more int) {
		limit := "none"
		if more >= 0 {
			limit = fmt.Sprint(d.used(t) + int64(more))
		}
		run(t, "btrfs", "qgroup", "limit", limit, group, at) // through the top: the volume itself may be full
	}
	return d
}

// used is what the quota counts as written.
func (d *Disk) used(t testing.TB) (n int64) {
	t.Helper()
	run(t, "btrfs", "filesystem", "sync", d.Dir)
	out := run(t, "btrfs", "qgroup", "show", "--raw", "-F", d.Dir)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if _, err := fmt.Sscanf(lines[len(lines)-1], "0/%d %d", new(int), &n); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return n
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out)
}
