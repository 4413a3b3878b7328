package daemon

import (
	"os"
	"testing"

	"github.com/fsnotify/fsnotify"
)

func TestInotifyUse(t *testing.T) {
	i0, w0 := inotifyUse("/proc", os.Geteuid())
	n, err := fsnotify.NewWatcher()
	if err != nil {
		t.Skip("no inotify: ", err)
	}
	defer n.Close()
	for range 3 {
		if err := n.Add(t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	// Other processes of this user come and go; ours is there.
	i1, w1 := inotifyUse("/proc", os.Geteuid())
	if i1 < 1 || w1 < 3 {
		t.Errorf("%d instances and %d watches, before %d and %d", i1, w1, i0, w0)
	}
	if got := raise("max_user_watches", 70000); got != "raise it: sudo sysctl fs.inotify.max_user_watches=131072" {
		t.Error(got)
	}
}
