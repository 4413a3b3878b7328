package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) jobsCommand() *cobra.Command {
	var asJSON bool
	var state string
	var limit int
	c := &cobra.Command{
		Use:   "jobs [--state STATE] [--limit N] [--json]",
		Short: "List jobs, newest first",
		Args:  wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			if state != "" && !slices.Contains(control.States(), state) {
				return &usageError{"unknown state " + quote(state), "the states are " + strings.Join(control.States(), ", ")}
			}
			if limit < 0 {
				return usagef(c, "--limit wants 0 (no limit) or more")
			}
			client, err := a.daemon(c.Context())
			if err != nil {
				return err
			}
			jobs, err := client.Jobs(c.Context(), state, limit)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(jobs)
			}
			a.printJobs(jobs, time.Now())
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	c.Flags().StringVar(&state, "state", "", "only jobs in that `STATE`: "+strings.Join(control.States(), ", "))
	c.Flags().IntVar(&limit, "limit", 0, "at most `N` jobs, 0 for all")
	return c
}

// printJobs lists jobs for people. An empty list prints nothing on stdout.
func (a *app) printJobs(jobs []control.Job, now time.Time) {
	if len(jobs) == 0 {
		a.notef("no jobs")
		return
	}
	var t table
	t.add("ID", "STATE", "CHANGED", "ASSET", "WHY, OR WHERE")
	for _, j := range jobs {
		t.add(j.ID, j.State, span(now.Sub(j.Updated)), assetOf(j), whyOrWhere(j, now))
	}
	a.byState(&t, 1)
	t.print(a.stdout)
}

// assetOf is the job's asset, and what is done with it if it is not converted.
func assetOf(j control.Job) string {
	if j.Simulates != "" {
		return j.Path + " (" + j.Scene + " simulation)"
	}
	return j.Path
}

func whyOrWhere(j control.Job, now time.Time) string {
	if j.State == control.Done {
		return j.Result
	}
	return j.Why(now)
}
