package service

import "path/filepath"

// previewSystemd is where a unit would be and what would be in it.
func previewSystemd(s Spec, userDir string) (file, text string, err error) {
	if s.Scope == User {
		text, err = UserUnit(s)
		return filepath.Join(userDir, "systemd", "user", s.Name+".service"), text, err
	}
	text, err = SystemUnit(s)
	return "/etc/systemd/system/" + s.Name + ".service", text, err
}
