// Package replay holds the calls that the vendor's own clients document, made
// against the program itself: `simdrop engine`, as a process, with its children.
// It shares no code with the server or with our client.
package replay

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"simdrop/internal/e2e"
)

func TestMain(m *testing.M) {
	code := m.Run()
	e2e.RemoveBinary()
	os.Exit(code)
}

// vendor speaks as the vendor's command line does.
type vendor struct {
	t    *testing.T
	base string
}

// start starts `simdrop engine` on a free port and reads its base URL.
func start(t *testing.T) *vendor {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), e2e.Binary(t), "engine", "--listen", "127.0.0.1:0")
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME="+home, "LOCALAPPDATA="+home)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // its context has ended, and with it the program
	line, err := bufio.NewReader(out).ReadString('\n')
	base := strings.TrimSpace(line)
	if err != nil || !strings.HasSuffix(base, "/api") {
		t.Fatalf("%q: %v", line, err)
	}
	return &vendor{t, base}
}

// call makes a request with the documented headers. Downloads carry no Accept.
func (v *vendor) call(method, where, contentType string, body io.Reader) (int, http.Header, []byte) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(v.t.Context()), method, v.base+where, body)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer rgyd_test_"+strings.Repeat("k", 43))
	req.Header.Set("User-Agent", "rigyd/1.1.0")
	req.Header.Set("X-Rigyd-Client", "cli")
	if !strings.Contains(where, "/result") {
		req.Header.Set("Accept", "application/json")
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, b
}

type object map[string]any

// at follows keys into nested objects.
func (o object) at(keys ...string) any {
	var x any = map[string]any(o)
	for _, k := range keys {
		m, _ := x.(map[string]any)
		x = m[k]
	}
	return x
}

// want makes a call and returns the whole answer.
func (v *vendor) want(status int, method, where, contentType string, body io.Reader) object {
	v.t.Helper()
	code, _, b := v.call(method, where, contentType, body)
	var o object
	if err := json.Unmarshal(b, &o); err != nil || code != status {
		v.t.Fatalf("%s %s: %d, want %d: %s", method, where, code, status, b)
	}
	return o
}

// form is a multipart body as the vendor's HTTP library orders it: fields, then files.
func form(t *testing.T, name string, data []byte, fields ...[2]string) (string, io.Reader) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		if err := w.WriteField(f[0], f[1]); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = p.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), &b
}

// convert submits a file and polls until it has ended.
func (v *vendor) convert(first, name string, data []byte, fields ...[2]string) object {
	v.t.Helper()
	ct, body := form(v.t, name, data, fields...)
	sub := v.want(202, "POST", "/conversions", ct, body)
	id, _ := sub.at("data", "id").(string)
	if !regexp.MustCompile(`^local_[a-z0-9]{24}$`).MatchString(id) || sub.at("data", "status") != first || sub.at("data", "credits_charged") != 0.0 {
		v.t.Fatalf("%s: submitted as %v, want %s", name, sub, first)
	}
	if _, ok := sub.at("data").(map[string]any)["physiq_job_id"]; ok {
		v.t.Errorf("%s claims a job of the vendor's pipeline", name)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		job := v.want(200, "GET", "/conversions/"+id, "", nil)
		if s := job.at("data", "status"); s == "completed" || s == "failed" {
			return job.at("data").(map[string]any)
		}
	}
	return nil
}

const cube = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\n" +
	"f 1 4 3 2\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"

const facets = "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 1\nendloop\nendfacet\nendsolid a\n"

const sheet = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n" +
	"element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 1 1\n3 0 1 2\n"

// glb wraps a glTF document.
func glb(doc string, bin []byte) []byte {
	for len(doc)%4 != 0 {
		doc += " "
	}
	n := 20 + len(doc)
	if bin != nil {
		n += 8 + len(bin)
	}
	b := binary.LittleEndian.AppendUint32([]byte("glTF\x02\x00\x00\x00"), uint32(n))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(doc)))
	b = append(append(b, "JSON"...), doc...)
	if bin != nil {
		b = append(append(binary.LittleEndian.AppendUint32(b, uint32(len(bin))), "BIN\x00"...), bin...)
	}
	return b
}

// triangle is a GLB with one triangle that says it needs the extension.
func triangle(t *testing.T, needs string) []byte {
	t.Helper()
	var bin bytes.Buffer
	if err := binary.Write(&bin, binary.LittleEndian, []float32{0, 0, 0, 1, 0, 0, 0, 1, 1}); err != nil {
		t.Fatal(err)
	}
	ext := ""
	if needs != "" {
		ext = fmt.Sprintf(`"extensionsUsed":[%q],"extensionsRequired":[%q],`, needs, needs)
	}
	return glb(`{"asset":{"version":"2.0"},`+ext+`"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],
"meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],"buffers":[{"byteLength":36}],
"bufferViews":[{"buffer":0,"byteLength":36}],
"accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3","min":[0,0,0],"max":[1,1,1]}]}`, bin.Bytes())
}

