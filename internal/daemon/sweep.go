package daemon

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"simdrop/watcher"
)

// sweepLook is how often is looked whether a folder for results came back. For a
// watched one that costs nothing, for a mirror one stat.
const sweepLook = 5 * time.Second

// place is a folder below which results are put.
type place struct {
	root string
	here func() bool // it is there, and it is the right one
}

// places are the roots of results: watched folders and the roots of mirrors.
func (d *Daemon) places() []place {
	var all []place
	for _, w := range d.watches {
		all = append(all, place{w.Path, func() bool { return w.w.Status().State == watcher.Watching }})
		mirror := filepath.Clean(w.Result.Root)
		if w.Result.Place != "mirror" || slices.ContainsFunc(all, func(p place) bool { return p.root == mirror }) {
			continue
		}
		all = append(all, place{mirror, func() bool { fi, err := os.Stat(mirror); return err == nil && fi.IsDir() }})
	}
	return all
}

// tend removes what ended jobs of this daemon left in the folder's staging area,
// at the start and each time when the folder comes back: a crash or a lost share
// may have been in the middle of putting a result there.
func (d *Daemon) tend(ctx context.Context, p place) {
	look := time.NewTicker(sweepLook)
	defer look.Stop()
	was := false
	for {
		here := p.here()
		if here && !was {
			if err := d.up.Sweep(p.root); err != nil {
				d.log.Warn("remove what ended jobs left", "folder", p.root, "err", err)
				here = false // once more
			}
		}
		was = here
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}
