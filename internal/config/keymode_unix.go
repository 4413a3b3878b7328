//go:build !windows

package config

import (
	"fmt"
	"os"
)

// KeyFileWarning says that others may read the key file, "" when all is well.
func KeyFileWarning(file string) string {
	st, err := os.Stat(file)
	if err != nil || st.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return fmt.Sprintf("%s can be read by other users (mode %04o): chmod 600 it", file, st.Mode().Perm())
}
