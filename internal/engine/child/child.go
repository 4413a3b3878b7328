// Package child converts in a process of its own. A mesh that makes the engine run
// out of memory, overflow its stack or never end cannot be stopped within a Go
// program: a goroutine has no handle, and both faults end the whole process. So
// they end a child, and one job with it.
//
// The child is the same program with another argument. It reads one request from
// its standard input and writes the package's files, in their order, to its
// standard output as a multipart stream whose last part says how it went.
package child

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"simdrop/internal/engine"
)

// Command is the argument that makes the program call Serve.
const Command = "engine-convert"

// Converter converts an asset; engine.Convert is one.
type Converter = func(context.Context, engine.Input, engine.Writer) (engine.Output, error)

// Simulator simulates a package; engine.Simulate is one.
type Simulator = func(context.Context, engine.Simulation, engine.Writer) error

// Options say how children are run.
type Options struct {
	Command []string      // program and arguments that lead to Serve
	Memory  int64         // bytes a conversion may use; 4 GiB
	Timeout time.Duration // of a conversion; 20 min
	Logger  *slog.Logger  // discards
}

// Self is the command line of this program's own converter. On Linux it stays right
// when the program's file is replaced while it runs.
func Self() []string {
	exe, err := os.Executable()
	if err != nil {
		return nil
	}
	if runtime.GOOS == "linux" {
		exe = "/proc/self/exe"
	}
	return []string{exe, Command}
}

// request is what a child is asked.
type request struct {
	Input      engine.Input
	Simulation *engine.Simulation // instead of the input
	Memory     int64
	Boundary   string
}

// answer is how it went: one of the three.
type answer struct {
	Output  *engine.Output
	Refused string // why the asset cannot be converted
	Fault   string // another error
}

// The names of the stream's headers.
const (
	fileHeader   = "File"
	answerHeader = "Answer"
)

// New returns a Converter that runs each conversion in a child. A child that dies
// or runs out of its bounds is an *engine.InputError, in words for a person; what
// it said goes to the log. Errors of the writer and of ctx are passed on.
func New(o Options) Converter {
	o.fill()
	return func(ctx context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
		return o.ask(ctx, request{Input: in}, in.Filename, w)
	}
}

// NewSimulator returns a Simulator that does the same for simulations.
func NewSimulator(o Options) Simulator {
	o.fill()
	return func(ctx context.Context, in engine.Simulation, w engine.Writer) error {
		_, err := o.ask(ctx, request{Simulation: &in}, in.Name, w)
		return err
	}
}

func (o *Options) fill() {
	o.Memory = cmp.Or(o.Memory, 4<<30)
	o.Timeout = cmp.Or(o.Timeout, 20*time.Minute)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// ask runs one request in a child. name is what it is about.
func (o *Options) ask(ctx context.Context, req request, name string, w engine.Writer) (engine.Output, error) {
	limited, cancel := context.WithTimeoutCause(ctx, o.Timeout, errTooLong)
	defer cancel()
	req.Memory, req.Boundary = o.Memory, rand.Text()
	c, err := start(limited, o.Command, req)
	if err != nil && ctx.Err() != nil {
		return engine.Output{}, context.Cause(ctx)
	}
	if err != nil {
		return engine.Output{}, fmt.Errorf("start the converter: %w", err)
	}
	a, read := receive(c.stdout, req.Boundary, w)
	if read != nil {
		cancel() // nobody reads it any more
	}
	died := c.wait()
	var writing *writeError
	switch {
	case ctx.Err() != nil:
		return engine.Output{}, context.Cause(ctx)
	case errors.As(read, &writing):
		return engine.Output{}, writing.err
	case read == nil && died == nil:
		return a.result()
	}
	reason := o.reason(req, context.Cause(limited), died, c.said.String())
	o.Logger.Warn("a child was lost", "file", name, "reason", reason, "err", errors.Join(read, died), "stderr", c.said.String())
	return engine.Output{}, &engine.InputError{Reason: reason}
}

var errTooLong = errors.New("the conversion took too long")

// result is the answer as a Converter gives it.
func (a *answer) result() (engine.Output, error) {
	switch {
	case a.Refused != "":
		return engine.Output{}, &engine.InputError{Reason: a.Refused}
	case a.Fault != "":
		return engine.Output{}, errors.New(a.Fault)
	case a.Output == nil:
		return engine.Output{}, errors.New("the converter gave no answer")
	}
	return *a.Output, nil
}

// receive passes the files of a child's stream on and returns its answer.
func receive(r io.Reader, boundary string, w engine.Writer) (*answer, error) {
	mr := multipart.NewReader(r, boundary)
	for {
		part, err := mr.NextRawPart()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // the answer comes last
		}
		if err != nil {
			return nil, err
		}
		if part.Header.Get(answerHeader) != "" {
			a := &answer{}
			if err := json.NewDecoder(part).Decode(a); err != nil {
				return nil, err
			}
			_, err := io.Copy(io.Discard, r) // until it has ended by itself
			return a, err
		}
		f, err := w.Create(part.Header.Get(fileHeader))
		if err != nil {
			return nil, &writeError{err}
		}
		if _, err := io.Copy(writer{f}, part); err != nil {
			return nil, err
		}
	}
}

// writeError is an error of the package's writer, not of the child.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }

// writer marks errors of writing.
type writer struct{ io.Writer }

func (w writer) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if err != nil {
		err = &writeError{err}
	}
	return n, err
}

// process is a running child.
type process struct {
	cmd    *exec.Cmd
	stdin  io.Closer // open for as long as we live: its end tells the child to go
	stdout io.Reader
	said   tail
}

func start(ctx context.Context, command []string, req request) (*process, error) {
	if len(command) == 0 {
		return nil, errors.New("its program is not known")
	}
	c := &process{cmd: exec.CommandContext(ctx, command[0], command[1:]...)}
	c.cmd.WaitDelay = 5 * time.Second
	c.cmd.Stderr = &c.said
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c.stdin = stdin
	if c.stdout, err = c.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	if err := json.NewEncoder(stdin).Encode(req); err != nil {
		c.said.Write([]byte("the request was not read: " + err.Error()))
	}
	return c, nil
}

func (c *process) wait() error {
	c.stdin.Close() // it has answered, or is to go
	return c.cmd.Wait()
}

// tail keeps the beginning and the end of what a child says: a crash states its
// reason first.
type tail struct{ head, end bytes.Buffer }

const tailSize = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	n := len(b)
	k := min(n, tailSize-t.head.Len())
	t.head.Write(b[:k])
	t.end.Write(b[k:])
	if over := t.end.Len() - tailSize; over > 0 {
		t.end.Next(over)
	}
	return n, nil
}

func (t *tail) String() string {
	return strings.ToValidUTF8(t.head.String()+t.end.String(), "?")
}
