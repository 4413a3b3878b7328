package rigydserver

import (
	"errors"
	"strings"
	"time"
)

// submit is POST /conversions.
func (s *Server) submit(x *exchange) error {
	leave, err := s.enter(TypeFile)
	if err != nil {
		return err
	}
	defer leave()
	f, err := x.readForm(func(f *form, field, name string) error {
		switch {
		case field != "file":
			return refuse(400, "Unexpected file field: %s", field)
		case len(f.files) > 0:
			return refuse(400, "Only one file may be uploaded")
		}
		if err := checkName(name); err != nil {
			return err
		}
		return checkFormat(name, s.opt.Formats)
	})
	if err != nil {
		return err
	}
	defer f.discard()
	rec, err := s.fileRecord(f, x.r.Header.Get("X-Rigyd-Client"))
	if err != nil {
		return err
	}
	return x.finishSubmission(rec, f)
}

func (s *Server) fileRecord(f *form, client string) (record, error) {
	if len(f.files) == 0 {
		return record{}, refuse(400, "No file uploaded")
	}
	params, err := parameters(f.fields, client)
	if err != nil {
		return record{}, err
	}
	u := f.files[0]
	rec := record{Type: TypeFile, Filename: u.name, Size: &u.size, SHA256: u.sha256, Fields: f.fields, Parameters: params}
	if strings.HasSuffix(strings.ToLower(u.name), ".zip") {
		rec.Archive, err = inspectArchive(u.path, s.opt.Formats)
		var no *refusal
		if err != nil && !errors.As(err, &no) {
			err = s.unavailable(err)
		}
		if err != nil {
			return record{}, err
		}
	}
	return rec, nil
}

// finishSubmission accepts what was found right and answers 202.
func (x *exchange) finishSubmission(rec record, f *form) error {
	if err := x.at(Received); err != nil {
		return err
	}
	switch x.fault.Kind {
	case AcceptLate:
		x.fire()
		x.s.acceptLater(rec, f, x.fault.After)
		x.cut()
	case Rename:
		x.fire()
		rec.Alias = "upload-" + newID()[:8] + ".bin"
	}
	v, err := x.s.accept(rec, f.files)
	if err != nil {
		return err
	}
	return x.reply(202, envelope{Data: submittedJob(v)})
}

// acceptLater takes the staged files over and accepts them when d has passed,
// unless the server closes before.
func (s *Server) acceptLater(rec record, f *form, d time.Duration) {
	late := &form{files: f.files}
	f.files = nil
	s.late.Go(func() {
		defer late.discard()
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			if _, err := s.accept(rec, late.files); err != nil {
				s.log.Debug("late submission refused", "err", err)
			}
		case <-s.done:
		}
	})
}

// enter takes one of the places for uploads, unless a job of that type would be
// refused anyway.
func (s *Server) enter(jobType string) (leave func(), err error) {
	s.mu.Lock()
	err = s.allow(jobType, s.opt.Now())
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case s.uploads <- struct{}{}:
		return func() { <-s.uploads }, nil
	default:
		return nil, &refusal{status: 429, text: "Too many uploads at the same time", retryAfter: "1"}
	}
}
