package watcher

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
)

// IgnoreFile is the name of the file whose patterns apply to its folder and all
// below: one doublestar pattern a line, # begins a comment.
const IgnoreFile = ".simdropignore"

const (
	mostIgnoreBytes = 64 << 10
	mostIgnoreLines = 1000
)

//go:embed ignore.tsv
var ignoreTable string

// Rule is a reason to ignore a name.
type Rule struct {
	Pattern string
	Kind    string // system, nas, dcc, editor, copier, browser, hidden, simdrop, configured, folder
	Tool    string // whose files these are, or the file that holds the pattern
	Why     string
	pattern
}

func (r Rule) String() string {
	switch r.Kind {
	case "configured":
		return fmt.Sprintf("the pattern %s of the configuration matches", r.Pattern)
	case "folder":
		return fmt.Sprintf("the pattern %s of %s matches", r.Pattern, r.Tool)
	}
	return fmt.Sprintf("%s matches (%s: %s)", r.Pattern, r.Tool, r.Why)
}

// builtin is the table of names that are never drops.
var builtin = sync.OnceValue(func() []Rule {
	var rules []Rule
	for line := range strings.Lines(ignoreTable) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "# ") {
			continue
		}
		f := strings.Split(line, "\t")
		p, err := compile(f[0], true)
		if err != nil || len(f) != 4 {
			panic("ignore.tsv: " + line) // data of our own, read by every test
		}
		rules = append(rules, Rule{Pattern: f[0], Kind: f[1], Tool: f[2], Why: f[3], pattern: p})
	}
	return rules
})

// ignores holds the patterns of the configuration and of the ignore files found
// so far. Scanner and loop both ask it.
type ignores struct {
	configured []Rule
	mu         sync.RWMutex
	byFolder   map[string][]Rule // slash path below the root, "." for the root
}

func newIgnores(patterns []string) (*ignores, error) {
	ig := &ignores{byFolder: map[string][]Rule{}}
	for _, text := range patterns {
		p, err := compile(text, false)
		if err != nil {
			return nil, fmt.Errorf("ignore: %w", err)
		}
		ig.configured = append(ig.configured, Rule{Pattern: text, Kind: "configured", pattern: p})
	}
	return ig, nil
}

// set replaces the patterns of a folder and says whether they differ.
func (ig *ignores) set(folder string, rules []Rule) bool {
	ig.mu.Lock()
	defer ig.mu.Unlock()
	old := ig.byFolder[folder]
	same := len(old) == len(rules)
	for i := 0; same && i < len(old); i++ {
		same = old[i].Pattern == rules[i].Pattern
	}
	if len(rules) == 0 {
		delete(ig.byFolder, folder)
	} else {
		ig.byFolder[folder] = rules
	}
	return !same
}

// match names the first rule for one file or folder, given by its slash path
// below the root. It does not look at the folders above; see nameGate.
func (ig *ignores) match(rel string, folder bool) (Rule, bool) {
	for _, r := range builtin() {
		if r.match(rel, folder) {
			return r, true
		}
	}
	for _, r := range ig.configured {
		if r.match(rel, folder) {
			return r, true
		}
	}
	ig.mu.RLock()
	defer ig.mu.RUnlock()
	if len(ig.byFolder) == 0 {
		return Rule{}, false
	}
	for base := path.Dir(rel); ; base = path.Dir(base) {
		below := rel
		if base != "." {
			below = rel[len(base)+1:]
		}
		for _, r := range ig.byFolder[base] {
			if r.match(below, folder) {
				return r, true
			}
		}
		if base == "." {
			return Rule{}, false
		}
	}
}

// load reads the ignore file of a folder, if it has one, and says whether its
// patterns changed. Lines that are no patterns are returned as problems.
func (ig *ignores) load(root, folder string) (changed bool, problems []error) {
	name := filepath.Join(root, filepath.FromSlash(folder), IgnoreFile)
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return ig.set(folder, nil), nil
	}
	f, err := os.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return false, []error{err}
	}
	defer f.Close()
	rules, problems := parseIgnore(f, path.Join(folder, IgnoreFile))
	return ig.set(folder, rules), problems
}

// parseIgnore reads an ignore file: at most 64 KiB and 1,000 patterns.
func parseIgnore(r io.Reader, name string) (rules []Rule, problems []error) {
	lines := bufio.NewScanner(io.LimitReader(r, mostIgnoreBytes))
	lines.Buffer(nil, mostIgnoreBytes+1)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if len(rules) == mostIgnoreLines {
			return rules, append(problems, fmt.Errorf("%s: only the first %d patterns count", name, mostIgnoreLines))
		}
		p, err := compile(text, false)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s line %d: %w", name, n, err))
			continue
		}
		rules = append(rules, Rule{Pattern: text, Kind: "folder", Tool: name, pattern: p})
	}
	return rules, problems
}
