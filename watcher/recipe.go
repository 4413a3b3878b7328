package watcher

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"simdrop/internal/asset"
)

// Recipes are files by which a folder changes the rules for itself and all below
// it. What is written in them is not the watcher's business: it sees that they come,
// change and go, has them read, and goes by what it is told.
type Recipes struct {
	Name string // base name of the files, empty for none
	Note string // base name of a file that Read puts beside one
	// Read reads the recipe of a folder, given by its absolute path; there is false
	// when there is none, or none any more. It is called from several goroutines.
	Read func(folder string, there bool) Recipe
}

// Recipe is what a folder wants of the watcher.
type Recipe struct {
	Kinds  []asset.Kind   // what counts as a primary; nil: as above
	Ignore []string       // further patterns, relative to the folder
	Wait   *time.Duration // for missing companions; nil: as above
	// Problem says why nothing in the folder and below may be reported, empty when
	// all is well: such assets wait until it is.
	Problem string
}

// recipes are those that were read so far. Scanner, probers and loop ask them.
type recipes struct {
	opts *Options
	mu   sync.RWMutex
	at   map[string]*readRecipe // slash path of the folder below the root, "." for the root
}

type readRecipe struct {
	Recipe
	state tuple // of the file when it was read
	rules []Rule
}

func newRecipes(opts *Options) *recipes { return &recipes{opts: opts, at: map[string]*readRecipe{}} }

// load reads the folder's recipe where it differs from what was read before, and
// says whether it does.
func (rs *recipes) load(rel string) bool {
	if rs.opts.Recipes.Name == "" {
		return false
	}
	folder := filepath.Join(rs.opts.Root, filepath.FromSlash(rel))
	file := filepath.Join(folder, rs.opts.Recipes.Name)
	info, err := os.Lstat(file)
	if err != nil && !isAbsent(err) {
		return false // it cannot be known now: what was read holds
	}
	rs.mu.RLock()
	old := rs.at[rel]
	rs.mu.RUnlock()
	if err != nil {
		return old != nil && rs.gone(rel, folder)
	}
	state := tuple{Size: info.Size(), MTime: info.ModTime().UnixNano(), ID: fileID(file, info)}
	if old != nil && old.state == state {
		return false
	}
	return rs.read(rel, folder, state)
}

func (rs *recipes) read(rel, folder string, state tuple) bool {
	one := &readRecipe{Recipe: rs.opts.Recipes.Read(folder, true), state: state}
	for _, text := range one.Ignore {
		p, err := compile(text, false)
		if err != nil {
			one.Problem = err.Error()
			continue
		}
		one.rules = append(one.rules, Rule{Pattern: text, Kind: "folder", Tool: path.Join(rel, rs.opts.Recipes.Name), pattern: p})
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.at[rel] = one
	rs.outdate(rel)
	return true
}

// outdate has the recipes below a folder read again: they are changes of its own.
func (rs *recipes) outdate(rel string) {
	for at, r := range rs.at {
		if at != rel && (rel == "." || strings.HasPrefix(at, rel+"/")) {
			r.state = tuple{}
		}
	}
}

func (rs *recipes) gone(rel, folder string) bool {
	rs.opts.Recipes.Read(folder, false)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.at, rel)
	rs.outdate(rel)
	return true
}

// listed is load for a folder whose entries are known: most have no recipe, and
// then nothing is asked of the disk.
func (rs *recipes) listed(rel string, entries []fs.DirEntry) bool {
	if rs.opts.Recipes.Name == "" {
		return false
	}
	there, note := false, false
	for _, e := range entries {
		there = there || e.Name() == rs.opts.Recipes.Name
		note = note || e.Name() == rs.opts.Recipes.Note
	}
	rs.mu.RLock()
	known := rs.at[rel] != nil
	rs.mu.RUnlock()
	if there || known {
		return rs.load(rel)
	}
	if note { // of a recipe that went while nobody looked
		rs.opts.Recipes.Read(filepath.Join(rs.opts.Root, filepath.FromSlash(rel)), false)
	}
	return false
}

// refresh reads again what changed between the root and the folder.
func (rs *recipes) refresh(rel string) {
	if rs.opts.Recipes.Name == "" {
		return
	}
	for ; ; rel = path.Dir(rel) {
		rs.load(rel)
		if rel == "." {
			return
		}
	}
}

// nearest walks from the folder to the root until ok says that it is enough.
func (rs *recipes) nearest(rel string, ok func(base string, r *readRecipe) bool) {
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	if len(rs.at) == 0 {
		return
	}
	for ; ; rel = path.Dir(rel) {
		if r := rs.at[rel]; r != nil && ok(rel, r) || rel == "." {
			return
		}
	}
}

// kinds are what counts as a primary in the folder.
func (rs *recipes) kinds(rel string) []asset.Kind {
	kinds := rs.opts.Kinds
	rs.nearest(rel, func(_ string, r *readRecipe) bool {
		if r.Kinds != nil {
			kinds = r.Kinds
		}
		return r.Kinds != nil
	})
	return kinds
}

// wait is how long missing companions are waited for in the folder.
func (rs *recipes) wait(rel string) time.Duration {
	wait := rs.opts.CompanionsWait
	rs.nearest(rel, func(_ string, r *readRecipe) bool {
		if r.Wait != nil {
			wait = *r.Wait
		}
		return r.Wait != nil
	})
	return wait
}

// problem says why nothing in the folder may be reported. The highest recipe that
// is wrong is named: those below are read as changes of it.
func (rs *recipes) problem(rel string) string {
	why := ""
	rs.nearest(rel, func(base string, r *readRecipe) bool {
		if r.Problem != "" {
			why = path.Join(base, rs.opts.Recipes.Name) + ": " + r.Problem
		}
		return false
	})
	return why
}

// match names the first pattern of a recipe for one file or folder.
func (rs *recipes) match(rel string, folder bool) (rule Rule, found bool) {
	rs.nearest(path.Dir(rel), func(base string, r *readRecipe) bool {
		below := rel
		if base != "." {
			below = rel[len(base)+1:]
		}
		for _, one := range r.rules {
			if one.match(below, folder) {
				rule, found = one, true
				return true
			}
		}
		return false
	})
	return rule, found
}

// barredRecheck is how long an asset below a recipe with mistakes rests, unless the
// recipe changes before.
const barredRecheck = time.Minute

// bar keeps an asset from being reported.
func (s *settler) bar(c *candidate, why string, now time.Time) {
	c.gate(GateName, Wait, why, time.Time{})
	c.closeAfter(GateName, "the gate before it is closed")
	c.next, c.nextInspect, c.nextJudge = now.Add(barredRecheck), false, true
}

// unbar looks again at all assets that are kept from being reported.
func (s *settler) unbar(now time.Time) {
	for _, c := range s.cands {
		if c.gates[0].Verdict == Wait && !c.flying {
			s.at(c, now)
		}
	}
}
