package daemon

import (
	"context"
	"fmt"
	"net"

	"simdrop/internal/dashboard"
)

// openControl binds the control API, unless it is turned off. With anyPort a port
// that is in use is not an obstacle.
func (d *Daemon) openControl(anyPort bool) error {
	addr := d.cfg.Control.Listen
	if addr == "" {
		return nil
	}
	o := dashboard.Options{Backend: d, Logger: d.log, Version: d.version}
	s, err := dashboard.Listen(addr, d.stateDir, o)
	if anyPort && err != nil {
		host, _, serr := net.SplitHostPort(addr)
		if serr != nil {
			return serr
		}
		s, err = dashboard.Listen(net.JoinHostPort(host, "0"), d.stateDir, o)
	}
	if err != nil {
		return fmt.Errorf("control API: %w", err)
	}
	d.control = s
	d.teardown.add("control API", s.Close)
	d.background("control API", func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { s.Close() })
		defer stop()
		return s.Serve()
	})
	return nil
}

// Addr is the address of the control API, empty when it is turned off.
func (d *Daemon) Addr() string {
	if d.control == nil {
		return ""
	}
	return d.control.Addr()
}
