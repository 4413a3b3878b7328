//go:build !linux

package watcher

// explainTrouble turns an error into words and, where there is one, a remedy.
func explainTrouble(err error) (problem, hint string) { return err.Error(), "" }
