package rigydserver

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// poll is GET /conversions/:id.
func (s *Server) poll(x *exchange) error {
	v, err := s.get(x.r.PathValue("id"))
	if err != nil {
		return err
	}
	switch x.fault.Kind {
	case Vanish:
		x.fire()
		if err := s.vanish(v.ID); err != nil {
			return s.unavailable(err)
		}
		return errNoJob
	case UnknownStatus:
		x.fire()
		v.Status = "reticulating"
		if x.fault.Text != "" {
			v.Status = x.fault.Text
		}
	}
	full, err := s.full(v, x.origin())
	if err != nil {
		return s.unavailable(err)
	}
	return x.reply(200, envelope{Data: full})
}

// vanish makes a job unknown to everybody but the ledger.
func (s *Server) vanish(id string) error {
	s.mu.Lock()
	j := s.jobs[id]
	s.mu.Unlock()
	if j == nil {
		return nil
	}
	return s.change(j, true, func(j *job, _ time.Time) { j.Vanished = true })
}

// origin is what signed URLs begin with.
func (x *exchange) origin() string {
	if x.r.TLS != nil {
		return "https://" + x.r.Host
	}
	return "http://" + x.r.Host
}

func (s *Server) full(v view, origin string) (fullJob, error) {
	f := fullJob{
		ID: v.ID, Status: v.Status, Stage: v.stage, Progress: v.progress, Error: text(v.Error),
		Filename: v.shown(), Size: v.Size,
		Timing:     timing{stamp(v.Queued), stamp(v.Started), stamp(v.Completed)},
		Parameters: v.Parameters, JobType: v.Type, Credits: v.Credits,
		Preprocess: preprocessOf(v), Output: s.outputOf(v, origin),
		SourceJobID: v.SourceID, Simulations: []relative{},
		CreatedAt: stamp(v.Created), UpdatedAt: stamp(v.Updated),
	}
	if f.Parameters == nil {
		f.Parameters = map[string]any{}
	}
	f.Input = s.inputOf(v, origin)
	if v.source != nil {
		r := relativeJob(v.source)
		f.SourceJob = &r
	}
	for i := range v.children {
		f.Simulations = append(f.Simulations, relativeJob(&v.children[i]))
	}
	if v.finished() {
		b, err := os.ReadFile(s.store.report(v.ID))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
		f.Report = b
	}
	return f, nil
}

func (s *Server) inputOf(v view, origin string) inputBlock {
	b := inputBlock{Images: []link{}, Metadata: v.Archive}
	for _, in := range v.Inputs {
		l := link{Name: in.Name, Size: in.Size}
		if !v.finished() { // uploads go when a job ends
			l.URL = s.signer.url(origin, v.ID, "input/"+in.Name, s.opt.Now())
		}
		if v.Type == TypeFile {
			b.Model = &l
		} else {
			b.Images = append(b.Images, l)
		}
	}
	return b
}

// preprocessOf is all null when there was nothing to preprocess.
func preprocessOf(v view) preprocessBlock {
	p := v.Preprocess
	if p == nil {
		return preprocessBlock{Status: "skipped"}
	}
	return preprocessBlock{Status: p.Status, Steps: p.Steps, StartedAt: stamp(p.Started), CompletedAt: stamp(p.Completed),
		Error: text(p.Error), InputStats: v.InputStats}
}

func (s *Server) outputOf(v view, origin string) outputBlock {
	b := outputBlock{Textures: []link{}}
	if v.Status != statusCompleted || v.Output == nil || v.Dropped {
		return b
	}
	for _, f := range v.Output.Files {
		l := &link{URL: s.signer.url(origin, v.ID, f.Name, s.opt.Now()), Name: path.Base(f.Name), Size: f.Size}
		ext := strings.ToLower(path.Ext(f.Name))
		switch {
		case v.Type == TypeSimulate && (ext == ".mp4" || ext == ".webm"):
			b.SimVideo = l
		case v.Type == TypeSimulate && ext == ".gif":
			b.SimGIF = l
		case v.Type == TypeSimulate:
			b.SimLog = l
		case strings.HasPrefix(ext, ".usd") && b.Model == nil: // the main layer is written first
			b.Model = l
		case strings.Contains(f.Name, "/.thumbs/"): // a preview, which nothing refers to
		case strings.HasPrefix(f.Name, "usd/") && slices.Contains(textureTypes, ext):
			b.Textures = append(b.Textures, link{URL: l.URL, Name: l.Name})
		}
	}
	if v.Output.HasMJCF {
		b.MJCFPackage = &link{Name: v.Output.Name + "_mjcf.zip", URL: s.signer.url(origin, v.ID, "mjcf.zip", s.opt.Now())}
	}
	return b
}
