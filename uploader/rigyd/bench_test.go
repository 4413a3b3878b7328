package rigyd

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"time"

	"simdrop/uploader"
)

const benchSize = 500 << 20

// BenchmarkUpload sends 500 MB to a sink in a process of its own, by three ways in
// turn: this client, a plain http.Post with the file as body, and curl's
// multipart upload. CPU is user and system time of the sender alone; peak-MiB is
// the growth of the Go heap and stacks while sending.
func BenchmarkUpload(b *testing.B) {
	sink := startSink(b)
	path := filepath.Join(b.TempDir(), "chair.glb")
	writeFile(b, path, benchSize)
	b.Run("simdrop", func(b *testing.B) {
		c, err := New(Options{Name: "rigyd", BaseURL: sink, Version: "bench"})
		if err != nil {
			b.Fatal(err)
		}
		measure(b, func() error {
			_, err := c.Submit(context.Background(), uploader.Submission{Filename: "chair.glb", Size: benchSize,
				Open: func() (io.ReadCloser, error) { return os.Open(path) }})
			return err
		})
	})
	b.Run("http.Post", func(b *testing.B) {
		measure(b, func() error {
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			resp, err := http.Post(sink+"/conversions", "model/gltf-binary", f)
			if err != nil {
				return err
			}
			return resp.Body.Close()
		})
	})
	b.Run("curl", func(b *testing.B) {
		curl, err := exec.LookPath("curl")
		if err != nil {
			b.Skip("curl is not installed")
		}
		var cpu time.Duration
		for b.Loop() {
			cmd := exec.Command(curl, "-sf", "-o", os.DevNull, "-F", "file=@"+path, sink+"/conversions")
			if err := cmd.Run(); err != nil {
				b.Fatal(err)
			}
			cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/op")
	})
}

func measure(b *testing.B, send func() error) {
	runtime.GC()
	before := memory()
	var peak atomic.Uint64
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				peak.Store(max(peak.Load(), memory()))
			case <-stop:
				return
			}
		}
	}()
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		if err := send(); err != nil {
			b.Fatal(err)
		}
	}
	cpu := cpuTime() - start
	close(stop)
	<-done
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(max(peak.Load(), before)-before)/(1<<20), "peak-MiB")
}

// memory is what the Go runtime has in use, in bytes.
func memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() + s[1].Value.Uint64() + s[2].Value.Uint64()
}

func writeFile(b *testing.B, path string, size int64) {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(i * 7)
	}
	for n := int64(0); n < size; n += int64(len(block)) {
		if _, err := f.Write(block); err != nil {
			b.Fatal(err)
		}
	}
}

const sinkEnv = "SIMDROP_TEST_SINK"

// startSink runs this test binary again as a server that throws uploads away, so
// that its work is not counted.
func startSink(b *testing.B) string {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), sinkEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	in, err := cmd.StdinPipe() // its end tells the sink to go
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	var url string
	if _, err := fmt.Fscanln(out, &url); err != nil {
		b.Fatal(err)
	}
	return url
}

func TestMain(m *testing.M) {
	if os.Getenv(sinkEnv) == "" {
		os.Exit(m.Run())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + l.Addr().String())
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buf := make([]byte, 1<<20)
		io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, buf)
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"data": {"id": "sink"}}`)
	}))
	io.Copy(io.Discard, os.Stdin)
}
