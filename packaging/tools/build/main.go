// Command build makes everything that is given to people, from one checkout: the
// programs for six systems, archives, Linux packages, Windows installers, a universal
// macOS program, the manifests of package managers, a container image, a list of what
// is inside (SBOM), and checksums.
//
// The same commit gives the same bytes: nothing of what is made knows the time of day,
// the machine, or the folder it was made in. Times are that of the commit, or of
// SOURCE_DATE_EPOCH (reproducible-builds.org).
//
// What needs a tool that is absent is left out, and said so at the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// A step makes some artefacts. The order is that of their needs.
type step struct {
	name string
	does string
	make func(context.Context, *release) error
}

var steps = []step{
	{"linux", "deb, rpm, apk and Arch packages", linuxPackages},
	{"archives", "tar.gz and zip", archives},
	{"macos", "the universal program", macOS},
	{"msi", "MSI, for all users of a machine (needs wixl)", msi},
	{"setup", "setup.exe, for one user (needs makensis)", setup},
	{"image", "container image (needs buildah)", image},
	{"sbom", "what is inside, as CycloneDX", sbom},
	{"manifests", "winget, scoop, Homebrew", manifests},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "build:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	var o options
	flags.StringVar(&o.version, "version", "", "semantic `version`, without v (default: the tag of the commit, else 0.0.0-dev)")
	flags.StringVar(&o.out, "out", "dist", "where to, relative to the top of the repository; what was there is replaced")
	flags.StringVar(&o.url, "url", "", "where the files will be fetched from, for the manifests (default: "+homepage+"/releases/vVERSION)")
	only := flags.String("only", "", "steps, separated by commas: "+strings.Join(names(), ", ")+" (default: all)")
	targets := flags.String("targets", "", "systems, separated by commas, such as linux/amd64 (default: all six)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	var err error
	if o.only, err = chosen(*only, names()); err != nil {
		return err
	}
	if o.targets, err = chosen(*targets, allTargets()); err != nil {
		return err
	}
	r, err := newRelease(ctx, o)
	if err != nil {
		return err
	}
	return r.make(ctx, o)
}

// make runs the chosen steps over freshly built programs.
func (r *release) make(ctx context.Context, o options) error {
	fmt.Printf("simdrop %s, commit %s, time %s\n", r.version, r.commit, r.time.Format(time.RFC3339))
	if err := r.timed("programs", func() error { return programs(ctx, r) }); err != nil {
		return err
	}
	for _, s := range steps {
		if !slices.Contains(o.only, s.name) {
			continue
		}
		if err := r.timed(s.name, func() error { return s.make(ctx, r) }); err != nil {
			return err
		}
	}
	if err := r.checksums(); err != nil {
		return err
	}
	for _, what := range r.missing {
		fmt.Println("not made:", what)
	}
	return nil
}

func (r *release) timed(name string, f func() error) error {
	began := time.Now()
	if err := f(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Printf("%-10s %.1f s\n", name, time.Since(began).Seconds())
	return nil
}

func names() []string {
	var all []string
	for _, s := range steps {
		all = append(all, s.name)
	}
	return all
}

// chosen splits a list of the flags; empty is all.
func chosen(list string, all []string) ([]string, error) {
	if list == "" {
		return all, nil
	}
	some := strings.Split(list, ",")
	for _, s := range some {
		if !slices.Contains(all, s) {
			return nil, fmt.Errorf("%q is none of %s", s, strings.Join(all, ", "))
		}
	}
	return some, nil
}
