// Package cli is simdrop's command line: one file per command. ui.go states the
// rules for output, hints.go what to do about errors, daemon.go what the commands
// need of the daemon. Data goes to stdout, everything else to stderr.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"simdrop/internal/config"
	"simdrop/internal/engine"
)

// app is one run of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            config.Env
	start          starter
	configFlag     string
	begun          bool // the command line was understood and the command runs
}

// Main runs the command named by args and returns the exit code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	engine.Version = thisBuild().Version // one version, in what it says and in what it makes
	return run(daemons{}, args, stdin, stdout, stderr)
}

func run(start starter, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, env: os.LookupEnv, start: start}
	// The first signal asks to stop, the second kills: stop gives the signals back.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.begun {
		err = asUsage(root, args, err)
	}
	return a.report(err)
}

// root is the map of all commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "simdrop [--config FILE] COMMAND",
		Short: "Watches folders and puts SimReady USD beside the 3D assets dropped there",
		Long: `simdrop watches folders. When a 3D asset dropped there is completely written, it
sends it to a conversion provider once and puts the SimReady USD beside it.

New here? "simdrop try" needs no account and no configuration.`,
		Args:                  cobra.ArbitraryArgs,
		DisableFlagsInUseLine: true,
		SilenceErrors:         true,
		SilenceUsage:          true,
		CompletionOptions:     cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRun:      func(*cobra.Command, []string) { a.begun = true },
		RunE:                  a.noCommand,
		Version:               thisBuild().String(),

		SuggestionsMinimumDistance: 2,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.PersistentFlags().StringVar(&a.configFlag, "config", "", "configuration `FILE`")
	root.AddGroup(
		&cobra.Group{ID: "work", Title: "Convert:"},
		&cobra.Group{ID: "look", Title: "See what is going on:"},
		&cobra.Group{ID: "act", Title: "Decide:"},
		&cobra.Group{ID: "set", Title: "Set up:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			c.DisableFlagsInUseLine = true
			root.AddCommand(c)
		}
	}
	root.AddCommand(a.converterCommand())
	add("work", a.runCommand(), a.tryCommand(), a.convertCommand(), a.engineCommand())
	add("look", a.statusCommand(), a.jobsCommand(), a.jobCommand(), a.explainCommand(), a.ledgerCommand(), a.verifyCommand(), a.openCommand(), a.doctorCommand())
	add("act", a.retryCommand(), a.cancelCommand(), a.releaseCommand(), a.pauseCommand(), a.resumeCommand(), a.rootCommand())
	add("set", a.configCommand(), a.loginCommand(), a.serviceCommand(), a.versionCommand())
	root.AddCommand(a.examineCommand(), a.manCommand())
	return root
}

// noCommand runs when the first word is no command.
func (a *app) noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		c.SetOut(a.stderr)
		c.Help()
		return usagef(c, "a command is needed")
	}
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return &usageError{text: "there is no command " + quote(args[0]), hint: "did you mean `simdrop " + near[0] + "`?"}
	}
	return usagef(c, "there is no command %s", quote(args[0]))
}
