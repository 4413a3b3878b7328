package cli

import (
	"context"

	"simdrop/internal/control"
	"simdrop/internal/service"
)

// serviceChecks is doctor's look at the OS service: whether simdrop comes back by
// itself, and whether it stays up. A machine without services has nothing to say.
func (a *app) serviceChecks(ctx context.Context) []control.Check {
	var checks []control.Check
	possible := false
	for _, scope := range []service.Scope{service.User, service.System} {
		m, err := service.New(service.DefaultName, scope)
		if err != nil {
			continue
		}
		s, err := m.Status(ctx)
		if err != nil {
			checks = append(checks, control.Check{Name: "service", Subject: string(scope), Verdict: control.CheckUnknown, What: err.Error()})
			continue
		}
		possible = true
		if s.State != service.NotInstalled {
			checks = append(checks, checkOf(s))
		}
	}
	if possible && len(checks) == 0 {
		checks = append(checks, control.Check{Name: "service", Verdict: control.CheckOK,
			What: "not installed: simdrop runs while `simdrop run` does; `simdrop service install` has the system start it"})
	}
	return checks
}

func checkOf(s service.Status) control.Check {
	c := control.Check{Name: "service", Subject: string(s.Scope), Verdict: control.CheckOK, What: s.Manager + " says it is " + string(s.State)}
	if s.Detail != "" {
		c.What += ": " + s.Detail
	}
	switch {
	case s.State == service.Failed || s.State == service.CrashLooping:
		c.Verdict, c.Hint = control.CheckFail, (&service.NotUp{Status: s}).Hint()
	case s.State == service.Stopped:
		c.Verdict, c.Hint = control.CheckWarn, "`simdrop service start`"
	case !s.Autostart:
		c.Verdict, c.What, c.Hint = control.CheckWarn, c.What+", and does not start by itself", "`simdrop service install`"
	}
	return c
}
