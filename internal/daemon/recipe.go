package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"simdrop/internal/asset"
	"simdrop/internal/config"
	"simdrop/internal/durable"
	"simdrop/queue"
	"simdrop/watcher"
)

// Folder recipes: a file in a folder changes, for it and all below, how assets are
// converted. They are applied from the root downwards, each over what holds above.
// One with mistakes is applied by nobody: what is dropped below it stays at the
// watcher's first gate, and the mistakes are told in a note beside it.
//
// What is read here is an artist's file, on a disk that many may write to: it is
// bounded, never followed to another place, and can say only what config.ParseRecipe
// knows.

// recipes are those of one watched folder that have mistakes.
type recipes struct {
	mu      sync.Mutex
	wrong   map[string]string // text, by the recipe's path
	changed atomic.Bool       // since jobs that wait were looked at
}

// maxRecipe is beyond what config.ParseRecipe takes.
const maxRecipe = 64<<10 + 1

// recipeError says that a recipe cannot be applied.
type recipeError struct {
	path string
	err  error
}

func (e *recipeError) Error() string { return e.path + ": " + oneLine(e.err) }

// oneLine is an error's text where there is room for one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// Hint says what to do, for a job that is about to be submitted.
func (e *recipeError) Hint() string { return recipeHint }

const recipeHint = "mend the recipe, or remove it; what was dropped there goes on by itself then"

// maySubmit says why the job may not be submitted now: its folder is away or another
// daemon's, or nobody knows how it is to be converted.
func (d *Daemon) maySubmit(ctx context.Context, j queue.Job) error {
	if err := d.allowed(ctx, j); err != nil || j.Simulation != nil || !j.Unsent() || j.Watch == "" {
		return err
	}
	_, err := d.effectiveFor(j.Path)
	if wrong, ok := errors.AsType[*recipeError](err); ok {
		return wrong
	}
	return nil
}

// effective is what holds for an asset in the folder: the watched folder's
// configuration with the recipes on the way. The error is a *recipeError, or one of
// the disk. Ignore holds the patterns of the folder's own recipe alone.
func (d *Daemon) effective(c config.Watch, folder string) (config.Watch, error) {
	rel, err := filepath.Rel(c.Path, folder)
	if err != nil || !filepath.IsLocal(rel) || c.Path == "" {
		return c, nil
	}
	folders := []string{c.Path}
	if rel != "." && c.Recursive {
		for name := range strings.SplitSeq(rel, string(filepath.Separator)) {
			folders = append(folders, filepath.Join(folders[len(folders)-1], name))
		}
	}
	typ := d.cfg.Providers[c.Provider].Type
	for _, at := range folders {
		c.Ignore = nil
		path := filepath.Join(at, config.RecipeFile)
		data, err := readRecipe(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			c, err = config.ParseRecipe(data, c, typ)
		}
		if err != nil {
			return c, &recipeError{path, err}
		}
	}
	return c, nil
}

// effectiveFor is effective for an asset, wherever it lies.
func (d *Daemon) effectiveFor(path string) (config.Watch, error) {
	c, err := d.configOf(path)
	if err != nil {
		return c, err
	}
	return d.effective(c, filepath.Dir(path))
}

// readRecipe reads a regular file of bounded size. A link would show what lies
// elsewhere, in the words of a mistake.
func readRecipe(path string) ([]byte, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !os.SameFile(before, info) {
		return nil, errors.Join(errors.New("it changed while it was read"), err)
	}
	return io.ReadAll(io.LimitReader(f, maxRecipe))
}

// readRecipe takes in a folder's recipe for the watcher.
func (w *watch) readRecipe(folder string, there bool) watcher.Recipe {
	path := filepath.Join(folder, config.RecipeFile)
	c, err := w.daemon.effective(w.Watch, folder)
	own, _ := errors.AsType[*recipeError](err)
	if own != nil && own.path != path {
		own = nil // of a recipe above, which bars this folder as well
	}
	w.noteRecipe(path, own)
	w.recipes.changed.Store(true)
	switch {
	case own != nil:
		return watcher.Recipe{Problem: oneLine(own.err)}
	case err != nil || !there:
		return watcher.Recipe{}
	}
	r := watcher.Recipe{Ignore: c.Ignore, Kinds: make([]asset.Kind, len(c.Accept))}
	for i, k := range c.Accept {
		r.Kinds[i] = asset.Kind(k)
	}
	wait := c.Companions.Wait.D()
	r.Wait = &wait
	return r
}

