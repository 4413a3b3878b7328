package watcher

import (
	"errors"
	"syscall"
)

// explainTrouble turns want of resources into words and a remedy; the limits
// are those of inotify(7).
func explainTrouble(err error) (problem, hint string) {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the system's limit of watched folders is reached; the folder is listed again and again instead",
			"raise it: sudo sysctl fs.inotify.max_user_watches=1048576"
	case errors.Is(err, syscall.EMFILE):
		return "the system's limit of inotify instances is reached; the folder is listed again and again instead",
			"raise it: sudo sysctl fs.inotify.max_user_instances=1024"
	}
	return err.Error(), ""
}
