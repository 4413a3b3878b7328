package cli

import (
	"context"

	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) pauseCommand() *cobra.Command {
	return a.toggle("pause", "Stop submitting; running jobs are still followed and fetched",
		"submissions are paused; running jobs go on", (*control.Client).Pause)
}

func (a *app) resumeCommand() *cobra.Command {
	return a.toggle("resume", "Let submissions go on", "submissions go on", (*control.Client).Resume)
}

func (a *app) toggle(name, short, told string, do func(*control.Client, context.Context) error) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   name + " [--json]",
		Short: short,
		Args:  wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.daemon(c.Context())
			if err != nil {
				return err
			}
			if err := do(client, c.Context()); err != nil {
				return err
			}
			if !asJSON {
				a.notef("%s", told)
				return nil
			}
			s, err := client.Status(c.Context())
			if err != nil {
				return err
			}
			return a.printJSON(s)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}
