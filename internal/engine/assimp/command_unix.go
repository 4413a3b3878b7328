//go:build unix

package assimp

import (
	"context"
	"os/exec"
)

// limits are set by the shell that then becomes assimp: 4 GiB of address space
// and files of 2 GiB, in the units of ulimit. Where a system cannot limit, as
// macOS memory, it goes on without.
const limits = `ulimit -v 4194304 2>/dev/null; ulimit -f 4194304 2>/dev/null; ulimit -c 0 2>/dev/null; exec "$0" "$@"`

func command(ctx context.Context, tool string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", limits, tool}, args...)...)
}
