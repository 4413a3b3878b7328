//go:build !linux

package child

// limitMemory does nothing where a process cannot bound its own memory; the watch
// is what there is.
func limitMemory(int64) {}