// noteHead begins the note beside a recipe, by which it is known to be ours.
const noteHead = "simdrop cannot read " + config.RecipeFile

// noteRecipe keeps the note beside a recipe, and the memory of what is wrong, in
// step with the recipe's mistakes.
func (w *watch) noteRecipe(path string, wrong *recipeError) {
	text := ""
	if wrong != nil {
		text = wrong.err.Error()
	}
	w.recipes.mu.Lock()
	had := w.recipes.wrong[path]
	if w.recipes.wrong == nil {
		w.recipes.wrong = map[string]string{}
	}
	if w.recipes.wrong[path] = text; text == "" {
		delete(w.recipes.wrong, path)
	}
	w.recipes.mu.Unlock()
	switch {
	case text != had && text != "":
		w.daemon.log.Warn("a recipe has mistakes: what is dropped there waits", "recipe", path, "err", text)
	case text != had:
		w.daemon.log.Info("the recipe is mended", "recipe", path)
	}
	if err := writeNote(filepath.Join(filepath.Dir(path), config.RecipeNote), text); err != nil {
		w.daemon.log.Debug("the note beside a recipe cannot be kept", "recipe", path, "err", err)
	}
}

// writeNote puts the note there, or takes it away for the empty text. It touches no
// file that is not ours.
func writeNote(path, mistakes string) error {
	old, err := readRecipe(path)
	if err == nil && !bytes.HasPrefix(old, []byte(noteHead)) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is somebody's own file", path), err)
	}
	if mistakes == "" {
		if err == nil {
			return os.Remove(path)
		}
		return nil
	}
	text := noteHead + ":\n\n" + mistakes + "\n\nWhat is dropped into this folder, and below it, waits until the recipe is mended.\nThis note goes by itself then.\n"
	if text == string(old) {
		return nil
	}
	return durable.WriteFile(path, []byte(text), 0o644)
}

// refit lets jobs that wait for a person, and jobs of which nothing is frozen, go by
// the recipes as they are now. What was handed over, or is about to be, stays as it
// was.
func (w *watch) refit() error {
	live, err := w.daemon.queue.Live()
	if err != nil {
		return err
	}
	wanted := make(map[string]*config.Watch) // by folder; nil while a recipe is wrong
	for _, j := range live {
		dir := filepath.Dir(j.Path)
		if _, known := wanted[dir]; known || !w.fits(&j) {
			continue
		}
		wanted[dir] = nil
		if c, err := w.daemon.effective(w.Watch, dir); err == nil {
			wanted[dir] = &c
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	n, err := w.daemon.queue.UpdateAll(func(j *queue.Job) bool {
		c := wanted[filepath.Dir(j.Path)]
		return c != nil && w.fits(j) && fit(j, *c)
	})
	if n > 0 {
		w.daemon.log.Info("a recipe changed: waiting jobs go by it", "watch", w.Path, "jobs", n)
	}
	return err
}

// fits says whether the job is one that recipes still have a say in.
func (w *watch) fits(j *queue.Job) bool {
	return j.Watch == w.Path && j.Simulation == nil && j.Unsent() && (j.State == queue.Held || j.Key == "")
}

// fit makes an unsent job one for the configuration, and says whether it was another.
func fit(j *queue.Job, c config.Watch) bool {
	waited := j.State == queue.Queued && strings.Contains(j.Error, config.RecipeFile)
	if waited {
		j.Error, j.Hint, j.Due = "", "", time.Time{} // the recipe is mended
	}
	options := fields(c.Convert, j.Type, kindOf(j.Path))
	if maps.Equal(j.Options, options) && j.Format == c.Convert.Format && j.Simulate == scene(c.Convert) {
		return waited
	}
	j.Options, j.Format, j.Simulate = options, c.Convert.Format, scene(c.Convert)
	return true
}

// recipeProblem says for people which recipes have mistakes, empty when none has.
func (w *watch) recipeProblem() (problem, hint string) {
	w.recipes.mu.Lock()
	defer w.recipes.mu.Unlock()
	for path, text := range w.recipes.wrong {
		if first := path + ": " + oneLine(errors.New(text)); problem == "" || first < problem {
			problem = first
		}
	}
	if n := len(w.recipes.wrong); n > 1 {
		problem = fmt.Sprintf("%d recipes have mistakes; %s", n, problem)
	}
	if problem != "" {
		hint = recipeHint
	}
	return problem, hint
}
