package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"simdrop/internal/result"
)

// verified is what a look at one result showed, as --json prints it.
type verified struct {
	Result   string           `json:"result"`
	Problems []result.Problem `json:"problems"`
	Error    string           `json:"error,omitempty"` // why it could not be read
}

// verifyPlace is a folder whose results are verified.
type verifyPlace struct {
	dir string
	// sources is the folder of the sources where it is another one: the watched
	// folder of a mirror.
	sources string
}

func (a *app) verifyCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify [PATH] [--json]",
		Short: "Compare every result with its sidecar, and say which sources changed since",
		Long: `Compare every file of every result below PATH with the sidecar, and its source with
the one it was made of. Without PATH: in all watched folders and mirrors. It only
reads, and needs no daemon. The exit code is 4 when something differs.`,
		Args: wants(0, 1, "a folder"),
		RunE: func(c *cobra.Command, args []string) error {
			places, err := a.verifyPlaces(args)
			if err != nil {
				return err
			}
			all, unreadable, err := a.verify(c.Context(), places, asJSON)
			if err != nil {
				return err
			}
			if asJSON {
				if err := a.printJSON(all); err != nil {
					return err
				}
			}
			return verdictOf(all, unreadable)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

// verifyPlaces are the folder that is named, or all that results are put into.
func (a *app) verifyPlaces(args []string) ([]verifyPlace, error) {
	c, cerr := a.loadConfig()
	var all []verifyPlace
	if cerr == nil {
		for _, w := range c.Watch {
			root, err := filepath.Abs(w.Path)
			if err != nil {
				return nil, err
			}
			all = append(all, verifyPlace{dir: root})
			if w.Result.Place == "mirror" {
				all = append(all, verifyPlace{w.Result.Root, root})
			}
		}
	}
	if len(args) == 0 {
		return all, cerr
	}
	dir, err := filepath.Abs(args[0])
	if err != nil {
		return nil, err
	}
	if fi, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !fi.IsDir() {
		return nil, &hinted{fmt.Errorf("%s is not a folder", dir), "name the result's folder, or one above it"}
	}
	named := verifyPlace{dir: dir}
	for _, p := range all { // below a mirror the sources are known all the same
		if rel, err := filepath.Rel(p.dir, dir); p.sources != "" && err == nil && filepath.IsLocal(rel) {
			named.sources = filepath.Join(p.sources, rel)
		}
	}
	return []verifyPlace{named}, nil
}

// verify looks at all results and, unless quiet, tells each problem as it is found.
// unreadable says that something could not be looked at.
func (a *app) verify(ctx context.Context, places []verifyPlace, quiet bool) (all []verified, unreadable bool, err error) {
	all = []verified{}
	for _, p := range places {
		err := result.Find(p.dir, func(dir string, _ result.Sidecar, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			v := verified{Result: dir, Problems: []result.Problem{}}
			if err == nil {
				var found []result.Problem
				found, err = result.VerifyOf(dir, p.sourcesOf(dir))
				v.Problems = append(v.Problems, found...)
			}
			if err != nil {
				v.Error = err.Error()
				unreadable = true
			}
			if !slices.ContainsFunc(all, func(o verified) bool { return o.Result == dir }) {
				all = append(all, v)
				if !quiet {
					a.printVerified(v)
				}
			}
			return nil
		})
		if errors.Is(err, context.Canceled) {
			return nil, false, err
		}
		if err != nil {
			a.errorf("%v", err)
			unreadable = true
		}
	}
	if !quiet {
		a.summarize(all)
	}
	return all, unreadable, nil
}

// sourcesOf is the folder in which the source of the result in dir lies.
func (p verifyPlace) sourcesOf(dir string) string {
	above := filepath.Dir(dir)
	rel, err := filepath.Rel(p.dir, above)
	if p.sources == "" || err != nil {
		return above
	}
	return filepath.Join(p.sources, rel)
}

func (a *app) printVerified(v verified) {
	if v.Error != "" {
		a.errorf("%s: %s", v.Result, v.Error)
	}
	for _, p := range v.Problems {
		where := filepath.Join(v.Result, filepath.FromSlash(p.Path))
		if p.Source {
			where = v.Result + ": " + p.Path
		}
		fmt.Fprintln(a.stdout, clean(where+": "+p.Reason))
	}
}

func (a *app) summarize(all []verified) {
	differ, broken := 0, 0
	for _, v := range all {
		if v.Error != "" {
			broken++
		} else if len(v.Problems) > 0 {
			differ++
		}
	}
	text := fmt.Sprintf("%d results are as they were made", len(all)-differ-broken)
	if differ > 0 {
		text += fmt.Sprintf(", %d differ", differ)
	}
	if broken > 0 {
		text += fmt.Sprintf(", %d cannot be read", broken)
	}
	a.notef("%s", text)
}

// verdictOf is the exit code: what cannot be read may hide anything.
func verdictOf(all []verified, unreadable bool) error {
	if unreadable {
		return exitError(exitFailed)
	}
	if slices.ContainsFunc(all, func(v verified) bool { return len(v.Problems) > 0 }) {
		return exitError(exitPartly)
	}
	return nil
}
