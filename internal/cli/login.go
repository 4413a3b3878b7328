package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"simdrop/internal/config"
	"simdrop/internal/daemon"
)

// askPatience bounds the question whether a key is right.
const askPatience = 20 * time.Second

// loggedIn is what `login --json` prints. It never holds the key.
type loggedIn struct {
	Provider string `json:"provider"`
	Kept     string `json:"kept"`    // where: keychain or a file
	Checked  bool   `json:"checked"` // the provider took it
	Said     string `json:"said"`
}

func (a *app) loginCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "login PROVIDER [--json]",
		Short: "Keep a provider's key in the keychain, or in a file only you can read",
		Long: `Keep a provider's API key in the keychain of this system, or where there is none in
a file that only you can read. The key is asked for on the terminal, without showing
it, or read from stdin, and tried with a question that costs nothing.`,
		Args: wants(1, 1, "a provider's name"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.login(c.Context(), args[0], asJSON)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) login(ctx context.Context, name string, asJSON bool) error {
	cfg, err := a.loadConfig()
	if errors.Is(err, config.ErrNotFound) {
		standard := config.Default()
		cfg, err = &standard, nil
	}
	if err != nil {
		return err
	}
	p, ok := cfg.Providers[name]
	switch {
	case !ok:
		return &usageError{"no provider is named " + quote(name),
			"configured are: " + strings.Join(slices.Sorted(maps.Keys(cfg.Providers)), ", ")}
	case p.Type == config.Local:
		return &usageError{name + " converts on this machine and needs no key", ""}
	}
	key, err := a.readKey(name)
	if err != nil {
		return err
	}
	ask, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	answer := daemon.Ask(ask, name, p, key, thisBuild().Version)
	if answer.KeyRefused() {
		return &hinted{fmt.Errorf("the key is not kept: %w", answer.Err), "copy it again from your account at the provider"}
	}
	out := loggedIn{Provider: name, Checked: answer.Err == nil && answer.KeyTold}
	if out.Kept, err = config.KeepKey(name, key, a.env); err != nil {
		return err
	}
	switch {
	case answer.Err != nil:
		out.Said = "the key could not be tried: " + answer.Err.Error()
	case !answer.KeyTold:
		out.Said = "the key could not be tried: this kind of provider has no free question"
	case answer.HasCredits:
		out.Said = fmt.Sprintf("the provider takes the key; %g credits are left", answer.Credits)
	default:
		out.Said = "the provider takes the key"
	}
	if asJSON {
		err = a.printJSON(out)
	} else {
		a.notef("kept in %s; %s", out.Kept, out.Said)
	}
	a.afterLogin(ctx, cfg, name, p)
	return err
}

// afterLogin says what stands between the key and its use.
func (a *app) afterLogin(ctx context.Context, cfg *config.Config, name string, p config.Provider) {
	for _, other := range []struct{ key, given string }{{"api_key", p.APIKey.Reveal()}, {"api_key_file", p.APIKeyFile}} {
		if other.given != "" {
			a.notef("simdrop: warning: providers.%s.%s in %s comes before it: remove that line", name, other.key, cfg.File)
		}
	}
	if _, err := a.daemon(ctx); err == nil {
		a.notef("the running daemon takes it at its next start")
	}
}

// readKey asks for the key on a terminal, without echo, or reads one line.
func (a *app) readKey(name string) (config.Secret, error) {
	if f, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(a.stderr, "API key for %s: ", name)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(a.stderr)
		if err != nil {
			return "", fmt.Errorf("read the key: %w", err)
		}
		return config.ParseKey(string(b))
	}
	const most = 64 << 10
	line, err := bufio.NewReader(io.LimitReader(a.stdin, most)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the key: %w", err)
	}
	return config.ParseKey(line)
}
