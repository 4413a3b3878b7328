//go:build crashpoints

package crash

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Enabled says whether this build has crash points.
const Enabled = true

var chosen struct {
	sync.Mutex
	read bool
	name Name
	left int // passages until the end
}

// Point ends the process when this passage is the chosen one.
func Point(n Name) {
	chosen.Lock()
	defer chosen.Unlock()
	if !chosen.read {
		chosen.read = true
		name, count, _ := strings.Cut(os.Getenv("SIMDROP_CRASH"), ":")
		chosen.name, chosen.left = Name(name), 1
		if c, err := strconv.Atoi(count); err == nil {
			chosen.left = c
		}
	}
	if n != chosen.name {
		return
	}
	if chosen.left--; chosen.left == 0 {
		die()
	}
}

// Hang never returns when the file that SIMDROP_HANG names is there. It takes the
// file away first: that it is gone shows that the hang came, and the next start lives.
func Hang() {
	file := os.Getenv("SIMDROP_HANG")
	if file == "" || os.Remove(file) != nil {
		return
	}
	select {}
}

// die kills the process and never returns.
func die() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		p.Kill()
	}
	time.Sleep(time.Hour)
}
