//go:build unix

package notify

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// runGroup runs the command in a process group of its own, so that the end of its
// context ends its children, too.
func runGroup(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	return cmd.Run()
}
