package rigydserver_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// TestRefusals goes through the documented error table, and what a file watcher
// may run into beside it.
func TestRefusals(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	done := c.accepted("chair.glb", "glTF")
	c.wait(done)
	sim := c.ok(c.do("POST", "/conversions/"+done+"/simulate", "application/json", strings.NewReader("{}")), 202)["id"].(string)
	c.wait(sim)
	c.p.Hold()
	defer c.p.Release()
	early := c.accepted("early.glb", "glTF")
	formats := "glb, gltf, fbx, obj, stl, ply, usd, usda, usdc, usdz, zip"

	file := func(name, content string, fields ...part) answer { return c.submit(name, content, fields...) }
	generate := func(parts ...part) answer { return c.post("/conversions/generate", parts...) }
	simulate := func(id, body string) answer {
		return c.do("POST", "/conversions/"+id+"/simulate", "application/json", strings.NewReader(body))
	}
	image := func(n int) (parts []part) {
		for i := range n {
			parts = append(parts, part{"images[]", fmt.Sprintf("a%d.png", i), "png"})
		}
		return parts
	}
	for _, tt := range []struct {
		name   string
		got    answer
		status int
		text   string
	}{
		{"format", file("a.xyz", "x"), 400, "Unsupported format: .xyz. Allowed: " + formats},
		{"no extension", file("a", "x"), 400, "Unsupported format: . Allowed: " + formats},
		{"ZIP, none", file("a.zip", zipOf(t, "a.txt")), 400, "Archive must contain exactly one .obj/.gltf/.usd file"},
		{"ZIP, two", file("a.zip", zipOf(t, "a.obj", "b.gltf")), 400, "Archive must contain exactly one .obj/.gltf/.usd file"},
		{"ZIP, two USD side by side", file("a.zip", zipOf(t, "a.usd", "b.usda")), 400, "Archive must contain exactly one .obj/.gltf/.usd file"},
		{"ZIP, damaged", file("a.zip", "PK nothing"), 400, "The archive cannot be read: it is damaged, not a ZIP file or holds too many files"},
		{"ZIP, climbing", file("a.zip", zipOf(t, "../a.obj")), 400, `The archive holds a file with an unsafe name: "../a.obj"`},
		{"no file", file2(c, part{"threshold", "", "0.1"}), 400, "No file uploaded"},
		{"other field", file2(c, part{"model", "a.glb", "x"}), 400, "Unexpected file field: model"},
		{"two files", file2(c, part{"file", "a.glb", "x"}, part{"file", "b.glb", "x"}), 400, "Only one file may be uploaded"},
		{"not multipart", c.do("POST", "/conversions", "application/json", strings.NewReader("{}")), 400, "Expected multipart/form-data"},
		{"cut multipart", c.do("POST", "/conversions", "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.glb\"\r\n\r\nabc")), 400, "Malformed multipart body"},
		{"triangles, few", file("a.glb", "x", part{"target_triangle_count", "", "999"}), 400, "target_triangle_count must be an integer between 1000 and 1000000"},
		{"triangles, many", file("a.glb", "x", part{"target_triangle_count", "", "1000001"}), 400, "target_triangle_count must be an integer between 1000 and 1000000"},
		{"triangles, word", file("a.glb", "x", part{"target_triangle_count", "", "lots"}), 400, "target_triangle_count must be an integer between 1000 and 1000000"},
		{"threshold", file("a.glb", "x", part{"threshold", "", "NaN"}), 400, "threshold must be a number that is not negative"},
		{"skip_validation", file("a.glb", "x", part{"skip_validation", "", "maybe"}), 400, "skip_validation must be true or false"},
		{"units", file("a.glb", "x", part{"units", "", "mile"}), 400, "units must be one of: mm, cm, m, in"},

		{"unknown job", c.get("/conversions/local_nothing"), 404, "Conversion job not found"},
		{"unknown job's result", c.get("/conversions/local_nothing/result"), 404, "Conversion job not found"},
		{"result too early", c.get("/conversions/" + early + "/result"), 409, "Job not yet completed"},
		{"result format", c.get("/conversions/" + done + "/result?format=glb"), 400, "Invalid format. Expected one of: usd, mjcf, all"},
		{"simulation's result", c.get("/conversions/" + sim + "/result"), 404, "A simulation has no archive; see output.sim_log, output.sim_gif and output.sim_video"},

		{"simulate unknown", simulate("local_nothing", "{}"), 404, "Conversion job not found"},
		{"simulate too early", simulate(early, "{}"), 409, "Source job must be completed before simulation"},
		{"simulate a simulation", simulate(sim, "{}"), 422, "Cannot simulate a simulation job"},
		{"simulate scene", simulate(done, `{"scene":"moon"}`), 422, "Invalid scene. Expected one of: demo, drop"},
		{"simulate nonsense", simulate(done, `{`), 422, "Malformed JSON body"},

		{"both", generate(append(image(1), part{"prompt", "", "a chair"})...), 422, "Provide either a prompt or images, not both"},
		{"neither", generate(part{"prompt", "", " "}), 422, "A prompt or at least one image is required"},
		{"prompt too long", generate(part{"prompt", "", strings.Repeat("ä", 501)}), 422, "Prompt too long (max 500 characters)"},
		{"five images", generate(image(5)...), 422, "Too many images (max 4)"},
		{"image format", generate(part{"images[]", "a.gif", "x"}), 422, "Unsupported image format: .gif. Allowed: jpg, jpeg, png, webp"},
		{"image too large", generate(part{"images[]", "big.png", strings.Repeat("x", 10<<20+1)}), 413, "Image too large (max 10MB): big.png"},

		{"compositions", c.get("/compositions"), 404, "Not Found"},
		{"nothing there", c.get("/nothing"), 404, "Not Found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			(&caller{t: t}).refused(tt.got, tt.status, tt.text)
		})
	}
	if a := c.get("/conversions/" + early + "/result"); !strings.Contains(string(a.body), `"status":"`) {
		t.Errorf("409 without status: %s", a.body)
	}
	if l := c.p.Ledger(); len(l) != 3 {
		t.Errorf("a refusal was accepted: %+v", l)
	}
	leftovers(t, c.p.Options.Dir, 1)
}

