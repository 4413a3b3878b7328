package rigydserver_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"testing"

	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// sized is a body of so many bytes between a head and a tail, made while it is read.
func sized(size int64) (contentType string, length int64, body io.Reader) {
	head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.glb\"\r\n\r\n"
	tail := "\r\n--x--\r\n"
	r, w := io.Pipe()
	go func() {
		_, err := io.WriteString(w, head)
		chunk := make([]byte, 64<<10)
		for left := size; left > 0 && err == nil; left -= int64(len(chunk)) {
			_, err = w.Write(chunk[:min(int64(len(chunk)), left)])
		}
		if err == nil {
			_, err = io.WriteString(w, tail)
		}
		w.CloseWithError(err)
	}()
	return "multipart/form-data; boundary=x", int64(len(head)) + size + int64(len(tail)), r
}

// upload sends a body of that size over a socket.
func upload(t testing.TB, c *caller, size int64) {
	t.Helper()
	kind, length, body := sized(size)
	req, err := http.NewRequest("POST", c.p.URL+"/conversions", body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = length
	req.Header.Set("Authorization", "Bearer "+c.p.Key)
	req.Header.Set("Content-Type", kind)
	if a := c.send(req); a.status != 202 {
		t.Fatalf("%d %s (%v)", a.status, a.body, a.err)
	}
}

// TestUploadsAreNotHeldInMemory counts what one upload allocates in all, which
// is more than it can hold at any time.
func TestUploadsAreNotHeldInMemory(t *testing.T) {
	c := newCaller(t, rigydtest.Start(t))
	upload(t, c, 1<<20) // warm
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	upload(t, c, 64<<20)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
		t.Errorf("an upload of 64 MiB allocated %d MiB", n>>20)
	}
}

// BenchmarkUpload500MB sends the largest upload there may be; the heap that the
// process took from the system is reported beside the throughput.
func BenchmarkUpload500MB(b *testing.B) {
	c := newCaller(b, rigydtest.Start(b, rigydtest.With(func(o *rigydserver.Options) { o.NoSync = false })))
	c.p.Hold()
	b.SetBytes(500 << 20)
	for b.Loop() {
		upload(b, c, 500<<20)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys+m.StackSys)/(1<<20), "MiB-from-system")
}

func BenchmarkPoll(b *testing.B) {
	c := newCaller(b, rigydtest.Start(b, rigydtest.InProcess()))
	id := c.accepted("a.glb", "glTF")
	c.wait(id)
	b.ReportAllocs()
	for b.Loop() {
		c.get("/conversions/" + id)
	}
}

func BenchmarkListOf10000(b *testing.B) {
	c := newCaller(b, rigydtest.Start(b, rigydtest.InProcess(), rigydtest.With(func(o *rigydserver.Options) { o.Account.Metered = false })))
	for i := range 10_000 {
		c.accepted(fmt.Sprintf("chair%d.glb", i), "glTF")
	}
	b.ReportAllocs()
	for b.Loop() {
		c.get("/conversions?pageSize=100")
	}
}
