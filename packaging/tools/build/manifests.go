package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// manifestFiles are the templates, and where their outcome goes.
var manifestFiles = []struct{ template, to string }{
	{"windows/winget/version.yaml.tmpl", "winget/{{.ID}}.yaml"},
	{"windows/winget/installer.yaml.tmpl", "winget/{{.ID}}.installer.yaml"},
	{"windows/winget/locale.yaml.tmpl", "winget/{{.ID}}.locale.en-US.yaml"},
	{"windows/scoop.json.tmpl", "scoop/simdrop.json"},
	{"macos/formula.rb.tmpl", "homebrew/simdrop.rb"},
}

// facts is what a template may say. Its methods name a file of this release by the
// end of its name, and fail when it was not made.
type facts struct {
	*release
	ID string // of the package in winget's repository
}

func (f facts) Version() string   { return f.version }
func (f facts) Numeric() string   { return f.numeric() }
func (f facts) Date() string      { return f.time.Format("2006-01-02") }
func (f facts) Summary() string   { return summary }
func (f facts) Homepage() string  { return homepage }
func (f facts) Publisher() string { return publisher }
func (f facts) License() string   { return license }
func (f facts) ProductCode() string {
	return productCode(f.version)
}

// URL is where a file of this release will be.
func (f facts) URL(suffix string) string { return f.url + "/" + filepath.Base(f.artefact(suffix)) }

// SHA256 is the digest of a file of this release.
func (f facts) SHA256(suffix string) (string, error) { return digest(f.artefact(suffix)) }

// manifests fills the templates in with the digests of what was just made.
func manifests(_ context.Context, r *release) error {
	f := facts{r, "Simdrop.Simdrop"}
	for _, m := range manifestFiles {
		to := strings.ReplaceAll(m.to, "{{.ID}}", f.ID)
		text, err := f.fill(filepath.Join("packaging", filepath.FromSlash(m.template)))
		if absent, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, fs.ErrNotExist) && filepath.Dir(absent.Path) == r.out {
			r.without(to, "it needs "+filepath.Base(absent.Path))
			continue
		}
		if err != nil {
			return err
		}
		if err := r.write(filepath.Join(r.out, filepath.FromSlash(to)), text); err != nil {
			return err
		}
	}
	return nil
}

func (f facts) fill(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t, err := template.New(filepath.Base(file)).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, f); err != nil {
		return nil, fmt.Errorf("fill in: %w", err)
	}
	return out.Bytes(), nil
}
