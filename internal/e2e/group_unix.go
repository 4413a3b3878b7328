//go:build unix

package e2e

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup puts the command and its children into a process group.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(p *os.Process) { syscall.Kill(-p.Pid, syscall.SIGKILL) }
