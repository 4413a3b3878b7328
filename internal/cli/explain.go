package cli

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) explainCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain PATH [--json]",
		Short: "Say why a file waits, is ignored or held, or which job it became",
		Args:  wants(1, 1, "a path"),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			client, err := a.daemon(c.Context())
			if err != nil {
				return err
			}
			e, err := client.Explain(c.Context(), path)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(e)
			}
			a.printExplanation(e, time.Now())
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printExplanation(e control.Explanation, now time.Time) {
	fmt.Fprintln(a.stdout, clean(e.Path+": "+e.Verdict))
	if e.Job != nil {
		a.printJobOf(*e.Job, now)
	}
	var t table
	t.add("GATE", "VERDICT", "WHY")
	for _, g := range e.Gates {
		why := g.Why
		if g.Until != nil && g.Until.After(now) {
			why += fmt.Sprintf(" (%s more)", span(g.Until.Sub(now)))
		}
		t.add(g.Name, g.Verdict, why)
	}
	if len(e.Gates) > 0 {
		a.byState(&t, 1)
		t.print(a.stdout)
	}
	a.printBundle(e)
	for _, m := range e.Missing {
		fmt.Fprintln(a.stdout, clean("missing: "+m))
	}
	if e.Next != nil && e.Next.After(now) {
		fmt.Fprintf(a.stdout, "looked at again in %s\n", span(e.Next.Sub(now)))
	}
}

func (a *app) printJobOf(j control.Job, now time.Time) {
	line := fmt.Sprintf("job %s: %s", j.ID, j.State)
	if j.Reason != "" {
		line += " (" + j.Reason + ")"
	}
	if why := j.Why(now); why != "" {
		line += ": " + why
	} else if j.Result != "" {
		line += ": " + j.Result
	}
	fmt.Fprintln(a.stdout, clean(line))
	if j.Hint != "" && !ended(j) {
		fmt.Fprintln(a.stdout, clean("hint: "+j.Hint))
	}
}

// ended reports whether nothing more happens to the job.
func ended(j control.Job) bool { return j.State == control.Done || j.State == control.Cancelled }
