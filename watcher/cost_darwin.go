package watcher

import (
	"os"

	"golang.org/x/sys/unix"
)

// watchBudget is how many descriptors the watches may use, half of what the
// process may open: kqueue takes one for each entry of a watched folder.
func watchBudget() int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 128
	}
	return int(min(limit.Cur/2, 1<<20))
}

func watchCost(dir string) int {
	f, err := os.Open(dir)
	if err != nil {
		return 1
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	return 1 + len(names)
}
