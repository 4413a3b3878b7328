package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"simdrop/internal/asset"
	"simdrop/internal/config"
	"simdrop/queue"
	"simdrop/uploader"
	"simdrop/watcher"
)

// inspect reads a job's asset again when it is about to be frozen. What is no
// longer what settled goes back to the watcher.
func (d *Daemon) inspect(ctx context.Context, j queue.Job) (*asset.Asset, error) {
	a, err := asset.Inspect(ctx, j.Root, j.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		var stamp string
		if stamp, err = watcher.Stamp(a); err == nil && j.Stamp != "" && stamp != j.Stamp {
			err = uploader.ErrMoved
		}
	}
	if err != nil {
		d.checkAgain(j)
		return nil, fmt.Errorf("read %s: %w", filepath.Base(j.Path), err)
	}
	return a, nil
}

// checkAgain asks the folder's watcher to look at a job's file anew.
func (d *Daemon) checkAgain(j queue.Job) {
	if w := d.watchOf(j.Path); w != nil {
		w.w.Check(j.Path)
	}
}

// watchOf returns the watched folder that covers the path, nil when none does.
func (d *Daemon) watchOf(path string) *watch {
	for _, w := range d.watches {
		if within(w.Path, path) {
			return w
		}
	}
	return nil
}

// configOf returns the configuration for an asset at path: that of the watched
// folder that covers it, else of no folder, with the defaults.
func (d *Daemon) configOf(path string) (config.Watch, error) {
	for _, c := range d.cfg.Watch {
		if root, err := filepath.Abs(c.Path); err == nil && within(root, path) {
			c.Path = root
			return c, nil
		}
	}
	c := config.DefaultWatch()
	name, err := defaultProvider(d.cfg)
	c.Provider = name
	return c, err
}

// place says where a job's result goes.
func (d *Daemon) place(j queue.Job) uploader.Place {
	dir := filepath.Dir(j.Path)
	c, err := d.configOf(j.Path)
	if err != nil {
		c = config.DefaultWatch()
	}
	p := uploader.Place{Dir: dir, Root: dir, KeepVersions: c.Result.KeepVersions}
	if c.Path != "" {
		p.Root = c.Path
	}
	if c.Result.Place == "mirror" {
		rel, err := filepath.Rel(c.Path, dir)
		if err != nil {
			rel = "."
		}
		p.Root, p.Dir = c.Result.Root, filepath.Join(c.Result.Root, rel)
	}
	if c.Result.Place != "mirror" {
		if err := d.allowed(context.Background(), j); err != nil {
			p.Offline = err.Error()
			return p
		}
	}
	if fi, err := os.Stat(p.Root); err != nil {
		p.Offline = err.Error()
	} else if !fi.IsDir() {
		p.Offline = p.Root + " is not a folder"
	}
	return p
}

// within reports whether path is dir or lies below it.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
