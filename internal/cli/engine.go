package cli

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/spf13/cobra"

	"simdrop/internal/config"
	"simdrop/internal/engine"
	"simdrop/internal/engine/child"
)

func (a *app) engineCommand() *cobra.Command {
	var listen string
	var asJSON bool
	c := &cobra.Command{
		Use:   "engine [--listen ADDR] [--json]",
		Short: "Run the local engine alone, as a Rigyd-compatible server",
		Long: `Run the local engine alone, as a Rigyd-compatible server. It prints its base URL,
for the base_url of a provider of type rigyd. Any key is accepted, so it listens
on this machine alone unless told otherwise.`,
		Args: wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			host, _, err := net.SplitHostPort(listen)
			if err != nil {
				return usagef(c, "--listen wants host:port, got %s", quote(listen))
			}
			if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
				a.notef("simdrop: warning: others can reach the engine at %s", listen)
			}
			log, closeLog, err := a.logger(config.Default().Log)
			if err != nil {
				return err
			}
			defer closeLog() // stderr
			e, err := a.start.Engine(engineOptions{Listen: listen, Version: thisBuild().Version, Logger: log})
			if err != nil {
				return err
			}
			if asJSON {
				err = a.printJSON(map[string]string{"base_url": e.BaseURL()})
			} else {
				_, err = fmt.Fprintln(a.stdout, e.BaseURL())
			}
			if err != nil {
				return err
			}
			return e.Run(c.Context())
		},
	}
	jsonFlag(c, &asJSON)
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:7421", "`ADDR` to listen on, port 0 picks one")
	return c
}

// converterCommand is what the program starts itself as for each conversion of the
// local engine. It is for nobody else, so it is hidden.
func (a *app) converterCommand() *cobra.Command {
	return &cobra.Command{
		Use:    child.Command,
		Short:  "Convert one asset for the local engine",
		Args:   wants(0, 0, ""),
		Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			return child.Serve(a.stdin, a.stdout, engine.Convert, engine.Simulate)
		},
	}
}
