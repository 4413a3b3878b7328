// Package rigs puts the whole program under faults that need a machine's help: a
// disk that loses power.
package rigs

import (
	"context"
	"math/rand/v2"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// event is one entry of a recorder's log: a write, a flush, or something the
// program said meanwhile.
type event struct {
	off  int64
	data []byte // of a write
	sync bool
	said func(*found) // an acknowledgement: what must hold of whatever a cut leaves behind
}

// recorder is a disk in memory, offered as the file `disk` of a FUSE file system.
// It logs all that reaches it, in order. A write is logged when it is complete, a
// flush when it arrives: so a flush covers what is before it in the log, and
// nothing else.
type recorder struct {
	fs.Inode

	mu     sync.Mutex
	bytes  []byte
	log    []event
	writes int
	syncs  int
}

func newRecorder(size int64) *recorder { return &recorder{bytes: make([]byte, size)} }

// mount offers the disk below dir. It needs root.
func (r *recorder) mount(dir string) (*fuse.Server, error) {
	root := &fs.Inode{}
	return fs.Mount(dir, root, &fs.Options{
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "recorder", MaxWrite: 1 << 20},
		OnAdd: func(ctx context.Context) {
			root.AddChild("disk", root.NewPersistentInode(ctx, r, fs.StableAttr{Mode: syscall.S_IFREG}), true)
		},
	})
}

// Open answers that nothing is to be cached: the log would miss what stays in a cache.
func (r *recorder) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (r *recorder) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size = syscall.S_IFREG|0o600, uint64(len(r.bytes))
	return 0
}

func (r *recorder) Setattr(ctx context.Context, f fs.FileHandle, _ *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return r.Getattr(ctx, f, out)
}

func (r *recorder) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	r.mu.Lock()
	defer r.mu.Unlock()
	end := min(off+int64(len(dest)), int64(len(r.bytes)))
	if off >= end {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(dest[:copy(dest, r.bytes[off:end])]), 0
}

func (r *recorder) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if off+int64(len(data)) > int64(len(r.bytes)) {
		return 0, syscall.ENOSPC
	}
	copy(r.bytes[off:], data)
	r.log = append(r.log, event{off: off, data: append([]byte(nil), data...)})
	r.writes++
	return uint32(len(data)), 0
}

func (r *recorder) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, event{sync: true})
	r.syncs++
	return 0
}

// say logs what the program has told somebody.
func (r *recorder) say(check func(*found)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, event{said: check})
}

// snapshot returns the disk as it is and forgets the log: cuts begin here.
func (r *recorder) snapshot() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log, r.writes, r.syncs = nil, 0, 0
	return append([]byte(nil), r.bytes...)
}

// sector is what a disk writes whole or not at all.
const sector = 512

// cutter makes, for growing positions in the log, what a power cut there leaves
// on the disk.
type cutter struct {
	log    []event
	stable []byte // base and every write before the last flush
	upTo   int    // index in log up to which stable is
}

// cut returns the disk after a power cut before log[k]: all that was flushed, and
// of each later write all, nothing, or some of its sectors. k must not shrink.
func (c *cutter) cut(k int, dice *rand.Rand) []byte {
	last := c.upTo
	for i := c.upTo; i < k; i++ {
		if c.log[i].sync {
			last = i
		}
	}
	for ; c.upTo < last; c.upTo++ {
		e := c.log[c.upTo]
		copy(c.stable[e.off:], e.data)
	}
	disk := append([]byte(nil), c.stable...)
	for _, e := range c.log[last:k] {
		switch dice.IntN(3) {
		case 0:
			copy(disk[e.off:], e.data)
		case 1:
			for at := 0; at < len(e.data); at += sector {
				if dice.IntN(2) == 0 {
					copy(disk[e.off+int64(at):], e.data[at:min(at+sector, len(e.data))])
				}
			}
		}
	}
	return disk
}
