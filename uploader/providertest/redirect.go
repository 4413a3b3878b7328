package providertest

import (
	"bytes"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"simdrop/uploader"
)

var discardLog = log.New(io.Discard, "", 0)

// elsewhere is a server that must never see the key.
type elsewhere struct {
	*httptest.Server
	hits atomic.Int32
}

func newElsewhere(t *testing.T, secure bool, h http.HandlerFunc) *elsewhere {
	t.Helper()
	e := &elsewhere{}
	e.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.hits.Add(1)
		var head bytes.Buffer
		r.Header.Write(&head)
		if strings.Contains(head.String()+r.URL.String(), canary) || r.Header.Get("Cookie") != "" {
			t.Errorf("another server was shown: %s %s", r.URL, head.String())
		}
		h(w, r)
	}))
	e.Config.ErrorLog = discardLog
	if secure {
		e.StartTLS()
	} else {
		e.Start()
	}
	t.Cleanup(e.Close)
	return e
}

func to(status int, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.Header().Set("Set-Cookie", "session=1")
		w.WriteHeader(status)
	}
}

// redirects leads to other ports, names and schemes: downloads follow without the
// key, everything else stays where it is.
func (s suite) redirects(t *testing.T) {
	store := func(w http.ResponseWriter, _ *http.Request) { w.Write(s.d.Result) }
	t.Run("submission and poll stay", func(t *testing.T) {
		other := newElsewhere(t, false, store)
		for _, code := range []int{301, 302, 303, 307, 308} {
			srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskSubmit: to(code, other.URL+"/x"), AskPoll: to(code, other.URL+"/x")})
			p := s.provider(t, srv.URL, nil)
			_, err := p.Submit(ctx(t), submission())
			wantClass(t, err, uploader.Ambiguous)
			_, err = p.Poll(ctx(t), s.d.ID)
			wantClass(t, err, uploader.Transient)
		}
		if other.hits.Load() != 0 {
			t.Errorf("followed %d times", other.hits.Load())
		}
	})
	for _, code := range []int{301, 302, 303, 307, 308} {
		other := newElsewhere(t, false, store)
		s.fetchVia(t, "other port", to(code, other.URL+"/signed?X-Amz-Signature=abc"), nil, true)
		if other.hits.Load() != 1 {
			t.Errorf("%d: %d requests elsewhere", code, other.hits.Load())
		}
	}
	t.Run("other name", func(t *testing.T) {
		var srv *server
		name := newElsewhere(t, false, store)
		srv = s.serve(t, false, map[Ask]http.HandlerFunc{AskResult: to(302, strings.Replace(name.URL, "127.0.0.1", "localhost", 1)+"/x")})
		s.wantResult(t, s.provider(t, srv.URL, nil), true)
	})
	t.Run("never back with the key", func(t *testing.T) {
		var api *httptest.Server
		other := newElsewhere(t, false, func(w http.ResponseWriter, r *http.Request) { to(302, api.URL+"/again")(w, r) })
		api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/again" && s.d.Carries(r) {
				t.Error("another server made us use the key")
			}
			to(302, other.URL)(w, r)
		}))
		t.Cleanup(api.Close)
		s.wantResult(t, s.provider(t, api.URL, nil), false)
	})
	t.Run("same origin", func(t *testing.T) {
		asked := 0
		srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskResult: func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked == 1 {
				to(307, "./result?again=1")(w, r)
				return
			}
			w.Write(s.d.Result)
		}})
		s.wantResult(t, s.provider(t, srv.URL, nil), true)
	})
	s.deadEnds(t)
	s.secureRedirects(t)
	s.expiredURL(t)
}

// fetchVia fetches from an API whose answer is h.
func (s suite) fetchVia(t *testing.T, name string, h http.HandlerFunc, rt http.RoundTripper, ok bool) {
	t.Run(name, func(t *testing.T) {
		srv := s.serve(t, false, map[Ask]http.HandlerFunc{AskResult: h})
		s.wantResult(t, s.provider(t, srv.URL, rt), ok)
	})
}

func (s suite) wantResult(t *testing.T, p uploader.Provider, ok bool) {
	t.Helper()
	var got bytes.Buffer
	_, err := p.Fetch(ctx(t), s.d.ID, s.d.Format, &got)
	if ok && (err != nil || !bytes.Equal(got.Bytes(), s.d.Result)) {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
	if !ok {
		wantClass(t, err, uploader.Transient)
		if got.Len() != 0 {
			t.Errorf("%d bytes were written", got.Len())
		}
	}
}

// deadEnds are redirects that nobody should follow.
func (s suite) deadEnds(t *testing.T) {
	loops := 0
	var loop *elsewhere
	loop = newElsewhere(t, false, func(w http.ResponseWriter, r *http.Request) {
		loops++
		to(302, loop.URL+"/round")(w, r)
	})
	s.fetchVia(t, "loop", to(302, loop.URL), nil, false)
	if loops > 5 {
		t.Errorf("went round %d times", loops)
	}
	for _, target := range []string{
		"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "http://", "//", "http://[::1", "data:text/plain,x", "http://%zz/",
		"http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://0.0.0.0/", "http://224.0.0.1/", "http://[::ffff:169.254.169.254]/",
		"https://" + Key + "@169.254.169.254/",
	} {
		s.fetchVia(t, target, to(302, target), nil, false)
	}
}

// secureRedirects come from an API that speaks TLS.
func (s suite) secureRedirects(t *testing.T) {
	store := func(w http.ResponseWriter, _ *http.Request) { w.Write(s.d.Result) }
	for name, target := range map[string]*elsewhere{"downgrade": newElsewhere(t, false, store), "other TLS server": newElsewhere(t, true, store)} {
		t.Run(name, func(t *testing.T) {
			api := httptest.NewTLSServer(to(302, target.URL+"/x"))
			t.Cleanup(api.Close)
			rt := api.Client().Transport.(*http.Transport).Clone()
			if target.TLS != nil {
				pool := x509.NewCertPool()
				pool.AddCert(api.Certificate())
				pool.AddCert(target.Certificate())
				rt.TLSClientConfig.RootCAs = pool
			}
			s.wantResult(t, s.provider(t, api.URL, rt), target.TLS != nil)
			if want := int32(btoi(target.TLS != nil)); target.hits.Load() != want {
				t.Errorf("%d requests elsewhere, want %d", target.hits.Load(), want)
			}
		})
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// expiredURL is a storage that refuses the first signed address: the API is asked
// for another one, a few times, and the storage's refusal says nothing about
// our key.
func (s suite) expiredURL(t *testing.T) {
	for _, code := range []int{400, 401, 403, 404} {
		for _, always := range []bool{false, true} {
			asked := 0
			other := newElsewhere(t, false, func(w http.ResponseWriter, _ *http.Request) {
				if asked == 1 || always {
					say(code, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>")(w, nil)
					return
				}
				w.Write(s.d.Result)
			})
			s.fetchVia(t, "expired", func(w http.ResponseWriter, r *http.Request) {
				asked++
				to(302, other.URL+"/signed")(w, r)
			}, nil, !always)
			if asked > 3 || asked < 2 {
				t.Errorf("%d: the API was asked %d times", code, asked)
			}
		}
	}
}