func file2(c *caller, parts ...part) answer { return c.post("/conversions", parts...) }

func TestInvalidFilenames(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	for _, name := range []string{"", "..", "../a.glb", `a\b.glb`, "a\x01.glb", strings.Repeat("a", 252) + ".glb"} {
		body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + strings.ReplaceAll(name, `\`, `\\`) +
			"\"\r\n\r\nglTF\r\n--x--\r\n"
		a := c.do("POST", "/conversions", "multipart/form-data; boundary=x", strings.NewReader(body))
		if name == "a\x01.glb" { // such a header is no header at all
			if a.status != 400 {
				t.Errorf("%q: %d %s", name, a.status, a.body)
			}
			continue
		}
		c.refused(a, 400, "Invalid filename")
	}
}

func TestLimits(t *testing.T) {
	small := rigydtest.With(func(o *rigydserver.Options) { o.MaxUpload = 100 })
	isPage := func(t *testing.T, a answer) {
		t.Helper()
		if a.status != 413 || a.header.Get("Content-Type") != "text/html" || !strings.Contains(string(a.body), "<h1>413 Request Entity Too Large</h1>") {
			t.Errorf("got %d %s (%v)", a.status, a.body, a.err)
		}
	}
	t.Run("file", func(t *testing.T) {
		c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), small))
		isPage(t, c.submit("a.glb", strings.Repeat("x", 101)))
		c.accepted("b.glb", strings.Repeat("x", 100))
	})
	t.Run("announced body is not read", func(t *testing.T) {
		c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), small))
		req, err := http.NewRequest("POST", c.p.URL+"/conversions", unreadable{t})
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+c.p.Key)
		req.ContentLength = 2 << 20
		isPage(t, c.send(req))
	})
	t.Run("body of unknown length", func(t *testing.T) {
		c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), small))
		kind, body := multipartBody(t, part{"file", "a.glb", strings.Repeat("x", 3<<20)})
		isPage(t, c.do("POST", "/conversions", kind, io.MultiReader(body)))
	})
	t.Run("credits", func(t *testing.T) {
		c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) { o.Account.Credits = 1 })))
		c.accepted("a.glb", "glTF")
		c.refused(c.submit("b.glb", "glTF"), 402, "Insufficient credits")
	})
	t.Run("text too dear", func(t *testing.T) {
		c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) { o.Account.Credits = 2 })))
		c.refused(c.post("/conversions/generate", part{"images[]", "a.png", "x"}), 402, "Insufficient credits")
		leftovers(t, c.p.Options.Dir, 0)
	})
	t.Run("uploads at a time", func(t *testing.T) {
		c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) { o.MaxUploads = 1 })))
		r, w := io.Pipe()
		first := make(chan answer)
		go func() { first <- c.do("POST", "/conversions", "multipart/form-data; boundary=x", r) }()
		if _, err := io.WriteString(w, "--x\r\n"); err != nil { // returns when the server reads
			t.Fatal(err)
		}
		a := c.submit("b.glb", "glTF")
		c.refused(a, 429, "Too many uploads at the same time")
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
		}
		w.CloseWithError(io.ErrUnexpectedEOF)
		if a := <-first; a.err == nil {
			t.Errorf("a cut upload was answered: %d %s", a.status, a.body)
		}
		c.accepted("b.glb", "glTF")
	})
}

// unreadable is a body that nobody may read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}
