//go:build !windows

package dashboard

import "io/fs"

// exposed says that others may read a file of that mode.
func exposed(m fs.FileMode) bool { return m.Perm()&0o077 != 0 }
