package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"simdrop/internal/asset"
	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/internal/dashboard"
	"simdrop/queue"
	"simdrop/watcher"
)

// ErrBusy says that a file named by a command is still being written.
var ErrBusy = fmt.Errorf("%w: still being written", dashboard.ErrConflict)

// Convert enqueues the assets that the paths name, files or folders, and returns
// their jobs. They go through the same judgement as drops, with a wait as long as
// the settle period of their folder.
func (d *Daemon) Convert(ctx context.Context, paths []string) ([]control.Job, error) {
	type answer struct {
		named []source
		err   error
	}
	found := make(chan answer, 1)
	go func() {
		named, err := d.findSettled(ctx, paths)
		found <- answer{named, err}
	}()
	var a answer
	for waiting := true; waiting; {
		select {
		case a = <-found:
			waiting = false
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
			if err := d.offline(paths); err != nil {
				return nil, err
			}
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	named := a.named
	jobs := make([]control.Job, 0, len(named))
	for _, s := range named {
		j, err := d.command(ctx, s)
		if err != nil {
			return jobs, err
		}
		jobs = append(jobs, view(j))
	}
	return jobs, nil
}

// offline says that one of the paths lies in a watched folder that is away, where
// a call may never end.
func (d *Daemon) offline(paths []string) error {
	for _, p := range paths {
		w := d.watchOf(p)
		if w == nil {
			continue
		}
		if s := w.w.Status(); s.State == watcher.Offline {
			return fmt.Errorf("%w: %s is offline: %s", dashboard.ErrConflict, w.Path, s.Problem)
		}
	}
	return nil
}

func (d *Daemon) findSettled(ctx context.Context, paths []string) ([]source, error) {
	var named []source
	for _, p := range paths {
		more, err := findAssets(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, s := range more {
			// Named twice, or two views of one object: one asset.
			if !slices.ContainsFunc(named, func(o source) bool { return o.path == s.path }) {
				named = append(named, s)
			}
		}
	}
	return named, d.settle(ctx, named)
}

// source is an asset that a command names, as it was found.
type source struct {
	path  string
	root  string // the folder above which nothing of it is read
	asset *asset.Asset
	err   error
	stamp string
}

func inspectSource(ctx context.Context, root, path string) source {
	s := source{path: path, root: root}
	s.asset, s.err = asset.Inspect(ctx, root, path)
	if s.err == nil {
		s.path = s.asset.Primary
		s.stamp, s.err = watcher.Stamp(s.asset)
	}
	return s
}

// findAssets returns the assets that path is or holds. What belongs to another
// asset of the folder is none of its own.
func findAssets(ctx context.Context, path string) ([]source, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	fi, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", dashboard.ErrInvalid, err)
	}
	if !fi.IsDir() {
		// Who names a picture or a prompt means it; in a folder they may be textures.
		if !asset.Accepted(path, []asset.Kind{asset.Models, asset.Images, asset.Prompts}) {
			return nil, fmt.Errorf("%w: %s: simdrop converts .glb .gltf .fbx .obj .stl .ply .usd .usda .usdc .usdz and .zip, pictures (.jpg .jpeg .png .webp) and prompts (NAME.prompt.txt)", dashboard.ErrInvalid, path)
		}
		// A model in a folder of its own may refer to one beside that folder.
		return []source{inspectSource(ctx, filepath.Dir(filepath.Dir(path)), path)}, nil
	}
	found, err := walkAssets(ctx, path)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: %s holds no 3D asset", dashboard.ErrInvalid, path)
	}
	return found, err
}

func walkAssets(ctx context.Context, dir string) ([]source, error) {
	var found []source
	var owners asset.Owners
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case path != dir && passedOver(e.Name()) && e.IsDir():
			return fs.SkipDir
		case e.IsDir() || passedOver(e.Name()) || !asset.Accepted(path, []asset.Kind{asset.Models}):
			return nil
		}
		s := inspectSource(ctx, dir, path)
		if s.asset != nil {
			owners.Put(s.asset)
		}
		found = append(found, s)
		return nil
	})
	return slices.DeleteFunc(found, func(s source) bool { _, owned := owners.OwnedBy(s.path); return owned }), err
}

// passedOver reports whether a walk leaves out a file or folder of this name:
// hidden ones, and what simdrop itself put there.
func passedOver(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".simready") || name == "__MACOSX"
}

// settle waits until nothing of the sources has changed for the settle period.
func (d *Daemon) settle(ctx context.Context, named []source) error {
	var quiet time.Duration
	for _, s := range named {
		quiet = max(quiet, d.quietFor(s.path))
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(quiet):
	}
	for i, s := range named {
		now := inspectSource(ctx, s.root, s.path)
		if now.stamp != s.stamp {
			return fmt.Errorf("%s: %w", s.path, ErrBusy)
		}
		if now.asset != nil {
			if why := watcher.Writer(now.asset); why != "" {
				return fmt.Errorf("%s: %w: %s", s.path, ErrBusy, why)
			}
		}
		named[i] = now
	}
	return nil
}

// commandQuiet is the settle period of assets outside all watched folders.
const commandQuiet = time.Second

func (d *Daemon) quietFor(path string) time.Duration {
	if c, err := d.configOf(path); err == nil && c.Path != "" {
		return c.SettlePeriod.D()
	}
	return commandQuiet
}

// command offers a source to the queue.
func (d *Daemon) command(ctx context.Context, s source) (queue.Job, error) {
	c, err := d.effectiveFor(s.path)
	if wrong, ok := errors.AsType[*recipeError](err); ok {
		err = fmt.Errorf("%w: %w", dashboard.ErrConflict, wrong)
	}
	if err != nil {
		return queue.Job{}, err
	}
	p, ok := d.cfg.Providers[c.Provider]
	if !ok && c.Provider == config.Local {
		p = config.DefaultProvider(config.Local)
	}
	o := queue.Offer{
		Path: s.path, Watch: c.Path, Root: s.root, Stamp: s.stamp, State: queue.Queued, Command: true,
		Provider: c.Provider, Type: p.Type, Account: account(p), Options: fields(c.Convert, p.Type, kindOf(s.path)), Format: c.Convert.Format, Simulate: scene(c.Convert),
	}
	if s.asset != nil {
		o.Estimate, _ = d.up.Estimate(o.Provider, s.path, len(s.asset.Members))
	}
	switch {
	case s.err != nil:
		o.State, o.Error, o.Hint = queue.Failed, brokenText(s.err), brokenHint(s.err)
	case len(s.asset.Missing) > 0:
		missing(ctx, &o, s.asset, c.Companions.Missing)
	}
	return d.enqueue(o)
}
