//go:build !linux

package cli

import "io"

// isStream says whether w is the journal's stream: there is none here.
func isStream(io.Writer, string) bool { return false }
