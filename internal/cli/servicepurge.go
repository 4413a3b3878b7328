package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"simdrop/internal/config"
	"simdrop/internal/service"
)

// confirmed asks whether all that the service leaves may go, and returns it. Only
// files that simdrop makes are in the list: a state folder may hold other things.
func (f *serviceFlags) confirmed(s service.Status) ([]string, error) {
	doomed := f.leftovers(s)
	if len(doomed) == 0 {
		return nil, nil
	}
	f.app.notef("to be removed for good:")
	for _, p := range doomed {
		f.app.notef("  %s", p)
	}
	f.app.notef("the state knows what was paid for, and may hold results that are not delivered yet")
	if !f.app.asked("remove all of that?") {
		return nil, &usageError{text: "nothing was removed", hint: "`" + f.again("uninstall") + "` alone keeps all of it"}
	}
	return doomed, nil
}

// stateFiles are the names that simdrop gives in its state folder.
var stateFiles = []string{"queue.db*", "queue.id", "daemon.pid", "instance.id", "control.addr", "control.token", "spool", "engine", "logs"}

func (f *serviceFlags) leftovers(s service.Status) []string {
	var found []string
	add := func(patterns ...string) {
		for _, p := range patterns {
			matches, _ := filepath.Glob(p) // a path with a bracket may not match: then it stays
			found = append(found, matches...)
		}
	}
	if s.Config == "" {
		return nil
	}
	env := f.env(s.RunAs)
	if cfg, err := config.Load(s.Config, env); err == nil {
		for _, name := range stateFiles {
			add(filepath.Join(cfg.StateDir, name))
		}
		if cfg.Log.File != "" {
			add(cfg.Log.File, cfg.Log.File+".[1-9]")
		}
	}
	log := service.LogPath(config.LogDir(env), f.name)
	add(log, log+".[1-9]", s.Config)
	return found
}

// remove removes the files, and the folders that are empty then.
func (f *serviceFlags) remove(doomed []string) error {
	var errs []error
	for _, p := range doomed {
		if err := os.RemoveAll(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
			continue
		}
		f.app.notef("removed %s", p)
		os.Remove(filepath.Dir(p)) // fails where anything is left in it
	}
	return errors.Join(errs...)
}
