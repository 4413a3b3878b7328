package cli

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"

	"simdrop/internal/config"
	"simdrop/internal/service"
)

// spec gathers what the service is made of, and refuses what could not work: a
// configuration with mistakes or out of the account's reach, folders that it could
// never see, an account that is not there. notes is what works and may surprise.
func (f *serviceFlags) spec(ctx context.Context) (s service.Spec, notes []string, err error) {
	s = service.Spec{Name: f.name, Scope: f.scope, NoStart: f.noStart}
	if s.RunAs, err = f.account(ctx); err != nil {
		return s, nil, err
	}
	if s.Exec, err = service.Executable(); err != nil {
		return s, nil, err
	}
	if s.Config, err = f.configFile(s.RunAs); err != nil {
		return s, nil, err
	}
	env := f.env(s.RunAs)
	s.LogDir = config.LogDir(env)
	if f.scope == service.System {
		s.State = service.SystemStateDir(f.name, s.RunAs)
	}
	cfg, err := f.load(s.Config, env)
	if err != nil {
		return s, nil, err
	}
	if err := f.reachable(s, cfg); err != nil {
		return s, nil, err
	}
	return s, f.notes(s, cfg), nil
}

// account is whom a service of the machine runs as: never root by default.
func (f *serviceFlags) account(ctx context.Context) (string, error) {
	if f.scope == service.User {
		return "", nil
	}
	if f.runAs == "" && f.manager != nil { // what is installed keeps its account
		if s, err := f.manager.Status(ctx); err == nil && s.State != service.NotInstalled {
			f.runAs = s.RunAs
		}
	}
	if runtime.GOOS == "windows" {
		if f.runAs == "" {
			return service.VirtualAccount(f.name), nil
		}
		return f.runAs, nil
	}
	name := f.runAs
	if name == "" {
		name, _ = f.app.env("SUDO_USER")
	}
	if name == "" || name == "root" && f.runAs == "" {
		return "", &usageError{text: "a service of the machine needs an account to run as: the files and results are that person's",
			hint: "name it with --run-as"}
	}
	if _, err := user.Lookup(name); err != nil {
		return "", &hinted{fmt.Errorf("run as %s: %w", name, err), "make the account first"}
	}
	return name, nil
}

// configFile is the configuration's absolute path. A service of the machine does not
// take the administrator's own.
func (f *serviceFlags) configFile(account string) (string, error) {
	file := f.app.configFlag
	if file == "" {
		file, _ = f.app.env("SIMDROP_CONFIG")
	}
	if file == "" && f.scope == service.System {
		return f.machineConfig(account)
	}
	if file == "" {
		var err error
		if file, err = config.Find("", f.app.env); err != nil {
			return "", err
		}
	}
	return filepath.Abs(file)
}

