package providertest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"simdrop/uploader"
)

// cutSubmission cuts the connection in every phase, politely and with a reset.
func (s suite) cutSubmission(t *testing.T) {
	accepted := fmt.Sprintf("HTTP/1.1 %d Accepted\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		s.d.AcceptedStatus, len(s.d.Accepted), s.d.Accepted)
	goOn := func(c net.Conn) { io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n") }
	phases := []struct {
		name string
		want uploader.Class
		act  func(c net.Conn, r *bufio.Reader, length int64)
	}{
		{"after the head", uploader.NotSent, func(net.Conn, *bufio.Reader, int64) {}},
		{"after the head, with garbage", uploader.NotSent, func(c net.Conn, _ *bufio.Reader, _ int64) { io.WriteString(c, "\x00\x1b[2Jnot HTTP\r\n\r\n") }},
		{"in the body", uploader.Ambiguous, func(c net.Conn, r *bufio.Reader, n int64) { goOn(c); io.CopyN(io.Discard, r, n/2) }},
		{"after the body", uploader.Ambiguous, func(c net.Conn, r *bufio.Reader, n int64) { goOn(c); io.CopyN(io.Discard, r, n) }},
		{"after the status line", uploader.Ambiguous, func(c net.Conn, r *bufio.Reader, n int64) {
			goOn(c)
			io.CopyN(io.Discard, r, n)
			io.WriteString(c, accepted[:20])
		}},
		{"in the answer", uploader.Ambiguous, func(c net.Conn, r *bufio.Reader, n int64) {
			goOn(c)
			io.CopyN(io.Discard, r, n)
			io.WriteString(c, accepted[:len(accepted)-10])
		}},
		{"in a refusal", uploader.Ambiguous, func(c net.Conn, r *bufio.Reader, n int64) {
			goOn(c)
			io.CopyN(io.Discard, r, n)
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{\"error\": \"Unsup")
		}},
		{"in a refusal of the key", uploader.Ambiguous, func(c net.Conn, r *bufio.Reader, n int64) {
			goOn(c)
			io.CopyN(io.Discard, r, n)
			io.WriteString(c, "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"error\":")
		}},
		{"in a refusal without a length", uploader.Ambiguous, func(c net.Conn, r *bufio.Reader, n int64) {
			goOn(c)
			io.CopyN(io.Discard, r, n)
			io.WriteString(c, "HTTP/1.0 422 No\r\n\r\n{\"error\":")
		}},
		{"in an early refusal", uploader.NotSent, func(c net.Conn, _ *bufio.Reader, _ int64) {
			io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 100\r\n\r\n<html>")
		}},
	}
	for _, phase := range phases {
		for _, rude := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reset %v", phase.name, rude), func(t *testing.T) {
				srv := serveRaw(t, func(c *net.TCPConn, r *bufio.Reader) {
					_, length := readHeader(r)
					phase.act(c, r, length)
					if rude {
						reset(c)
					}
				})
				_, err := s.provider(t, srv.url(), nil).Submit(ctx(t), submission())
				wantClass(t, err, phase.want)
				if n := srv.conns.Load(); n != 1 {
					t.Errorf("%d connections for one submission", n)
				}
			})
		}
	}
}

// cutQuestion cuts the answer to a poll: it is simply asked again.
func (s suite) cutQuestion(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing":      "",
		"status line":  "HTTP/1.1 200 O",
		"body":         fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(s.d.Working), s.d.Working[:50]),
		"chunk":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n{\"data\":",
		"no length":    "HTTP/1.0 200 OK\r\n\r\n" + s.d.Working[:50],
		"cut 404":      "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{}",
		"not HTTP":     "SSH-2.0-OpenSSH_9.2\r\n",
		"huge header":  "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n{}",
		"wrong length": "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
	} {
		t.Run(name, func(t *testing.T) {
			srv := serveRaw(t, func(c *net.TCPConn, r *bufio.Reader) {
				readHeader(r)
				io.WriteString(c, answer)
			})
			_, err := s.provider(t, srv.url(), nil).Poll(ctx(t), s.d.ID)
			wantClass(t, err, uploader.Transient)
		})
	}
}

// cutResult ends a download in every way there is; only one of them is whole.
func (s suite) cutResult(t *testing.T) {
	body := string(s.d.Result)
	half := body[:len(body)/2]
	for name, c := range map[string]struct {
		answer   string
		whole    bool
		unproven bool
	}{
		"length":          {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body), true, false},
		"length, cut":     {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), half), false, false},
		"length, cut 5":   {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:5]), false, false},
		"length, no byte": {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(body)), false, false},
		"chunks":          {fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body), true, false},
		"chunks, cut":     {fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s", len(body), half), false, false},
		"chunks, no end":  {fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(body), body), false, false},
		"close":           {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body, false, true},
		"close, cut":      {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + half, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			srv := serveRaw(t, func(conn *net.TCPConn, r *bufio.Reader) {
				readHeader(r)
				io.WriteString(conn, c.answer)
			})
			var got bytes.Buffer
			n, err := s.provider(t, srv.url(), nil).Fetch(ctx(t), s.d.ID, s.d.Format, &got)
			switch {
			case n != int64(got.Len()) || !strings.HasPrefix(body, got.String()):
				t.Errorf("%d bytes told, %d written", n, got.Len())
			case c.whole && (err != nil || got.String() != body):
				t.Errorf("%d bytes, %v", n, err)
			case c.unproven && !errors.Is(err, uploader.ErrUnproven):
				t.Errorf("got %v, want ErrUnproven", err)
			case !c.whole && !c.unproven:
				wantClass(t, err, uploader.Transient)
			}
		})
	}
}

// noResult answers 200 with something that is no result.
func (s suite) noResult(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "HTML": "<html><title>Maintenance</title>", "JSON": `{"error": "Job not yet completed"}`, "short": "PK",
		"escapes": "\x1b[2J\x00\x07" + Key,
	} {
		t.Run(name, func(t *testing.T) {
			srv := serveRaw(t, func(c *net.TCPConn, r *bufio.Reader) {
				readHeader(r)
				fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			})
			var got bytes.Buffer
			_, err := s.provider(t, srv.url(), nil).Fetch(ctx(t), s.d.ID, s.d.Format, &got)
			wantClass(t, err, uploader.Transient)
			if got.Len() != 0 {
				t.Errorf("%q was written", got.String())
			}
			if name == "HTML" && !strings.Contains(err.Error(), "Maintenance") {
				t.Errorf("the first bytes are not told: %v", err)
			}
		})
	}
	t.Run("full disk", func(t *testing.T) {
		srv := serveRaw(t, func(c *net.TCPConn, r *bufio.Reader) {
			readHeader(r)
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(s.d.Result), s.d.Result)
		})
		_, err := s.provider(t, srv.url(), nil).Fetch(ctx(t), s.d.ID, s.d.Format, fullDisk{})
		var e *uploader.Error
		if !errors.Is(err, errFull) || errors.As(err, &e) {
			t.Errorf("got %v, want the writer's own error", err)
		}
	})
}

var errFull = errors.New("no space left")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }
