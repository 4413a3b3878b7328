package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"
)

// scm manages a service of Windows' service control manager.
type scm struct{ name string }

// Logs is the log's file.
func (m *scm) Logs() string {
	return LogPath(MachineDir()+`\logs`, m.name) + " and the Event Log"
}

// open connects to the manager and opens the service with the rights; service is
// nil when there is none of the name.
func (m *scm) open(manager, rights uint32) (*mgr.Mgr, *mgr.Service, error) {
	h, err := windows.OpenSCManager(nil, nil, manager)
	if err != nil {
		return nil, nil, denied(err)
	}
	name, err := windows.UTF16PtrFromString(m.name)
	if err != nil {
		return nil, nil, err
	}
	s, err := windows.OpenService(h, name, rights)
	switch {
	case errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST):
		return &mgr.Mgr{Handle: h}, nil, nil
	case err != nil:
		windows.CloseServiceHandle(h)
		return nil, nil, denied(err)
	}
	return &mgr.Mgr{Handle: h}, &mgr.Service{Name: m.name, Handle: s}, nil
}

func denied(err error) error {
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return refuse("open the terminal with \"Run as administrator\", or leave out --system", "a service of the machine is an administrator's to change")
	}
	return fmt.Errorf("ask the service control manager: %w", err)
}

func closeBoth(c *mgr.Mgr, s *mgr.Service) {
	if s != nil {
		s.Close()
	}
	c.Disconnect()
}

// Status needs no rights.
func (m *scm) Status(context.Context) (Status, error) {
	st := Status{Name: m.name, Scope: System, Manager: "service control manager", State: NotInstalled, Logs: m.Logs()}
	c, s, err := m.open(windows.SC_MANAGER_CONNECT, windows.SERVICE_QUERY_STATUS|windows.SERVICE_QUERY_CONFIG)
	if err != nil {
		return st, err
	}
	defer closeBoth(c, s)
	if s == nil {
		return st, nil
	}
	q, err := s.Query()
	if err != nil {
		return st, denied(err)
	}
	st.State, st.Code = scmState(uint32(q.State), q.Win32ExitCode, q.ServiceSpecificExitCode)
	if st.State != Stopped && st.State != Failed {
		st.PID = int(q.ProcessId)
	}
	config, err := settingsOf(s.Handle)
	if err != nil {
		return st, denied(err)
	}
	st.Autostart, st.RunAs = config.start == mgr.StartAutomatic, config.account
	st.Exec, st.Config = ofWords(config.command)
	return st, nil
}

// settings are what a service needs to run.
type settings struct {
	command, account string
	start            uint32
}

// settingsOf asks for just that: not every Windows answers the newer questions that
// the library asks with it.
func settingsOf(h windows.Handle) (settings, error) {
	var buf [1024]uint64 // aligned; the most that QueryServiceConfig ever gives
	var needed uint32
	c := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&buf))
	if err := windows.QueryServiceConfig(h, c, uint32(unsafe.Sizeof(buf)), &needed); err != nil {
		return settings{}, err
	}
	return settings{windows.UTF16PtrToString(c.BinaryPathName), windows.UTF16PtrToString(c.ServiceStartName), c.StartType}, nil
}

// ofWords finds the program and the configuration in a command line.
func ofWords(line string) (exec, config string) {
	words, err := windows.DecomposeCommandLine(line)
	if err != nil || len(words) == 0 {
		return line, ""
	}
	for i, w := range words[1:] {
		if words[i] == "--config" {
			config = w
		}
	}
	return words[0], config
}

