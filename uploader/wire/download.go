package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"simdrop/uploader"
)

// maxAsked is how often a signed URL that its storage refuses is asked for again.
const maxAsked = 3

// Download is a file to fetch.
type Download struct {
	Op    string
	Path  string // escaped, below the base URL
	Query url.Values
	// URL, where Path is empty, is an address that the API gave. It is signed, and a
	// storage may refuse the key beside a signature: the key is sent only if it lies
	// on the API's own origin and is refused there without.
	URL string
	// Check judges the first bytes, up to 512, of a body before anything is
	// written. May be nil.
	Check func(head []byte) error
}

// Download writes the body to w and returns its length. A w that is
// uploader.Resumable is gone on with, see resume.go. A redirect is followed by
// hand, with the key for exactly the API's scheme, host and port. The errors of
// w are returned as they are; ctx.Err() when ctx ended; uploader.ErrUnproven
// when a cut would not have shown; else an *uploader.Error.
func (a *API) Download(ctx context.Context, d Download, w io.Writer) (int64, error) {
	watched, dog := watch(ctx, a.opt.Idle)
	defer dog.stop()
	n, err := a.download(watched, dog, d, w)
	if err != nil && ctx.Err() != nil {
		return n, ctx.Err()
	}
	return n, err
}

func (a *API) download(ctx context.Context, dog *watchdog, d Download, w io.Writer) (int64, error) {
	from := keptIn(w)
	withKey := d.URL == ""
	for asked := 1; ; asked++ {
		hop, err := a.follow(ctx, d, from.header(), withKey)
		if err != nil {
			return 0, err
		}
		switch status := hop.resp.StatusCode; {
		case status == http.StatusOK:
			from = part{}
			fallthrough
		case status == http.StatusPartialContent && from.continuedBy(hop.resp):
			n, err := a.save(ctx, dog, d, hop.resp, w, from.bytes)
			hop.close()
			return n, err
		case from.bytes > 0 && (status == http.StatusPartialContent || status == http.StatusRequestedRangeNotSatisfiable):
			hop.close()
			from = part{} // something else than what we have a part of: from its first byte
			continue
		}
		answer, err := a.readAnswer(hop.resp, dog.moved)
		hop.close()
		if hop.away && expired(answer.Status) && d.URL == "" && asked < maxAsked {
			continue
		}
		if !withKey && a.wantsKey(d, answer.Status) {
			withKey = true
			continue
		}
		class := uploader.Transient // what a storage says is nothing the API said about our key
		if !hop.away && d.URL == "" {
			class = Classify(Result, answer.Status, 0, err == nil && answer.Whole)
		}
		return 0, a.refusal(d.Op, class, answer, lostCause(ctx, err))
	}
}

// wantsKey tells whether an address of the API's own origin is one that asks for
// the key after all.
func (a *API) wantsKey(d Download, status int) bool {
	target, err := a.firstTarget(d)
	return err == nil && sameOrigin(a.base, target) && (status == http.StatusUnauthorized || status == http.StatusForbidden)
}

// expired tells whether a storage may mean that a signed URL is too old.
func expired(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return true
	}
	return false
}

// save copies a good answer's body to w, which holds the bytes before from.
func (a *API) save(ctx context.Context, dog *watchdog, d Download, resp *http.Response, w io.Writer, from int64) (int64, error) {
	// With a status it is the server that gave something else than a result;
	// without one the connection was lost on the way.
	bad := func(err error) error {
		e := a.fail(d.Op, uploader.Transient, "", err)
		e.Status = resp.StatusCode
		return e
	}
	lost := func(err error) error {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return bad(err)
		}
		return a.fail(d.Op, uploader.Transient, "", lostCause(ctx, err))
	}
	limit := a.opt.MaxResult - from
	if resp.ContentLength > limit {
		return 0, bad(errTooMuch)
	}
	buf := copyBuffers.Get().(*[copyBuffer]byte)
	defer copyBuffers.Put(buf)
	body := progressReader{resp.Body, dog.moved}
	n := 0 // bytes of the body that are in buf
	if from == 0 {
		var err error
		n, err = io.ReadFull(body, buf[:512])
		if err == io.EOF || err == io.ErrUnexpectedEOF && (resp.ContentLength < 0 || int64(n) == resp.ContentLength) {
			err = nil
		}
		if err != nil {
			return 0, lost(err)
		}
		if d.Check != nil {
			if err := d.Check(buf[:n]); err != nil {
				return 0, bad(err)
			}
		}
		if r, ok := w.(uploader.Resumable); ok {
			if err := r.Begin(versionOf(resp)); err != nil {
				return 0, err
			}
		}
	}
	got, err := copyTo(w, body, buf[:], n, limit)
	total := from + got
	var werr writeError
	switch {
	case errors.As(err, &werr):
		return total, werr.error
	case errors.Is(err, errTooMuch):
		return total, bad(err)
	case err != nil:
		return total, lost(err)
	case resp.ContentLength >= 0 && got != resp.ContentLength:
		return total, bad(io.ErrUnexpectedEOF)
	case !endProven(resp):
		return total, uploader.ErrUnproven
	}
	return total, nil
}

var errTooMuch = errors.New("the result has more bytes than the limit allows")

// writeError marks an error of the writer: a full disk is not the server's fault.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

// copyTo writes the first n bytes of buf and then all of r, at most limit bytes.
func copyTo(w io.Writer, r io.Reader, buf []byte, n int, limit int64) (int64, error) {
	var total int64
	var rerr error
	for {
		if total+int64(n) > limit {
			return total, errTooMuch
		}
		m, err := w.Write(buf[:n])
		total += int64(m)
		if err == nil && m < n {
			err = io.ErrShortWrite
		}
		if err != nil {
			return total, writeError{err}
		}
		if rerr == io.EOF {
			return total, nil
		}
		if rerr != nil {
			return total, rerr
		}
		n, rerr = r.Read(buf)
	}
}
