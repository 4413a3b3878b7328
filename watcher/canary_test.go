package watcher

import (
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// As long as events come for what is written beside the marker, the folder is
// watched by events; when they do not, it is listed, and said so, until they do.
func TestCanaryTellsDeadEvents(t *testing.T) {
	var dead atomic.Bool
	var written atomic.Int64
	l := watchLive(t, func(o *Options) {
		o.Remember = func(Identity) error { return nil }
		o.PollInterval = 50 * time.Millisecond
		o.canaryEvery, o.canaryWait = 50*time.Millisecond, 2*time.Second
		o.fileSystem = func(string) (fileSystem, error) { return traits("ext4"), nil }
		o.writeCanary = func(path string) error {
			written.Add(1)
			if dead.Load() {
				return nil
			}
			return writeAndRemove(path)
		}
	})
	l.until(func(s Status) bool { return written.Load() > 3 })
	if s := l.Status(); s.Detect != Events || s.Problem != "" {
		t.Fatal(s)
	}
	dead.Store(true)
	l.until(func(s Status) bool { return s.Detect == Poll && s.Problem == errDeaf.Error() })
	l.write("chair.obj", "data")
	l.expect("chair.obj", Ready)
	dead.Store(false)
	l.until(func(s Status) bool { return s.Detect == Events && s.Problem == "" })
	if names, err := os.ReadDir(l.dir + "/" + MarkerFolder); err != nil || len(names) > 3 {
		t.Error("left behind: ", names, err)
	}
}

// What cannot be written proves nothing, and nothing is written into a root
// without a marker or on a network.
func TestCanaryIsSilent(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Options)
		writes bool
	}{
		{"it cannot be written", func(*Options) {}, true},
		{"no marker", func(o *Options) { o.Remember = nil }, false},
		{"a network", func(o *Options) {
			o.fileSystem = func(string) (fileSystem, error) { return traits("cifs"), nil }
		}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var written atomic.Int64
			l := watchLive(t, func(o *Options) {
				o.Remember = func(Identity) error { return nil }
				o.canaryEvery, o.canaryWait = 10*time.Millisecond, time.Millisecond
				o.fileSystem = func(string) (fileSystem, error) { return traits("ext4"), nil }
				o.writeCanary = func(string) error {
					written.Add(1)
					return errors.New("no")
				}
				test.change(o)
			})
			for i := range 5 {
				l.write(string(rune('a'+i))+".obj", "data")
				l.next()
			}
			if n := written.Load(); test.writes != (n > 0) {
				t.Errorf("%d written", n)
			}
			if s := l.Status(); s.Problem != "" || s.Detect != Events {
				t.Error(s)
			}
		})
	}
}