// Install creates the service, or makes what is there what the Spec says.
func (m *scm) Install(ctx context.Context, s Spec) (c Change, err error) {
	if err := s.check(windowsAbs); err != nil {
		return c, err
	}
	command := CommandLine(append([]string{s.Exec}, s.Args()...)...)
	conn, old, err := m.open(windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_CREATE_SERVICE, windows.SERVICE_ALL_ACCESS)
	if err != nil {
		return c, err
	}
	defer closeBoth(conn, old)
	before, err := m.Status(ctx)
	if err != nil {
		return c, err
	}
	var undo func() error
	differs := false
	if old == nil {
		differs = true
		if old, err = m.create(conn, command, s); err != nil {
			return c, err
		}
		defer old.Close()
		undo = func() error {
			old.Control(svc.Stop) // it may be on its way; what is deleted goes with its last handle
			eventlog.Remove(m.name)
			return old.Delete()
		}
		c.did("made the service %s, which starts at boot as %s", m.name, s.RunAs)
	} else {
		config, err := settingsOf(old.Handle)
		if err != nil {
			return c, denied(err)
		}
		to := settings{command, s.RunAs, mgr.StartAutomatic}
		if strings.EqualFold(config.account, s.RunAs) {
			to.account = "" // setting it anew would ask for its password
		}
		differs = !sameWords(config.command, command) || to.account != "" || config.start != mgr.StartAutomatic
		if differs {
			if err := change(old.Handle, to); err != nil {
				return c, err
			}
			if to.account == "" {
				config.account = ""
			}
			undo = func() error { return change(old.Handle, config) }
			c.did("changed the service %s", m.name)
		}
	}
	defer func() {
		if err != nil && undo != nil {
			err, c = errors.Join(err, undo()), Change{}
		}
	}()
	m.furnish(old, s, &c)
	if s.NoStart || before.State == Running && !differs && !s.Restart {
		return c, nil
	}
	if before.State == Running {
		if err := m.Stop(ctx); err != nil {
			return c, err
		}
	}
	if err := m.Start(ctx); err != nil {
		return c, err
	}
	c.did("%s it", map[bool]string{true: "restarted", false: "started"}[before.State == Running])
	return c, nil
}

func (m *scm) create(conn *mgr.Mgr, command string, s Spec) (*mgr.Service, error) {
	name, display := windows.StringToUTF16Ptr(m.name), windows.StringToUTF16Ptr(m.name) // names were checked
	path, err := windows.UTF16PtrFromString(command)
	if err != nil {
		return nil, err
	}
	account, err := windows.UTF16PtrFromString(s.RunAs)
	if err != nil {
		return nil, err
	}
	h, err := windows.CreateService(conn.Handle, name, display, windows.SERVICE_ALL_ACCESS, windows.SERVICE_WIN32_OWN_PROCESS,
		mgr.StartAutomatic, mgr.ErrorNormal, path, nil, nil, nil, account, nil)
	if err != nil {
		return nil, fmt.Errorf("make the service: %w", err)
	}
	return &mgr.Service{Name: m.name, Handle: h}, nil
}

// sameWords says whether two command lines mean the same, however they are quoted.
func sameWords(a, b string) bool {
	as, aerr := windows.DecomposeCommandLine(a)
	bs, berr := windows.DecomposeCommandLine(b)
	return aerr == nil && berr == nil && slices.Equal(as, bs)
}

// change changes a service; an empty account leaves that as it is.
func change(h windows.Handle, to settings) error {
	path, err := windows.UTF16PtrFromString(to.command)
	if err != nil {
		return err
	}
	var as *uint16
	if to.account != "" {
		if as, err = windows.UTF16PtrFromString(to.account); err != nil {
			return err
		}
	}
	err = windows.ChangeServiceConfig(h, windows.SERVICE_NO_CHANGE, to.start, windows.SERVICE_NO_CHANGE, path, nil, nil, nil, as, nil, nil)
	if err != nil {
		return fmt.Errorf("change the service: %w", err)
	}
	return nil
}

