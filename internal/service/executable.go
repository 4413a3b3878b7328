package service

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Executable is the path of this program to put into a unit: the name by which
// people reach it, not the versioned folder that a link leads to, because that
// one is gone after the next upgrade.
func Executable() (string, error) {
	real, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	path := real
	if called, err := exec.LookPath(os.Args[0]); err == nil {
		if abs, err := filepath.Abs(called); err == nil && sameFile(abs, real) {
			path = abs
		}
	}
	temp := filepath.Clean(os.TempDir()) + string(filepath.Separator)
	if strings.HasPrefix(path, temp) && strings.Contains(path, "go-build") {
		return "", refuse("build it with `go build -o simdrop .`, put it where it stays, and run it from there", "this program is gone when `go run` ends: %s", path)
	}
	return path, nil
}

func sameFile(a, b string) bool {
	ai, aerr := os.Stat(a)
	bi, berr := os.Stat(b)
	return aerr == nil && berr == nil && os.SameFile(ai, bi)
}
