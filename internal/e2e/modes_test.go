package e2e_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"simdrop/internal/control"
	"simdrop/internal/e2e"
	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// mode is one thing that the provider offers, as it is had from a folder.
type mode struct {
	name    string
	accept  string // kinds
	convert string // the folder's conversion options
	drop    []string
	primary string

	jobType string
	credits float64        // as documented
	sent    map[string]any // what the provider's job echoes of the fields
	images  []string       // names of the pictures, in the order they were sent
	files   []string       // in the result, beside the sidecar
	check   func(*testing.T, control.Job)
}

var (
	usdFiles  = []string{"chair.usd", "textures/checker.png"}
	mjcfFiles = []string{"mjcf/chair.xml"}
)

var modes = []mode{
	{name: "model", accept: "models", drop: []string{"chair.glb"}, jobType: "glb_to_simready", credits: 1, files: usdFiles},
	{name: "model with companions", accept: "models", drop: []string{"chair.obj"}, jobType: "glb_to_simready", credits: 1, files: usdFiles},
	{name: "mjcf", accept: "models", convert: "format: mjcf", drop: []string{"chair.glb"}, jobType: "glb_to_simready", credits: 1, files: mjcfFiles},
	{name: "all", accept: "models", convert: "format: all", drop: []string{"chair.glb"}, jobType: "glb_to_simready", credits: 1, files: append(slices.Clone(mjcfFiles), usdFiles...)},
	{name: "optimize", accept: "models", convert: "target_triangle_count: 5000, threshold: 0.05, llm_provider: some, skip_validation: true",
		drop: []string{"chair.glb"}, jobType: "glb_to_simready", credits: 1, files: usdFiles,
		sent: map[string]any{"target_triangle_count": 5000.0, "optimize": true, "threshold": 0.05, "llm_provider": "some", "skip_validation": true}},
	{name: "prompt", accept: "prompts", convert: "face_limit: 9000, model_version: v2", drop: []string{"chair.prompt.txt"}, jobType: "text_to_simready", credits: 2, files: usdFiles,
		sent: map[string]any{"prompt": "a red chair", "face_limit": 9000.0, "model_version": "v2"}},
	{name: "image", accept: "images", convert: "face_limit: 9000", drop: []string{"chair.png"}, jobType: "image_to_simready", credits: 3, files: usdFiles,
		sent: map[string]any{"face_limit": 9000.0}, images: []string{"chair"}},
	{name: "two images", accept: "images", drop: []string{"chair_back.png", "chair_front.png"}, primary: "chair_front.png",
		jobType: "multiview_to_simready", credits: 3, images: []string{"chair_front", "chair_back"}},
	{name: "three images", accept: "images", drop: []string{"chair_left.png", "chair_right.png", "chair_front.png"}, primary: "chair_front.png",
		jobType: "multiview_to_simready", credits: 3, images: []string{"chair_front", "chair_right", "chair_left"}},
	{name: "four images", accept: "images", drop: []string{"chair_back.png", "chair_front.png", "chair_left.png", "chair_right.png"}, primary: "chair_front.png",
		jobType: "multiview_to_simready", credits: 3, images: []string{"chair_front", "chair_right", "chair_back", "chair_left"}},
	{name: "a folder of images", accept: "images", drop: []string{"set/b.png", "set/a.png"}, primary: "set/a.png",
		jobType: "multiview_to_simready", credits: 3, images: []string{"a", "b"}},
}

// TestModes takes every mode from a drop to its result, once, at its documented price.
func TestModes(t *testing.T) {
	for i, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			r := newModeRig(t, i%2 == 1)
			r.watch(t, m, ", budget: {approve_above: 0}")
			c := r.home.Start().Ready()
			path := r.drop(t, m)
			j := e2e.Until(t, c, "done", path)[path]
			r.paidOnce(t, c, m, j)
			r.sentAs(t, m, j)
			s := e2e.Whole(t, j.Result)
			var got []string
			for _, f := range s.Files {
				got = append(got, f.Path)
			}
			if slices.Sort(got); m.files != nil && !slices.Equal(got, slices.Sorted(slices.Values(m.files))) {
				t.Errorf("the result holds %v, want %v", got, m.files)
			}
			if s.Credits != m.credits {
				t.Errorf("the sidecar says %v credits", s.Credits)
			}
			if m.check != nil {
				m.check(t, j)
			}
		})
	}
}

// Each mode's price is known before anything is sent, from the provider's own list in
// both of its shapes.
func TestPricesOfModes(t *testing.T) {
	for _, nested := range []bool{false, true} {
		for _, m := range modes {
			if !slices.Contains([]string{"model", "prompt", "image", "two images"}, m.name) {
				continue
			}
			t.Run(fmt.Sprintf("%s, nested %v", m.name, nested), func(t *testing.T) {
				t.Parallel()
				r := newModeRig(t, nested)
				r.dearer = 10 // than documented
				r.watch(t, m, ", budget: {per_day: 10, approve_above: 0}")
				c := r.home.Start().Ready()
				path := r.drop(t, m)
				j := e2e.Until(t, c, "held", path)[path]
				want := fmt.Sprintf("it costs about %v credits, and the limit for today is 10", m.credits+10)
				if j.Reason != "budget" || j.Error != want {
					t.Errorf("held as %s: %s; want %s", j.Reason, j.Error, want)
				}
				if l := r.provider.Ledger(); len(l) != 0 {
					t.Errorf("something was sent: %+v", l)
				}
			})
		}
	}
}

