package uploader

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"simdrop/internal/crash"
	"simdrop/internal/result"
	"simdrop/queue"
)

// addSimulation verifies a simulation's outputs and adds them to its conversion's
// result, which is replaced as a whole.
func (u *Uploader) addSimulation(ctx context.Context, l *line, j queue.Job, place Place) error {
	s := j.Simulation
	if result.HasSimulation(s.Result, j.Key) {
		return u.finish(j, s.Result)
	}
	a := result.Addition{
		Dir: s.Result, Root: place.Root, JobID: u.staging(j.ID), Key: s.Key, From: j.CopyFrom,
		Simulation: result.Simulation{Scene: s.Scene, Key: j.Key, RemoteID: j.RemoteID, Credits: j.Credits, Submitted: j.Submitted},
	}
	if j.CopyFrom == "" {
		for _, output := range s.Outputs {
			if file := u.outputFile(j.ID, output); exists(file) {
				a.Files = append(a.Files, result.Extra{Place: outputName(s.Scene, output), Path: file})
			}
		}
	}
	p, err := result.PrepareAddition(ctx, a)
	if errors.Is(err, result.ErrSuperseded) {
		return u.unwanted(j, err)
	}
	if err != nil {
		return u.unpublished(j, err)
	}
	return u.commit(ctx, j, p)
}

func (u *Uploader) outputFile(id, output string) string {
	return filepath.Join(u.Spool, id, filepath.Base(output))
}

// fetchOutputs brings a simulation's outputs into the spool, one by one. One that
// the provider has announced and does not have is left out, as long as another is
// there.
func (u *Uploader) fetchOutputs(ctx context.Context, l *line, j queue.Job) error {
	got := 0
	for _, output := range j.Simulation.Outputs {
		file := u.outputFile(j.ID, output)
		err := error(nil)
		if !exists(file) {
			err = u.fetchOutput(ctx, l, j, output, file)
		}
		if e, ok := errors.AsType[*Error](err); ok && e.Class == Unavailable && got+1 < len(j.Simulation.Outputs) {
			u.Logger.Warn("an output of the simulation is not there", "job", j.ID, "asset", j.Path, "provider", l.Name, "err", e)
			continue
		}
		if err != nil {
			return err
		}
		got++
	}
	return nil
}

func (u *Uploader) fetchOutput(ctx context.Context, l *line, j queue.Job, output, file string) error {
	part, err := u.openPart(j, file)
	if err != nil {
		return err
	}
	crash.Point(crash.Fetching)
	part.format = part.note.Format
	if part.format != output || !part.whole() {
		part.format = output
		err = part.room()
		if err == nil {
			_, err = l.Provider.Fetch(ctx, j.RemoteID, output, part)
			err = result.Plain(err)
		}
	}
	if err == nil || errors.Is(err, ErrUnproven) {
		if err = sound(part.path, output); err == nil {
			return part.finish(file)
		}
	}
	return u.cut(part, err)
}

// sound refuses what cannot be the output: nothing, an error page for a picture, a
// GIF without its header and trailer (GIF89a specification, sections 17 and 27).
func sound(path, output string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	unsound := func(why string) error {
		return &Error{Op: "fetch", Class: Transient, Status: 200, Detail: "the simulation's " + strings.TrimPrefix(output, "sim_") + " " + why}
	}
	switch {
	case n == 0:
		return unsound("is empty")
	case output == "sim_gif":
		last := make([]byte, 1)
		if info, err := f.Stat(); err != nil {
			return err
		} else if _, err := f.ReadAt(last, info.Size()-1); err != nil {
			return err
		}
		if !bytes.HasPrefix(head, []byte("GIF8")) || last[0] != ';' {
			return unsound("is no whole GIF")
		}
	case output == "sim_video" && bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")):
		return unsound("is a page of text")
	}
	return nil
}
