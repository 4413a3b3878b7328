package rigydserver

// syncDir does nothing: Windows has no call that flushes a folder, and NTFS
// journals its names.
func syncDir(string) error { return nil }
