package watcher

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const changes = fsnotify.Create | fsnotify.Write | fsnotify.Rename | fsnotify.Remove

// read takes in what the events named.
func (l *loop) read(now time.Time) {
	news, dirty := l.inbox.take()
	if dirty != "" {
		l.overflows++
		l.dirty(dirty)
	}
	for path, op := range news {
		l.event(path, op, now)
	}
}

func (l *loop) event(path string, op fsnotify.Op, now time.Time) {
	rel, ok := l.w.gate.rel(path)
	if !ok {
		return
	}
	if rel == "." {
		if op&(fsnotify.Remove|fsnotify.Rename) != 0 {
			l.notify.remove(path)
			l.dirty("the root was moved")
		}
		return
	}
	name := filepath.Base(path)
	if rel == MarkerFolder+"/"+name {
		l.heard(name, now)
		return
	}
	if name == IgnoreFile {
		l.dirty("an ignore file changed")
		return
	}
	if name == l.opts.Recipes.Name && name != "" {
		l.visit(filepath.Dir(path))
		return
	}
	if op&(fsnotify.Remove|fsnotify.Rename) != 0 && l.notify.watches(path) {
		l.notify.remove(path)
		l.visit(filepath.Dir(path))
		l.checkBelow(path, now)
	}
	l.hopeful(path, now)
	if op&changes == 0 {
		if !l.settler.nudge(path, now) {
			l.recheck(path, false, now)
		}
		return
	}
	if c := l.settler.cands[path]; c != nil && op&fsnotify.Create != 0 {
		c.existing = false
	}
	if l.settler.touch(path, now) || l.recheck(path, op&^fsnotify.Remove&changes != 0, now) {
		return
	}
	switch {
	case op&(fsnotify.Create|fsnotify.Write) == 0:
	case l.w.gate.file(rel, path, name):
		if _, owned := l.settler.owners.owner(path); owned {
			return
		}
		c := l.settler.add(path, FromEvent, nil, now)
		c.existing = l.opts.FirstRun && !l.scans.firstDone && op&fsnotify.Create == 0
	case op&fsnotify.Create != 0 && l.opts.Recursive && l.w.gate.folder(rel, path):
		l.visit(path)
	}
}

// recheck looks again at the reported assets that a path belongs to. It says
// whether there are any.
func (l *loop) recheck(path string, written bool, now time.Time) bool {
	list := l.settler.owners.of[path]
	if known, _ := l.index.has(path); known {
		list = append(list[:len(list):len(list)], path)
	}
	for _, p := range list {
		if known, _ := l.index.has(p); !known {
			continue
		}
		c := l.settler.add(p, FromEvent, l.recorded(p), now)
		if written {
			c.written, c.stale = true, true
		}
	}
	return len(list) > 0
}

// recorded are the companions of a reported asset, not nil.
func (l *loop) recorded(primary string) []string {
	return append([]string{}, l.settler.owners.sets[primary]...)
}

// checkBelow looks again at all sets with files in a folder that went away.
func (l *loop) checkBelow(dir string, now time.Time) {
	below := dir + string(filepath.Separator)
	for p := range l.index.sets {
		if strings.HasPrefix(p, below) {
			l.settler.add(p, FromEvent, l.recorded(p), now)
			continue
		}
		for _, m := range l.settler.owners.sets[p] {
			if strings.HasPrefix(m, below) {
				l.settler.add(p, FromEvent, l.recorded(p), now)
				break
			}
		}
	}
}

// hopeful looks again at the assets that a new file may complete.
func (l *loop) hopeful(path string, now time.Time) {
	for _, p := range l.settler.owners.waiting(filepath.Base(path)) {
		if p == path {
			continue
		}
		c := l.settler.cands[p]
		if c == nil {
			c = l.settler.add(p, FromEvent, l.recorded(p), now)
		}
		l.settler.hope(c, now)
	}
}

const (
	// mostTried bounds the memory of files that a listing found by the name of a
	// missing companion. One that did not answer then need not be tried again.
	mostTried = 100_000
	// hiddenFor is how long a share may go on to say that a file is not there after
	// it came: NFS clients keep a miss for up to a minute (acdirmax, nfs(5)). Until
	// then a file that did not answer is tried again.
	hiddenFor = 2 * time.Minute
)

// listed takes in one listed folder.
func (l *loop) listed(b listing, now time.Time) {
	for _, path := range b.hopeful {
		if l.worthTrying(path, now) {
			l.hopeful(path, now)
		}
	}
	for _, f := range b.files {
		l.foundFile(f, b, now)
	}
}

func (l *loop) worthTrying(path string, now time.Time) bool {
	first, tried := l.tried[path]
	if tried {
		return l.fsys.Network && now.Sub(first) < hiddenFor
	}
	if len(l.tried) >= mostTried {
		clear(l.tried)
	}
	l.tried[path] = now
	return true
}

func (l *loop) foundFile(f found, b listing, now time.Time) {
	if b.origin == FromCommand {
		l.checkFile(f.path) // a companion is none of the command's business
		return
	}
	same := f.plain && l.index.sees(f.path, f.tuple)
	if c := l.settler.cands[f.path]; c != nil {
		if f.plain && c.files[f.path] != f.tuple {
			l.settler.nudge(f.path, now)
		}
		return
	}
	known, set := l.index.has(f.path)
	switch {
	case same && !set:
		return
	case known && (set || !f.plain):
		if !f.plain {
			l.index.sees(f.path, f.tuple)
		}
		l.settler.add(f.path, b.origin, l.recorded(f.path), now)
		return
	}
	if _, owned := l.settler.owners.owner(f.path); owned {
		return
	}
	c := l.settler.add(f.path, b.origin, l.remembered(f.path, known), now)
	c.existing = b.first && l.opts.FirstRun
}

// remembered are the companions of an asset that the queue knows from an earlier
// run, nil when it does not.
func (l *loop) remembered(primary string, reported bool) []string {
	if reported {
		return nil
	}
	list, ok := l.opts.Companions(primary)
	if !ok {
		return nil
	}
	l.settler.owners.set(primary, list, nil)
	return append([]string{}, list...)
}

// ext is the extension in lower case, without the dot.
func ext(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}
