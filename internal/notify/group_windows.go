package notify

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// runGroup runs the command in a job object (the system's word for a process group
// that nothing leaves), so that the end of its context ends its children, too. It
// has no window. Arguments are quoted by os/exec as CommandLineToArgvW reads them;
// nothing of a job is ever among them.
func runGroup(cmd *exec.Cmd) error {
	group, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(group)
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
	cmd.Cancel = func() error {
		windows.TerminateJobObject(group, 1) // the process itself is killed below, in any case
		return cmd.Process.Kill()
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := assign(group, uint32(cmd.Process.Pid)); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return err
	}
	return cmd.Wait()
}

func assign(group windows.Handle, pid uint32) error {
	p, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, pid)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(p)
	return windows.AssignProcessToJobObject(group, p)
}
