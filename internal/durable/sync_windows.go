package durable

// SyncDir does nothing: Windows offers no way to flush a folder's names, NTFS
// journals them by itself.
func SyncDir(dir string) error { return nil }
