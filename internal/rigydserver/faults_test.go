package rigydserver_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// faulty starts a provider with one fault on both transports and checks, beside
// what f checks, that the fault struck just as often as it says.
func faulty(t *testing.T, name string, ft rigydserver.Fault, times int, f func(t *testing.T, c *caller)) {
	t.Helper()
	run := func(t *testing.T, opts ...rigydtest.Option) {
		c := newCaller(t, rigydtest.Start(t, append(opts, rigydtest.WithFaults(ft))...))
		f(t, c)
		if got := c.p.Faults.Fired(name); got != times {
			t.Errorf("%s struck %d times, want %d", name, got, times)
		}
	}
	t.Run(name+"/bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { run(t, rigydtest.InProcess()) })
	})
	t.Run(name+"/socket", func(t *testing.T) { run(t) })
}

func (c *caller) cut(a answer) {
	c.t.Helper()
	if a.err == nil {
		c.t.Errorf("got %d %q, want a cut connection", a.status, a.body)
	}
}

func (c *caller) jobs(want int) {
	c.t.Helper()
	if got := len(c.p.Ledger()); got != want {
		c.t.Errorf("%d jobs accepted, want %d", got, want)
	}
}

func TestSubmissionFaults(t *testing.T) {
	const name, glb = "chair_sd-0123456789.glb", "glTF"
	submit := func(t *testing.T, c *caller) answer { c.t = t; return c.submit(name, glb) }

	faulty(t, "lose-answer", rigydserver.Fault{Kind: rigydserver.LoseAnswer, Times: 1}, 1, func(t *testing.T, c *caller) {
		c.cut(submit(t, c))
		c.jobs(1)
		c.ok(submit(t, c), 202)
		same(t, "twice", strings.Join(c.p.Ledger().Twice(), " "), "sd-0123456789")
	})
	faulty(t, "accept-late", rigydserver.Fault{Kind: rigydserver.AcceptLate, Times: 1, After: 30 * time.Millisecond}, 1, func(t *testing.T, c *caller) {
		c.cut(submit(t, c))
		c.jobs(0)
		<-time.After(40 * time.Millisecond)
		for len(c.p.Ledger()) == 0 {
			<-time.After(5 * time.Millisecond)
		}
		c.jobs(1)
		same(t, "status", c.wait(c.p.Ledger()[0].ID)["status"], "completed")
	})
	for _, at := range []rigydserver.Point{rigydserver.Arrival, rigydserver.Received} {
		faulty(t, "drop", rigydserver.Fault{Kind: rigydserver.Drop, At: at, Times: 1}, 1, func(t *testing.T, c *caller) {
			c.cut(submit(t, c))
			c.jobs(0)
			c.ok(submit(t, c), 202)
		})
		faulty(t, "answer-500", rigydserver.Fault{Kind: rigydserver.Answer, At: at, Status: 500, Match: "sd-0123"}, 1, func(t *testing.T, c *caller) {
			c.refused(submit(t, c), 500, "Internal Server Error")
			c.jobs(0)
			c.ok(c.submit("other.glb", glb), 202)
		})
	}
	faulty(t, "drop-body", rigydserver.Fault{Kind: rigydserver.DropBody, Bytes: 100_000, Match: "big"}, 0, func(t *testing.T, c *caller) {
		c.ok(submit(t, c), 202)
	})
	faulty(t, "drop-body", rigydserver.Fault{Kind: rigydserver.DropBody, Bytes: 100_000}, 1, func(t *testing.T, c *caller) {
		c.cut(c.submit(name, strings.Repeat("x", 1<<20)))
		c.jobs(0)
		leftovers(t, c.p.Options.Dir, 0)
	})
	for status, text := range map[int]string{401: "Invalid API key", 402: "Insufficient credits", 403: "Forbidden", 422: "Unprocessable Entity", 429: "Too Many Requests", 502: "Conversion service unavailable: upstream timed out", 503: "Service Unavailable"} {
		faulty(t, "refused", rigydserver.Fault{Name: "refused", Kind: rigydserver.Answer, Status: status, RetryAfter: "7"}, 1, func(t *testing.T, c *caller) {
			a := submit(t, c)
			c.refused(a, status, text)
			same(t, "Retry-After", a.header.Get("Retry-After"), "7")
			c.jobs(0)
		})
	}
	for _, status := range []int{500, 502, 503} {
		faulty(t, "after", rigydserver.Fault{Name: "after", Kind: rigydserver.AnswerAfter, Status: status}, 1, func(t *testing.T, c *caller) {
			same(t, "status", submit(t, c).status, status)
			c.jobs(1)
		})
	}
	faulty(t, "answer-413", rigydserver.Fault{Kind: rigydserver.Answer, Status: 413}, 1, func(t *testing.T, c *caller) {
		a := submit(t, c)
		if a.status != 413 || !strings.HasPrefix(string(a.body), "<html>") {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	faulty(t, "answer-429", rigydserver.Fault{Kind: rigydserver.Answer, Status: 429, RetryDate: time.Minute}, 1, func(t *testing.T, c *caller) {
		when, err := http.ParseTime(submit(t, c).header.Get("Retry-After"))
		if err != nil || time.Until(when) > time.Minute || time.Until(when) < 50*time.Second {
			t.Errorf("Retry-After: %v, %v", when, err)
		}
	})
	faulty(t, "garble", rigydserver.Fault{Kind: rigydserver.Garble}, 1, func(t *testing.T, c *caller) {
		a := submit(t, c)
		if a.status != 202 || json.Valid(a.body) {
			t.Errorf("got %d %s", a.status, a.body)
		}
		c.jobs(1)
	})
	faulty(t, "rename", rigydserver.Fault{Kind: rigydserver.Rename}, 1, func(t *testing.T, c *caller) {
		job := c.ok(submit(t, c), 202)
		if f, _ := job["filename"].(string); f == "" || strings.Contains(f, "sd-") {
			t.Errorf("filename %q", f)
		}
		same(t, "truth", c.p.Ledger()[0].Filename, name)
	})
	faulty(t, "redirect", rigydserver.Fault{Kind: rigydserver.Redirect, URL: "http://evil.example/"}, 1, func(t *testing.T, c *caller) {
		a := submit(t, c)
		if a.status != 307 || a.header.Get("Location") != "http://evil.example/" {
			t.Errorf("got %d %v", a.status, a.header)
		}
		c.jobs(0)
	})
	faulty(t, "delay", rigydserver.Fault{Kind: rigydserver.Delay, After: 20 * time.Millisecond}, 1, func(t *testing.T, c *caller) {
		start := time.Now()
		c.ok(submit(t, c), 202)
		if d := time.Since(start); d < 20*time.Millisecond {
			t.Errorf("answered after %v", d)
		}
	})
}

func TestHangs(t *testing.T) {
	for kind, accepted := range map[rigydserver.Kind]int{rigydserver.Hang: 0, rigydserver.HangAfter: 1} {
		bubble(t, func(t *testing.T, c *caller) {
			c.c.Timeout = time.Hour
			start := time.Now()
			c.cut(c.submit("a.glb", "glTF"))
			same(t, "waited", time.Since(start), time.Hour)
			c.jobs(accepted)
			same(t, "fired", c.p.Faults.Fired(string(kind)), 1)
		}, rigydtest.WithFaults(rigydserver.Fault{Kind: kind, Times: 1}))
	}
}

// TestHangEndsWithTheServer: a waiting request does not keep a test from ending.
func TestHangEndsWithTheServer(t *testing.T) {
	p := rigydtest.Start(t, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Hang, Op: rigydserver.OpMe}))
	c := newCaller(t, p)
	gone := make(chan answer)
	go func() { gone <- c.get("/me") }()
	for p.Faults.Fired("hang") == 0 {
		<-time.After(time.Millisecond)
	}
	p.Stop()
	c.cut(<-gone)
}

func TestPollAndListFaults(t *testing.T) {
	job := func(t *testing.T, c *caller) string { c.t = t; return c.accepted("a.glb", "glTF") }
	list := func(c *caller, query string) (v struct {
		Data []object
		Meta struct{ Total int }
	}) {
		a := c.get("/conversions" + query)
		if a.status != 200 || json.Unmarshal(a.body, &v) != nil {
			c.t.Fatalf("%d %s (%v)", a.status, a.body, a.err)
		}
		return v
	}
	faulty(t, "unknown-status", rigydserver.Fault{Kind: rigydserver.UnknownStatus, Times: 1}, 1, func(t *testing.T, c *caller) {
		id := job(t, c)
		same(t, "status", c.ok(c.get("/conversions/"+id), 200)["status"], "reticulating")
		same(t, "later", c.wait(id)["status"], "completed")
	})
	faulty(t, "vanish", rigydserver.Fault{Kind: rigydserver.Vanish, Skip: 1, Times: 1}, 1, func(t *testing.T, c *caller) {
		id := job(t, c)
		c.ok(c.get("/conversions/"+id), 200)
		c.refused(c.get("/conversions/"+id), 404, "Conversion job not found")
		same(t, "listed", len(list(c, "").Data), 0)
		c.jobs(1)
		c.p.Restart()
		c.refused(c.get("/conversions/"+id), 404, "Conversion job not found")
		c.jobs(1)
	})
	faulty(t, "answer-404", rigydserver.Fault{Kind: rigydserver.Answer, Op: rigydserver.OpPoll, Status: 404}, 1, func(t *testing.T, c *caller) {
		c.refused(c.get("/conversions/"+job(t, c)), 404, "Conversion job not found")
		same(t, "listed", len(list(c, "").Data), 1)
	})
	faulty(t, "answer-409", rigydserver.Fault{Kind: rigydserver.Answer, Op: rigydserver.OpResult, Status: 409}, 1, func(t *testing.T, c *caller) {
		c.refused(c.get("/conversions/"+job(t, c)+"/result"), 409, "Job not yet completed")
	})
	faulty(t, "lose-answer", rigydserver.Fault{Kind: rigydserver.LoseAnswer, Op: rigydserver.OpList, Times: 1}, 1, func(t *testing.T, c *caller) {
		job(t, c)
		c.cut(c.get("/conversions"))
		same(t, "listed", len(list(c, "").Data), 1)
	})
	faulty(t, "list-shift", rigydserver.Fault{Kind: rigydserver.ListShift, Times: 1}, 1, func(t *testing.T, c *caller) {
		for range 4 {
			job(t, c)
		}
		first, second := list(c, "?pageSize=2"), list(c, "?pageSize=2&page=2")
		same(t, "seen again", second.Data[0]["id"], first.Data[1]["id"])
		same(t, "total", second.Meta.Total, first.Meta.Total+1)
	})
	bubble(t, func(t *testing.T, c *caller) {
		job(t, c)
		same(t, "listed at once", list(c, "").Meta.Total, 0)
		<-time.After(80 * time.Millisecond)
		same(t, "listed later", list(c, "").Meta.Total, 1)
		same(t, "fired", c.p.Faults.Fired("list-lag"), 1)
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.ListLag, After: 80 * time.Millisecond}))
}

