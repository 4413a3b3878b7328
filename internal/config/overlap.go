package config

import "path/filepath"

// overlaps reports folders that would take each other's files for drops.
func (k checker) overlaps(c *Config) {
	for i, w := range c.Watch {
		at := index("watch", i)
		if !filepath.IsAbs(w.Path) {
			continue
		}
		for j, o := range c.Watch[:i] {
			switch {
			case !filepath.IsAbs(o.Path):
			case inside(w.Path, o.Path) && inside(o.Path, w.Path):
				k.wrong(at+".path", "is the same folder as %s.path", index("watch", j))
			case inside(w.Path, o.Path) && o.Recursive:
				k.wrong(at+".path", "lies inside %s.path, which watches it already", index("watch", j))
			case inside(o.Path, w.Path) && w.Recursive:
				k.wrong(at+".path", "contains %s.path, which is watched too", index("watch", j))
			}
		}
		k.notInside(at+".path", w.Path, "state_dir", c.StateDir)
		if w.Recursive {
			k.notInside("state_dir", c.StateDir, at+".path", w.Path)
		} else if c.StateDir == w.Path {
			k.wrong("state_dir", "is the same folder as %s.path", at)
		}
		if w.Result.Place == "mirror" && filepath.IsAbs(w.Result.Root) {
			k.mirror(at+".result.root", w.Result.Root, c)
		}
	}
}

// notInside reports a path in a folder that is not the person's to fill.
func (k checker) notInside(path, p, outer, dir string) {
	if filepath.IsAbs(p) && filepath.IsAbs(dir) && inside(p, dir) {
		k.wrong(path, "lies inside %s (%s)", outer, dir)
	}
}

// mirror reports a place for results that is itself watched.
func (k checker) mirror(path string, root string, c *Config) {
	k.notInside(path, root, "state_dir", c.StateDir)
	for j, o := range c.Watch {
		if filepath.IsAbs(o.Path) && inside(root, o.Path) && (o.Recursive || inside(o.Path, root)) {
			k.wrong(path, "lies inside %s.path: results would be taken for drops", index("watch", j))
		}
	}
}
