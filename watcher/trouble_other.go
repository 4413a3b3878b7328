//go:build !linux

package watcher

import "errors"

// explainTrouble turns an error into words and, where there is one, a remedy.
func explainTrouble(err error) (problem, hint string) {
	if errors.Is(err, errDescriptors) {
		return err.Error() + "; the folder is listed again and again instead", "raise the limit of open files (launchd: SoftResourceLimits, NumberOfFiles)"
	}
	return err.Error(), ""
}
