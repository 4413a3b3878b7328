package daemon

import (
	"os"
	"path/filepath"
	"testing"

	"simdrop/queue"
)

// A path is gone when nothing is there, not when it is another name of the same
// file that is still in its folder.
func TestGone(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "chair.obj"), filepath.Join(dir, "Chair.obj")
	if err := os.WriteFile(file, []byte("v"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &Daemon{}
	if d.gone(file, link) {
		t.Error("a file that is there counts as gone")
	}
	if !d.gone(filepath.Join(dir, "table.obj"), file) {
		t.Error("a file that is not there does not count as gone")
	}
	if err := os.Link(file, link); err != nil {
		t.Skip("no second name here: ", err)
	}
	if d.gone(file, link) || d.gone(link, file) {
		t.Error("one of two names of a file counts as gone")
	}
}

func TestSameContent(t *testing.T) {
	of := func(sums ...string) (list []queue.Source) {
		for _, s := range sums {
			list = append(list, queue.Source{SHA256: s})
		}
		return list
	}
	tests := []struct {
		a, b []queue.Source
		want bool
	}{
		{of("a"), of("a"), true},
		{of("a", "b", "c"), of("a", "c", "b"), true},
		{of("a", "b"), of("b", "a"), false}, // the primaries differ
		{of("a", "b", "b"), of("a", "b", "c"), false},
		{of("a", "b"), of("a"), false},
		{nil, nil, false},
	}
	for _, test := range tests {
		if got := sameContent(test.a, test.b); got != test.want {
			t.Errorf("%v and %v: %v", test.a, test.b, got)
		}
	}
}
