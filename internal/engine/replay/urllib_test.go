package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"os/exec"
	"strings"
	"testing"
	"time"

	"simdrop/internal/e2e"
)

// The vendor's command line is Python over urllib, without other packages, and writes
// its multipart bodies itself. These are its bytes, header by header: no quoting of
// names, no charset, HTTP/1.1 with "Connection: close".
const (
	boundary = "----rigyd0123456789abcdef0123456789abcdef"
	crlf     = "\r\n"
)

// urllib sends a request as Python's urllib does and reads the answer to its end.
func (v *vendor) urllib(method, where string, json bool, contentType string, body []byte) (int, http.Header, []byte) {
	v.t.Helper()
	u, err := url.Parse(v.base)
	if err != nil {
		v.t.Fatal(err)
	}
	c, err := net.DialTimeout("tcp", u.Host, 10*time.Second)
	if err != nil {
		v.t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(120 * time.Second)); err != nil { // the client's own
		v.t.Fatal(err)
	}
	var q bytes.Buffer
	fmt.Fprint(&q, method, " ", u.Path, where, " HTTP/1.1", crlf, "Accept-Encoding: identity", crlf)
	if body != nil {
		fmt.Fprint(&q, "Content-Length: ", len(body), crlf)
	}
	fmt.Fprint(&q, "Host: ", u.Host, crlf,
		"Authorization: Bearer rgyd_test_", strings.Repeat("k", 43), crlf,
		"User-Agent: rigyd/1.1.0", crlf, "X-rigyd-client: cli", crlf)
	if contentType != "" {
		fmt.Fprint(&q, "Content-Type: ", contentType, crlf)
	}
	if json {
		fmt.Fprint(&q, "Accept: application/json", crlf)
	}
	fmt.Fprint(&q, "Connection: close", crlf, crlf)
	q.Write(body)
	if _, err := c.Write(q.Bytes()); err != nil {
		v.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
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

// ask makes a JSON call that must succeed and returns what is under "data".
func (v *vendor) ask(method, where, contentType string, body []byte) object {
	v.t.Helper()
	code, _, b := v.urllib(method, where, true, contentType, body)
	var o struct{ Data object }
	if err := json.Unmarshal(b, &o); err != nil || code/100 != 2 {
		v.t.Fatalf("%s %s: %d: %s", method, where, code, b)
	}
	return o.Data
}

// until polls the job as the vendor's Job.wait does, without its three seconds.
func (v *vendor) until(job object) object {
	v.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		job = v.ask("GET", "/conversions/"+job["id"].(string), "", nil)
		if s := job["status"]; s == "completed" || s == "failed" {
			break
		}
	}
	if job["status"] != "completed" {
		v.t.Fatalf("the job ended as %v: %v", job["status"], job["error"])
	}
	return job
}

// TestTheVendorsCommandLine goes through its commands: whoami, pricing, convert with
// --tris, jobs list, jobs get, download, simulate.
func TestTheVendorsCommandLine(t *testing.T) {
	v := start(t)
	me := v.ask("GET", "/me", "", nil)
	if name := me.at("user", "username"); name != "local" || me.at("subscription", "credits_remaining") == nil {
		t.Errorf("whoami: %v", me)
	}
	if cost := v.ask("GET", "/conversions/pricing", "", nil)["glb_to_simready"]; cost != 0.0 {
		t.Errorf("pricing: %v", cost)
	}
	var b bytes.Buffer
	for _, f := range [][2]string{{"optimize", "true"}, {"target_triangle_count", "5000"}} {
		fmt.Fprint(&b, "--", boundary, crlf, `Content-Disposition: form-data; name="`, f[0], `"`, crlf, crlf, f[1], crlf)
	}
	fmt.Fprint(&b, "--", boundary, crlf, `Content-Disposition: form-data; name="file"; filename="stühl 1.glb"`, crlf, "Content-Type: model/gltf-binary", crlf, crlf)
	b.Write(triangle(t, ""))
	fmt.Fprint(&b, crlf, "--", boundary, "--", crlf)
	job := v.until(v.ask("POST", "/conversions", "multipart/form-data; boundary="+boundary, b.Bytes()))
	if job["filename"] != "stühl 1.glb" || job.at("parameters", "client") != "cli" || job.at("parameters", "optimize") != true {
		t.Errorf("convert: %v, %v", job["filename"], job["parameters"])
	}
	id := job["id"].(string)
	code, _, list := v.urllib("GET", "/conversions?page=1&pageSize=25", true, "", nil)
	if code != 200 || !bytes.Contains(list, []byte(id)) || !bytes.Contains(list, []byte(`"pageCount":1`)) {
		t.Errorf("jobs list: %d %s", code, list)
	}
	for _, format := range []string{"usd", "mjcf", "all"} {
		code, h, zip := v.urllib("GET", "/conversions/"+id+"/result?format="+format, false, "", nil)
		if code != 200 || h.Get("Content-Type") != "application/zip" || !bytes.HasPrefix(zip, []byte("PK\x03\x04")) {
			t.Errorf("download %s: %d %v", format, code, h)
		}
	}
	for body, scene := range map[string]string{`{"scene": "drop"}`: "drop", `{}`: "demo"} {
		sim := v.until(v.ask("POST", "/conversions/"+id+"/simulate", "application/json", []byte(body)))
		for _, out := range []string{"sim_gif", "sim_log"} {
			where, _ := sim.at("output", out, "url").(string)
			name, _ := sim.at("output", out, "name").(string)
			if where == "" || !strings.Contains(name, "_"+scene+".") {
				t.Errorf("simulate %s: %s is %v", body, out, sim.at("output", out))
			}
		}
	}
	if code, _, b := v.urllib("GET", "/conversions/nothing", true, "", nil); code != 404 || !bytes.Contains(b, []byte(`"error":"Conversion job not found"`)) {
		t.Errorf("jobs get of nothing: %d %s", code, b)
	}
}

// TestOneVersion wants the version that the program states in all that it makes.
func TestOneVersion(t *testing.T) {
	v := start(t)
	out, err := exec.Command(e2e.Binary(t), "version", "--json").Output()
	var said struct{ Version string }
	if err != nil || json.Unmarshal(out, &said) != nil || said.Version == "" {
		t.Fatalf("%s: %v", out, err)
	}
	_, h, _ := v.call("GET", "/me", "", nil)
	job := v.convert("queued", "tri.glb", triangle(t, ""))
	if got, want := h.Get("Server"), "simdrop-engine/"+said.Version; got != want {
		t.Errorf("the server is %q, want %q", got, want)
	}
	if got, want := job.at("report", "generator"), "simdrop local engine "+said.Version+" (not Rigyd)"; got != want {
		t.Errorf("the generator is %q, want %q", got, want)
	}
}
