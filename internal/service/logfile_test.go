package service

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLogRotates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs", "simdrop.log")
	var all strings.Builder
	for open := range 2 { // a restart goes on with the file
		l, err := openLog(path, 100, 5)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 25 {
			record := fmt.Sprintf("record %d of start %d\n", i, open)
			all.WriteString(record)
			if _, err := l.Write([]byte(record)); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Write([]byte("x")); err == nil {
			t.Error("a closed log takes records")
		}
	}
	var kept string
	for i := 5; i >= 0; i-- {
		name := path
		if i > 0 {
			name += fmt.Sprintf(".%d", i)
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > 100 || !strings.HasSuffix(string(raw), "\n") {
			t.Errorf("%s: %q", name, raw)
		}
		kept += string(raw)
	}
	if !strings.HasSuffix(all.String(), kept) || len(kept) < 400 {
		t.Errorf("kept:\n%s", kept)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 6 {
		t.Errorf("%d files", len(entries))
	}
}

// A log whose older names cannot be taken goes on growing rather than losing a record.
func TestLogThatCannotRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simdrop.log")
	if err := os.MkdirAll(filepath.Join(path+".1", "occupied"), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := openLog(path, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 5 {
		if _, err := l.Write([]byte("12345678\n")); err != nil {
			t.Fatal(err)
		}
	}
	if raw, _ := os.ReadFile(path); len(raw) != 45 {
		t.Errorf("%d bytes", len(raw))
	}
}
