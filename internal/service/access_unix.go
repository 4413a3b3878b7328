//go:build unix

package service

import (
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// The rights that Access asks about.
const (
	Read    = 4
	Write   = 2
	Execute = 1
)

// Access says by the mode bits whether an account has the rights to a file, and
// otherwise at which file or folder of the path it ends. ACLs are not looked at: a
// no may be a yes.
func Access(account, path string, rights fs.FileMode) (where string, ok bool) {
	u, err := user.Lookup(account)
	if err != nil || u.Uid == "0" {
		return "", err == nil
	}
	groups, err := u.GroupIds()
	if err != nil {
		groups = []string{u.Gid}
	}
	for at := path; ; at = filepath.Dir(at) {
		need := fs.FileMode(Execute) // to pass through
		if at == path {
			need = rights
		}
		if info, err := os.Stat(at); err == nil && !may(info, u.Uid, groups, need) {
			return at, false
		}
		if filepath.Dir(at) == at {
			return "", true
		}
	}
}

func may(info fs.FileInfo, uid string, groups []string, need fs.FileMode) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	mode := info.Mode().Perm()
	if strconv.Itoa(int(st.Uid)) == uid {
		return mode>>6&need == need
	}
	for _, g := range groups {
		if strconv.Itoa(int(st.Gid)) == g {
			return mode>>3&need == need
		}
	}
	return mode&need == need
}
