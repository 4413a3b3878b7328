package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestIsStream(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	stream := fmt.Sprintf("%d:%d", st.Dev, st.Ino)
	if !isStream(f, stream) {
		t.Error("the stream is not known")
	}
	if isStream(f, stream+"1") || isStream(f, "") || isStream(&bytes.Buffer{}, stream) {
		t.Error("another stream is taken for it")
	}
}
