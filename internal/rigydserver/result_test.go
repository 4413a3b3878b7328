package rigydserver_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// newRequest is a GET without a key.
func newRequest(u any) (*http.Request, error) { return http.NewRequest("GET", fmt.Sprint(u), nil) }

func TestResultFormats(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t))
	id := c.accepted("chair.glb", "glTF")
	job := c.wait(id)
	usd, mjcf := "usd/chair/chair.usd usd/chair/textures/checker.png", "mjcf/chair/chair.xml"
	for query, want := range map[string]string{"": mjcf + " " + usd, "?format=all": mjcf + " " + usd, "?format=usd": usd, "?format=mjcf": mjcf} {
		a := c.get("/conversions/" + id + "/result" + query)
		if a.status != 200 || a.err != nil || a.length != int64(len(a.body)) || a.header.Get("Content-Type") != "application/zip" {
			t.Fatalf("%q: %d %v, announced %d, got %d (%v)", query, a.status, a.header, a.length, len(a.body), a.err)
		}
		same(t, "files of "+query, strings.Join(archive(t, a.body), " "), want)
	}
	a := c.open(job.at("output", "mjcf_package", "url"))
	same(t, "signed package", strings.Join(archive(t, a.body), " "), mjcf)
	if a := c.open(job.at("output", "model", "url")); !bytes.HasPrefix(a.body, []byte("#usda 1.0")) {
		t.Errorf("signed model: %d %s", a.status, a.body)
	}
}

func TestSignedURLs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
		job := c.wait(c.accepted("chair.glb", "glTF"))
		u := job.at("output", "model", "url").(string)
		same(t, "status", c.open(u).status, 200)
		same(t, "another file", c.open(strings.Replace(u, "chair.usd", "other.usd", 1)).status, 403)
		same(t, "another time", c.open(strings.Replace(u, "expires=", "expires=9", 1)).status, 403)
		<-time.After(16 * time.Minute)
		a := c.open(u)
		if a.status != 403 || !strings.Contains(string(a.body), "<Code>AccessDenied</Code>") {
			t.Errorf("expired: %d %s", a.status, a.body)
		}
	})
}

func TestWithoutMJCF(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) {
		o.Convert = func(_ context.Context, _ engine.Input, w engine.Writer) (engine.Output, error) {
			_, err := w.Create("usd/a/a.usd")
			return engine.Output{Name: "a"}, err
		}
	})))
	id := c.accepted("a.glb", "glTF")
	same(t, "mjcf_package", c.wait(id).at("output", "mjcf_package"), nil)
	c.refused(c.get("/conversions/"+id+"/result?format=mjcf"), 404, "MJCF package is not available for this conversion")
	same(t, "all", strings.Join(archive(t, c.get("/conversions/"+id+"/result").body), " "), "usd/a/a.usd")
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess()))
	var got [2][]byte
	for i := range got {
		id := c.accepted("chair.glb", "glTF")
		c.wait(id)
		got[i] = c.get("/conversions/" + id + "/result").body
	}
	if len(got[0]) == 0 || !bytes.Equal(got[0], got[1]) {
		t.Errorf("%d and %d bytes, not equal", len(got[0]), len(got[1]))
	}
}

// TestBadPackages: a converter that breaks the writer's rules fails its job.
func TestBadPackages(t *testing.T) {
	for name, write := range map[string]func(w engine.Writer) error{
		"climbing":  create("../a.usd"),
		"absolute":  create("/usd/a.usd"),
		"no folder": create("a.usd"),
		"twice":     create("usd/a.usd", "usd/A.usd"),
		"backslash": create(`usd\a.usd`),
		"late": func(w engine.Writer) error {
			f, err := w.Create("usd/a.usd")
			if err == nil {
				_, err = w.Create("usd/b.usd")
			}
			if err == nil {
				_, err = io.WriteString(f, "x")
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCaller(t, rigydtest.Start(t, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) {
				o.Convert = func(_ context.Context, _ engine.Input, w engine.Writer) (engine.Output, error) {
					return engine.Output{Name: "a"}, write(w)
				}
			})))
			job := c.wait(c.accepted("a.glb", "glTF"))
			if e, _ := job["error"].(string); job["status"] != "failed" || !strings.Contains(e, "package file") {
				t.Errorf("status %v, error %q", job["status"], e)
			}
		})
	}
}

func create(names ...string) func(engine.Writer) error {
	return func(w engine.Writer) error {
		for _, n := range names {
			if _, err := w.Create(n); err != nil {
				return err
			}
		}
		return nil
	}
}
