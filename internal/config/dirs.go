package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fileName is the configuration's name in its folder.
const fileName = "config.yaml"

// StateDir is the folder for the queue, the spool and the token when the
// configuration names none: what the service manager gave us, else the OS's place
// for the person's state, else the system's, where there is no person.
func StateDir(env Env) string {
	if dir := given(env, "STATE_DIRECTORY"); dir != "" {
		return dir
	}
	if dir := userState(env); dir != "" {
		return dir
	}
	return systemState(env)
}

// StateDirs are the folders in which a running daemon may have left its address:
// StateDir, then those of the system's services that this person may ask.
func StateDirs(env Env) []string {
	dirs := []string{StateDir(env), systemState(env)}
	if user := get(env, "USER"); user != "" && filepath.Base(user) == user {
		dirs = append(dirs, under(systemState(env), user))
	}
	if os.Geteuid() == 0 { // the administrator may ask anybody's
		all, _ := filepath.Glob(filepath.Join(systemState(env), "*")) // the pattern is well-formed
		dirs = append(dirs, all...)
	}
	return unique(dirs...)
}

// LogDir is the folder for the log of a service whose manager keeps none: what the
// service manager gave us, else the OS's place.
func LogDir(env Env) string {
	if dir := given(env, "LOGS_DIRECTORY"); dir != "" {
		return dir
	}
	return logDir(env)
}

// given is a folder that the service manager made for us, see systemd.exec(5). It
// lists several with colons; the first is ours.
func given(env Env, name string) string {
	if dir, _, _ := strings.Cut(get(env, name), string(filepath.ListSeparator)); filepath.IsAbs(dir) {
		return dir
	}
	return ""
}

// Paths are the files that are looked at, in this order, when none is named.
func Paths(env Env) []string {
	dirs := unique(given(env, "CONFIGURATION_DIRECTORY"), UserDir(env), systemDir(env))
	for i := range dirs {
		dirs[i] = filepath.Join(dirs[i], fileName)
	}
	return dirs
}

// ErrNotFound says that there is no configuration file; the error is a *NotFound.
var ErrNotFound = errors.New("no configuration file")

// NotFound names the files that were looked for.
type NotFound struct{ Places []string }

func (e *NotFound) Error() string {
	return fmt.Sprintf("%v: looked for %s", ErrNotFound, strings.Join(e.Places, ", "))
}

// Is makes it ErrNotFound.
func (e *NotFound) Is(target error) bool { return target == ErrNotFound }

// Find returns the file to load: explicit (--config), else $SIMDROP_CONFIG, else
// the first of Paths that exists. A file that is named need not exist: Load says so.
func Find(explicit string, env Env) (string, error) {
	if explicit != "" {
		return explicit, nil
	}
	if p := get(env, "SIMDROP_CONFIG"); p != "" {
		return p, nil
	}
	places := Paths(env)
	for _, p := range places {
		// Anything but absence is Load's to report: a file that may not be read
		// must not give way to another.
		if _, err := os.Stat(p); !errors.Is(err, fs.ErrNotExist) {
			return p, nil
		}
	}
	return "", &NotFound{places}
}

func get(env Env, name string) string {
	v, _ := env(name)
	return v
}

func unique(dirs ...string) []string {
	var out []string
	for _, d := range dirs {
		if d != "" && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// under joins when there is a folder to join to.
func under(dir string, elem ...string) string {
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}
