//go:build !linux && !darwin && !windows

package result

import "errors"

// moveNew renames a folder to a name that must be free; fs.ErrExist otherwise.
func moveNew(from, to string) error { return moveChecked(from, to) }

// exchange is not there.
func exchange(a, b string) error { return errors.ErrUnsupported }
