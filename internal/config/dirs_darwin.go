package config

const homeVariable = "HOME"

// UserDir is the person's configuration folder, empty where there is no person.
func UserDir(env Env) string {
	return under(homeDir(env), "Library", "Application Support", "simdrop")
}

func systemDir(Env) string { return "/Library/Application Support/simdrop" }

func userState(env Env) string { return UserDir(env) }

func systemState(env Env) string { return systemDir(env) }

func logDir(env Env) string {
	if home := homeDir(env); home != "" {
		return under(home, "Library", "Logs", "simdrop")
	}
	return "/Library/Logs/simdrop"
}