// A newer page of the vendor takes one image or four. Its refusal is shown, with what
// to do, and costs nothing.
func TestTwoImagesRefused(t *testing.T) {
	t.Parallel()
	r := newModeRig(t, false)
	r.provider.Faults.Add(rigydserver.Fault{Kind: rigydserver.Answer, Op: rigydserver.OpSubmit, Status: 422, Text: "Provide exactly 1 or 4 images"})
	m := modes[slices.IndexFunc(modes, func(m mode) bool { return m.name == "two images" })]
	r.watch(t, m, ", budget: {approve_above: 0}")
	c := r.home.Start().Ready()
	path := r.drop(t, m)
	j := e2e.Until(t, c, "failed", path)[path]
	if !strings.Contains(j.Error, "Provide exactly 1 or 4 images") || !strings.Contains(j.Hint, "one image or all four views") || !strings.Contains(j.Hint, "nothing was charged") {
		t.Errorf("failed with %q, hint %q", j.Error, j.Hint)
	}
	if l := r.provider.Ledger(); len(l) != 0 {
		t.Errorf("charged: %+v", l)
	}
}

// A prompt and pictures that a command names are converted in whatever folder they are.
func TestConvertGenerates(t *testing.T) {
	t.Parallel()
	r := newModeRig(t, false)
	r.watch(t, mode{accept: "models"}, "")
	paths := []string{"chair.prompt.txt", "front.png", "left.png"}
	for i, name := range paths {
		paths[i] = filepath.Join(r.home.Dir, "elsewhere", name)
		write(t, paths[i], shade(t, i))
	}
	write(t, paths[0], []byte("a red chair"))
	out, errs, code := r.home.Simdrop(append([]string{"convert"}, paths...)...)
	if code != 0 || !strings.Contains(out, "chair.simready") || !strings.Contains(out, "front.simready") {
		t.Errorf("%d: %s%s", code, out, errs)
	}
	var types []string
	for _, e := range r.provider.Ledger() {
		types = append(types, e.Type)
	}
	if slices.Sort(types); !slices.Equal(types, []string{"multiview_to_simready", "text_to_simready"}) {
		t.Errorf("sent %v", types)
	}
}

// What cannot become a model is refused before anything is paid.
func TestNotSentAtAll(t *testing.T) {
	t.Parallel()
	r := newModeRig(t, false)
	r.watch(t, mode{accept: "images, prompts"}, "")
	c := r.home.Start().Ready()
	want := map[string]string{
		r.home.Write("blank.prompt.txt", []byte(" \n ")):                         "it is blank",
		r.home.Write("letter.prompt.txt", []byte("x\n")):                         "it is a single character",
		r.home.Write("long.prompt.txt", []byte(strings.Repeat("chair ", 100))):   "599 characters",
		r.home.Write("big.png", bigPicture(t, 10<<20)):                           "pictures may have 10 MB",
		r.home.Write("text.png", []byte("this is no picture, whatever it says")): "does not start as a PNG",
	}
	for path, j := range e2e.Until(t, c, "failed", slices.Collect(maps.Keys(want))...) {
		if !strings.Contains(j.Error, want[path]) || j.Hint == "" {
			t.Errorf("%s failed with %q, hint %q", filepath.Base(path), j.Error, j.Hint)
		}
	}
	if n := r.provider.Faults.Requests(rigydserver.OpSubmit); n != 0 {
		t.Errorf("%d submissions were tried", n)
	}
}

// modeRig is a provider behind a proxy that looks at what is said to it.
type modeRig struct {
	provider *rigydtest.Provider
	home     *e2e.Home
	url      string
	dearer   float64 // added to each price of the list

	mu     sync.Mutex
	images []string // in the order of the last generation
	agents map[string]bool
}

// newModeRig starts a provider; nested prices are in data.pricing.
func newModeRig(t *testing.T, nested bool) *modeRig {
	r := &modeRig{agents: map[string]bool{}}
	r.provider = rigydtest.Start(t, rigydtest.With(func(o *rigydserver.Options) {
		generate := o.Generate
		o.Generate = func(ctx context.Context, in rigydserver.Prompt, w engine.Writer) (engine.Output, error) {
			r.mu.Lock()
			r.images = nil
			for _, img := range in.Images {
				r.images = append(r.images, rigydtest.Base(img.Name))
			}
			r.mu.Unlock()
			return generate(ctx, in, w)
		}
	}))
	to, err := url.Parse(r.provider.URL)
	if err != nil {
		t.Fatal(err)
	}
	to.Path = ""
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ModifyResponse = func(resp *http.Response) error {
		if strings.HasSuffix(resp.Request.URL.Path, "/pricing") {
			return r.reprice(resp, nested)
		}
		return nil
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/api/") {
			r.mu.Lock()
			r.agents[req.Header.Get("X-Rigyd-Client")+" "+req.Header.Get("User-Agent")] = true
			r.mu.Unlock()
		}
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(srv.Close)
	r.url = srv.URL + "/api"
	return r
}