func zipOf(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTheVendorsOrder is one visit: who am I, what does it cost, convert, fetch, list.
func TestTheVendorsOrder(t *testing.T) {
	v := start(t)
	me := v.want(200, "GET", "/me", "", nil)
	if me.at("data", "subscription", "plan", "name") != "local engine" {
		t.Errorf("/me says %v", me)
	}
	prices, _ := v.want(200, "GET", "/conversions/pricing", "", nil).at("data").(map[string]any)
	for _, typ := range []string{"glb_to_simready", "text_to_simready", "image_to_simready", "multiview_to_simready", "simulate_usd"} {
		if p, ok := prices[typ]; !ok || p != 0.0 {
			t.Errorf("%s costs %v", typ, p)
		}
	}
	job := v.convert("queued", "tri.glb", triangle(t, ""), [2]string{"target_triangle_count", "5000"}, [2]string{"optimize", "true"}, [2]string{"colour", "red"})
	if job["status"] != "completed" || job["error"] != nil {
		t.Fatalf("%v: %v", job["status"], job["error"])
	}
	for k, want := range map[string]any{"target_triangle_count": 5000.0, "optimize": true, "colour": "red", "client": "cli"} {
		if got := job.at("parameters", k); got != want {
			t.Errorf("parameter %s came back as %v", k, got)
		}
	}
	if s, _ := job.at("report", "summary").(string); !strings.HasPrefix(s, "33 of 34 required requirements of Robotics-Prop 3.0.0 (list of 2026-08) pass; failed: NP.005; ") {
		t.Errorf("the report's line: %q", s)
	}
	id := job["id"].(string)
	for format, ext := range map[string]string{"usd": ".usd", "mjcf": ".xml", "all": ".usd"} {
		v.fetch(id, format, ext)
	}
	code, _, body := v.call("GET", "/conversions/"+id+"/result?format=glb", "", nil)
	if code != 400 || !strings.Contains(string(body), "Invalid format. Expected one of: usd, mjcf, all") {
		t.Errorf("format glb: %d %s", code, body)
	}
	list := v.want(200, "GET", "/conversions?page=1&pageSize=25", "", nil)
	if list.at("meta", "total") != 1.0 || list.at("meta", "pageSize") != 25.0 {
		t.Errorf("the list: %v", list)
	}
}

// fetch fetches a result and finds its main file as the vendor's client does: the
// shallowest, then the shortest, of its extension.
func (v *vendor) fetch(id, format, ext string) {
	v.t.Helper()
	code, h, body := v.call("GET", "/conversions/"+id+"/result?format="+format, "", nil)
	if code != 200 || h.Get("Content-Type") != "application/zip" {
		v.t.Errorf("%s: %d %s", format, code, h.Get("Content-Type"))
		return
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		v.t.Errorf("%s: %v", format, err)
		return
	}
	main := ""
	for _, f := range z.File {
		n := f.Name
		deeper := strings.Count(n, "/") - strings.Count(main, "/")
		if path.Ext(n) == ext && (main == "" || deeper < 0 || deeper == 0 && len(n) < len(main)) {
			main = n
		}
	}
	if want := map[string]string{".usd": "usd/tri/tri.usd", ".xml": "mjcf/tri/tri.xml"}[ext]; main != want {
		v.t.Errorf("%s: the main file is %q, want %q", format, main, want)
	}
}

// TestWhatIsReadAndWhatIsNot goes through the formats.
func TestWhatIsReadAndWhatIsNot(t *testing.T) {
	v := start(t)
	for _, c := range []struct {
		name, first string
		data        []byte
		failed      string // a part of the error
	}{
		{"a.obj", "preprocessing", []byte(cube), ""},
		{"a.stl", "preprocessing", []byte(facets), ""},
		{"a.ply", "preprocessing", []byte(sheet), ""},
		{"glb.zip", "preprocessing", zipOf(t, "in/a.glb", triangle(t, "")), ""},
		{"stl.zip", "preprocessing", zipOf(t, "a.stl", []byte(facets)), ""},
		{"ply.zip", "preprocessing", zipOf(t, "a.ply", []byte(sheet)), ""},
		{"draco.glb", "queued", triangle(t, "KHR_draco_mesh_compression"), "Draco"},
		{"meshopt.glb", "queued", triangle(t, "EXT_meshopt_compression"), "meshopt"},
		{"ktx.glb", "queued", triangle(t, "KHR_texture_basisu"), "KTX"},
		{"points.obj", "preprocessing", []byte("v 0 0 0\n"), "triangles"},
		{"broken.glb", "queued", []byte("nonsense"), ""},
	} {
		job := v.convert(c.first, c.name, c.data, [2]string{"units", "mm"})
		text, _ := job["error"].(string)
		switch want := c.failed != "" || c.name == "broken.glb"; {
		case want != (job["status"] == "failed"):
			t.Errorf("%s: %v: %s", c.name, job["status"], text)
		case want && (text == "" || !strings.Contains(strings.ToLower(text), strings.ToLower(c.failed))):
			t.Errorf("%s: the error says %q", c.name, text)
		case !want && c.first == "preprocessing" && (job.at("preprocess", "status") != "completed" || job.at("preprocess", "input_stats", "triangles") == nil):
			t.Errorf("%s: preprocess %v", c.name, job["preprocess"])
		case !want && filepath.Ext(c.name) == ".obj" && job.at("report", "size_m").([]any)[0] != 0.001:
			t.Errorf("%s: in millimetres it measures %v m", c.name, job.at("report", "size_m"))
		}
	}
	for _, name := range []string{"a.usd", "a.usda", "a.usdc", "a.usdz"} {
		ct, body := form(t, name, []byte("#usda 1.0\n"))
		no := v.want(400, "POST", "/conversions", ct, body)
		if text, _ := no["error"].(string); !strings.HasPrefix(text, "Unsupported format: "+path.Ext(name)+". ") || !strings.Contains(text, "glb, gltf") {
			t.Errorf("%s: %q", name, text)
		}
	}
	no := v.want(422, "POST", "/conversions/generate", "application/json", strings.NewReader(`{"prompt":"a chair"}`))
	if no["error"] != "The local engine cannot generate from text or images" {
		t.Errorf("generate: %v", no)
	}
	if resp, err := http.Get(v.base + "/me"); err != nil || resp.StatusCode != 401 {
		t.Errorf("without a key: %v %v", resp.StatusCode, err)
	} else {
		resp.Body.Close()
	}
}
