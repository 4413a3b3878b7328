package watcher

import (
	"path/filepath"
	"strings"
)

// longPath is the form of a path that calls outside package os need beyond 260
// characters: the prefix turns the limit off.
func longPath(path string) string {
	switch {
	case len(path) < 248 || strings.HasPrefix(path, `\\?\`) || !filepath.IsAbs(path):
		return path
	case strings.HasPrefix(path, `\\`):
		return `\\?\UNC\` + path[2:]
	}
	return `\\?\` + path
}