func TestConversionFaults(t *testing.T) {
	for kind, text := range map[rigydserver.Kind]string{
		rigydserver.FailJob:  "Conversion failed: the mesh could not be repaired",
		rigydserver.PanicJob: "The converter stopped with an internal error while it worked on a.glb. The file may be unusual or damaged; please report it.",
	} {
		faulty(t, string(kind), rigydserver.Fault{Kind: kind, Match: "a.glb"}, 1, func(t *testing.T, c *caller) {
			good, bad := c.accepted("b.glb", "glTF"), c.accepted("a.glb", "glTF")
			same(t, "error", c.wait(bad)["error"], any(text))
			same(t, "other", c.wait(good)["status"], "completed")
			same(t, "charged", c.p.Ledger().Total(), 1.0)
			same(t, "returned", c.p.Ledger().Refunds(), 1.0)
			same(t, "balance", c.ok(c.get("/me"), 200).at("subscription", "credits_remaining"), 999.0)
		})
	}
	bubble(t, func(t *testing.T, c *caller) {
		id := c.accepted("a.glb", "glTF")
		<-time.After(3 * time.Hour)
		same(t, "status", c.ok(c.get("/conversions/"+id), 200)["status"], "running")
		same(t, "fired", c.p.Faults.Fired("hang"), 1)
	}, rigydtest.With(func(o *rigydserver.Options) { o.Timeout = 24 * time.Hour }),
		rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Hang, Op: rigydserver.OpConvert}))
	bubble(t, func(t *testing.T, c *caller) {
		start := time.Now()
		c.wait2(c.accepted("a.glb", "glTF"))
		if d := time.Since(start); d < time.Minute {
			t.Errorf("took %v", d)
		}
	}, rigydtest.WithFaults(rigydserver.Fault{Kind: rigydserver.Delay, Op: rigydserver.OpConvert, After: time.Minute}))
}

