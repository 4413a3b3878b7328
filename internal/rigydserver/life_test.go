package rigydserver_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

func converting(f func(context.Context, engine.Input, engine.Writer) (engine.Output, error)) rigydtest.Option {
	return rigydtest.With(func(o *rigydserver.Options) { o.Convert = f })
}

// bubble runs a test against a provider without sockets and with a fake clock.
func bubble(t *testing.T, f func(*testing.T, *caller), opts ...rigydtest.Option) {
	synctest.Test(t, func(t *testing.T) {
		f(t, newCaller(t, rigydtest.Start(t, append(opts, rigydtest.InProcess())...)))
	})
}

func TestJobsSurviveARestart(t *testing.T) {
	bubble(t, func(t *testing.T, c *caller) {
		done := c.accepted("done.glb", "glTF")
		c.wait(done)
		failed := c.accepted("failed.glb", "broken")
		c.wait(failed)
		c.p.Hold()
		running := c.accepted("running.obj", "v 0 0 0", part{"threshold", "", "0.5"})
		prompt := c.ok(c.post("/conversions/generate", part{"prompt", "", "a chair"}), 202)["id"].(string)
		waiting := c.accepted("waiting.zip", zipOf(t, "a.obj"))
		synctest.Wait()
		ledger := c.p.Ledger()
		c.p.Restart()
		if got := c.p.Ledger(); len(got) != len(ledger) || got.Total() != ledger.Total() || got.Refunds() != 1 {
			t.Errorf("ledger after restart: %+v", got)
		}
		c.p.Release()
		for _, id := range []string{running, prompt, waiting} {
			same(t, "status of "+id, c.wait(id)["status"], "completed")
		}
		same(t, "parameters", c.ok(c.get("/conversions/"+running), 200).at("parameters", "threshold"), 0.5)
		same(t, "done", c.wait(done).at("report", "engine"), "rigydtest")
		same(t, "error", c.wait(failed)["error"], "the file holds no triangles")
		same(t, "names", strings.Join(archive(t, c.get("/conversions/"+done+"/result?format=usd").body), " "), "usd/done/done.usd usd/done/textures/checker.png")
		c.p.Stop()
		leftovers(t, c.p.Options.Dir, 0)
	}, rigydtest.With(func(o *rigydserver.Options) { o.NoSync = false }))
}

// TestStartsOverRubbish: what a crash leaves behind does no harm.
func TestStartsOverRubbish(t *testing.T) {
	bubble(t, func(t *testing.T, c *caller) {
		id := c.accepted("a.glb", "glTF")
		c.wait(id)
		for _, name := range []string{"uploads/tmp-1.glb", "uploads/orphan.glb", "results/tmp-2", "results/orphan.zip", "records/tmp-3", "records/local_x.json"} {
			if err := os.WriteFile(filepath.Join(c.p.Options.Dir, filepath.FromSlash(name)), []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c.p.Restart()
		c.wait(id)
		for dir, want := range map[string]string{"uploads": "", "results": id + ".json " + id + ".zip", "records": id + ".json local_x.json.bad"} {
			entries, err := os.ReadDir(filepath.Join(c.p.Options.Dir, dir))
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, e := range entries {
				names = append(names, e.Name())
			}
			same(t, dir, strings.Join(names, " "), want)
		}
	})
}

func TestStopLetsConversionsFinish(t *testing.T) {
	bubble(t, func(t *testing.T, c *caller) {
		id := c.accepted("a.glb", "glTF")
		queued := c.accepted("b.glb", "glTF")
		synctest.Wait()
		c.p.Restart() // within the second of grace
		job := c.ok(c.get("/conversions/"+id), 200)
		same(t, "status", job["status"], "completed")
		same(t, "the queued one", c.wait(queued)["status"], "completed")
	}, rigydtest.Took(500*time.Millisecond), rigydtest.With(func(o *rigydserver.Options) { o.Workers = 1 }))
}

func TestStopQueuesTheRestAgain(t *testing.T) {
	bubble(t, func(t *testing.T, c *caller) {
		id := c.accepted("a.obj", "v")
		synctest.Wait()
		start := time.Now()
		c.p.Restart()
		same(t, "time to stop", time.Since(start), time.Second)
		same(t, "status", c.wait(id)["status"], "completed")
		same(t, "charged", c.p.Ledger().Total(), 1.0)
	}, rigydtest.Took(5*time.Second))
}

// TestDeafConverter: one that ignores its context is left behind and cannot
// write into a package any more.
func TestDeafConverter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, late := make(chan struct{}), make(chan error, 1)
		c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) { o.Timeout = time.Second }),
			converting(func(_ context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
				<-release
				_, err := w.Create("usd/a/a.usd")
				late <- err
				return engine.Output{}, err
			})))
		job := c.wait(c.accepted("a.glb", "glTF"))
		same(t, "error", job["error"], "The conversion took too long and was stopped. The file may be too detailed; try it with fewer triangles.")
		close(release)
		if err := <-late; err == nil {
			t.Error("the abandoned converter could still write")
		}
	})
}

func TestTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, c *caller) {
		start := time.Now()
		job := c.wait2(c.accepted("a.glb", "glTF"))
		same(t, "status", job["status"], "failed")
		same(t, "after", time.Since(start) < time.Minute+time.Second, true)
		same(t, "refunds", c.p.Ledger().Refunds(), 1.0)
	}, rigydtest.Took(time.Hour), rigydtest.With(func(o *rigydserver.Options) { o.Timeout = time.Minute }))
}

// wait2 is wait with a longer breath, for a fake clock.
func (c *caller) wait2(id string) object {
	for {
		job := c.ok(c.get("/conversions/"+id), 200)
		if s := job["status"]; s == "completed" || s == "failed" {
			return job
		}
		<-time.After(500 * time.Millisecond)
	}
}

func TestPanickingConverter(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(),
		converting(func(_ context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
			if strings.HasPrefix(in.Filename, "good") {
				return rigydtest.Convert(context.Background(), in, w)
			}
			return engine.Output{}, create(strings.Split(in.Filename, "/")[1])(w) // index out of range
		})))
	job := c.wait(c.accepted("bad.glb", "glTF"))
	same(t, "error", job["error"], "The converter stopped with an internal error while it worked on bad.glb. The file may be unusual or damaged; please report it.")
	same(t, "the next job", c.wait(c.accepted("good.glb", "glTF"))["status"], "completed")
	c.p.Stop()
	leftovers(t, c.p.Options.Dir, 0)
}

func TestErrorsTellNoPaths(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(),
		converting(func(_ context.Context, in engine.Input, _ engine.Writer) (engine.Output, error) {
			_, err := os.Open(in.Path + ".missing")
			return engine.Output{}, err
		})))
	job := c.wait(c.accepted("a.glb", "glTF"))
	if e, _ := job["error"].(string); !strings.HasPrefix(e, "The conversion failed: ") || strings.Contains(e, c.p.Options.Dir) {
		t.Errorf("error %q", e)
	}
}

func TestDamagedUpload(t *testing.T) {
	bubble(t, func(t *testing.T, c *caller) {
		c.p.Hold()
		c.accepted("a.glb", "glTF")
		synctest.Wait() // the only worker is busy
		id := c.accepted("b.obj", "v 0 0 0")
		entries, err := filepath.Glob(filepath.Join(c.p.Options.Dir, "uploads", id+"*"))
		if err != nil || len(entries) != 1 {
			t.Fatal(entries, err)
		}
		if err := os.Truncate(entries[0], 1); err != nil {
			t.Fatal(err)
		}
		c.p.Release()
		job := c.wait(id)
		same(t, "error", job["error"], "the uploaded file was damaged on the server's disk; send it again")
		same(t, "preprocess", job.at("preprocess", "status"), "failed")
	}, rigydtest.With(func(o *rigydserver.Options) { o.Workers = 1 }))
}

func TestRetention(t *testing.T) {
	bubble(t, func(t *testing.T, c *caller) {
		fetched, kept := c.accepted("a.glb", "glTF"), c.accepted("b.glb", "glTF")
		c.wait(fetched)
		c.wait(kept)
		same(t, "fetch", c.get("/conversions/"+fetched+"/result").status, 200)
		<-time.After(23 * time.Hour)
		same(t, "before a day", c.get("/conversions/"+fetched+"/result").status, 200)
		<-time.After(26 * time.Hour)
		a := c.get("/conversions/" + fetched + "/result")
		c.refused(a, 404, "The result was removed after its retention period; convert the file again")
		job := c.ok(c.get("/conversions/"+fetched), 200)
		same(t, "listed as", job["status"], "completed")
		same(t, "model", job.at("output", "model"), nil)
		same(t, "not fetched", c.get("/conversions/"+kept+"/result?format=usd").status, 200)
		c.p.Restart()
		same(t, "after a restart", c.get("/conversions/"+fetched+"/result").status, 404)
		left, err := filepath.Glob(filepath.Join(c.p.Options.Dir, "results", "*.zip"))
		if err != nil || len(left) != 1 {
			t.Errorf("results on disk: %v %v", left, err)
		}
	})
}

