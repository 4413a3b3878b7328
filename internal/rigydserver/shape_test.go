package rigydserver_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"simdrop/internal/rigydserver/rigydtest"
)

// keysOf lists an object's keys, nested ones of the given blocks as block.key.
func keysOf(o map[string]any, blocks ...string) string {
	var keys []string
	for _, k := range slices.Sorted(maps.Keys(o)) {
		inner, ok := o[k].(map[string]any)
		if ok && slices.Contains(blocks, k) {
			for _, i := range slices.Sorted(maps.Keys(inner)) {
				keys = append(keys, k+"."+i)
			}
			continue
		}
		keys = append(keys, k)
	}
	return strings.Join(keys, " ")
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

const (
	submitKeys = "createdAt credits_charged filename id job_type progress status"
	listKeys   = "createdAt credits_charged file_size_bytes filename id job_type progress stage status updatedAt"
	fullKeys   = "createdAt credits_charged error file_size_bytes filename id input.images input.metadata input.model job_type " +
		"output.mjcf_package output.model output.sim_gif output.sim_log output.sim_video output.textures parameters " +
		"preprocess.completed_at preprocess.error preprocess.input_stats preprocess.intermediate_glb preprocess.started_at " +
		"preprocess.status preprocess.steps preprocess.telemetry progress report simulations source_job stage status " +
		"timing.completed_at timing.queued_at timing.started_at updatedAt"
)

var (
	isID    = regexp.MustCompile(`^local_[a-z0-9]{24}$`)
	isStamp = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
)

func TestShapeOfAFileJob(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	c.p.Hold()
	sub := c.ok(c.submit("My Chair.GLB", "glTF....", part{"target_triangle_count", "", "5000"}, part{"optimize", "", "true"},
		part{"threshold", "", "0.05"}, part{"skip_validation", "", "false"}, part{"llm_provider", "", "some"}, part{"new_field", "", "yes"}), 202)
	same(t, "keys of the submission", keysOf(sub), submitKeys)
	same(t, "first status", sub["status"], "queued")
	same(t, "type", sub["job_type"], "glb_to_simready")
	same(t, "credits", sub["credits_charged"], 1.0)
	id := sub["id"].(string)
	if !isID.MatchString(id) || !isStamp.MatchString(sub["createdAt"].(string)) {
		t.Errorf("id %q, createdAt %q", id, sub["createdAt"])
	}
	before := c.ok(c.get("/conversions/"+id), 200)
	same(t, "keys", keysOf(before, "input", "output", "preprocess", "timing"), fullKeys)
	same(t, "preprocess", before.at("preprocess", "status"), "skipped")
	same(t, "steps of no preprocessing", before.at("preprocess", "steps"), nil)
	same(t, "completed_at", before.at("timing", "completed_at"), nil)
	same(t, "error", before["error"], nil)
	for k, want := range map[string]any{"target_triangle_count": 5000.0, "optimize": true, "threshold": 0.05,
		"skip_validation": false, "llm_provider": "some", "new_field": "yes", "client": "test"} {
		same(t, "parameter "+k, before.at("parameters", k), want)
	}
	if u, _ := before.at("input", "model", "url").(string); !strings.HasSuffix(path(t, u), "/input/My Chair.GLB") {
		t.Errorf("input url %q", u)
	}
	c.p.Release()
	after := c.wait(id)
	same(t, "keys", keysOf(after, "input", "output", "preprocess", "timing"), fullKeys)
	same(t, "status", after["status"], "completed")
	same(t, "progress", after["progress"], 100.0)
	same(t, "size", after["file_size_bytes"], 8.0)
	same(t, "model", after.at("output", "model", "name"), "my_chair.usd")
	same(t, "mjcf", after.at("output", "mjcf_package", "name"), "my_chair_mjcf.zip")
	same(t, "sim_video", after.at("output", "sim_video"), nil)
	for _, k := range []string{"queued_at", "started_at", "completed_at"} {
		if s, _ := after.at("timing", k).(string); !isStamp.MatchString(s) {
			t.Errorf("%s is %q", k, s)
		}
	}
}

func path(t *testing.T, u string) string {
	t.Helper()
	p, err := url.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	return p.Path
}

func TestShapeOfAnArchiveJob(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	sub := c.ok(c.submit("chair.zip", zipOf(t, "chair.obj", "chair.mtl", "tex/Wood.PNG", "__MACOSX/._chair.obj", "tex/")), 202)
	same(t, "first status", sub["status"], "preprocessing")
	job := c.wait(sub["id"].(string))
	same(t, "status", job["status"], "completed")
	same(t, "preprocess", job.at("preprocess", "status"), "completed")
	same(t, "primary", job.at("input", "metadata", "primary_file"), "chair.obj")
	b, err := json.Marshal([]any{job.at("input", "metadata", "textures"), job.at("input", "metadata", "tree"), job.at("preprocess", "steps")})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "metadata and steps", string(b), `[["tex/Wood.PNG"],["chair.obj","chair.mtl","tex/Wood.PNG"],["verify upload","check archive","select chair.obj"]]`)
	if n, _ := job.at("preprocess", "input_stats", "bytes").(float64); n == 0 {
		t.Errorf("input_stats: %v", job.at("preprocess", "input_stats"))
	}
}

