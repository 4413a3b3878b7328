package service

import "io/fs"

// The rights that Access asks about.
const (
	Read    = 4
	Write   = 2
	Execute = 1
)

// Access is not known here: ACLs say it, and doctor tries.
func Access(string, string, fs.FileMode) (where string, ok bool) { return "", true }
