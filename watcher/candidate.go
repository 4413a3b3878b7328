package watcher

import (
	"slices"
	"time"

	"simdrop/internal/asset"
)

// tuple is what "unchanged" compares. Times are compared for equality only:
// a modification time in 2107 or 1980 is as good as any.
type tuple struct {
	Size  int64
	MTime int64 // nanoseconds
	ID    uint64
}

// sight is one file as a probe saw it.
type sight struct {
	tuple
	absent bool
	// The rest is filled only when the probe was told to judge.
	writer    writer
	writerWhy string
	proof     asset.Verdict
}

// look is what a probe shall find out about a candidate.
type look struct {
	by      *prober   // who looks
	path    string    // the primary
	members []string  // files to look at, the primary first
	since   time.Time // the candidate's last change when the look was asked for
	hopes   int       // its count of announced companions then
	inspect bool      // read the references, and look at all they name
	judge   bool      // ask for writers and proof of the end, too
	bytes   int64     // size of the members as seen last
}

// report is what a probe found.
type report struct {
	look
	files   map[string]sight
	asset   *asset.Asset        // when inspected and readable
	invalid *asset.InvalidError // when inspected and not what its name says
	refused string              // the name gate's reason found on disk: a placeholder, no regular file
	folder  bool                // refused because it is a folder
	barred  string              // why it may not be reported now, when judged
	err     error               // the files could not be read just now
	took    time.Duration
}

// candidate is an asset on its way through the gates.
type candidate struct {
	path     string
	origin   Origin
	existing bool
	// written says that the system told us of a write. Such a candidate is
	// reported even when its stamp is an old one: a second save may fall within
	// one tick of a coarse modification time.
	written bool
	// forced says that a person named the path.
	forced bool

	paths   []string         // the members, the primary first
	files   map[string]tuple // their states as seen last; absent ones are not in it
	stale   bool             // a change was announced that no look has seen yet
	gone    time.Time        // since when the primary is absent
	changed time.Time        // when a member last changed or arrived
	restful time.Time        // when all was last seen unchanged
	pause   time.Duration    // longest rest before a change since the last look
	leader  string           // the picture whose set it belongs to, if that is another
	moved   bool             // something changed since it became a candidate
	kept    bool             // all gates were open, and it was kept back for the undo window
	asset   *asset.Asset
	invalid *asset.InvalidError
	// inspected is the change at which the references were read; they are read
	// again when it is not the last one.
	inspected    time.Time
	hopes, hoped int           // missing companions that may have come: announced, and seen to
	quick        bool          // the first look has been taken
	took         time.Duration // how long the last look took
	broken       string        // why it is broken
	locked       bool          // because we may not read it
	tries        int           // reads that failed in a row
	gates        [5]Gate
	next         time.Time
	nextInspect  bool
	nextJudge    bool
	flying       bool // a probe is out
	index        int  // in the heap, -1 when not there
}

func newCandidate(path string, origin Origin, now time.Time) *candidate {
	c := &candidate{
		path: path, origin: origin,
		paths: []string{path}, files: map[string]tuple{},
		changed: now, restful: now, next: now, nextInspect: true, index: -1,
	}
	for i, name := range []string{GateName, GateQuiet, GateWriter, GateWhole, GateComplete} {
		c.gates[i] = Gate{Name: name, Verdict: Wait, Why: "not looked at yet"}
	}
	c.gates[0] = Gate{Name: GateName, Verdict: Pass, Why: acceptedWhy}
	return c
}

func (c *candidate) gate(name string, v Verdict, why string, until time.Time) {
	for i := range c.gates {
		if c.gates[i].Name != name {
			continue
		}
		c.gates[i] = Gate{Name: name, Verdict: v, Why: why, Until: until}
		return
	}
}

// closeAfter resets the gates behind the one named: their verdicts were about
// an older state of the files.
func (c *candidate) closeAfter(name string, why string) {
	behind := false
	for i := range c.gates {
		if behind {
			c.gates[i] = Gate{Name: c.gates[i].Name, Verdict: Wait, Why: why}
		}
		behind = behind || c.gates[i].Name == name
	}
}

// hopeful says that a missing companion may have come since the last reading.
func (c *candidate) hopeful() bool { return c.hopes != c.hoped }

func (c *candidate) missing() []string {
	if c.asset == nil {
		return nil
	}
	return c.asset.Missing
}

// stamp identifies the set as it was seen last. A permission is no part of a
// file's state, so being locked is told apart here: unlocked, it is news.
func (c *candidate) stamp() string {
	if c.locked {
		return stampOf(c.files) + "-locked"
	}
	return stampOf(c.files)
}

// look is what the next probe shall find out. References that were read from
// this very state, and all answered, are not read again; a set of pictures grows
// without any of them changing.
func (c *candidate) look() look {
	read := c.nextInspect || c.hopeful()
	if c.nextJudge {
		read = c.asset == nil || c.asset.Kind == asset.Images || len(c.asset.Missing) > 0 || c.hopeful() || c.inspected.Before(c.changed)
	}
	l := look{
		path: c.path, members: slices.Clone(c.paths), since: c.changed, hopes: c.hopes,
		inspect: read, judge: c.nextJudge,
	}
	for _, t := range c.files {
		l.bytes += t.Size
	}
	return l
}

// limit is the time after which a look counts as stuck: one that reads the
// files may take as long as a very slow line needs, twice.
func (l look) limit() time.Duration {
	limit := callLimit
	if l.inspect || l.judge {
		limit += 2 * time.Duration(l.bytes/slowest) * time.Second
	}
	return limit
}
