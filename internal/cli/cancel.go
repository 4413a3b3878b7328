package cli

import (
	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) cancelCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "cancel ID… [--json]",
		Short: "Stop jobs",
		Long:  "Stop jobs. What a provider accepted it may go on with, and charge for.",
		Args:  wants(1, many, "a job ID"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.decide(c.Context(), asJSON, (*control.Client).Cancel, args, nil, "")
		},
	}
	jsonFlag(c, &asJSON)
	return c
}
