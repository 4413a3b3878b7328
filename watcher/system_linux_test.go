package watcher

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// asRoot skips where the test may not change the system.
func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it mounts, or changes a limit of the kernel")
	}
}

// A share that is unmounted leaves an empty folder in its place, without any
// event. Nothing may be forgotten, and nothing reported twice when it is back.
func TestUnmountedRootIsOffline(t *testing.T) {
	asRoot(t)
	disk, mount := t.TempDir(), t.TempDir()
	if err := unix.Mount(disk, mount, "", unix.MS_BIND, ""); err != nil {
		t.Skip("cannot mount here: ", err)
	}
	mounted := true
	defer func() {
		if mounted {
			unix.Unmount(mount, unix.MNT_DETACH)
		}
	}()
	l := watchLive(t, func(o *Options) {
		o.Root = mount
		o.Remember = func(Identity) error { return nil }
	})
	l.write("chair.obj", "data")
	l.expect("chair.obj", Ready)

	if err := unix.Unmount(mount, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	mounted = false
	if err := l.CheckRoot(t.Context()); err == nil {
		t.Fatal("an empty mount point is taken for the root")
	}
	l.until(func(s Status) bool { return s.State == Offline })
	if names, _ := os.ReadDir(mount); len(names) != 0 {
		t.Fatal("written into the empty mount point: ", names)
	}
	l.Rescan()

	if err := unix.Mount(disk, mount, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	mounted = true
	if err := l.CheckRoot(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.until(func(s Status) bool { return s.State == Watching })
	l.write("table.obj", "data") // its watch must be on the new mount
	l.expect("table.obj", Ready)
	l.write("chair.obj", "data two")
	l.expect("chair.obj", Ready)
}

// With a queue of sixteen events nearly all are lost; the listing that follows
// finds what they were about. The limit counts when a watcher is made, and is set
// for that moment only.
func TestOverflowLosesNothing(t *testing.T) {
	asRoot(t)
	const file = "/proc/sys/fs/inotify/max_queued_events"
	old, err := os.ReadFile(file)
	if err != nil {
		t.Skip(err)
	}
	defer os.WriteFile(file, old, 0)
	if err := os.WriteFile(file, []byte("16"), 0); err != nil {
		t.Skip("cannot set the limit here: ", err)
	}
	l := watchLive(t, nil)
	os.WriteFile(file, old, 0)
	overflows, n := 0, 0
	for round := 0; overflows == 0 && round < 20; round++ {
		for range 2000 {
			l.write(fmt.Sprintf("chair%d.obj", n), "data")
			n++
		}
		done := make(chan int, 1)
		l.send(func(l *loop) { done <- l.overflows })
		overflows = <-done
	}
	if overflows == 0 {
		t.Skip("the queue did not overflow")
	}
	// An event that was late may repeat what a listing found, in the same state.
	seen := map[string]string{}
	for len(seen) < n {
		d := l.next()
		if stamp, twice := seen[d.Path]; twice && stamp != d.Stamp {
			t.Fatal("twice: ", d.Path)
		}
		seen[d.Path] = d.Stamp
	}
}

// limited runs a test once more, in a user namespace of its own with a limit on
// inotify. It returns true in there.
func limited(t *testing.T, limit string, value int) bool {
	t.Helper()
	if os.Getenv("SIMDROP_TEST_LIMITED") == t.Name() {
		file := filepath.Join("/proc/sys/user", limit)
		if err := os.WriteFile(file, strconv.AppendInt(nil, int64(value), 10), 0); err != nil {
			t.Skip("cannot set the limit here: ", err)
		}
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), "SIMDROP_TEST_LIMITED="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, syscall.EPERM):
		t.Skip("no user namespaces here: ", err)
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
	return false
}

// Where no events are to be had, the folders are listed again and again, and
// the status says what to do.
func TestInstanceLimitFallsBackToListing(t *testing.T) {
	if !limited(t, "max_inotify_instances", 0) {
		return
	}
	l := watchLive(t, func(o *Options) { o.PollInterval = 50 * time.Millisecond })
	s := l.Status()
	if s.Detect != Poll || !strings.Contains(s.Hint, "sysctl fs.inotify.max_user_instances") {
		t.Fatalf("%+v", s)
	}
	l.write("a/chair.obj", "data")
	l.expect("a/chair.obj", Ready)
}

// Where no more folders can be watched, the others still give events.
func TestWatchLimitFallsBackToListing(t *testing.T) {
	if !limited(t, "max_inotify_watches", 2) {
		return
	}
	l := watchLive(t, func(o *Options) { o.PollInterval = 50 * time.Millisecond; o.RescanInterval = 50 * time.Millisecond })
	for i := range 5 {
		l.write(fmt.Sprintf("d%d/chair.obj", i), "data")
		l.next()
	}
	l.until(func(s Status) bool {
		return s.Detect == Poll && strings.Contains(s.Hint, "sysctl fs.inotify.max_user_watches")
	})
}

// A read lease sees a writer, and a writable mapping whose descriptor is closed.
func TestLeaseSeesWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chair.obj")
	if err := os.WriteFile(path, make([]byte, 4096), 0o644); err != nil {
		t.Fatal(err)
	}
	fsys, err := fileSystemOf(path)
	if err != nil || !fsys.Lease {
		t.Skip("no leases on ", fsys.Name, err)
	}
	ask := func() writer {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		w, _ := writerByHandle(f, fsys)
		return w
	}
	if w := ask(); w != writerNone {
		t.Fatal("nobody writes: ", w)
	}
	reader, _ := os.Open(path)
	defer reader.Close()
	if w := ask(); w != writerNone {
		t.Fatal("a reader counts as a writer: ", w)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if w := ask(); w != writerBusy {
		t.Fatal("the writer is not seen: ", w)
	}
	m, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if w := ask(); w != writerBusy {
		t.Fatal("the mapping is not seen: ", w)
	}
	unix.Munmap(m)
	if w := ask(); w != writerNone {
		t.Fatal("a writer that is gone is still seen: ", w)
	}
}

// On a network the size by name may be seconds old, so a look has to open the file.
// That it does shows by a lease of ours, which an open without waiting meets.
func TestNetworkLooksOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chair.obj")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Skip("no leases here: ", err)
	}
	for name, opens := range map[string]bool{"ext4": false, "nfs4": true, "cifs": true, "fuse": true} {
		p := &prober{opts: &Options{}, fsys: traits(name)}
		if _, _, err := p.sight(path, false); opens != errors.Is(err, unix.EWOULDBLOCK) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A named pipe would block whoever opens it.
func TestPipesAreNotOpened(t *testing.T) {
	l := watchLive(t, nil)
	if err := unix.Mkfifo(filepath.Join(l.dir, "pipe.obj"), 0o644); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	l.write("chair.obj", "data")
	l.expect("chair.obj", Ready)
	if e := l.Explain(t.Context(), filepath.Join(l.dir, "pipe.obj")); !strings.Contains(e.Verdict, "not a regular file") {
		t.Fatal(e.Verdict)
	}
}

func TestMountTable(t *testing.T) {
	table := `22 1 254:0 / / rw shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/my\040share rw - cifs //nas/assets rw
31 22 0:41 / /mnt/my\040share/deep rw - fuse.sshfs host: rw
bad line
`
	tests := []struct{ path, name, source string }{
		{"/home", "ext4", "/dev/vda"},
		{"/mnt/my share/x", "cifs", "//nas/assets"},
		{"/mnt/my share/deep", "fuse.sshfs", "host:"},
		{"/mnt/my shared", "ext4", "/dev/vda"},
	}
	for _, test := range tests {
		name, source := mountOf(strings.NewReader(table), test.path)
		if name != test.name || source != test.source {
			t.Errorf("%s: %s %s", test.path, name, source)
		}
	}
}

func FuzzMountTable(f *testing.F) {
	f.Add("22 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n30 22 0:40 / /mnt/a\\040b rw - cifs //nas rw", "/mnt/a b")
	f.Add("a b c d \\ - x \\9", "")
	f.Fuzz(func(t *testing.T, table, path string) { mountOf(strings.NewReader(table), path) })
}
