package config

// KeyFileWarning says that others may read the key file, "" when all is well. On
// Windows a file in the person's own folders is theirs alone, and the mode that
// Go shows says nothing about who may read it.
func KeyFileWarning(string) string { return "" }
