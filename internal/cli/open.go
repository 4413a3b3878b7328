package cli

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// browserPatience is how long a starter of browsers may take to fail.
const browserPatience = 2 * time.Second

func (a *app) openCommand() *cobra.Command {
	var printOnly, asJSON bool
	c := &cobra.Command{
		Use:   "open [--print] [--json]",
		Short: "Open the dashboard in the browser, signed in",
		Args:  wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := a.daemon(c.Context())
			if err != nil {
				return err
			}
			url, err := client.LoginURL(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(map[string]string{"url": url})
			}
			if !printOnly {
				if err := a.browse(url); err == nil {
					a.notef("opened %s in the browser", client.URL())
					return nil
				}
				a.notef("no browser could be started; this address signs in once, within five minutes:")
			}
			fmt.Fprintln(a.stdout, url)
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	c.Flags().BoolVar(&printOnly, "print", false, "print the address that signs in, once, instead")
	return c
}

// browse opens url: $BROWSER, else what the OS opens addresses with.
func (a *app) browse(url string) error {
	var words []string
	browser, _ := a.env("BROWSER")
	switch {
	case browser != "":
		words = strings.Fields(browser)
	case runtime.GOOS == "windows":
		words = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case runtime.GOOS == "darwin":
		words = []string{"open"}
	default:
		words = []string{"xdg-open"}
	}
	if len(words) == 0 {
		return errors.New("no browser")
	}
	cmd := exec.Command(words[0], append(words[1:], url)...)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(browserPatience):
		return nil // it is the browser itself, and stays
	}
}
