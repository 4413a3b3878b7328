package child

import (
	"fmt"
	"os"
	"syscall"
)

// slack is the address space that a Go program needs beside its memory: it
// reserves its heap in large pieces.
const slack = 1 << 30

// limitMemory bounds the address space, so that not even one huge allocation gets
// through, and offers this process first when the whole system runs out of memory.
// Both are more than the watch can do, and neither is everywhere allowed: errors
// leave the watch alone.
func limitMemory(limit int64) {
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
	var pages int64
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return
	}
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		return
	}
	size := uint64(pages*int64(os.Getpagesize()) + limit + slack)
	var old syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_AS, &old) == nil && size < old.Max {
		_ = syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: size, Max: size})
	}
}
