package watcher

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// inbox collects the paths that events named, until the loop takes them. It is
// bounded: past mostNews it forgets the paths and asks for a scan.
type inbox struct {
	mu    sync.Mutex
	news  map[string]fsnotify.Op
	dirty string // why a full scan is needed, empty when it is not
	wake  chan struct{}
}

const mostNews = 200_000

func newInbox() *inbox {
	return &inbox{news: map[string]fsnotify.Op{}, wake: make(chan struct{}, 1)}
}

func (b *inbox) put(path string, op fsnotify.Op) {
	b.mu.Lock()
	if len(b.news) < mostNews {
		b.news[path] |= op
	} else {
		b.dirty = "too many changes at once"
	}
	b.mu.Unlock()
	b.ring()
}

func (b *inbox) spoil(why string) {
	b.mu.Lock()
	b.dirty = why
	b.mu.Unlock()
	b.ring()
}

func (b *inbox) ring() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *inbox) take() (news map[string]fsnotify.Op, dirty string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	news, dirty = b.news, b.dirty
	b.news, b.dirty = map[string]fsnotify.Op{}, ""
	return news, dirty
}

// errDescriptors says that watching takes more open files than the process may
// have.
var errDescriptors = errors.New("watching needs more open files than are allowed")

// notifier watches folders by the kernel's notification.
type notifier struct {
	fs    *fsnotify.Watcher
	inbox *inbox
	done  chan struct{}

	mu      sync.Mutex
	folders map[string]struct{}
	budget  int   // what watches may still cost, see watchCost
	err     error // the first folder that could not be watched for want of resources
}

func newNotifier(b *inbox) (*notifier, error) {
	fs, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	n := &notifier{fs: fs, inbox: b, done: make(chan struct{}), folders: map[string]struct{}{}, budget: watchBudget()}
	go n.drain()
	return n, nil
}

// drain only marks paths: the kernel's queue fills in milliseconds when its
// reader is slow.
func (n *notifier) drain() {
	defer close(n.done)
	events, errs := n.fs.Events, n.fs.Errors
	for events != nil || errs != nil {
		select {
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			n.inbox.put(e.Name, e.Op)
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				n.inbox.spoil("the kernel dropped events")
			} else {
				n.inbox.spoil("watching: " + err.Error())
			}
		}
	}
}

// add watches a folder. One that is gone meanwhile is no error; want of
// resources is remembered, and scanning goes on without the watch.
func (n *notifier) add(dir string) {
	n.mu.Lock()
	_, watched := n.folders[dir]
	n.mu.Unlock()
	if watched {
		return
	}
	cost := watchCost(dir)
	n.mu.Lock()
	tooDear := cost > n.budget
	n.mu.Unlock()
	err := errDescriptors
	if !tooDear {
		err = n.fs.Add(dir)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case err == nil:
		n.budget -= cost
		n.folders[dir] = struct{}{}
	case isAbsent(err) || errors.Is(err, os.ErrPermission):
	case n.err == nil:
		n.err = err
	}
}

// listen watches a folder for a moment, beside those that are watched for good.
func (n *notifier) listen(dir string, on bool) {
	if on {
		n.fs.Add(dir) // when it fails, no event comes
		return
	}
	n.fs.Remove(dir)
}

// watches says whether path is a watched folder.
func (n *notifier) watches(path string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, ok := n.folders[path]
	return ok
}

// remove ends the watches on a folder and all below it: after a rename they
// would report under the old name.
func (n *notifier) remove(dir string) {
	below := dir + string(filepath.Separator)
	n.mu.Lock()
	defer n.mu.Unlock()
	for p := range n.folders {
		if p == dir || strings.HasPrefix(p, below) {
			delete(n.folders, p)
			n.fs.Remove(p) // often gone already
		}
	}
}

// check compares what we believe to watch with what is watched: a folder whose
// file system was unmounted loses its watch without a word.
func (n *notifier) check() (lost int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	alive := map[string]struct{}{}
	for _, p := range n.fs.WatchList() {
		alive[p] = struct{}{}
	}
	for p := range n.folders {
		if _, ok := alive[p]; !ok {
			delete(n.folders, p)
			lost++
		}
	}
	return lost
}

// problem is the first want of resources since it was asked last.
func (n *notifier) problem() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	err := n.err
	n.err = nil
	return err
}

func (n *notifier) close() {
	n.fs.Close()
	<-n.done
}