func TestKeepResultsAndRecords(t *testing.T) {
	bubble(t, func(t *testing.T, c *caller) {
		var ids []string
		for range 5 {
			id := c.accepted("a.glb", "glTF")
			c.wait(id)
			if len(ids) != 2 { // the third is never fetched
				c.get("/conversions/" + id + "/result")
			}
			ids = append(ids, id)
			<-time.After(time.Second)
		}
		<-time.After(2 * time.Hour)
		var got []int
		for _, id := range ids {
			got = append(got, c.get("/conversions/"+id).status, c.get("/conversions/"+id+"/result").status)
		}
		want := []int{404, 404, 200, 404, 200, 200, 200, 404, 200, 200}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("job, result of each: got %v, want %v", got, want)
			}
		}
	}, rigydtest.With(func(o *rigydserver.Options) { o.KeepResults, o.KeepRecords = 2, 4 }))
}

func TestSubmitEvery(t *testing.T) {
	bubble(t, func(t *testing.T, c *caller) {
		c.accepted("a.glb", "glTF")
		a := c.submit("b.glb", "glTF")
		c.refused(a, 429, "Too many requests")
		same(t, "Retry-After", a.header.Get("Retry-After"), "3")
		<-time.After(3 * time.Second)
		c.accepted("b.glb", "glTF")
	}, rigydtest.With(func(o *rigydserver.Options) { o.SubmitEvery = 2500 * time.Millisecond }))
}

func TestCloseTwiceAndEarly(t *testing.T) {
	s, err := rigydserver.New(rigydserver.Options{Dir: t.TempDir(), Convert: rigydtest.Convert})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	}
}

func TestOneServerPerFolder(t *testing.T) {
	opt := rigydserver.Options{Dir: filepath.Join(t.TempDir(), "new"), Convert: rigydtest.Convert}
	s, err := rigydserver.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rigydserver.New(opt); err == nil || !strings.Contains(err.Error(), "in use by another server") {
		t.Errorf("a second server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = rigydserver.New(opt); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestEngineRefusesWhatItCannotDo(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) {
		o.Generate, o.Simulate, o.Formats, o.Account, o.Price = nil, nil, []string{"glb", "obj", "zip"}, rigydserver.Account{}, nil
	})))
	c.refused(c.submit("a.usd", "x"), 400, "Unsupported format: .usd. Allowed: glb, obj, zip")
	c.refused(c.submit("a.zip", zipOf(t, "a.usda")), 400, "Unsupported format: .usda. Allowed: glb, obj, zip")
	c.refused(c.post("/conversions/generate", part{"prompt", "", "a chair"}), 422, "The local engine cannot generate from text or images")
	id := c.accepted("a.glb", "glTF")
	same(t, "charged", c.wait(id)["credits_charged"], 0.0)
	c.refused(c.do("POST", "/conversions/"+id+"/simulate", "", nil), 422, "The local engine cannot simulate")
	same(t, "plan", c.ok(c.get("/me"), 200).at("subscription", "plan", "name"), "local engine")
}

// TestOptionsReachTheConverter: known fields become options, others are echoed.
func TestOptionsReachTheConverter(t *testing.T) {
	got := make(chan engine.Input, 1)
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), converting(func(_ context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
		got <- in
		return rigydtest.Convert(context.Background(), in, w)
	})))
	c.accepted("Chair.STL", "solid", part{"target_triangle_count", "", "2000"}, part{"units", "", "mm"}, part{"threshold", "", "0.1"})
	in := <-got
	if in.Filename != "Chair.STL" || filepath.Ext(in.Path) != ".stl" || in.Options.TargetTriangles != 2000 || in.Options.Units != "mm" || in.Options.Echo["threshold"] != "0.1" || len(in.Options.Echo) != 1 {
		t.Errorf("got %+v", in)
	}
}
