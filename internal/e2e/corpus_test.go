package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/rigydserver/rigydtest"
)

// real is what the corpus says about one real asset.
type real struct {
	ID         string            `json:"id"`
	Dir        string            `json:"dir"`
	Primary    string            `json:"primary"`
	Format     string            `json:"format"`
	Companions []string          `json:"companions"`
	Optional   map[string]string `json:"optional"`
	Excluded   []string          `json:"excluded"`
	Missing    []string          `json:"missing"`
	Expected   string            `json:"expected"`
	Policy     string            `json:"policy"`

	differs string // why we decide otherwise than the corpus, where it leaves the choice
}

// ours are the assets for which the corpus leaves the choice to the product.
var ours = map[string]func(*real){
	"obj-mtllib-wrong-extension": func(a *real) {
		a.Expected, a.Missing, a.Companions = "ok", nil, []string{"cube_mtllib_after_g.mtl"}
		a.differs = "a lone material library of the model's own name is meant, whatever its extension says"
	},
	"zip-two-primaries": func(a *real) {
		a.Expected, a.differs = "invalid", "which of the two is to be converted cannot be known"
	},
}

// rewritten are the files that are not sent as they are, with the references that
// do not lead to their file by their own text, and what they become.
var rewritten = map[string]*strings.Replacer{
	"obj-mtllib-wrong-extension/cube_mtllib_after_g.obj": strings.NewReplacer("mtllib cube_mtllib_after_g.mat", "mtllib cube_mtllib_after_g.mtl"),
	"obj-spider/spider.mtl":                              strings.NewReplacer(`.\`, ""),
}

// alone are folders of which a second copy is dropped without one file: that file
// refers to another listed asset, which beside it is a companion and no asset.
var alone = map[string]string{"usd-teapot": "DrawModes.usd"}

func readReal(t *testing.T, dir string) []real {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "corpus.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Assets []real }
	if err := json.Unmarshal(raw, &doc); err != nil || len(doc.Assets) == 0 {
		t.Fatalf("corpus.json: %d assets, %v", len(doc.Assets), err)
	}
	for i := range doc.Assets {
		a := &doc.Assets[i]
		if change := ours[a.ID]; change != nil {
			if a.Policy == "" {
				t.Errorf("%s: the corpus leaves no choice", a.ID)
			}
			change(a)
		}
		a.Primary = strings.TrimPrefix(a.Primary, a.Dir+"/")
	}
	return doc.Assets
}

// dropReal moves every asset's folder into the watched one at the same moment.
func dropReal(t *testing.T, h *e2e.Home, dir string, all []real) {
	t.Helper()
	staged := filepath.Join(h.Dir, "staged")
	for _, a := range all {
		if _, err := os.Stat(filepath.Join(staged, a.Dir)); err == nil {
			continue
		}
		if err := os.CopyFS(filepath.Join(staged, a.Dir), os.DirFS(filepath.Join(dir, a.Dir))); err != nil {
			t.Fatal(err)
		}
	}
	for folder, without := range alone {
		copied := filepath.Join(staged, folder+"-alone")
		if err := os.CopyFS(copied, os.DirFS(filepath.Join(dir, folder))); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(copied, without)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(staged, filepath.Join(h.Watch, "real")); err != nil {
		t.Fatal(err)
	}
}

// TestCorpusThroughTheDaemon drops all real assets at once into the folder of one
// running daemon and compares what the provider received, file by file, with what
// the corpus says each asset consists of.
func TestCorpusThroughTheDaemon(t *testing.T) {
	dir := corpus(t)
	all := readReal(t, dir)
	var got receipts
	p := got.start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	c := h.Start().Ready()
	dropReal(t, h, dir, all)

	companions := map[string]string{} // of other assets, by path
	for _, a := range all {
		for _, name := range a.Companions {
			companions[filepath.Join(h.Watch, "real", a.Dir, filepath.FromSlash(name))] = a.ID
		}
	}
	var pictures []string // the folder accepts models only
	for _, a := range all {
		t.Run(a.ID, func(t *testing.T) {
			folder := a.Dir
			primary := filepath.Join(h.Watch, "real", folder, filepath.FromSlash(a.Primary))
			if owner := companions[primary]; owner != "" {
				if alone[a.Dir] == "" {
					t.Fatalf("it is a part of %s and dropped nowhere else", owner)
				}
				folder += "-alone"
				primary = filepath.Join(h.Watch, "real", folder, filepath.FromSlash(a.Primary))
			}
			v := verdict{t: t, h: h, c: c, real: a, path: primary}
			switch kind, _, _ := strings.Cut(a.Expected, ":"); {
			case isPicture(a):
				pictures = append(pictures, primary)
			case kind == "invalid":
				v.invalid()
			case kind == "missing-companion":
				v.missing()
			default:
				v.received(&got, filepath.Join(dir, a.Dir))
			}
		})
	}
	jobs, err := c.Jobs(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if slices.Contains(pictures, j.Path) {
			t.Errorf("a job for a picture in a folder that accepts models: %+v", j)
		}
		if owner := companions[j.Path]; owner != "" && (j.State != control.Cancelled || j.Attempts > 0) {
			t.Errorf("%s, a part of %s, has a job of its own: %+v", j.Path, owner, j)
		}
		if strings.Contains(j.Path, "usd-composition") && strings.HasPrefix(filepath.Base(j.Path), "_") {
			t.Errorf("the layer %s has a job of its own: %s", j.Path, j.State)
		}
	}
	if twice := p.Ledger().Twice(); len(twice) > 0 {
		t.Errorf("paid twice: %v", twice)
	}
}

// TestCorpusPictures drops the real pictures into a folder that accepts images.
func TestCorpusPictures(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	p := rigydtest.Start(t)
	h := e2e.NewHome(t, "rigyd", e2e.Rigyd(p.URL, p.Key, ""))
	config, err := os.ReadFile(h.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.Config, append(config, "    accept: [images]\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	c := h.Start().Ready()
	want := map[string]string{} // digest by path
	for _, a := range readReal(t, dir) {
		if !isPicture(a) {
			continue
		}
		src := filepath.Join(dir, a.Dir, a.Primary)
		raw, err := os.ReadFile(src)
		if err != nil {
			t.Fatal(err)
		}
		v := verdict{t: t, real: a}
		want[h.Write(a.Dir+"/"+a.Primary, raw)] = v.digestOf(src)
	}
	sent := map[string]string{}
	for path, j := range e2e.Until(t, c, control.Done, slices.Sorted(maps.Keys(want))...) {
		for _, entry := range p.Ledger() {
			if entry.ID == j.RemoteID {
				sent[path] = entry.SHA256
			}
		}
		e2e.Whole(t, j.Result)
	}
	if !maps.Equal(sent, want) {
		t.Errorf("received %v\nwant %v", sent, want)
	}
}

func isPicture(a real) bool { return slices.Contains([]string{"jpg", "png", "webp"}, a.Format) }

// verdict checks what became of one asset.
type verdict struct {
	t    *testing.T
	h    *e2e.Home
	c    *control.Client
	real real
	path string
}

func (v verdict) until(state string) control.Job {
	v.t.Helper()
	return e2e.UntilThat(v.t, v.c, v.path, func(j control.Job) bool { return j.State == state })
}

// invalid wants a reason, and that nothing was sent.
func (v verdict) invalid() {
	v.t.Helper()
	j := v.until(control.Failed)
	if j.Error == "" || j.Attempts != 0 || j.RemoteID != "" {
		v.t.Errorf("%+v", j)
	}
	e, err := v.c.Explain(v.t.Context(), v.path)
	if err != nil || !slices.ContainsFunc(e.Gates, func(g control.Gate) bool { return g.Name == "whole" && g.Verdict == "fail" && g.Why != "" }) {
		v.t.Errorf("no gate says why: %+v, %v", e.Gates, err)
	}
}

// missing wants the job to wait for exactly these files, and all of them named.
func (v verdict) missing() {
	v.t.Helper()
	j := v.until(control.Held)
	want := make([]string, len(v.real.Missing))
	for i, name := range v.real.Missing {
		want[i] = strings.TrimPrefix(name, strings.TrimPrefix(path.Dir(v.real.Primary)+"/", "./"))
	}
	if j.Reason != "companions" || j.Attempts != 0 || j.Hint == "" {
		v.t.Errorf("%+v", j)
	}
	if more := len(want) - 5; more > 0 && !strings.Contains(j.Error, fmt.Sprintf("and %d more", more)) {
		v.t.Errorf("the rest is not counted: %q", j.Error)
	}
	for _, name := range want[:min(len(want), 5)] {
		if !strings.Contains(j.Error, name) {
			v.t.Errorf("%s is not named: %q", name, j.Error)
		}
	}
	e, err := v.c.Explain(v.t.Context(), v.path)
	if err != nil || !slices.Equal(e.Missing, want) {
		v.t.Errorf("explained as missing %q, want %q; %v", e.Missing, want, err)
	}
	for _, g := range e.Gates {
		if g.Name == "complete" && g.Verdict == "pass" {
			v.t.Error("explained as complete")
		}
	}
	stdout, stderr, code := v.h.Simdrop("explain", v.path)
	for _, name := range want {
		if !strings.Contains(stdout, "missing: "+name+"\n") {
			v.t.Errorf("explain does not name %s:\n%s%s(%d)", name, stdout, stderr, code)
		}
	}
}

// received wants the upload to hold the primary and its companions, unchanged and
// in their places below the folder they share.
func (v verdict) received(got *receipts, src string) {
	v.t.Helper()
	j := v.until(control.Done)
	sent, ok := got.of(j)
	if !ok {
		v.t.Fatalf("the provider received nothing: %+v", j)
	}
	want := map[string]string{}
	names := append([]string{v.real.Primary}, v.real.Companions...)
	top := commonFolder(names)
	for _, name := range names {
		want[strings.TrimPrefix(name, top)] = v.digestOf(filepath.Join(src, filepath.FromSlash(name)))
	}
	for place, sum := range sent.files {
		if _, optional := v.real.Optional[top+place]; optional && want[place] == "" {
			want[place] = sum
		}
	}
	places := slices.Sorted(maps.Keys(want))
	if len(want) == 1 && sent.whole != want[places[0]] {
		v.t.Errorf("what was received is not the file itself")
	}
	if len(want) > 1 && !maps.Equal(sent.files, want) {
		v.t.Errorf("received %v\nwant %v", sent.files, want)
	}
	if !slices.Equal(slices.Sorted(slices.Values(j.Bundle)), places) {
		v.t.Errorf("the job says %q, want %q", j.Bundle, places)
	}
	e2e.Whole(v.t, j.Result)
}

// digestOf is the digest of a source file as it belongs into the bundle.
func (v verdict) digestOf(name string) string {
	v.t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		v.t.Fatal(err)
	}
	if r := rewritten[v.real.Dir+"/"+filepath.Base(name)]; r != nil {
		raw = []byte(r.Replace(string(raw)))
	}
	sum, err := digest(bytes.NewReader(raw))
	if err != nil {
		v.t.Fatal(err)
	}
	return sum
}

// commonFolder is the folder that all names share, with a slash, or nothing.
func commonFolder(names []string) string {
	top := path.Dir(names[0]) + "/"
	for _, name := range names {
		for top != "./" && !strings.HasPrefix(name, top) {
			top = path.Dir(strings.TrimSuffix(top, "/")) + "/"
		}
	}
	return strings.TrimPrefix(top, "./")
}
