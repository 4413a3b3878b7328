package config

import (
	"path/filepath"
	"strconv"
	"strings"
)

// fill sets what is not in the file because it depends on the machine: the key
// that is in the environment, the state folder, absolute paths.
func (c *Config) fill(dir string, env Env, d *decoder) {
	if c.Providers == nil {
		c.Providers = map[string]Provider{}
	}
	if !d.given("providers") {
		c.Providers[Rigyd] = DefaultProvider(Rigyd)
	}
	for _, w := range c.Watch {
		if _, ok := c.Providers[Local]; !ok && w.Provider == Local {
			c.Providers[Local] = DefaultProvider(Local) // needs no account, so no entry either
		}
	}
	abs := func(p *string) {
		if *p = expandHome(*p, env); *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
		if *p != "" {
			*p = filepath.Clean(*p)
		}
	}
	for name, p := range c.Providers {
		at := "providers." + name
		// Only for Rigyd, and only when nothing else is said: a key is never sent
		// to a provider that it was not meant for.
		if p.Type == Rigyd && !d.given(at+".api_key") && !d.given(at+".api_key_file") {
			key, _ := env("RIGYD_API_KEY")
			p.APIKey = Secret(key)
		}
		abs(&p.APIKeyFile)
		p.BaseURL = strings.TrimRight(p.BaseURL, "/")
		c.Providers[name] = p
	}
	for i := range c.Watch {
		abs(&c.Watch[i].Path)
		abs(&c.Watch[i].Result.Root)
	}
	abs(&c.Log.File)
	abs(&c.StateDir)
	if c.StateDir == "" {
		c.StateDir = StateDir(env)
	}
}

// expandHome replaces a leading ~. Other people's homes (~ana) are left alone:
// what they mean differs between the accounts a service may run under.
func expandHome(p string, env Env) string {
	if p != "~" && !strings.HasPrefix(p, "~/") && !strings.HasPrefix(p, `~`+string(filepath.Separator)) {
		return p
	}
	home := homeDir(env)
	if home == "" {
		return p
	}
	return filepath.Join(home, p[1:])
}

// homeDir is the person's home, empty where there is none, as for a service.
func homeDir(env Env) string {
	h, _ := env(homeVariable)
	return h
}

func index(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
