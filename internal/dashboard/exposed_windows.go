package dashboard

import "io/fs"

// exposed says that others may read a file of that mode. On Windows the mode does
// not tell; the state folder's own rights decide.
func exposed(fs.FileMode) bool { return false }
