package rigydserver_test

import (
	"bytes"
	"strings"
	"testing"

	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// TestLocalEngineSimulates converts and drops a real asset.
func TestLocalEngineSimulates(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) {
		o.Convert, o.Simulate = engine.Convert, engine.Simulate
	})))
	src := c.accepted("wedge.obj", "v 0 0 0\nv 0.1 0 0\nv 0 0.1 0\nv 0 0 0.1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
	if n := c.wait(src).at("output", "textures"); n != nil && len(n.([]any)) != 0 {
		t.Errorf("the thumbnail passes for a texture: %v", n)
	}
	sub := c.ok(c.do("POST", "/conversions/"+src+"/simulate", "application/json", strings.NewReader(`{"scene":"demo"}`)), 202)
	job := c.wait(sub["id"].(string))
	same(t, "status", job["status"], "completed")
	same(t, "log", job.at("output", "sim_log", "name"), "wedge_demo.log")
	same(t, "animation", job.at("output", "sim_gif", "name"), "wedge_demo.gif")
	if v := job.at("output", "sim_video"); v != nil {
		t.Errorf("a video: %v", v)
	}
	if log := c.open(job.at("output", "sim_log", "url")).body; !bytes.Contains(log, []byte("demo is played as drop")) {
		t.Errorf("the log does not say what a demo is: %s", log)
	}
	if b := c.open(job.at("output", "sim_gif", "url")).body; !bytes.HasPrefix(b, []byte("GIF89a")) {
		t.Error("the animation is no GIF")
	}
}
