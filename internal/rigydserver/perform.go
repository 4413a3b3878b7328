package rigydserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"simdrop/internal/engine"
)

// abandonAfter is how long a cancelled conversion may take to notice.
const abandonAfter = 5 * time.Second

// errTimeout ends a conversion that took too long.
var errTimeout = errors.New("conversion timed out")

// panicError is a converter that panicked.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// parcel is a finished archive that is not yet in its place.
type parcel struct {
	file  *os.File
	files []outFile
}

// perform runs a job's conversion into a staged archive.
func (s *Server) perform(ctx context.Context, r record) (*parcel, engine.Output, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.opt.Timeout, errTimeout)
	defer cancel()
	if err := s.convertFault(ctx, r.subject()); err != nil {
		return nil, engine.Output{}, err
	}
	f, err := os.CreateTemp(s.store.results(), tmpPrefix)
	if err != nil {
		return nil, engine.Output{}, err
	}
	p := newPacker(f)
	out, err := s.guarded(ctx, p, s.converter(r))
	var files []outFile
	if err == nil {
		files, err = p.finish()
	}
	if err != nil {
		p.shut(err)
		return nil, out, errors.Join(err, f.Close(), s.store.remove(f.Name()))
	}
	return &parcel{file: f, files: files}, out, nil
}

// converter binds what a job's type needs to do.
func (s *Server) converter(r record) func(context.Context, engine.Writer) (engine.Output, error) {
	switch r.Type {
	case TypeFile:
		in := engine.Input{Path: s.store.upload(r.Inputs[0].File), Filename: r.Filename, Options: engineOptions(r.Fields)}
		return func(ctx context.Context, w engine.Writer) (engine.Output, error) { return s.opt.Convert(ctx, in, w) }
	case TypeSimulate:
		return s.simulation(&r)
	}
	in := Prompt{Text: r.Prompt, Fields: r.Fields}
	for _, i := range r.Inputs {
		in.Images = append(in.Images, Image{Path: s.store.upload(i.File), Name: i.Name})
	}
	return func(ctx context.Context, w engine.Writer) (engine.Output, error) {
		if s.opt.Generate == nil { // kept from a run that had one
			return engine.Output{}, &engine.InputError{Reason: errNoGenerate.text}
		}
		return s.opt.Generate(ctx, in, w)
	}
}

// guarded runs f so that neither its panic nor its deafness to ctx hurts anybody
// else. No goroutine can be killed: one that does not listen is left behind, and
// the closed packer stops it at its next write.
func (s *Server) guarded(ctx context.Context, p *packer, f func(context.Context, engine.Writer) (engine.Output, error)) (engine.Output, error) {
	type answer struct {
		out engine.Output
		err error
	}
	done := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if v := recover(); v != nil {
				a.err = &panicError{v, debug.Stack()}
			}
			done <- a
		}()
		a.out, a.err = f(ctx, p)
	}()
	select {
	case a := <-done:
		return a.out, s.because(ctx, a.err)
	case <-ctx.Done():
	}
	t := time.NewTimer(abandonAfter)
	defer t.Stop()
	select {
	case a := <-done:
		return a.out, s.because(ctx, a.err)
	case <-t.C:
		s.log.Warn("conversion does not end and was left behind")
		return engine.Output{}, context.Cause(ctx)
	}
}

// because replaces what a cancelled converter says by why it was cancelled.
func (s *Server) because(ctx context.Context, err error) error {
	var p *panicError
	if errors.As(err, &p) {
		s.log.Error("conversion panicked", "err", p, "stack", string(p.stack))
		return err
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// convertFault lets a fault strike the conversion.
func (s *Server) convertFault(ctx context.Context, subject string) error {
	ft, ok := s.faults.pick(OpConvert, subject, false)
	if !ok {
		return nil
	}
	s.faults.fire(ft)
	switch ft.Kind {
	case FailJob:
		why := "Conversion failed: the mesh could not be repaired"
		if ft.Text != "" {
			why = ft.Text
		}
		return &engine.InputError{Reason: why}
	case PanicJob:
		return &panicError{value: "fault", stack: debug.Stack()}
	case Delay:
		t := time.NewTimer(ft.After)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	case Hang:
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return nil
}

// complete publishes the archive and the report, then the record that tells of them.
func (s *Server) complete(j *job, p *parcel, out engine.Output) {
	size, err := s.store.keepResult(s.snapshot(j).ID, p.file, valid(out.Report))
	if err != nil {
		s.log.Error("cannot keep a result", "err", err)
		s.fail(j, "The result could not be stored: "+cause(err))
		return
	}
	s.end(j, func(j *job, _ time.Time) {
		j.Status, j.stage = statusCompleted, "Completed"
		j.Output = &output{Name: out.Name, Size: size, Files: p.files, HasMJCF: out.HasMJCF}
		j.InputStats = valid(out.InputStats)
	})
}

// valid is b if it is JSON: one bad report must not spoil every answer.
func valid(b json.RawMessage) json.RawMessage {
	if json.Valid(b) {
		return b
	}
	return nil
}

// explain makes of an error what a person reads in the job.
func explain(err error, filename string) string {
	var in *engine.InputError
	var p *panicError
	switch {
	case errors.As(err, &in):
		return clipText(in.Reason)
	case errors.As(err, &p):
		return "The converter stopped with an internal error while it worked on " + filename + ". The file may be unusual or damaged; please report it."
	case errors.Is(err, errTimeout):
		return "The conversion took too long and was stopped. The file may be too detailed; try it with fewer triangles."
	}
	return clipText("The conversion failed: " + cause(err))
}

// cause is an error without our own file names, which say nothing to a client.
func cause(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// clipText keeps the first line, within bounds.
func clipText(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if len(s) > 500 {
		s = s[:500]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}
