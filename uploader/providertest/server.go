package providertest

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// server answers with plain handlers, counts what came in, and checks that the
// key is always there.
type server struct {
	*httptest.Server
	posts atomic.Int32
}

// serve starts a server that answers the asks in the table, and fails the test for
// any other. It reads every body to its end unless early.
func (s suite) serve(t *testing.T, early bool, answers map[Ask]http.HandlerFunc) *server {
	t.Helper()
	srv := &server{}
	srv.Server = httptest.NewServer(srv.handler(t, s.d, early, answers))
	t.Cleanup(srv.Close)
	return srv
}

func (srv *server) handler(t *testing.T, d Dialect, early bool, answers map[Ask]http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			srv.posts.Add(1)
			if !early {
				io.Copy(io.Discard, r.Body)
			}
		}
		if !d.Carries(r) {
			t.Errorf("%s %s came without the key", r.Method, r.URL)
		}
		h := answers[d.Of(r)]
		if h == nil {
			t.Errorf("unexpected %s %s", r.Method, r.URL)
			w.WriteHeader(http.StatusTeapot)
			return
		}
		h(w, r)
	})
}

// say answers with a status and a body.
func say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// raw is a listener whose connections are handled by hand. Its handlers may do
// what no HTTP library would.
type raw struct {
	net.Listener
	conns atomic.Int32
	wg    sync.WaitGroup
}

// serveRaw hands every connection to handle, which need not close it.
func serveRaw(t *testing.T, handle func(c *net.TCPConn, r *bufio.Reader)) *raw {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &raw{Listener: l}
	srv.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			srv.conns.Add(1)
			srv.wg.Go(func() {
				defer c.Close()
				handle(c.(*net.TCPConn), bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		srv.wg.Wait()
	})
	return srv
}

func (r *raw) url() string { return "http://" + r.Addr().String() }

// wait stops accepting and returns when all handlers have.
func (r *raw) wait() {
	r.Close()
	r.wg.Wait()
}

// readHeader reads a request's head and tells its announced length.
func readHeader(r *bufio.Reader) (head string, length int64) {
	req, err := http.ReadRequest(r)
	if err != nil {
		return "", 0
	}
	var b strings.Builder
	req.Header.Write(&b)
	return req.Method + "\r\n" + b.String(), req.ContentLength
}

// reset closes c in a way that the peer sees as "connection reset".
func reset(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}

// pipes is a network inside the process, for use in a synctest bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

// transport dials the listener, whatever the address.
func (p *pipes) transport() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		select {
		case p.conns <- theirs:
			return ours, nil
		case <-p.done:
			return nil, net.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
