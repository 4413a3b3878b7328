package child

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"simdrop/internal/engine"
)

// exitMemory is the exit code of a child that used more memory than it may.
const exitMemory = 70

// maxStack keeps endless recursion from passing for a want of memory.
const maxStack = 64 << 20

// Serve is the child: it answers the one request on in. When in ends before it is
// done, whoever asked is gone, and the process exits.
func Serve(in io.Reader, out io.Writer, convert Converter, simulate Simulator) error {
	var req request
	d := json.NewDecoder(in)
	if err := d.Decode(&req); err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	debug.SetMaxStack(maxStack)
	limitMemory(req.Memory)
	go watchMemory(req.Memory)
	go func() {
		_, _ = io.Copy(io.Discard, in) // however it ends, nobody asks any more
		os.Exit(1)
	}()
	w := bufio.NewWriterSize(out, 64<<10)
	parts := multipart.NewWriter(w)
	if err := parts.SetBoundary(req.Boundary); err != nil {
		return err
	}
	a := answer{}
	var o engine.Output
	var err error
	if req.Simulation != nil {
		err = simulate(context.Background(), *req.Simulation, files{parts})
	} else {
		o, err = convert(context.Background(), req.Input, files{parts})
	}
	if refused, ok := errors.AsType[*engine.InputError](err); ok {
		a.Refused = refused.Reason
	} else if err != nil {
		a.Fault = err.Error()
	} else {
		a.Output = &o
	}
	last, err := parts.CreatePart(textproto.MIMEHeader{answerHeader: {"1"}})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(last).Encode(a); err != nil {
		return err
	}
	if err := parts.Close(); err != nil {
		return err
	}
	return w.Flush()
}

// files is the Writer of a child.
type files struct{ *multipart.Writer }

func (f files) Create(name string) (io.Writer, error) {
	return f.CreatePart(textproto.MIMEHeader{fileHeader: {name}})
}

// watchMemory ends the process once Go holds more than limit bytes. It looks often
// enough for memory that is filled; what asks for too much at once, limitMemory
// stops where the system can.
func watchMemory(limit int64) {
	debug.SetMemoryLimit(limit / 10 * 9) // collects harder before it comes to that
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(20 * time.Millisecond) {
		metrics.Read(s)
		if s[0].Value.Uint64()-s[1].Value.Uint64() > uint64(limit) {
			os.Exit(exitMemory)
		}
	}
}
