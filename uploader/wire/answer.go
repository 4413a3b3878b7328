package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"simdrop/internal/redact"
	"simdrop/uploader"
)

// MaxJSON is the most that is read of an answer, in bytes.
const MaxJSON = 8 << 20

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", MaxJSON>>20)

// Answer is a response whose body was read.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Whole  bool // the body's end is proven
}

// readAnswer reads and closes the body. On an error the answer still holds the
// status. A server that repeats our key, in whatever field of its answer, is not
// repeated: the key ends here.
func (a *API) readAnswer(resp *http.Response, moved func()) (*Answer, error) {
	defer resp.Body.Close()
	ans := &Answer{Status: resp.StatusCode, Header: resp.Header}
	body, err := io.ReadAll(io.LimitReader(progressReader{resp.Body, moved}, MaxJSON+1))
	if err == nil && len(body) > MaxJSON {
		return ans, errTooLarge
	}
	if key := a.key(); key != "" {
		body = bytes.ReplaceAll(body, []byte(key), []byte(redact.Mark))
	}
	ans.Body = body
	if err != nil {
		return ans, err
	}
	ans.Whole = endProven(resp) || json.Valid(ans.Body)
	return ans, nil
}

// endProven tells whether a body that was read without an error must be whole:
// not so if only the closed connection ended it (RFC 9112, section 6.3).
func endProven(r *http.Response) bool {
	chunked := len(r.TransferEncoding) > 0 && r.TransferEncoding[0] == "chunked"
	return r.ContentLength >= 0 || chunked || r.ProtoMajor >= 2 || r.Uncompressed
}

type progressReader struct {
	r     io.Reader
	moved func()
}

func (p progressReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 {
		p.moved()
	}
	return n, err
}

// refusal makes the error for an answer.
func (a *API) refusal(op string, c uploader.Class, ans *Answer, cause error) *uploader.Error {
	e := a.fail(op, c, ErrorText(ans.Body), cause)
	e.Status = ans.Status
	e.After = retryAfter(ans.Header)
	if ans.Status/100 == 3 {
		e.Detail = redact.Text("redirected to "+ans.Header.Get("Location"), a.key())
	}
	return e
}

// Unreadable makes the error for a successful answer that makes no sense.
func (a *API) Unreadable(op string, k Kind, ans *Answer, cause error) error {
	// A body was answered, so it was sent, or the server does not care for it.
	return a.refusal(op, Classify(k, ans.Status, 1, ans.Whole), ans, cause)
}

// Decode unmarshals the body into v.
func (ans *Answer) Decode(v any) error {
	if len(ans.Body) == 0 {
		return errors.New("the answer is empty")
	}
	if err := json.Unmarshal(ans.Body, v); err != nil {
		return errors.New("the answer is not the JSON that was expected")
	}
	return nil
}

// maxErrorText bounds what is looked at for an error text.
const maxErrorText = 64 << 10

// ErrorText finds what a server says in an error body. It knows {"error": "…"},
// {"error": {"message": "…"}}, {"data": {"error": …}}, {"message": "…"}, {"detail":
// …}, {"errors": […]}, and takes the visible text of anything else. The result is not
// cleaned.
func ErrorText(body []byte) string {
	if len(body) > maxErrorText {
		body = body[:maxErrorText]
	}
	var v any
	if json.Unmarshal(body, &v) == nil {
		if s := messageIn(v, 0); s != "" {
			return s
		}
	}
	text := string(body)
	if strings.Contains(text, "<") {
		text = visible(text)
	}
	return text
}

// messageIn looks for the words for people in v, the most specific key first.
func messageIn(v any, depth int) string {
	if depth > 5 {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var all []string
		for _, e := range v[:min(len(v), 5)] {
			if s := messageIn(e, depth+1); s != "" {
				all = append(all, s)
			}
		}
		return strings.Join(all, "; ")
	case map[string]any:
		for _, key := range []string{"error", "message", "msg", "detail", "details", "errors", "data", "title", "name"} {
			if s := messageIn(v[key], depth+1); s != "" {
				return s
			}
		}
	}
	return ""
}

// visible drops the tags of an HTML or XML page and what is never shown.
func visible(page string) string {
	var b strings.Builder
	for page != "" {
		text, rest, ok := strings.Cut(page, "<")
		b.WriteString(text)
		if !ok {
			break
		}
		for _, hidden := range []string{"script", "style"} {
			if len(rest) >= len(hidden) && strings.EqualFold(rest[:len(hidden)], hidden) {
				_, rest, _ = strings.Cut(rest, "</")
			}
		}
		_, page, _ = strings.Cut(rest, ">")
		b.WriteByte(' ')
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
