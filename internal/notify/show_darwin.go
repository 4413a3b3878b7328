package notify

import (
	"context"
	"os"
	"os/exec"
)

// Desktop returns how a message is shown in the session that we run in, by the
// Notification Centre through osascript; nil where there is no session, as for root's
// daemons. The words are arguments of the script, never a part of it.
func Desktop() func(ctx context.Context, title, text string) error {
	tool, err := exec.LookPath("osascript")
	if err != nil || os.Getuid() == 0 {
		return nil
	}
	return func(ctx context.Context, title, text string) error {
		return exec.CommandContext(ctx, tool, "-e", "on run argv",
			"-e", "display notification (item 2 of argv) with title (item 1 of argv)", "-e", "end run", title, text).Run()
	}
}
