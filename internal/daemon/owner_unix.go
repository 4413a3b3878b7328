//go:build unix

package daemon

import (
	"os"
	"os/user"
	"strconv"
	"sync"
	"syscall"
)

// owners are names by number: a look-up may ask a directory of the network.
var owners sync.Map

// userOf is the name of the user whom the file belongs to, the number where it has
// no name here, and empty when the system does not tell.
func userOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	if name, ok := owners.Load(st.Uid); ok {
		return name.(string)
	}
	name := strconv.FormatUint(uint64(st.Uid), 10)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	owners.Store(st.Uid, name)
	return name
}