func TestResultFaults(t *testing.T) {
	// fetch reads the result with the fault and, once it has passed, without.
	fetch := func(c *caller) (bad, good answer) {
		id := c.accepted("a.glb", "glTF")
		c.wait(id)
		return c.get("/conversions/" + id + "/result?format=usd"), c.get("/conversions/" + id + "/result?format=usd")
	}
	unreadable := func(t *testing.T, b []byte) {
		t.Helper()
		zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, f := range zr.File {
			r, err := f.Open()
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				return
			}
		}
		t.Error("the archive is whole")
	}
	for kind, check := range map[rigydserver.Kind]func(t *testing.T, bad, good answer){
		rigydserver.Cut: func(t *testing.T, bad, good answer) {
			if bad.err == nil || bad.length != good.length || len(bad.body) != len(good.body)/2 {
				t.Errorf("announced %d, got %d, %v", bad.length, len(bad.body), bad.err)
			}
		},
		rigydserver.CutChunked: func(t *testing.T, bad, good answer) {
			if bad.err == nil || bad.length != -1 || len(bad.body) != len(good.body)/2 {
				t.Errorf("announced %d, got %d, %v", bad.length, len(bad.body), bad.err)
			}
		},
		rigydserver.CutQuiet: func(t *testing.T, bad, good answer) {
			if bad.err != nil || bad.length != -1 || len(bad.body) != len(good.body)/2 {
				t.Errorf("announced %d, got %d, %v", bad.length, len(bad.body), bad.err)
			}
		},
		rigydserver.ShortLength: func(t *testing.T, bad, good answer) {
			if bad.err != nil || bad.length != good.length/2 || len(bad.body) != len(good.body)/2 {
				t.Errorf("announced %d, got %d, %v", bad.length, len(bad.body), bad.err)
			}
		},
		rigydserver.Corrupt: func(t *testing.T, bad, good answer) {
			if bad.err != nil || len(bad.body) != len(good.body) {
				t.Errorf("got %d bytes, %v", len(bad.body), bad.err)
			}
			unreadable(t, bad.body)
		},
		rigydserver.Empty: func(t *testing.T, bad, _ answer) {
			if bad.err != nil || bad.status != 200 || len(bad.body) != 0 {
				t.Errorf("got %d bytes, %v", len(bad.body), bad.err)
			}
		},
		rigydserver.HTML: func(t *testing.T, bad, _ answer) {
			if bad.status != 200 || !strings.HasPrefix(bad.header.Get("Content-Type"), "text/html") {
				t.Errorf("got %d %v", bad.status, bad.header)
			}
		},
		rigydserver.NoUSD: func(t *testing.T, bad, _ answer) {
			same(t, "files", strings.Join(archive(t, bad.body), " "), "readme.txt")
		},
		rigydserver.Slow: func(t *testing.T, bad, good answer) {
			same(t, "body", string(bad.body), string(good.body))
		},
		rigydserver.LoseAnswer: func(t *testing.T, bad, _ answer) {
			if bad.err == nil {
				t.Errorf("got %d", bad.status)
			}
		},
	} {
		ft := rigydserver.Fault{Kind: kind, Op: rigydserver.OpResult, Times: 1, Bytes: 100, After: 10 * time.Microsecond}
		faulty(t, string(kind), ft, 1, func(t *testing.T, c *caller) {
			bad, good := fetch(c)
			check(t, bad, good)
			if good.err != nil || len(archive(t, good.body)) != 2 {
				t.Errorf("the second download: %d %v", good.status, good.err)
			}
		})
	}
}

