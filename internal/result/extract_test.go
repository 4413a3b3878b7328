package result

import (
	"errors"
	"strings"
	"testing"
)

// endless is what a bomb unpacks to.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestNoMoreIsWrittenThanDeclared(t *testing.T) {
	var written strings.Builder
	it := item{place: "a.png", name: "a.png", size: 1000}
	_, err := it.pour(t.Context(), &written, endless{})
	if refused, ok := errors.AsType[*ArchiveError](err); !ok || !refused.Damaged {
		t.Errorf("got %v", err)
	}
	if written.Len() > 1001 {
		t.Errorf("wrote %d bytes of 1000 declared", written.Len())
	}
}

// A disk that fails is not taken for a damaged archive, which would be fetched
// and paid for in time again and again.
func TestWriteErrorsAreNotTheArchives(t *testing.T) {
	broken := errors.New("input/output error")
	it := item{place: "a.png", name: "a.png", size: 4}
	_, err := it.pour(t.Context(), failing{broken}, strings.NewReader("1234"))
	if _, ok := errors.AsType[*ArchiveError](err); ok || !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
