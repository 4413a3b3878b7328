//go:build !darwin && !windows

package watcher

import "io/fs"

// placeholder names the reason why reading a file would download it. Other
// systems have no such mark.
func placeholder(fs.FileInfo) string { return "" }
