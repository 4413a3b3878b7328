package watcher

import (
	"strings"
	"testing"
)

// What is believed of each kind of file system. A lease is granted on CIFS while
// another client writes, and on FUSE nobody is asked: there it must not count.
func TestTraits(t *testing.T) {
	tests := []struct {
		name                           string
		network, events, lease, stable bool
		why                            string
	}{
		{"ext4", false, true, true, true, "ext4 reports changes"},
		{"tmpfs", false, true, true, true, "tmpfs reports changes"},
		{"btrfs", false, true, true, true, "btrfs reports changes"},
		{"exfat", false, true, false, true, "exfat reports changes"},
		{"fuseblk", false, true, false, true, "fuseblk reports changes"},
		{"nfs4", true, false, true, true, "only this machine's own changes"},
		{"nfs", true, false, false, true, "only this machine's own changes"},
		{"cifs", true, false, false, false, "only this machine's own changes"},
		{"fuse", true, false, false, false, "only this machine's own changes"},
		{"9p", true, false, false, false, "only this machine's own changes"},
		{"newfs", true, false, false, false, "is not known to report changes"},
	}
	for _, test := range tests {
		f := traits(test.name)
		if f.Network != test.network || f.Events != test.events || f.Lease != test.lease || f.StableIDs != test.stable {
			t.Errorf("%+v", f)
		}
		want := Poll
		if test.events {
			want = Events
		}
		if mode, why := f.mode(Auto); mode != want || !strings.Contains(why, test.why) {
			t.Errorf("%s: %s: %s", test.name, mode, why)
		}
		for _, asked := range []Detect{Events, Poll} {
			if mode, why := f.mode(asked); mode != asked || !strings.Contains(why, "as configured") {
				t.Errorf("%s, asked for %s: %s: %s", test.name, asked, mode, why)
			}
		}
	}
}
