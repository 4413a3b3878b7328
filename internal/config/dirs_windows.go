package config

import "cmp"

const homeVariable = "USERPROFILE"

// UserDir is the person's configuration folder, empty where there is no person.
func UserDir(env Env) string { return under(get(env, "APPDATA"), "simdrop") }

func systemDir(env Env) string {
	return under(cmp.Or(get(env, "ProgramData"), `C:\ProgramData`), "simdrop")
}

func userState(env Env) string { return under(get(env, "LOCALAPPDATA"), "simdrop") }

func systemState(env Env) string { return systemDir(env) }

func logDir(env Env) string { return under(StateDir(env), "logs") }
