package watcher

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isServerGone is true for errors that mean that a file system went away, not a
// file.
func isServerGone(err error) bool {
	for _, e := range []error{
		errStuck, windows.ERROR_NOT_READY, windows.ERROR_BAD_NETPATH, windows.ERROR_DEV_NOT_EXIST,
		windows.ERROR_UNEXP_NET_ERR, windows.ERROR_NETNAME_DELETED, windows.ERROR_BAD_NET_NAME,
		windows.ERROR_SEM_TIMEOUT, windows.ERROR_NETWORK_UNREACHABLE, windows.ERROR_LOGON_FAILURE,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
