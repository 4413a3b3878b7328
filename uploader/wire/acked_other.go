//go:build !linux

package wire

import "net"

// acknowledged is not told here; finished writes of at most writeChunk bytes are
// progress enough.
func acknowledged(net.Conn) (uint64, bool) { return 0, false }