func TestResultRedirects(t *testing.T) {
	check := func(t *testing.T, opts ...rigydtest.Option) {
		c := newCaller(t, rigydtest.Start(t, opts...))
		c.p.Faults.Add(rigydserver.Fault{Kind: rigydserver.Redirect, Op: rigydserver.OpResult, URL: c.p.Storage, Times: 2},
			rigydserver.Fault{Kind: rigydserver.Redirect, Op: rigydserver.OpResult})
		id := c.accepted("a.glb", "glTF")
		c.wait(id)
		a := c.get("/conversions/" + id + "/result?format=usd")
		to := a.header.Get("Location")
		if a.status != 302 || !strings.HasPrefix(to, c.p.Storage+"/files/"+id+"/usd.zip?") {
			t.Fatalf("got %d %q", a.status, to)
		}
		same(t, "files", strings.Join(archive(t, c.open(to).body), " "), "usd/a/a.usd usd/a/textures/checker.png")
		same(t, "leaks", c.p.Leaks(), 0)
		req, err := newRequest(to)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+c.p.Key)
		same(t, "with a key", c.send(req).status, 400)
		same(t, "leaks", c.p.Leaks(), 1)
		c.get("/conversions/" + id + "/result")
		loop := c.get("/conversions/" + id + "/result?format=usd")
		same(t, "loop", loop.header.Get("Location"), "/api/conversions/"+id+"/result?format=usd")
		same(t, "fired", c.p.Faults.Fired("redirect"), 3)
	}
	t.Run("socket", func(t *testing.T) { check(t) })
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { check(t, rigydtest.InProcess()) })
	})
}
