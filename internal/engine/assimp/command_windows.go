package assimp

import (
	"context"
	"os/exec"
)

// command has no limit but time: Windows limits memory by job objects only.
func command(ctx context.Context, tool string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, tool, args...)
}
