//go:build !windows && !darwin

package config

import "cmp"

const homeVariable = "HOME"

// The XDG Base Directory Specification gives the person's folders; a relative
// path in its variables is to be ignored.

// UserDir is the person's configuration folder, empty where there is no person.
func UserDir(env Env) string {
	return cmp.Or(under(get(env, "XDG_CONFIG_HOME"), "simdrop"), under(homeDir(env), ".config", "simdrop"))
}

func systemDir(Env) string { return "/etc/simdrop" }

func userState(env Env) string {
	return cmp.Or(under(get(env, "XDG_STATE_HOME"), "simdrop"), under(homeDir(env), ".local", "state", "simdrop"))
}

func systemState(Env) string { return "/var/lib/simdrop" }

func logDir(env Env) string { return under(StateDir(env), "logs") }
