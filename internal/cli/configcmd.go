package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"simdrop/internal/config"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "config COMMAND",
		Short: "Make, check or show the configuration",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(c, "there is no command %s", quote("config "+args[0]))
			}
			return usagef(c, "config wants one of: init, check, show")
		},
	}
	for _, sub := range []*cobra.Command{a.configInit(), a.configCheck(), a.configShow()} {
		sub.DisableFlagsInUseLine = true
		c.AddCommand(sub)
	}
	return c
}

func (a *app) configInit() *cobra.Command {
	var printOnly, asJSON bool
	var watch string
	c := &cobra.Command{
		Use:   "init [--watch DIR] [--print] [--json]",
		Short: "Write a configuration with every option, its default and its reason",
		Args:  wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := initial(watch)
			if err != nil {
				return err
			}
			if printOnly {
				_, err := fmt.Fprint(a.stdout, text)
				return err
			}
			file, err := a.configPlace()
			if err != nil {
				return err
			}
			if err := writeNew(file, text); err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(map[string]string{"file": file})
			}
			fmt.Fprintln(a.stdout, file)
			a.notef("next: set watch[].path and the key in it, then `simdrop config check` and `simdrop run`")
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	c.Flags().StringVar(&watch, "watch", "", "the `DIR` to watch, instead of ~/Assets")
	c.Flags().BoolVar(&printOnly, "print", false, "print it instead")
	return c
}

// initial is the example, with the folder that the person named.
func initial(watch string) (string, error) {
	if watch == "" {
		return config.Example(), nil
	}
	abs, err := filepath.Abs(watch)
	if err != nil {
		return "", err
	}
	// JSON's text is YAML's; a ${ in a folder's name is no variable.
	return strings.Replace(config.Example(), "path: ~/Assets", "path: "+strconv.Quote(strings.ReplaceAll(abs, "${", "$${")), 1), nil
}

// configPlace is where a new configuration belongs.
func (a *app) configPlace() (string, error) {
	file := a.configFlag
	if file == "" {
		file, _ = a.env("SIMDROP_CONFIG")
	}
	if file == "" {
		file = config.Paths(a.env)[0]
	}
	return filepath.Abs(file)
}

// writeNew writes a file that may hold a key, and never over another.
func writeNew(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("make the configuration's folder: %w", err)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &hinted{fmt.Errorf("%s is there already", file), "look at it with `simdrop config show`, or name another with --config"}
	}
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(file)
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// checked is what `config check --json` prints.
type checked struct {
	File     string           `json:"file"`
	OK       bool             `json:"ok"`
	Mistakes []config.Mistake `json:"mistakes"`
	Warnings []config.Mistake `json:"warnings"`
}

func (a *app) configCheck() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "check [--json]",
		Short: "Report every mistake in the configuration, with its line",
		Args:  wants(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.loadConfig()
			out := checked{OK: err == nil, Mistakes: []config.Mistake{}, Warnings: []config.Mistake{}}
			if cfg != nil {
				out.File, out.Warnings = cfg.File, append(out.Warnings, cfg.Warnings...)
				a.warn(cfg)
			}
			if ce, ok := errors.AsType[*configError](err); ok {
				out.File = ce.file
			}
			if m, ok := errors.AsType[config.Mistakes](err); ok {
				out.Mistakes = m
			}
			if asJSON {
				return errors.Join(a.printJSON(out), err)
			}
			if err == nil {
				fmt.Fprintln(a.stdout, clean(cfg.File)+": all is well")
			}
			return err
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) configShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show [--json]",
		Short: "Print the configuration in effect, with every default and no secret",
		Args:  wants(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			text, err := cfg.YAML()
			if err != nil {
				return err
			}
			if !asJSON {
				fmt.Fprintf(a.stdout, "# %s, with defaults\n%s", clean(cfg.File), text)
				return nil
			}
			var tree map[string]any // the same keys as in the file
			if err := yaml.Unmarshal(text, &tree); err != nil {
				return err
			}
			return a.printJSON(tree)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}
