//go:build linux || darwin || freebsd

package durable

import "golang.org/x/sys/unix"

// Free is how many bytes an ordinary user may still write to dir's file system.
func Free(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(uint64(s.Bavail) * uint64(s.Bsize)), nil
}
