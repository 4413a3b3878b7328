package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) jobCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "job ID [--json]",
		Short: "Show everything about one job",
		Args:  wants(1, 1, "a job ID"),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := a.daemon(c.Context())
			if err != nil {
				return err
			}
			j, err := client.Job(c.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(j)
			}
			a.printJob(j, time.Now())
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printJob(j control.Job, now time.Time) {
	var t table
	field := func(name, value string) {
		if value != "" {
			t.add(name+":", value)
		}
	}
	field("job", j.ID)
	field("asset", assetOf(j))
	field("of job", j.Simulates)
	field("simulated by", j.Simulation)
	field("state", j.State)
	field("why", j.Why(now))
	field("hint", j.Hint)
	field("result", j.Result)
	field("note", j.Note)
	field("folder", j.Watch)
	field("provider", strings.TrimSpace(j.Provider+" "+j.RemoteID))
	field("remote", j.RemoteStatus)
	if !j.Resting() && j.Progress > 0 {
		field("progress", fmt.Sprintf("%d %% %s", j.Progress, j.Stage))
	}
	if j.Attempts > 1 {
		field("attempts", fmt.Sprint(j.Attempts))
	}
	if j.NextAttempt != nil {
		field("next attempt", j.NextAttempt.Local().Format(time.DateTime))
	}
	if j.Credits > 0 {
		field("credits", fmt.Sprint(j.Credits))
	}
	for i, b := range j.Bundle {
		name := ""
		if i == 0 {
			name = "bundle:"
		}
		t.add(name, b)
	}
	if j.Bytes > 0 {
		field("bytes", fmt.Sprint(j.Bytes))
	}
	field("key", j.Key)
	field("created", j.Created.Local().Format(time.DateTime))
	field("updated", j.Updated.Local().Format(time.DateTime))
	t.print(a.stdout)
}
