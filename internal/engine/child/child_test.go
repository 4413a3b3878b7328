package child_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"simdrop/internal/engine"
	"simdrop/internal/engine/child"
)

// TestMain makes this test binary the child that the tests start.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == child.Command {
		if err := child.Serve(os.Stdin, os.Stdout, obey, play); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var kept [][]byte

// obey converts, unless the file's name asks for an accident.
func obey(ctx context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
	switch strings.TrimSuffix(in.Filename, filepath.Ext(in.Filename)) {
	case "memory":
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			kept = append(kept, b)
		}
	case "huge":
		kept = append(kept, make([]byte, 1<<40))
	case "stack":
		return engine.Output{}, fmt.Errorf("%d", deeper(1))
	case "panic":
		var m map[string]int
		go func() { m["a"] = 1 }() // a goroutine's panic cannot be recovered by anybody else
		select {}
	case "hang":
		for n := 0; ; n++ {
			kept = append(kept[:0], nil)
		}
	case "exit":
		os.Exit(0)
	case "fault":
		return engine.Output{}, errors.New("no space left")
	}
	return engine.Convert(ctx, in, w)
}

// play simulates, unless the package's name asks for an accident.
func play(ctx context.Context, in engine.Simulation, w engine.Writer) error {
	if in.Name == "hang" {
		_, err := obey(ctx, engine.Input{Filename: "hang.obj"}, w)
		return err
	}
	return engine.Simulate(ctx, in, w)
}

func deeper(n int) int {
	var pad [1024]int
	if n < 0 {
		return 0
	}
	pad[n%len(pad)] = n
	return deeper(n+1) + pad[(n+1)%len(pad)]
}

// wedge is half a box.
const wedge = "v 0 0 0\nv .4 0 0\nv .4 .1 0\nv 0 0 .2\nv .4 0 .2\nv .4 .1 .2\nf 1 3 2\nf 4 5 6\nf 1 2 5 4\nf 2 3 6 5\nf 1 4 6 3\n"