func (f *serviceFlags) machineConfig(account string) (string, error) {
	nobody := func(string) (string, bool) { return "", false }
	general := config.Paths(nobody)[0]
	own := general
	if runtime.GOOS != "windows" {
		own = filepath.Join(filepath.Dir(general), account+".yaml")
	}
	for _, file := range []string{own, general} {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	hint := fmt.Sprintf("make one with `simdrop --config %s config init`", own)
	if runtime.GOOS != "windows" {
		hint += fmt.Sprintf(", edit it, and give it to its account: `chown %s %s`", account, own)
	}
	return "", &usageError{"there is no configuration " + own, hint}
}

// env is the environment that the service will have: what the shell exports does
// not reach it.
func (f *serviceFlags) env(account string) config.Env {
	home := ""
	if account != "" {
		if u, err := user.Lookup(account); err == nil && runtime.GOOS != "windows" {
			home = u.HomeDir
		}
	}
	return func(name string) (string, bool) {
		switch name {
		case "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA":
			if f.scope == service.System {
				return home, home != "" && name == "HOME"
			}
			return f.app.env(name)
		case "ProgramData", "SystemRoot", "PATH":
			return f.app.env(name)
		case "STATE_DIRECTORY":
			if f.scope == service.System {
				return service.SystemStateDir(f.name, account), true
			}
		}
		return "", false
	}
}

// load reads the configuration as the service will. What only the shell can fill in
// is refused now rather than at the next start.
func (f *serviceFlags) load(file string, env config.Env) (*config.Config, error) {
	mine, merr := config.Load(file, f.app.env)
	its, err := config.Load(file, env)
	switch {
	case err != nil && merr != nil:
		return nil, &configError{file, merr}
	case err != nil:
		return nil, onlyShell(err.Error())
	case merr != nil:
		return its, nil
	}
	for _, w := range its.Watch {
		name := w.Provider
		if mine.Providers[name].APIKey == "" || its.Providers[name].APIKey != "" {
			continue
		}
		if key, _, err := config.ResolveKey(name, its.Providers[name]); err != nil || key == "" || f.scope == service.System {
			return nil, onlyShell("the key of provider " + name)
		}
	}
	return its, nil
}

func onlyShell(what string) error {
	return &usageError{"a service does not see what your shell exports: " + what,
		"keep a key with `simdrop login PROVIDER` or in an api_key_file, and write other values into the file"}
}

// reachable refuses files and folders that the service could not use.
func (f *serviceFlags) reachable(s service.Spec, cfg *config.Config) error {
	folders := foldersOf(cfg)
	for _, p := range folders {
		if f.scope == service.System && strings.Contains(p, string(filepath.Separator)+"~") {
			return &hinted{fmt.Errorf("~ in %s is nobody's for a service of the machine", p), "write the whole path"}
		}
	}
	if err := service.Reach(f.scope, append(folders, cfg.StateDir)); err != nil {
		return err
	}
	if s.RunAs == "" {
		return nil
	}
	files := map[string]fs.FileMode{s.Exec: service.Execute, s.Config: service.Read}
	for _, p := range cfg.Providers {
		if p.APIKeyFile != "" {
			files[p.APIKeyFile] = service.Read
		}
	}
	for file, rights := range files {
		if where, ok := service.Access(s.RunAs, file, rights); !ok {
			hint := fmt.Sprintf("`chown %s %s`", s.RunAs, file)
			if where != file || rights == service.Execute {
				hint = "put it where that account may go, such as /usr/local/bin or /etc/simdrop"
			}
			return &hinted{fmt.Errorf("%s may not use %s: %s is closed to it", s.RunAs, file, where), hint}
		}
	}
	return nil
}

func foldersOf(cfg *config.Config) []string {
	var all []string
	for _, w := range cfg.Watch {
		all = append(all, w.Path)
		if w.Result.Root != "" {
			all = append(all, w.Result.Root)
		}
	}
	return all
}

// notes is what a person should know of a service that works.
func (f *serviceFlags) notes(s service.Spec, cfg *config.Config) []string {
	var notes []string
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if f.scope == service.User {
		switch {
		case service.Lingers():
		case runtime.GOOS == "linux":
			note("it runs while you are logged in; `loginctl enable-linger` has it run from boot on")
		default:
			note("it runs while you are logged in")
		}
	}
	for _, p := range foldersOf(cfg) {
		if s.RunAs == "" {
			continue
		}
		if where, ok := service.Access(s.RunAs, p, service.Read|service.Write|service.Execute); !ok {
			note("%s may not write to %s: %s is closed to it", s.RunAs, p, where)
		}
	}
	for _, w := range cfg.Watch {
		p := cfg.Providers[w.Provider]
		if f.scope == service.System && p.Type != config.Local && p.APIKey == "" && p.APIKeyFile == "" {
			note("provider %s has no key that a service of the machine sees: use api_key_file", w.Provider)
		}
	}
	if len(cfg.Watch) == 0 {
		note("no folder is watched: add one to %s", s.Config)
	}
	return notes
}
