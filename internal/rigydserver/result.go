package rigydserver

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// bundle is an archive about to be sent: its length is known before its first byte.
type bundle struct {
	name string
	size int64
	copy func(io.Writer) error
	io.Closer

	file *os.File // the stored archive where that is what is sent
	etag string   // of file; an archive that is made while it is sent has none
}

// errNotAll ends an answer that is complete and not the result.
var errNotAll = errors.New("no result was sent")

// result is GET /conversions/:id/result.
func (s *Server) result(x *exchange) error {
	v, err := s.get(x.r.PathValue("id"))
	if err != nil {
		return err
	}
	format, err := resultFormat(x.r)
	if err != nil {
		return err
	}
	b, err := s.open(v, format)
	if err != nil {
		return err
	}
	defer b.Close()
	if x.fault.Kind == Redirect {
		return x.redirectResult(v.ID, format)
	}
	if err := x.at(Done); err != nil {
		return err
	}
	if x.fault.At == Done && x.fault.Kind != Delay {
		return x.spoil(b)
	}
	if err := b.send(x.w, x.r); errors.Is(err, errNotAll) {
		return nil
	} else if err != nil {
		s.log.Debug("download ended early", "job", v.ID, "err", err)
		x.cut()
	}
	s.fetched(v.ID)
	return nil
}

func resultFormat(r *http.Request) (string, error) {
	switch f := r.URL.Query().Get("format"); f {
	case "":
		return "all", nil
	case "usd", "mjcf", "all":
		return f, nil
	}
	return "", errFormat
}

// open prepares a format of a job's result.
func (s *Server) open(v view, format string) (*bundle, error) {
	switch {
	case v.Status != statusCompleted:
		return nil, &refusal{status: 409, text: "Job not yet completed", jobStatus: v.Status}
	case v.Type == TypeSimulate:
		return nil, refuse(404, "A simulation has no archive; see output.sim_log, output.sim_gif and output.sim_video")
	case v.Dropped:
		return nil, refuse(404, "The result was removed after its retention period; convert the file again")
	case format == "mjcf" && !v.Output.HasMJCF:
		return nil, errNoMJCF
	}
	f, err := os.Open(s.store.archive(v.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuse(404, "The result is no longer there; convert the file again")
	}
	if err != nil {
		return nil, s.storeUnreachable(v.ID, err)
	}
	b, err := newBundle(f, v, format)
	if err != nil {
		f.Close()
		return nil, s.storeUnreachable(v.ID, err)
	}
	return b, nil
}

func (s *Server) storeUnreachable(id string, err error) error {
	s.log.Error("cannot read a result", "job", id, "err", err)
	return refuse(502, "Conversion service unavailable: the result could not be read")
}

func newBundle(f *os.File, v view, format string) (*bundle, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if format == "all" {
		b := &bundle{name: v.Output.Name + ".zip", size: st.Size(), Closer: f, file: f}
		b.etag = fmt.Sprintf(`"%s-%x-%x"`, v.ID, st.Size(), st.ModTime().UnixNano())
		b.copy = func(w io.Writer) error {
			_, err := io.Copy(w, f)
			return err
		}
		return b, nil
	}
	zr, err := zip.NewReader(f, st.Size())
	if err != nil {
		return nil, err
	}
	var size counter
	if err := subset(zr, format, &size, true); err != nil {
		return nil, err
	}
	return &bundle{name: v.Output.Name + "_" + format + ".zip", size: int64(size), Closer: f, copy: func(w io.Writer) error {
		return subset(zr, format, w, false)
	}}, nil
}

func (b *bundle) header(h http.Header) {
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", b.name))
	if b.file != nil {
		h.Set("Accept-Ranges", "bytes")
		h.Set("ETag", b.etag)
	}
}

func (b *bundle) send(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	b.header(h)
	first := b.first(r)
	switch {
	case first == 0:
		h.Set("Content-Length", fmt.Sprint(b.size))
		return b.copy(w)
	case first >= b.size:
		h.Del("Content-Disposition")
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", b.size))
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return errNotAll
	}
	if _, err := b.file.Seek(first, io.SeekStart); err != nil {
		return err
	}
	h.Set("Content-Length", fmt.Sprint(b.size-first))
	h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, b.size-1, b.size))
	w.WriteHeader(http.StatusPartialContent)
	return b.copy(w)
}

// first is the offset from which the client wants the archive. Only a range that
// goes on to the end is taken, for going on with a download; any other may be
// ignored (RFC 9110, section 14.2), and so is one of another version (If-Range).
func (b *bundle) first(r *http.Request) int64 {
	if v := r.Header.Get("If-Range"); b.file == nil || v != "" && v != b.etag {
		return 0
	}
	from, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes=")
	from, open := strings.CutSuffix(from, "-")
	n, err := strconv.ParseUint(from, 10, 62)
	if !ok || !open || err != nil {
		return 0
	}
	return int64(n)
}

// fetched notes a complete download, from which the retention period runs.
func (s *Server) fetched(id string) {
	s.mu.Lock()
	j := s.jobs[id]
	s.mu.Unlock()
	if j == nil {
		return
	}
	if err := s.change(j, true, func(j *job, now time.Time) { j.Fetched = now }); err != nil {
		s.log.Warn("cannot note a download", "job", id, "err", err)
	}
}

// redirectResult sends the client to a signed URL, on another host if the fault names one.
func (x *exchange) redirectResult(id, format string) error {
	x.fire()
	to := x.r.URL.RequestURI()
	if x.fault.URL != "" {
		to = x.s.signer.url(x.fault.URL, id, format+".zip", x.s.opt.Now())
	}
	x.w.Header().Set("Location", to)
	x.w.WriteHeader(x.fault.statusOr(http.StatusFound))
	return nil
}
