package cli

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) rootCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "root COMMAND",
		Short: "Decide about a watched folder that is offline or on standby",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(c, "there is no command %s", quote("root "+args[0]))
			}
			return usagef(c, "root wants one of: confirm, takeover")
		},
	}
	confirm := a.rootVerb("confirm", "Accept that a watched folder now lies on another file system",
		`Accept the folder that lies at PATH now as the one to watch, although its mark or its
file system differ from before. Only for a folder that status shows as offline.`,
		(*control.Client).ConfirmRoot)
	takeover := a.rootVerb("takeover", "Make this daemon the owner of a watched folder",
		`Make this daemon the owner of the watched folder PATH. The daemon that owned it goes
on standby at its next heartbeat, within half a minute. Only for a folder that status
shows as standby.`,
		(*control.Client).TakeoverRoot)
	c.AddCommand(confirm, takeover)
	return c
}

func (a *app) rootVerb(name, short, long string, do func(*control.Client, context.Context, string) (control.RootChange, error)) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:                   name + " PATH [--json]",
		Short:                 short,
		Long:                  long,
		Args:                  wants(1, 1, "the path of a watched folder"),
		DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			client, err := a.daemon(c.Context())
			if err != nil {
				return err
			}
			change, err := do(client, c.Context(), path)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(change)
			}
			a.notef("%s", change.Said)
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	return c
}
