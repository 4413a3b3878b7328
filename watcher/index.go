package watcher

import "hash/maphash"

// index remembers which assets were reported, and in which state. An asset of
// one file costs two hashes and a number, so that a million of them are cheap;
// sets with companions are kept by name.
type index struct {
	seed maphash.Seed
	lone map[uint64]mark
	sets map[string]*setMark
	gen  uint32 // the listing that is under way, or was last
}

type mark struct {
	state uint64 // hash of the file's tuple
	gen   uint32 // the last full listing that saw it
}

type setMark struct {
	primary uint64
	stamp   string
	gen     uint32
}

func newIndex() *index {
	return &index{seed: maphash.MakeSeed(), lone: map[uint64]mark{}, sets: map[string]*setMark{}}
}

func (x *index) key(path string) uint64 { return maphash.String(x.seed, path) }

func (x *index) hash(t tuple) uint64 { return maphash.Comparable(x.seed, t) }

// record keeps the state in which an asset was reported.
func (x *index) record(c *candidate) {
	x.forget(c.path)
	state := x.hash(c.files[c.path])
	if len(c.paths) == 1 && len(c.missing()) == 0 {
		x.lone[x.key(c.path)] = mark{state, x.gen}
		return
	}
	x.sets[c.path] = &setMark{state, c.stamp(), x.gen}
}

func (x *index) forget(path string) {
	delete(x.lone, x.key(path))
	delete(x.sets, path)
}

// has says whether the asset was reported in any state, and whether it has
// companions, which may change behind an unchanged primary.
func (x *index) has(path string) (known, set bool) {
	if x.sets[path] != nil {
		return true, true
	}
	_, known = x.lone[x.key(path)]
	return known, false
}

// sees marks the primary as seen by the listing under way and says whether its
// own state is the recorded one.
func (x *index) sees(path string, t tuple) bool {
	state := x.hash(t)
	if s := x.sets[path]; s != nil {
		s.gen = x.gen
		return s.primary == state
	}
	k := x.key(path)
	m, ok := x.lone[k]
	if !ok {
		return false
	}
	m.gen = x.gen
	x.lone[k] = m
	return m.state == state
}

// same says whether the set is in the recorded state.
func (x *index) same(path, stamp string, primary tuple, alone bool) bool {
	if s := x.sets[path]; s != nil {
		return s.stamp == stamp
	}
	m, ok := x.lone[x.key(path)]
	return ok && alone && m.state == x.hash(primary)
}

// prune forgets what the full listing that just ended did not see, and returns
// the sets among it.
func (x *index) prune() (gone []string) {
	for k, m := range x.lone {
		if m.gen != x.gen {
			delete(x.lone, k)
		}
	}
	for p, s := range x.sets {
		if s.gen != x.gen {
			delete(x.sets, p)
			gone = append(gone, p)
		}
	}
	return gone
}
