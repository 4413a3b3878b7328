package asset

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what was found into testdata/inspect")

// TestInspect runs the drops in testdata/inspect. Each file holds a comment whose
// last line names the primary, the files of the drop, and as its last file
// "want" what is to be found. The root is the folder "root" when there is one,
// so that files can lie outside it.
func TestInspect(t *testing.T) {
	scripts, err := filepath.Glob("testdata/inspect/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no drops found: %v", err)
	}
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(script)
			if err != nil {
				t.Fatal(err)
			}
			if foldsNames(t) && namesCollide(ar) {
				t.Skip("this file system takes names of another case for the same")
			}
			lines := strings.Split(strings.TrimSpace(string(ar.Comment)), "\n")
			root := t.TempDir()
			var want []byte
			for _, f := range ar.Files {
				if f.Name == "want" {
					want = f.Data
					continue
				}
				write(t, filepath.Join(root, filepath.FromSlash(f.Name)), f.Data)
			}
			if _, err := os.Stat(filepath.Join(root, "root")); err == nil {
				root = filepath.Join(root, "root")
			}
			a, err := Inspect(t.Context(), root, filepath.Join(root, filepath.FromSlash(lines[len(lines)-1])))
			got := report(t, root, a, err)
			if bytes.Equal(got, want) {
				return
			}
			if !*update {
				t.Fatalf("got\n%s\nwant\n%s", got, want)
			}
			if n := len(ar.Files) - 1; n >= 0 && ar.Files[n].Name == "want" {
				ar.Files[n].Data = got
			} else {
				ar.Files = append(ar.Files, txtar.File{Name: "want", Data: got})
			}
			if err := os.WriteFile(script, txtar.Format(ar), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// foldsNames tells whether the file system of the tests ignores case.
func foldsNames(t *testing.T) bool {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), nil)
	_, err := os.Stat(filepath.Join(dir, "A"))
	return err == nil
}

func namesCollide(ar *txtar.Archive) bool {
	seen := map[string]bool{}
	for _, f := range ar.Files {
		key := unify(f.Name)
		if seen[key] {
			return true
		}
		seen[key] = true
	}
	return false
}

func write(tb testing.TB, name string, data []byte) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		tb.Fatal(err)
	}
}

// report writes an asset as text.
func report(t *testing.T, root string, a *Asset, err error) []byte {
	var b bytes.Buffer
	rel := func(name string) string {
		r, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.ToSlash(r)
	}
	if err != nil {
		if e, ok := errors.AsType[*InvalidError](err); ok {
			fmt.Fprintf(&b, "invalid %s: %s\n", rel(e.Path), e.Reason)
			return b.Bytes()
		}
		t.Fatal(err)
	}
	for _, m := range a.Members {
		fmt.Fprintf(&b, "member %s", m.Place)
		if r := rel(m.Path); r != m.Place {
			fmt.Fprintf(&b, " from %s", r)
		}
		if m.Need > 0 {
			fmt.Fprintf(&b, " of %d bytes", m.Need)
		}
		b.WriteByte('\n')
		data, err := os.ReadFile(m.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range m.Edits {
			fmt.Fprintf(&b, "\tedit %q to %q\n", data[e.Offset:e.Offset+e.Length], e.Text)
		}
	}
	for _, r := range a.Refs {
		to := "nothing"
		if r.Path != "" {
			to = rel(r.Path)
		}
		fmt.Fprintf(&b, "ref %s, %s: %q is %s (%s)", rel(r.From), r.Where, r.Raw, to, r.How)
		if r.Note != "" {
			fmt.Fprintf(&b, ": %s", r.Note)
		}
		b.WriteByte('\n')
	}
	for _, m := range a.Missing {
		fmt.Fprintf(&b, "missing %s\n", m)
	}
	return b.Bytes()
}