func write(t *testing.T, text string) string {
	t.Helper()
	f := filepath.Join(t.TempDir(), "upload")
	if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// memory is a Writer that keeps what it gets.
type memory struct {
	names []string
	files []*bytes.Buffer
	fail  error
}

func (m *memory) Create(name string) (io.Writer, error) {
	m.names = append(m.names, name)
	m.files = append(m.files, &bytes.Buffer{})
	return writer{m, m.files[len(m.files)-1]}, nil
}

type writer struct {
	m *memory
	b *bytes.Buffer
}

func (w writer) Write(b []byte) (int, error) {
	if w.m.fail != nil {
		return 0, w.m.fail
	}
	return w.b.Write(b)
}

func runner(t *testing.T, o child.Options) child.Converter {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o.Command = []string{exe, child.Command}
	return child.New(o)
}

func TestWritesWhatTheEngineWrites(t *testing.T) {
	in := engine.Input{Path: write(t, wedge), Filename: "wedge.obj", Options: engine.Options{Units: "cm", Echo: map[string]string{"threshold": "0.1"}}}
	here, there := &memory{}, &memory{}
	want, err := engine.Convert(t.Context(), in, here)
	if err != nil {
		t.Fatal(err)
	}
	got, err := runner(t, child.Options{})(t.Context(), in, there)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != want.Name || !bytes.Equal(got.Report, want.Report) || !bytes.Equal(got.InputStats, want.InputStats) || got.HasMJCF != want.HasMJCF {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !slices.Equal(here.names, there.names) {
		t.Fatalf("files %v, want %v", there.names, here.names)
	}
	for i, n := range here.names {
		if !bytes.Equal(here.files[i].Bytes(), there.files[i].Bytes()) {
			t.Errorf("%s differs", n)
		}
	}
}

// TestAccidents wants each accident to be told in words for a person, and the next
// conversion to go on as if nothing had been.
func TestAccidents(t *testing.T) {
	convert := runner(t, child.Options{Memory: 256 << 20})
	hurried := runner(t, child.Options{Timeout: time.Second}) // the others take as long as the machine lets them
	for name, want := range map[string]string{
		"memory.obj": "needs more than 256 MiB of memory",
		"huge.obj":   "needs more than 256 MiB of memory",
		"stack.obj":  "internal error",
		"panic.obj":  "internal error",
		"hang.obj":   "took longer than 1s",
		"exit.obj":   "internal error",
		"odd.xyz":    "Unsupported format: .xyz",
	} {
		t.Run(name, func(t *testing.T) {
			run := convert
			if name == "hang.obj" {
				run = hurried
			}
			_, err := run(t.Context(), engine.Input{Path: write(t, wedge), Filename: name}, &memory{})
			refused, ok := errors.AsType[*engine.InputError](err)
			if !ok || !strings.Contains(refused.Reason, want) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
	if _, err := convert(t.Context(), engine.Input{Path: write(t, wedge), Filename: "good.obj"}, &memory{}); err != nil {
		t.Error(err)
	}
}

func TestSimulatesLikeTheEngine(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	simulate := child.NewSimulator(child.Options{Command: []string{exe, child.Command}, Timeout: 5 * time.Second})
	converted := &memory{}
	out, err := engine.Convert(t.Context(), engine.Input{Path: write(t, wedge), Filename: "wedge.obj"}, converted)
	if err != nil {
		t.Fatal(err)
	}
	in := engine.Simulation{Package: converted.zip(t), Name: out.Name, Scene: "drop"}
	here, there := &memory{}, &memory{}
	if err := engine.Simulate(t.Context(), in, here); err != nil {
		t.Fatal(err)
	}
	if err := simulate(t.Context(), in, there); err != nil {
		t.Fatal(err)
	}
	if len(here.names) == 0 || !slices.Equal(here.names, there.names) {
		t.Fatalf("files %v, want %v", there.names, here.names)
	}
	for i, n := range here.names {
		if !bytes.Equal(here.files[i].Bytes(), there.files[i].Bytes()) {
			t.Errorf("%s differs", n)
		}
	}
	in.Name = "hang"
	if err := simulate(t.Context(), in, &memory{}); err == nil || !strings.Contains(err.Error(), "The simulation took longer than 5s") {
		t.Errorf("one that does not end: %v", err)
	}
}

// zip writes what m got into an archive.
func (m *memory) zip(t *testing.T) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "package.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	for i, n := range m.names {
		part, err := w.Create(n)
		if err == nil {
			_, err = part.Write(m.files[i].Bytes())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func TestOtherErrorsAreTold(t *testing.T) {
	in := engine.Input{Path: write(t, wedge), Filename: "fault.obj"}
	if _, err := runner(t, child.Options{})(t.Context(), in, &memory{}); err == nil || err.Error() != "no space left" {
		t.Errorf("an error of the engine: %v", err)
	}
	full := errors.New("disk full")
	in.Filename = "wedge.obj"
	if _, err := runner(t, child.Options{})(t.Context(), in, &memory{fail: full}); !errors.Is(err, full) {
		t.Errorf("an error of the writer: %v", err)
	}
	stop := errors.New("stopping")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := runner(t, child.Options{})(ctx, in, &memory{}); !errors.Is(err, stop) {
		t.Errorf("stopped before it began: %v", err)
	}
	if _, err := child.New(child.Options{Command: []string{"/nowhere"}})(t.Context(), in, &memory{}); err == nil {
		t.Error("a program that is not there is no success")
	}
}

func TestStopsWhenToldTo(t *testing.T) {
	stop := errors.New("stopping")
	ctx, cancel := context.WithCancelCause(t.Context())
	w := &memory{}
	time.AfterFunc(100*time.Millisecond, func() { cancel(stop) })
	_, err := runner(t, child.Options{})(ctx, engine.Input{Path: write(t, wedge), Filename: "hang.obj"}, w)
	if !errors.Is(err, stop) {
		t.Errorf("%v, want the cause of the stop", err)
	}
}
