package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/daemon"
)

// examined is what `doctor --json` prints.
type examined struct {
	OK     bool            `json:"ok"` // no check failed
	Checks []control.Check `json:"checks"`
}

func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor [--json]",
		Short: "Look for what could keep drops from becoming results",
		Long: `Look at the configuration, the keys, whether providers answer, the folders and how
they are watched, limits, disks and the clock. Nothing is changed and nothing is
paid for. It works whether or not the daemon runs; the exit code is 1 when a check
fails.`,
		Args: wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			checks := a.examine(c.Context())
			failed := slices.ContainsFunc(checks, func(c control.Check) bool { return c.Verdict == control.CheckFail })
			if asJSON {
				if err := a.printJSON(examined{!failed, checks}); err != nil {
					return err
				}
			} else {
				a.printChecks(checks)
			}
			if failed {
				return exitError(exitFailed)
			}
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) examine(ctx context.Context) []control.Check {
	cfg, err := a.loadConfig()
	checks := append(ofConfig(cfg, err), a.serviceChecks(ctx)...)
	if err != nil {
		return checks
	}
	o := daemon.DoctorOptions{Config: cfg, Version: thisBuild().Version}
	switch status, err := a.running(ctx, cfg.StateDir); {
	case err == nil:
		o.Running = status
	case !errors.Is(err, control.ErrNotRunning):
		checks = append(checks, control.Check{Name: "daemon", Verdict: control.CheckUnknown, What: err.Error(),
			Hint: "ask as the user it runs as"})
	}
	return append(checks, daemon.Doctor(ctx, o)...)
}

// ofConfig is the configuration's own check: every mistake, or every warning.
func ofConfig(cfg *config.Config, err error) []control.Check {
	const name = "configuration"
	if err == nil {
		checks := []control.Check{{Name: name, Subject: cfg.File, Verdict: control.CheckOK, What: "it has no mistakes"}}
		for _, w := range cfg.Warnings {
			checks = append(checks, control.Check{Name: name, Subject: cfg.File, Verdict: control.CheckWarn, What: w.String()})
		}
		if len(cfg.Watch) == 0 {
			checks = append(checks, control.Check{Name: name, Subject: cfg.File, Verdict: control.CheckWarn,
				What: "no folder is watched", Hint: "add one under watch:"})
		}
		return checks
	}
	_, hint := judge(err)
	file := ""
	if ce, ok := errors.AsType[*configError](err); ok {
		file, err = ce.file, ce.err
	}
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		var checks []control.Check
		for _, m := range mistakes {
			checks = append(checks, control.Check{Name: name, Subject: file, Verdict: control.CheckFail, What: m.String(), Hint: hint})
		}
		return checks
	}
	return []control.Check{{Name: name, Subject: file, Verdict: control.CheckFail, What: err.Error(), Hint: hint}}
}

// running is the status of the daemon that uses the state folder.
func (a *app) running(ctx context.Context, stateDir string) (*control.Status, error) {
	client, err := control.Find(ctx, stateDir)
	if err != nil {
		return nil, err
	}
	s, err := client.Status(ctx)
	return &s, err
}

// checkColours are for people's eyes only: the words say the same.
var checkColours = map[string]string{
	control.CheckOK: "32", control.CheckWarn: "33", control.CheckFail: "31", control.CheckUnknown: "33",
}

func (a *app) printChecks(checks []control.Check) {
	coloured := a.coloured(a.stdout)
	for _, c := range checks {
		verdict := fmt.Sprintf("%-7s", c.Verdict)
		if coloured {
			verdict = "\x1b[" + checkColours[c.Verdict] + "m" + verdict + "\x1b[0m"
		}
		what := c.Name
		if c.Subject != "" {
			what += " " + c.Subject
		}
		fmt.Fprintf(a.stdout, "%s  %s\n", verdict, clean(what+": "+c.What))
		if c.Hint != "" && c.Verdict != control.CheckOK {
			fmt.Fprintf(a.stdout, "         %s\n", clean("→ "+c.Hint))
		}
	}
}