// furnish sets what makes a service a good one. An older Windows may refuse some of
// it; the service works without.
func (m *scm) furnish(s *mgr.Service, spec Spec, c *Change) {
	try := func(what string, err error) {
		if err != nil {
			c.note("this Windows does not take %s: %v", what, err)
		}
	}
	text := windows.SERVICE_DESCRIPTION{Description: windows.StringToUTF16Ptr("Watches folders and puts SimReady USD beside the 3D assets dropped there.")}
	try("a description", windows.ChangeServiceConfig2(s.Handle, windows.SERVICE_CONFIG_DESCRIPTION, (*byte)(unsafe.Pointer(&text))))
	delayed := windows.SERVICE_DELAYED_AUTO_START_INFO{IsDelayedAutoStartUp: 1}
	try("a delayed start", windows.ChangeServiceConfig2(s.Handle, windows.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, (*byte)(unsafe.Pointer(&delayed))))
	after := func(wait time.Duration) mgr.RecoveryAction {
		return mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: wait}
	}
	try("recovery actions", s.SetRecoveryActions([]mgr.RecoveryAction{after(5 * time.Second), after(30 * time.Second), after(time.Minute)}, 24*60*60))
	try("recovery after an error", s.SetRecoveryActionsOnNonCrashFailures(true))
	patience := uint32(60 * 1000) // milliseconds for an orderly end when Windows shuts down
	try("a time for the shutdown", windows.ChangeServiceConfig2(s.Handle, preshutdownInfo, (*byte)(unsafe.Pointer(&patience))))
	if err := eventlog.InstallAsEventCreate(m.name, eventlog.Error|eventlog.Warning|eventlog.Info); err != nil && !strings.Contains(err.Error(), "already exists") {
		try("a source of the Event Log", err)
	}
	try("rights to "+MachineDir(), allow(MachineDir(), spec.RunAs, m.name))
}

// preshutdownInfo is SERVICE_CONFIG_PRESHUTDOWN_INFO of winsvc.h: one DWORD, the
// time in milliseconds.
const preshutdownInfo = 7

// allow makes the folder for administrators, the system and the account alone: the
// configuration may hold a key.
func allow(dir, account, name string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	sid := ServiceSID(name)
	if account != VirtualAccount(name) {
		s, _, _, err := windows.LookupSID("", account)
		if err != nil {
			return err
		}
		sid = s.String()
	}
	sd, err := windows.SecurityDescriptorFromString("D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;" + sid + ")")
	if err != nil {
		return err
	}
	acl, _, err := sd.DACL()
	if err != nil {
		return err
	}
	return windows.SetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, acl, nil)
}

// Start starts the service and waits until it runs.
func (m *scm) Start(ctx context.Context) error {
	c, s, err := m.open(windows.SC_MANAGER_CONNECT, windows.SERVICE_START|windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return err
	}
	defer closeBoth(c, s)
	if s == nil {
		return ErrNotInstalled
	}
	err = s.Start()
	if errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
		err = nil
	}
	// A manager that refused may have the reason in the service's status.
	return awaitUp(ctx, m, err)
}

// Stop stops the service and waits until it is down. Its own checkpoints say how
// long that may take.
func (m *scm) Stop(ctx context.Context) error {
	c, s, err := m.open(windows.SC_MANAGER_CONNECT, windows.SERVICE_STOP|windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return err
	}
	defer closeBoth(c, s)
	if s == nil {
		return ErrNotInstalled
	}
	// While it starts it takes no orders yet: wait until it does.
	if _, err := await(ctx, m, func(s Status) bool { return s.State.Final() }); err != nil {
		return err
	}
	if _, err := s.Control(svc.Stop); err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return fmt.Errorf("stop the service: %w", err)
	}
	return awaitDown(ctx, m)
}

// Uninstall stops and deletes the service and waits until its name is free: it is
// only marked for deletion while anybody has it open.
func (m *scm) Uninstall(ctx context.Context) (c Change, err error) {
	conn, s, err := m.open(windows.SC_MANAGER_CONNECT, windows.DELETE|windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return c, err
	}
	if s == nil {
		closeBoth(conn, s)
		return c, nil
	}
	if err := m.Stop(ctx); err != nil {
		closeBoth(conn, s)
		return c, err
	}
	err = s.Delete()
	closeBoth(conn, s)
	if err != nil && !errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE) {
		return c, fmt.Errorf("delete the service: %w", err)
	}
	eventlog.Remove(m.name) // it may have been refused
	if _, err := await(ctx, m, func(s Status) bool { return s.State == NotInstalled }); err != nil {
		return c, refuse("close services.msc and other windows that show it", "the service is marked for deletion, and somebody has it open")
	}
	c.did("stopped and deleted the service %s", m.name)
	return c, nil
}
