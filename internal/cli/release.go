package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) releaseCommand() *cobra.Command {
	var all, asJSON bool
	var reason string
	c := &cobra.Command{
		Use:   "release {ID… | --all | --reason REASON} [--json]",
		Short: "Let held jobs go",
		Long:  "Let held jobs go. They are submitted then, and may be paid for; `simdrop job ID` says what a release may cost.",
		RunE: func(c *cobra.Command, args []string) error {
			ways := 0
			for _, used := range []bool{len(args) > 0, all, reason != ""} {
				if used {
					ways++
				}
			}
			if ways != 1 {
				return usagef(c, "release wants one of: job IDs, --all, --reason")
			}
			if reason != "" && !slices.Contains(control.Reasons(), reason) {
				return &usageError{"unknown reason " + quote(reason), "the reasons are " + strings.Join(control.Reasons(), ", ")}
			}
			return a.decide(c.Context(), asJSON, (*control.Client).Release, args, func(j control.Job) bool {
				return all || j.Reason == reason
			}, control.Held)
		},
	}
	jsonFlag(c, &asJSON)
	c.Flags().BoolVar(&all, "all", false, "all held jobs")
	c.Flags().StringVar(&reason, "reason", "", "all jobs held for that `REASON`: "+strings.Join(control.Reasons(), ", "))
	return c
}
