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
	for _, m := range e.Missing {
		fmt.Fprintln(a.stdout, clean("missing: "+m))
	}
	for _, r := range e.Refs {
		to := r.Path
		if to == "" {
			to = "nothing"
		}
		fmt.Fprintln(a.stdout, clean(fmt.Sprintf("refers to %s: %s (%s)", r.Raw, to, r.How)))
	}
	if e.Next != nil && e.Next.After(now) {
		fmt.Fprintf(a.stdout, "looked at again in %s\n", span(e.Next.Sub(now)))
	}
	if e.Job != nil {
		fmt.Fprintln(a.stdout, clean(fmt.Sprintf("job %s: %s", e.Job.ID, e.Job.State)))
	}
}
