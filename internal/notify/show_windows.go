package notify

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// toast shows the environment's words as a toast under PowerShell's own identity,
// since a toast needs that of an installed program.
const toast = `$m = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$x = $m::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$t = $x.GetElementsByTagName('text')
[void]$t.Item(0).AppendChild($x.CreateTextNode($env:SIMDROP_TITLE))
[void]$t.Item(1).AppendChild($x.CreateTextNode($env:SIMDROP_TEXT))
$m::CreateToastNotifier('{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\WindowsPowerShell\v1.0\powershell.exe').Show([Windows.UI.Notifications.ToastNotification]::new($x))`

// Desktop returns how a message is shown in the session that we run in, as a toast
// through PowerShell; nil where there is no session, as for a service.
func Desktop() func(ctx context.Context, title, text string) error {
	tool, err := exec.LookPath("powershell.exe")
	if err != nil || os.Getenv("SESSIONNAME") == "" { // "Console" or "RDP-Tcp#1"; services have none
		return nil
	}
	return func(ctx context.Context, title, text string) error {
		cmd := exec.CommandContext(ctx, tool, "-NoProfile", "-NonInteractive", "-Command", toast)
		cmd.Env = append(os.Environ(), "SIMDROP_TITLE="+title, "SIMDROP_TEXT="+text)
		cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true}
		return cmd.Run()
	}
}
