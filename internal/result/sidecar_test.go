package result

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The form of simready.json is a promise: other programs read it.
func TestSidecarIsGolden(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := Sidecar{
		Main: "chair.usd", Source: FileInfo{Path: "chair.obj", Size: 3, SHA256: "aa"},
		Key: "k", Provider: "rigyd", Type: "rigyd", RemoteID: "r1", Credits: 1.5, Submitted: at, Completed: at,
		Report: json.RawMessage(`{"a":[1,2]}`), Files: []FileInfo{{Path: "chair.usd", Size: 9, SHA256: "bb"}}, Simdrop: "1.0 <dev>",
	}
	const want = `{
  "schema": 1,
  "main": "chair.usd",
  "source": {
    "path": "chair.obj",
    "size": 3,
    "sha256": "aa"
  },
  "companions": [],
  "key": "k",
  "provider": "rigyd",
  "type": "rigyd",
  "remote_id": "r1",
  "options": {},
  "credits": 1.5,
  "submitted": "2026-01-02T03:04:05Z",
  "completed": "2026-01-02T03:04:05Z",
  "report": {
    "a": [
      1,
      2
    ]
  },
  "files": [
    {
      "path": "chair.usd",
      "size": 9,
      "sha256": "bb"
    }
  ],
  "simdrop": "1.0 <dev>"
}
`
	got, err := s.marshal()
	if err != nil || string(got) != want {
		t.Errorf("%v, got\n%s", err, got)
	}
	s.Report = json.RawMessage(`{"cut`)
	if got, err = s.marshal(); err != nil || !strings.Contains(string(got), `"report": null`) {
		t.Errorf("a bad report: %v\n%s", err, got)
	}
}

func TestReadSidecarTrustsNothing(t *testing.T) {
	file := func(path string) string {
		return `{"schema":1,"main":"a.usd","files":[{"path":"a.usd","size":1,"sha256":""},{"path":` + path + `,"size":1,"sha256":""}]}`
	}
	for name, text := range map[string]string{
		"empty":        "",
		"null":         "null",
		"no files":     `{"schema":1,"main":"a.usd"}`,
		"no main":      `{"schema":1,"files":[{"path":"a.usd"}]}`,
		"future":       `{"schema":2,"main":"a.usd","files":[{"path":"a.usd"}]}`,
		"climbing":     file(`"../../etc/passwd"`),
		"absolute":     file(`"/etc/passwd"`),
		"drive":        file(`"C:\\autoexec.bat"`),
		"itself":       file(`"simready.json"`),
		"twice":        file(`"A.usd"`),
		"folder":       file(`"a/"`),
		"negative":     `{"schema":1,"main":"a.usd","files":[{"path":"a.usd","size":-1}]}`,
		"another type": `{"schema":1,"main":"a.usd","files":{"path":"a.usd"}}`,
	} {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, sidecarName), []byte(text), 0o644)
		if s, err := ReadSidecar(dir); err == nil {
			t.Errorf("%s: read as %+v", name, s)
		}
	}
	if _, err := ReadSidecar(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, sidecarName), 0o755)
	if _, err := ReadSidecar(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder: %v", err)
	}
}

func FuzzSidecar(f *testing.F) {
	f.Add([]byte(`{"schema":1,"main":"a.usd","files":[{"path":"a.usd","size":1,"sha256":"00"}],"report":{}}`))
	f.Add([]byte(`{"schema":1,"main":"../a","files":[{"path":"../a"}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSidecar(data)
		if err != nil {
			return
		}
		for _, file := range s.Files {
			if !fs.ValidPath(file.Path) || !filepath.IsLocal(filepath.FromSlash(file.Path)) {
				t.Errorf("%q leaves the folder", file.Path)
			}
		}
		out, err := s.marshal()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseSidecar(out); err != nil || again.Main != s.Main || len(again.Files) != len(s.Files) {
			t.Errorf("written and read again: %v", err)
		}
	})
}
