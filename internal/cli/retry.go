package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) retryCommand() *cobra.Command {
	var failed, asJSON bool
	c := &cobra.Command{
		Use:   "retry {ID… | --failed} [--json]",
		Short: "Try failed jobs again",
		Long:  "Try failed jobs again. A retry is a new submission, and may be paid for.",
		RunE: func(c *cobra.Command, args []string) error {
			if failed == (len(args) > 0) {
				return usagef(c, "retry wants job IDs, or --failed")
			}
			return a.decide(c.Context(), asJSON, (*control.Client).Retry, args, func(j control.Job) bool {
				return j.State == control.Failed
			}, control.Failed)
		},
	}
	jsonFlag(c, &asJSON)
	c.Flags().BoolVar(&failed, "failed", false, "all failed jobs")
	return c
}

// decide does one thing to the jobs with those IDs or, without IDs, to those in a
// state that pick picks. What one job refuses does not keep the others from it.
func (a *app) decide(ctx context.Context, asJSON bool, do func(*control.Client, context.Context, string) (control.Job, error),
	ids []string, pick func(control.Job) bool, state string) error {
	client, err := a.daemon(ctx)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		jobs, err := client.Jobs(ctx, state, 0)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if pick(j) {
				ids = append(ids, j.ID)
			}
		}
	}
	changed := []control.Job{}
	var first error
	for _, id := range ids {
		j, err := do(client, ctx, id)
		switch {
		case err == nil:
			changed = append(changed, j)
		case first == nil:
			first = err
		default:
			a.errorf("%v", err)
		}
	}
	if asJSON {
		if err := a.printJSON(changed); err != nil {
			return err
		}
	} else if len(changed) > 0 || first == nil {
		a.printJobs(changed, time.Now())
	}
	if first != nil && len(changed) > 0 {
		a.report(first)
		return exitError(exitPartly)
	}
	return first
}
