package notify

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Desktop returns how a message is shown in the session that we run in, by the
// freedesktop.org notification service through notify-send; nil where there is no
// session, as for a service of the system.
func Desktop() func(ctx context.Context, title, text string) error {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return nil
	}
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		if _, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")); err != nil {
			return nil
		}
	}
	tool, err := exec.LookPath("notify-send")
	if err != nil {
		return nil
	}
	return func(ctx context.Context, title, text string) error {
		return exec.CommandContext(ctx, tool, "--app-name=simdrop", "--", title, plainMarkup.Replace(text)).Run()
	}
}

// plainMarkup keeps a file's name from being read as the markup that the
// specification allows in a message's body.
var plainMarkup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
