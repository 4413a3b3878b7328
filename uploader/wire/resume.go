package wire

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"simdrop/uploader"
)

// A download that was cut goes on where it ended if three things hold: the server
// gave a validator that changes with every byte, it says that the rest it sends is
// of that very version (If-Range: it sends the whole of another one, with status
// 200), and what it sends begins where we are and ends where the result ends
// (Content-Range). RFC 9110, sections 13.1.5 and 14.

// part is what is there already of a download.
type part struct {
	bytes   int64
	version uploader.Version
}

// keptIn returns what w can be gone on with, the zero part when it cannot.
func keptIn(w io.Writer) part {
	r, ok := w.(uploader.Resumable)
	if !ok {
		return part{}
	}
	n, v := r.Kept()
	if n <= 0 || v.ETag == "" && v.Modified == "" {
		return part{}
	}
	return part{n, v}
}

// header asks for the rest.
func (p part) header() http.Header {
	if p.bytes == 0 {
		return nil
	}
	validator := p.version.ETag
	if validator == "" {
		validator = p.version.Modified
	}
	return http.Header{"Range": {fmt.Sprintf("bytes=%d-", p.bytes)}, "If-Range": {validator}}
}

// continuedBy reports whether the body of a 206 is the rest of p, and nothing else.
func (p part) continuedBy(resp *http.Response) bool {
	first, last, size, ok := contentRange(resp.Header.Get("Content-Range"))
	etag := resp.Header.Get("ETag")
	switch {
	case p.bytes == 0 || !ok || first != p.bytes || last != size-1:
		return false
	case p.version.Size > 0 && size != p.version.Size:
		return false
	case etag != "" && p.version.ETag != "" && etag != p.version.ETag:
		return false
	}
	return resp.ContentLength == size-first || resp.ContentLength < 0 && endProven(resp)
}

// contentRange reads "bytes FIRST-LAST/SIZE". A range of an unknown whole is of no
// use: nothing would tell that the end is the end.
func contentRange(s string) (first, last, size int64, ok bool) {
	span, whole, ok := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	from, to, isSpan := strings.Cut(span, "-")
	if !ok || !isSpan || !strings.HasPrefix(s, "bytes ") {
		return 0, 0, 0, false
	}
	var n [3]int64
	for i, text := range []string{from, to, whole} {
		v, err := strconv.ParseUint(text, 10, 62) // no sign, unlike ParseInt
		if err != nil {
			return 0, 0, 0, false
		}
		n[i] = int64(v)
	}
	return n[0], n[1], n[2], n[0] <= n[1] && n[1] < n[2]
}

// versionOf reads the strong validators of an answer. A Last-Modified is strong
// when the answer was made at least a second later: nothing can have changed
// within its resolution (RFC 9110, section 8.8.2.2).
func versionOf(resp *http.Response) uploader.Version {
	if resp.Uncompressed { // what it tells is about other bytes than those we get
		return uploader.Version{}
	}
	v := uploader.Version{Size: max(resp.ContentLength, 0)}
	if etag := resp.Header.Get("ETag"); len(etag) > 2 && len(etag) < 1000 && strings.HasPrefix(etag, `"`) && strings.HasSuffix(etag, `"`) {
		v.ETag = etag
	}
	text := resp.Header.Get("Last-Modified")
	modified, err := http.ParseTime(text)
	made, derr := http.ParseTime(resp.Header.Get("Date"))
	if err == nil && derr == nil && made.Sub(modified) >= time.Second {
		v.Modified = text
	}
	return v
}