// reprice changes the price list.
func (r *modeRig) reprice(resp *http.Response, nested bool) error {
	var list struct {
		Data map[string]float64 `json:"data"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		return err
	}
	resp.Body.Close()
	for name := range list.Data {
		list.Data[name] += r.dearer
	}
	body := any(list)
	if nested {
		body = map[string]any{"data": map[string]any{"pricing": list.Data}}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	resp.ContentLength = int64(len(b))
	resp.Header.Set("Content-Length", strconv.Itoa(len(b)))
	return nil
}

// watch configures a home for the mode; more are further keys of the provider.
func (r *modeRig) watch(t *testing.T, m mode, more string) {
	t.Helper()
	entry := fmt.Sprintf("  rigyd: {base_url: %q, api_key: %q, poll_interval: 50ms%s}", r.url, r.provider.Key, more)
	r.home = e2e.NewHome(t, "rigyd", entry)
	b, err := os.ReadFile(r.home.Config)
	if err != nil {
		t.Fatal(err)
	}
	b = fmt.Appendf(b, "    accept: [%s]\n    convert: {%s}\n", m.accept, m.convert)
	if err := os.WriteFile(r.home.Config, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// drop puts the mode's files into the watched folder, and returns the path of the
// asset that they make.
func (r *modeRig) drop(t *testing.T, m mode) string {
	t.Helper()
	for _, name := range m.drop {
		switch filepath.Ext(name) {
		case ".png":
			r.home.Write(name, shade(t, len(name)))
		case ".txt":
			r.home.Write(name, []byte("  a red chair\n"))
		case ".obj":
			r.home.Write("chair.mtl", []byte("newmtl wood\nmap_Kd wood.png\n"))
			r.home.Write("wood.png", shade(t, 0))
			r.home.Write(name, append([]byte("mtllib chair.mtl\n"), object(name)...))
		default:
			r.home.Write(name, emptyGLB())
		}
	}
	primary := m.primary
	if primary == "" {
		primary = m.drop[0]
	}
	return filepath.Join(r.home.Watch, filepath.FromSlash(primary))
}

// paidOnce checks that the provider's charges and our ledger say the same: the
// documented price, once.
func (r *modeRig) paidOnce(t *testing.T, c *control.Client, m mode, j control.Job) {
	t.Helper()
	charged := r.provider.Ledger()
	if len(charged) != 1 || charged[0].Type != m.jobType || charged[0].Credits != m.credits || charged[0].Refunded {
		t.Errorf("the provider charged %+v, want %v for one %s", charged, m.credits, m.jobType)
	}
	l, err := c.Ledger(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if l.Total != (control.LedgerSum{Spent: m.credits, Net: m.credits}) || len(l.Entries) != 1 || l.Entries[0].Job != j.ID || l.Entries[0].Kind != "spent" {
		t.Errorf("the ledger says %+v", l)
	}
	if j.Credits != m.credits {
		t.Errorf("the job says %v credits", j.Credits)
	}
}

// sentAs checks what the provider saw.
func (r *modeRig) sentAs(t *testing.T, m mode, j control.Job) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	agents := slices.Collect(maps.Keys(r.agents))
	if len(agents) != 1 || !strings.HasPrefix(agents[0], "simdrop simdrop/") {
		t.Errorf("requests said they were from %q", agents)
	}
	var job struct {
		Data struct {
			Parameters map[string]any `json:"parameters"`
		} `json:"data"`
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.provider.URL+"/conversions/"+url.PathEscape(j.RemoteID), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.provider.Key)
	resp, err := r.provider.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&job); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"client": "simdrop"}
	maps.Copy(want, m.sent)
	if !maps.Equal(job.Data.Parameters, want) {
		t.Errorf("the provider was sent %v, want %v", job.Data.Parameters, want)
	}
	if !slices.Equal(r.images, m.images) {
		t.Errorf("pictures were sent in the order %v, want %v", r.images, m.images)
	}
}

// shade is a whole PNG; each gray is another.
func shade(t *testing.T, gray int) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 2, 2))
	img.Pix[0] = uint8(gray)
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bigPicture is a whole PNG of more than the size, with a private chunk before its
// end chunk of 12 bytes (PNG specification, section 5.3).
func bigPicture(t *testing.T, size int) []byte {
	t.Helper()
	small := shade(t, 1)
	body := append([]byte("prVt"), bytes.Repeat([]byte{1}, size)...)
	end := len(small) - 12
	b := binary.BigEndian.AppendUint32(slices.Clone(small[:end]), uint32(size))
	b = append(b, body...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
	return append(b, small[end:]...)
}

// emptyGLB is a GLB with nothing in it.
func emptyGLB() []byte {
	doc := []byte(`{"asset":{"version":"2.0"}} `) // of a length that 4 divides
	b := []byte("glTF")
	for _, n := range []int{2, 20 + len(doc), len(doc)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return append(append(b, "JSON"...), doc...)
}
