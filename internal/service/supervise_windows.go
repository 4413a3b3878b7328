package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"

	"simdrop/internal/redact"
)

// Run runs main for whoever started this process, until ctx ends or main returns.
//
// Only the attempt to be a service tells whether this process is one: sessions and
// parents mislead in containers and on other versions of Windows. Outside of the
// service control manager it fails at once, with error 1063.
func Run(ctx context.Context, o RunOptions, main Main) error {
	h := &handler{ctx: ctx, options: o, main: main}
	err := svc.Run(o.Name, h)
	if errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
		return runInSession(ctx, o, main)
	}
	return errors.Join(err, h.err)
}

// runInSession runs main as a logon task, or in a console. A task can only be
// killed, so that a service stop in the same session asks by an event.
func runInSession(ctx context.Context, o RunOptions, main Main) error {
	if o.Name == "" {
		return main(ctx, plainSupervisor(o))
	}
	please, err := newEvent(stopEvent(o.Name))
	if err != nil {
		return fmt.Errorf("make the event that stops the service: %w", err)
	}
	defer windows.CloseHandle(please)
	ready, err := newEvent(readyEvent(o.Name))
	if err != nil {
		return fmt.Errorf("make the event that says that the service is up: %w", err)
	}
	defer windows.CloseHandle(ready)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		if _, err := windows.WaitForSingleObject(please, windows.INFINITE); err == nil {
			stop()
		}
	}()
	s := plainSupervisor(o)
	s.beat = func(string) { windows.SetEvent(ready) }
	return main(ctx, s)
}

// newEvent makes an event that stays signalled, or opens the one that a process
// left which is just ending.
func newEvent(name *uint16) (windows.Handle, error) {
	h, err := windows.CreateEvent(nil, 1, 0, name)
	if h == 0 {
		return 0, err
	}
	return h, windows.ResetEvent(h) // err says that it was there already
}

// stopEvent is the name of the event that asks a service of this session to stop,
// readyEvent of the one that says that it is up. Local\ is the session: what runs in
// other people's cannot reach it.
func stopEvent(name string) *uint16  { return eventName("stop", name) }
func readyEvent(name string) *uint16 { return eventName("ready", name) }

func eventName(kind, name string) *uint16 {
	p, err := windows.UTF16PtrFromString(`Local\simdrop-` + kind + "-" + name)
	if err != nil {
		return nil // names have no zero bytes
	}
	return p
}

// handler is the service as the service control manager sees it.
type handler struct {
	ctx     context.Context
	options RunOptions
	main    Main
	err     error
}

const (
	accepts = svc.AcceptStop | svc.AcceptPreShutdown
	// The manager gives up when a checkpoint does not rise within the hint.
	tickEvery = time.Second
	waitHint  = 20 * 1000 // milliseconds
)

// Execute runs the daemon and tells the manager where it is.
func (h *handler) Execute(args []string, requests <-chan svc.ChangeRequest, changes chan<- svc.Status) (specific bool, code uint32) {
	name := h.options.Name
	if name == "" && len(args) > 0 {
		name = args[0]
	}
	ctx, stop := context.WithCancel(h.ctx)
	defer stop()
	events := openEvents(name)
	defer events.close()
	ready, done := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		done <- h.main(ctx, &Supervisor{
			Background: name, Env: machineEnv,
			Logs: func(next slog.Handler) slog.Handler { return eventHandler{next, events} },
			beat: func(string) { once.Do(func() { close(ready) }) },
		})
	}()

	pending := svc.Status{State: svc.StartPending, CheckPoint: 1, WaitHint: waitHint}
	changes <- pending
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if pending.State != 0 {
				pending.CheckPoint++
				changes <- pending
			}
		case <-ready:
			ready = nil
			if pending.State == svc.StartPending {
				pending = svc.Status{}
				changes <- svc.Status{State: svc.Running, Accepts: accepts}
				events.info(eventStarted, "simdrop is running")
			}
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				changes <- r.CurrentStatus
			case svc.Stop, svc.Shutdown, svc.PreShutdown:
				pending = svc.Status{State: svc.StopPending, CheckPoint: 1, WaitHint: waitHint}
				changes <- pending
				stop()
			}
		case h.err = <-done:
			return h.ended(events, pending.State == svc.StopPending)
		}
	}
}

// ended is what the manager is told at the end. Anything but 0 has it start the
// service again, which does not mend a wrong configuration.
func (h *handler) ended(events *events, asked bool) (specific bool, code uint32) {
	code = uint32(h.options.Code(h.err))
	switch {
	case h.err == nil && asked:
		events.info(eventStopped, "simdrop stopped")
	case h.err == nil:
		events.info(eventStopped, "simdrop ended")
	default:
		events.error(fmt.Sprintf("simdrop ended with exit code %d: %s", code, redact.Text(h.err.Error())))
	}
	if code == codeConfiguration {
		return false, 0
	}
	return code != 0, code
}

// machineEnv is the environment of a service, whose account has no folders that
// anybody would find: all of it lies under ProgramData.
func machineEnv(env func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if v, ok := env(name); ok && v != "" {
			return v, ok
		}
		switch name {
		case "STATE_DIRECTORY":
			return MachineDir(), true
		case "LOGS_DIRECTORY":
			return filepath.Join(MachineDir(), "logs"), true
		}
		return "", false
	}
}

// MachineDir is where a machine's service has its configuration and state. Windows is
// asked: the environment of a service is not always that of a person's programs.
func MachineDir() string {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	if err != nil {
		dir = `C:\ProgramData`
	}
	return filepath.Join(dir, "simdrop")
}
