package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status [--json]",
		Short: "Say what the daemon does, and what it waits for",
		Args:  wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.daemon(c.Context())
			if err != nil {
				return err
			}
			s, err := client.Status(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(s)
			}
			a.printStatus(s, time.Now())
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printStatus(s control.Status, now time.Time) {
	p := func(format string, args ...any) { fmt.Fprintln(a.stdout, clean(fmt.Sprintf(format, args...))) }
	p("simdrop %s runs since %s (pid %d)", s.Version, span(now.Sub(s.Started)), s.PID)
	if s.Control != "" {
		p("dashboard: http://%s (`simdrop open` signs in)", s.Control)
	}
	if s.Paused {
		p("submissions are paused: `simdrop resume` lets them go on")
	}
	for _, w := range s.Watch {
		p("%s: %s → %s%s", w.State, w.Path, w.Provider, more(w))
		a.problem(w.Problem, w.Hint)
	}
	if len(s.Watch) == 0 {
		p("no folder is watched")
	}
	for _, pr := range s.Providers {
		if pr.Problem != "" || pr.InFlight > 0 {
			p("%s: %d in flight", pr.Name, pr.InFlight)
			a.problem(pr.Problem, pr.Hint)
		}
	}
	var counts []string
	for _, state := range control.States() {
		if n := s.Jobs[state]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(counts) == 0 {
		counts = []string{"none yet"}
	}
	p("jobs: %s", strings.Join(counts, ", "))
}

func (a *app) problem(text, hint string) {
	if text == "" {
		return
	}
	if hint != "" {
		text += ": " + hint
	}
	fmt.Fprintln(a.stdout, "  "+clean(text))
}

// more is what else there is to say of a watched folder.
func more(w control.WatchStatus) string {
	var parts []string
	switch w.Detect {
	case "events":
		parts = append(parts, because("by events", w.DetectWhy))
	case "poll":
		parts = append(parts, because("polled", w.DetectWhy))
	}
	if w.Settling > 0 {
		parts = append(parts, fmt.Sprintf("%d settling", w.Settling))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}

func because(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

// span rounds a time to what a person would say.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, d/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
