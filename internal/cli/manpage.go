package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"simdrop/internal/config"
)

// The manual pages are made from the commands themselves and from the example
// configuration, so that they cannot differ from them: simdrop(1) and
// simdrop.yaml(5), in the man(7) macros that man-db and mandoc both know.

func (a *app) manCommand() *cobra.Command {
	var date string
	c := &cobra.Command{
		Use:    "man [--date DATE] 1|5",
		Short:  "Print a manual page: 1 for the commands, 5 for the configuration",
		Args:   wants(1, 1, "a section, 1 or 5"),
		Hidden: true, // it is for packages
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
				return usagef(c, "--date wants YYYY-MM-DD, got %s", quote(date))
			}
			m := &manPage{date: date}
			switch args[0] {
			case "1":
				m.commands(c.Root())
			case "5":
				m.configuration()
			default:
				return usagef(c, "there is no section %s", quote(args[0]))
			}
			_, err := io.WriteString(a.stdout, m.String())
			return err
		},
	}
	c.Flags().StringVar(&date, "date", "", "the `DATE` in its footer, for packages that must come out the same twice")
	return c
}

// manPage collects roff.
type manPage struct {
	strings.Builder
	date string
}

func (m *manPage) head(name string, section int, title, purpose string) {
	fmt.Fprintf(m, ".TH %s %d %q %q %q\n", strings.ToUpper(name), section, m.date, "simdrop "+roff(thisBuild().Version), title)
	m.section("NAME")
	fmt.Fprintf(m, "%s \\- %s\n", roff(name), roff(purpose))
}

func (m *manPage) section(title string) { fmt.Fprintf(m, ".SH %s\n", title) }

// text writes paragraphs, which empty lines separate.
func (m *manPage) text(s string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			m.WriteString(".PP\n")
		}
		for line := range strings.Lines(paragraph) {
			fmt.Fprintln(m, roffLine(strings.TrimSpace(line)))
		}
	}
}

// item writes a term and what it means.
func (m *manPage) item(term, meaning string) {
	fmt.Fprintf(m, ".TP\n\\fB%s\\fR\n", roff(term))
	fmt.Fprintln(m, roffLine(strings.ReplaceAll(meaning, "\n", " ")))
}

// commands writes simdrop(1).
func (m *manPage) commands(root *cobra.Command) {
	m.head("simdrop", 1, "User Commands", "put SimReady USD beside the 3D assets dropped into folders")
	m.section("SYNOPSIS")
	fmt.Fprintf(m, ".B %s\n", roff(root.Use))
	m.section("DESCRIPTION")
	m.text(root.Long)
	m.section("COMMANDS")
	for _, g := range root.Groups() {
		fmt.Fprintf(m, ".SS %s\n", roff(strings.TrimSuffix(g.Title, ":")))
		for _, c := range root.Commands() {
			if c.GroupID == g.ID && c.IsAvailableCommand() {
				m.command(c, "")
			}
		}
	}
	m.section("EXIT STATUS")
	for _, e := range [][2]string{
		{"0", "Done."},
		{"1", "It failed."},
		{"2", "Wrong usage or configuration."},
		{"3", "The daemon is not running."},
		{"4", "Done in part: some jobs failed or are held."},
	} {
		m.item(e[0], e[1])
	}
	m.section("ENVIRONMENT")
	m.item("SIMDROP_CONFIG", "The configuration, where --config names none.")
	m.item("NO_COLOR", "Anything but empty turns colours off.")
	m.section("FILES")
	m.item("~/.config/simdrop/config.yaml", "Your configuration; see simdrop.yaml(5).")
	m.item("~/.local/state/simdrop", "Your queue, frozen bundles and the control token.")
	m.item("/etc/simdrop/USER.yaml", "The configuration of the system service simdrop@USER.")
	m.item("/var/lib/simdrop/USER", "The state of the system service simdrop@USER.")
	m.section("SEE ALSO")
	m.WriteString(".BR simdrop.yaml (5),\n.BR systemctl (1),\n.BR journalctl (1)\n")
}

// command writes one command, with its flags, and then its own commands.
func (m *manPage) command(c *cobra.Command, parent string) {
	use := strings.TrimSpace(parent + " " + c.Use)
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	m.item(use, long)
	flags := false
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		if !flags {
			m.WriteString(".RS\n")
			flags = true
		}
		value, usage := pflag.UnquoteUsage(f)
		m.item(strings.TrimSpace("--"+f.Name+" "+value), usage)
	})
	if flags {
		m.WriteString(".RE\n")
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			m.command(sub, strings.TrimSpace(parent+" "+c.Name()))
		}
	}
}

// configuration writes simdrop.yaml(5): the example, every line of which has its
// default and its reason.
func (m *manPage) configuration() {
	m.head("simdrop.yaml", 5, "File Formats", "what simdrop watches, and where it sends it")
	m.section("DESCRIPTION")
	m.text(`The configuration is a YAML file: the one that --config names, else $SIMDROP_CONFIG,
else config.yaml in your configuration folder, else in the system's.
"simdrop config init" writes one, "simdrop config check" reports every mistake in it at
once, with line and path, and "simdrop config show" prints it with all defaults.

Durations are such as 300ms, 5s or 2h, sizes such as 8MiB.`)
	m.section("OPTIONS")
	m.WriteString(".nf\n")
	for line := range strings.Lines(config.Example()) {
		fmt.Fprintln(m, roffLine(strings.TrimRight(line, "\n")))
	}
	m.WriteString(".fi\n")
	m.section("SEE ALSO")
	m.WriteString(".BR simdrop (1)\n")
}

// roff makes s plain text inside a line.
func roff(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`).Replace(s)
}

// roffLine makes s a line of plain text: a full stop at its start is no request.
func roffLine(s string) string {
	if strings.HasPrefix(s, ".") {
		return `\&` + roff(s)
	}
	return roff(s)
}
