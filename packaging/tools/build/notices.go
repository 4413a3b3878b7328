package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A module is a dependency that is inside at least one of the programs.
type module struct {
	path, version, sum string
	targets            []string
}

// modules reads what is inside from the programs themselves, so that nothing is
// listed that is not shipped, and nothing is forgotten.
func (r *release) modules() (mods []module, goVersion string, err error) {
	byPath := map[string]*module{}
	for _, t := range r.targets {
		info, err := buildinfo.ReadFile(r.program(t))
		if err != nil {
			return nil, "", err
		}
		goVersion = info.GoVersion
		for _, d := range info.Deps {
			if d.Replace != nil {
				d = d.Replace
			}
			m := byPath[d.Path]
			if m == nil {
				m = &module{path: d.Path, version: d.Version, sum: d.Sum}
				byPath[d.Path] = m
			}
			m.targets = append(m.targets, t.String())
		}
	}
	for _, m := range byPath {
		mods = append(mods, *m)
	}
	slices.SortFunc(mods, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return mods, goVersion, nil
}

// notices gathers the licences of everything inside, which their terms ask to be
// handed on with the program.
func (r *release) notices(ctx context.Context, to string) error {
	mods, goVersion, err := r.modules()
	if err != nil {
		return err
	}
	dirs, err := moduleDirs(ctx)
	if err != nil {
		return err
	}
	goroot, err := tool(ctx, nil, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "simdrop contains the following software. It is under the terms given here.\n")
	if err := licences(&out, "The Go programming language, "+goVersion, strings.TrimSpace(goroot)); err != nil {
		return err
	}
	for _, m := range mods {
		if err := licences(&out, m.path+" "+m.version, dirs[m.path]); err != nil {
			return err
		}
	}
	return r.write(to, out.Bytes())
}

// moduleDirs are the folders of all modules of the build list.
func moduleDirs(ctx context.Context) (map[string]string, error) {
	list, err := tool(ctx, []string{"GOFLAGS=", "GOWORK=off"}, "go", "list", "-m", "-json", "all")
	if err != nil {
		return nil, err
	}
	dirs := map[string]string{}
	dec := json.NewDecoder(strings.NewReader(list))
	for {
		var m struct{ Path, Dir string }
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			return dirs, nil
		} else if err != nil {
			return nil, err
		}
		dirs[m.Path] = m.Dir
	}
}

// licences appends the licence files at the top of a module.
func licences(out *bytes.Buffer, title, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("the licence of %s: %w", title, err)
	}
	found := false
	for _, e := range entries {
		upper := strings.ToUpper(e.Name())
		if !e.Type().IsRegular() || !strings.Contains(upper, "LICEN") && !strings.HasPrefix(upper, "COPYING") && !strings.HasPrefix(upper, "NOTICE") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		found = true
		fmt.Fprintf(out, "\n%s\n%s: %s\n\n%s\n", strings.Repeat("=", 80), title, e.Name(), bytes.TrimSpace(text))
	}
	if !found {
		return fmt.Errorf("%s has no licence in %s", title, dir)
	}
	return nil
}
