package service

import (
	"path/filepath"
	"strings"
)

// Folders that a service does not reach although the person does.

// privacyHint is where macOS keeps who may see what.
const privacyHint = "allow it: System Settings, Privacy & Security, Full Disk Access; or open x-apple.systempreferences:com.apple.preference.security?Privacy_AllFiles"

// guarded says whether macOS asks the person before a program sees the folder
// (Transparency, Consent and Control).
func guarded(path, home string) bool {
	for _, dir := range []string{"Desktop", "Documents", "Downloads", "Library/Mobile Documents", "Library/CloudStorage", "Pictures/Photos Library.photoslibrary"} {
		if within(path, filepath.Join(home, filepath.FromSlash(dir))) {
			return true
		}
	}
	return within(path, "/Volumes") || within(path, "/Network")
}

func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+string(filepath.Separator))
}

// refuseGuarded refuses folders that a daemon of the machine cannot be allowed to see:
// there is nobody whom macOS could ask.
func refuseGuarded(scope Scope, home string, paths []string) error {
	if scope != System {
		return nil
	}
	for _, p := range paths {
		if guarded(p, home) {
			return refuse("leave out --system, so that it runs in your session; or "+privacyHint,
				"macOS does not let a service of the machine see %s", p)
		}
	}
	return nil
}

// refuseMapped refuses drive letters that belong to a person's session. universal
// is the path with the server's name, where the letter stands for a share.
func refuseMapped(scope Scope, paths []string, universal func(string) (string, bool)) error {
	if scope != System {
		return nil
	}
	for _, p := range paths {
		if unc, mapped := universal(p); mapped {
			if unc == "" {
				unc = `\\server\share\…`
			}
			return refuse("write it as "+unc+", and give the service an account that may use the share (--run-as); or leave out --system",
				"a service of the machine does not see the mapped drive of %s", p)
		}
	}
	return nil
}
