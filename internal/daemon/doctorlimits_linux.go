package daemon

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/watcher"
)

// limits looks at the kernel's limits on inotify (inotify(7)) and on open files.
func (d *doctor) limits(ctx context.Context, f *findings) {
	d.inotify(ctx, f)
	pid := 0
	if d.Running != nil {
		pid = d.Running.PID
	}
	var lim unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &lim); err != nil {
		f.add("files", "", control.CheckUnknown, "the limit of open files cannot be read: "+err.Error(), "")
		return
	}
	descriptors(f, lim.Cur)
}

// enoughEvents is the kernel's own default of max_queued_events.
const enoughEvents = 16384

func (d *doctor) inotify(ctx context.Context, f *findings) {
	limit := map[string]int{}
	for _, name := range []string{"max_user_watches", "max_user_instances", "max_queued_events"} {
		raw, err := os.ReadFile(filepath.Join("/proc/sys/fs/inotify", name))
		if err == nil {
			limit[name], err = strconv.Atoi(strings.TrimSpace(string(raw)))
		}
		if err != nil {
			f.add("inotify", "", control.CheckUnknown, "its limits cannot be read: "+err.Error(), "")
			return
		}
	}
	uid := os.Geteuid()
	if d.Running != nil {
		if st, err := os.Stat(fmt.Sprintf("/proc/%d", d.Running.PID)); err == nil {
			uid = ownerOf(st, uid)
		}
	}
	instances, watches := inotifyUse("/proc", uid)
	roots, folders, all := 0, 0, true
	if d.Running == nil { // else its watches are counted already
		roots, folders, all = d.needed(ctx)
	}
	atLeast := ""
	if !all {
		atLeast = "at least "
	}
	what := fmt.Sprintf("watches: %d of %d used, %s%d more needed; instances: %d of %d used, %d more needed; queue of %d events",
		watches, limit["max_user_watches"], atLeast, folders, instances, limit["max_user_instances"], roots, limit["max_queued_events"])
	switch {
	case watches+folders > limit["max_user_watches"]:
		f.add("inotify", "", control.CheckWarn, what+": too few watches, so folders are listed again and again instead",
			raise("max_user_watches", 2*(watches+folders)))
	case instances+roots > limit["max_user_instances"]:
		f.add("inotify", "", control.CheckWarn, what+": too few instances, so folders are listed again and again instead",
			raise("max_user_instances", 2*(instances+roots)))
	case limit["max_queued_events"] < enoughEvents:
		f.add("inotify", "", control.CheckWarn, what+": a short queue loses events, each loss costs a listing",
			raise("max_queued_events", enoughEvents))
	default:
		f.add("inotify", "", control.CheckOK, what, "")
	}
}

// raise is the line that raises a limit, to a power of two.
func raise(name string, to int) string {
	return fmt.Sprintf("raise it: sudo sysctl fs.inotify.%s=%d", name, 1<<bits.Len(uint(max(to, 1)-1)))
}

func ownerOf(info fs.FileInfo, otherwise int) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return otherwise
}

// inotifyUse counts the inotify instances and watches of a user's processes, as
// far as we may see them (proc_pid_fdinfo(5)).
func inotifyUse(proc string, uid int) (instances, watches int) {
	pids, _ := filepath.Glob(filepath.Join(proc, "[0-9]*"))
	for _, dir := range pids {
		st, err := os.Stat(dir)
		if err != nil || ownerOf(st, -1) != uid {
			continue
		}
		fds, _ := os.ReadDir(filepath.Join(dir, "fd"))
		for _, fd := range fds {
			if to, err := os.Readlink(filepath.Join(dir, "fd", fd.Name())); err != nil || to != "anon_inode:inotify" {
				continue
			}
			info, err := os.ReadFile(filepath.Join(dir, "fdinfo", fd.Name()))
			if err != nil {
				continue
			}
			instances++
			for lines := bufio.NewScanner(bytes.NewReader(info)); lines.Scan(); {
				if strings.HasPrefix(lines.Text(), "inotify wd:") {
					watches++
				}
			}
		}
	}
	return instances, watches
}

// mostFolders bounds the count of the folders that would be watched.
const mostFolders = 1 << 20

// needed counts what watching by events would take: an instance for each root, a
// watch for each folder. all is false when it gave up counting.
func (d *doctor) needed(ctx context.Context) (roots, folders int, all bool) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit/2)
	defer cancel()
	all = true
	for _, c := range d.Config.Watch {
		fsys, err := watcher.FileSystemOf(c.Path, watcher.Detect(c.Detect))
		if err != nil || fsys.Detect != watcher.Events {
			continue
		}
		roots++
		n, counted := countFolders(ctx, c)
		folders, all = folders+n, all && counted
	}
	return roots, folders, all
}

func countFolders(ctx context.Context, c config.Watch) (n int, all bool) {
	err := filepath.WalkDir(c.Path, func(path string, e fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil || n >= mostFolders:
			return fs.SkipAll
		case err != nil || !e.IsDir():
			return nil // what cannot be listed is not watched
		case path != c.Path && (e.Name()[0] == '.' || !c.Recursive):
			return fs.SkipDir
		}
		n++
		return nil
	})
	return n, err == nil && ctx.Err() == nil && n < mostFolders
}