func TestArchivesWithOnePrimary(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	for want, names := range map[string][]string{
		"a.obj":       {"a.obj", "scan.ply"},
		"sub/a.gltf":  {"sub/a.gltf", "sub/a.bin"},
		"root.usda":   {"layers/mat.usda", "root.usda", "layers/geo.usdc"},
		"part.stl":    {"part.stl"},
		"thing.glb":   {"thing.glb", "readme.txt"},
		"nested.usdc": {"nested.usdc", "deep/other.usdc"},
	} {
		job := c.ok(c.get("/conversions/"+c.accepted("x.zip", zipOf(t, names...))), 200)
		same(t, "primary", job.at("input", "metadata", "primary_file"), any(want))
	}
}

func TestShapeOfGenerations(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	kinds := map[string]answer{
		"text_to_simready":      c.post("/conversions/generate", part{"prompt", "", "a red chair"}, part{"face_limit", "", "9000"}),
		"image_to_simready":     c.post("/conversions/generate", part{"images[]", "a.png", "x"}),
		"multiview_to_simready": c.post("/conversions/generate", part{"images", "a.png", "x"}, part{"images", "b.webp", "yy"}),
	}
	for kind, a := range kinds {
		sub := c.ok(a, 202)
		same(t, "keys", keysOf(sub), submitKeys)
		same(t, "type", sub["job_type"], any(kind))
		same(t, "credits", sub["credits_charged"], any(rigydtest.Prices[kind]))
		job := c.wait(sub["id"].(string))
		same(t, "status of "+kind, job["status"], "completed")
		same(t, "keys", keysOf(job, "input", "output", "preprocess", "timing"), fullKeys)
		if kind == "text_to_simready" {
			same(t, "filename", job["filename"], "a red chair")
			same(t, "face_limit", job.at("parameters", "face_limit"), 9000.0)
			same(t, "model", job.at("output", "model", "name"), "a_red_chair.usd")
		}
	}
	for kind, body := range map[string]string{"application/json": `{"prompt":"a table","face_limit":100}`, "application/x-www-form-urlencoded": "prompt=a+table"} {
		sub := c.ok(c.do("POST", "/conversions/generate", kind, strings.NewReader(body)), 202)
		same(t, "filename by "+kind, sub["filename"], "a table")
	}
}

