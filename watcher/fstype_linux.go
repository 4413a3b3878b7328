package watcher

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// fileSystemOf asks statfs(2) for the magic number, and the mount table for
// name and source: all flavours of FUSE share one number.
func fileSystemOf(path string) (fileSystem, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return fileSystem{}, fmt.Errorf("find the file system of %s: %w", path, err)
	}
	name, source := "", ""
	if f, err := os.Open("/proc/self/mountinfo"); err == nil {
		name, source = mountOf(f, path)
		f.Close()
	}
	if magic := magicName(uint32(st.Type)); magic != "" && name == "" {
		name = magic
	}
	if name == "" {
		name = fmt.Sprintf("%#x", uint32(st.Type))
	}
	fsys := traits(name)
	if base, _, fuse := strings.Cut(name, "."); fuse && base == "fuse" {
		fsys = traits("fuse")
		fsys.Name = name
	}
	fsys.Source = source
	return fsys, nil
}

// magicName names the file systems by their statfs type, from <linux/magic.h>.
func magicName(magic uint32) string {
	switch magic {
	case 0xef53:
		return "ext4"
	case 0x58465342:
		return "xfs"
	case 0x9123683e:
		return "btrfs"
	case 0xf2f52010:
		return "f2fs"
	case 0x01021994:
		return "tmpfs"
	case 0x794c7630:
		return "overlay"
	case 0x4d44:
		return "vfat"
	case 0x2011bab0:
		return "exfat"
	case 0xfe534d42, 0xff534d42, 0x517b:
		return "cifs"
	case 0x6969:
		return "nfs"
	case 0x65735546:
		return "fuse"
	case 0x01021997:
		return "9p"
	case 0x00c36400:
		return "ceph"
	case 0x5346414f:
		return "afs"
	}
	return ""
}

// mountOf finds the mount that path lies on in a table in the form of
// proc_pid_mountinfo(5): the longest mount point wins, the later of equals.
func mountOf(table io.Reader, path string) (name, source string) {
	best := -1
	lines := bufio.NewScanner(io.LimitReader(table, 4<<20))
	for lines.Scan() {
		left, right, ok := strings.Cut(lines.Text(), " - ")
		a, b := strings.Fields(left), strings.Fields(right)
		if !ok || len(a) < 5 || len(b) < 2 {
			continue
		}
		point := unescapeMount(a[4])
		if len(point) >= best && (path == point || strings.HasPrefix(path, strings.TrimSuffix(point, "/")+"/")) {
			best, name, source = len(point), b[0], unescapeMount(b[1])
		}
	}
	return name, source
}

// unescapeMount undoes the octal escapes of the mount table: \040 is a space.
func unescapeMount(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+4 <= len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
