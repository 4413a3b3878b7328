package cli

import (
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"simdrop/internal/control"
)

func (a *app) ledgerCommand() *cobra.Command {
	var asJSON, asCSV bool
	var since string
	c := &cobra.Command{
		Use:   "ledger [--since DATE] [--csv | --json]",
		Short: "Say what was paid, by folder, day and user, and what was saved by not paying twice",
		Args:  wants(0, 0, ""),
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := time.Parse(time.DateOnly, since); since != "" && err != nil {
				return usagef(c, "--since wants a day such as 2026-05-02, not %s", quote(since))
			}
			if asCSV && asJSON {
				return usagef(c, "ledger wants one of: --csv, --json")
			}
			client, err := a.daemon(c.Context())
			if err != nil {
				return err
			}
			l, err := client.Ledger(c.Context(), since)
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.printJSON(l)
			case asCSV:
				return a.printLedgerCSV(l)
			}
			a.printLedger(l)
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	c.Flags().StringVar(&since, "since", "", "from that `DATE` on, such as 2026-05-02")
	c.Flags().BoolVar(&asCSV, "csv", false, "print every entry as CSV")
	return c
}

// printLedger prints one row for each folder and day, and the total; where files of
// several users were paid for, one for each of them, too.
func (a *app) printLedger(l control.Ledger) {
	if len(l.Days) == 0 {
		a.notef("nothing was paid")
		return
	}
	var t table
	t.add("DAY", "SPENT", "REFUNDED", "ADOPTED", "PAID", "SAVED", "PROVIDER", "FOLDER")
	row := func(day string, s control.LedgerSum, provider, folder string) {
		t.add(day, credits(s.Spent), credits(s.Refunded), credits(s.Adopted), credits(s.Net), credits(s.Saved), provider, folder)
	}
	for _, d := range l.Days {
		folder := d.Watch
		if folder == "" {
			folder = "(named by a command)"
		}
		row(d.Day, d.LedgerSum, d.Provider, folder)
	}
	row("total", l.Total, "", "")
	t.print(a.stdout)
	if len(l.Users) > 1 {
		fmt.Fprintln(a.stdout)
		a.printLedgerUsers(l.Users)
	}
	if l.Total.Recalled > 0 {
		a.notef("%s of the credits paid are recalled from results: the ledger that knew them was lost", credits(l.Total.Recalled))
	}
}

// printLedgerUsers prints one row for each owner of files.
func (a *app) printLedgerUsers(users []control.LedgerUser) {
	var t table
	t.add("USER", "SPENT", "REFUNDED", "ADOPTED", "PAID", "SAVED")
	for _, u := range users {
		name := u.User
		if name == "" {
			name = "(unknown)"
		}
		t.add(name, credits(u.Spent), credits(u.Refunded), credits(u.Adopted), credits(u.Net), credits(u.Saved))
	}
	t.print(a.stdout)
}

// printLedgerCSV prints the entries by RFC 4180.
func (a *app) printLedgerCSV(l control.Ledger) error {
	w := csv.NewWriter(a.stdout)
	w.Write([]string{"time", "day", "kind", "credits", "provider", "folder", "path", "job", "user"}) // Error tells at the end
	for _, e := range l.Entries {
		w.Write([]string{e.Time.Format(time.RFC3339), e.Day, e.Kind, credits(e.Credits), e.Provider, e.Watch, e.Path, e.Job, e.User})
	}
	w.Flush()
	return w.Error()
}

// credits writes a number of credits without what adding up rounds.
func credits(c float64) string {
	return strconv.FormatFloat(math.Round(c*1e4)/1e4, 'f', -1, 64)
}