func TestShapeOfSimulations(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	src := c.accepted("chair.glb", "glTF")
	c.wait(src)
	sub := c.ok(c.do("POST", "/conversions/"+src+"/simulate", "application/json", strings.NewReader(`{"scene":"drop"}`)), 202)
	same(t, "keys", keysOf(sub), strings.Replace(submitKeys, "progress ", "progress source_job_id ", 1))
	same(t, "source", sub["source_job_id"], any(src))
	same(t, "credits", sub["credits_charged"], 0.0)
	id := sub["id"].(string)
	job := c.wait(id)
	same(t, "status", job["status"], "completed")
	same(t, "parent", job.at("source_job", "id"), any(src))
	same(t, "log", job.at("output", "sim_log", "name"), "chair_drop.log")
	parent := c.ok(c.get("/conversions/"+src), 200)
	if sims, _ := parent["simulations"].([]any); len(sims) != 1 || object(sims[0].(map[string]any))["id"] != id {
		t.Errorf("simulations: %v", parent["simulations"])
	}
	same(t, "log's text", string(c.open(job.at("output", "sim_log", "url")).body), "scene drop: 3 files, came to rest\n")
}

// open fetches a signed URL, without a key.
func (c *caller) open(u any) answer {
	c.t.Helper()
	req, err := newRequest(u)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(req)
}

func TestShapeOfPricesAndMe(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	prices := c.get("/conversions/pricing")
	same(t, "prices", strings.TrimSpace(string(prices.body)), `{"data":{"glb_to_simready":1,"image_to_simready":3,"multiview_to_simready":3,"simulate_usd":0,"text_to_simready":2}}`)
	c.accepted("a.glb", "glTF")
	me := c.get("/me")
	same(t, "me", strings.TrimSpace(string(me.body)), `{"data":{"user":{"email":"artist@example.com","username":"artist"},"subscription":{"status":"active","plan":{"name":"test"},"credits_remaining":999}}}`)
}

func TestList(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	var ids []string
	for range 7 {
		ids = append(ids, c.accepted("chair.glb", "glTF"))
	}
	text := c.ok(c.post("/conversions/generate", part{"prompt", "", "a chair"}), 202)["id"].(string)
	c.wait(ids[0])
	sim := c.ok(c.do("POST", "/conversions/"+ids[0]+"/simulate", "", nil), 202)["id"].(string)
	newest := append([]string{text}, reversed(ids)...)
	for _, tt := range []struct {
		query string
		want  []string
		meta  string
	}{
		{"", newest, `{"page":1,"pageSize":25,"pageCount":1,"total":8}`},
		{"?page=2&pageSize=3", newest[3:6], `{"page":2,"pageSize":3,"pageCount":3,"total":8}`},
		{"?page=3&pageSize=3", newest[6:], `{"page":3,"pageSize":3,"pageCount":3,"total":8}`},
		{"?page=4&pageSize=3", nil, `{"page":4,"pageSize":3,"pageCount":3,"total":8}`},
		{"?page=9223372036854775807&pageSize=100", nil, `{"page":9223372036854775807,"pageSize":100,"pageCount":1,"total":8}`},
		{"?page=-1&pageSize=1000", newest, `{"page":1,"pageSize":100,"pageCount":1,"total":8}`},
		{"?page=x&pageSize=0", newest, `{"page":1,"pageSize":25,"pageCount":1,"total":8}`},
		{"?job_type=simulate_usd", []string{sim}, `{"page":1,"pageSize":25,"pageCount":1,"total":1}`},
		{"?job_type=text_to_simready,%20simulate_usd", []string{sim, text}, `{"page":1,"pageSize":25,"pageCount":1,"total":2}`},
		{"?job_type=nothing", nil, `{"page":1,"pageSize":25,"pageCount":0,"total":0}`},
	} {
		a := c.get("/conversions" + tt.query)
		var v struct {
			Data []object
			Meta json.RawMessage
		}
		if a.status != 200 || json.Unmarshal(a.body, &v) != nil || v.Data == nil {
			t.Fatalf("%s: %d %s", tt.query, a.status, a.body)
		}
		var got []string
		for _, j := range v.Data {
			got = append(got, j["id"].(string))
			same(t, "keys", keysOf(j), listKeys)
		}
		if !slices.Equal(got, tt.want) || string(v.Meta) != tt.meta {
			t.Errorf("%s: got %v %s, want %v %s", tt.query, got, v.Meta, tt.want, tt.meta)
		}
	}
}

func reversed(s []string) []string {
	r := slices.Clone(s)
	slices.Reverse(r)
	return r
}
