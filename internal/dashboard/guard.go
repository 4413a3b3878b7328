package dashboard

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"simdrop/internal/control"
)

// Whoever reaches this server may spend the person's credits, so it believes
// nothing that a web page or another user of the machine can say:
//
//   - the Host is a loopback IP or localhost, with our port (DNS rebinding);
//   - the browser says that the request comes from our own page or from no page
//     at all (forged requests, also reading ones);
//   - the token is in a header or a cookie, never in an address.

// wrongTokens is how many wrong tokens are answered in a minute.
const wrongTokens = 10

type guard struct {
	port   string
	token  string
	cookie string // its value
	name   string // and its name

	mu     *sync.Mutex
	wrong  int
	window time.Time
}

func newGuard(addr, token string) guard {
	_, port, _ := net.SplitHostPort(addr)
	return guard{
		port: port, token: token, cookie: control.CookieValue(token),
		// Cookies know no ports: two daemons must not share one.
		name: "simdrop_" + port,
		mu:   new(sync.Mutex),
	}
}

// protect lets a request through to next when it is ours to answer.
func (h *handler) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		if err := h.guard.origin(r); err != nil {
			h.writeJSON(w, http.StatusForbidden, control.Problem{Error: err.Error()})
			return
		}
		if r.URL.Path == "/healthz" || r.URL.Path == "/login" {
			next.ServeHTTP(w, r)
			return
		}
		if err := h.guard.credentials(r); err != nil {
			head.Set("WWW-Authenticate", "Bearer")
			h.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// byCookie says that a request which was let in showed a cookie, not the token.
func byCookie(r *http.Request) bool { return r.Header.Get("Authorization") == "" }

func (g *guard) origin(r *http.Request) error {
	if !g.ours(r.Host) {
		return &refusal{text: "this is not the host you are looking for"}
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if site != "" && site != "same-origin" && site != "none" {
		return &refusal{text: "requests from other sites are refused"}
	}
	for _, o := range r.Header.Values("Origin") {
		// Our page asks for no-referrer, with which browsers send the origin of its
		// own forms as null (Fetch, "append a request Origin header"). They say so
		// in a header that no page can set; a sandboxed page gets cross-site.
		if o == "null" && site == "same-origin" {
			continue
		}
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "http" || !g.ours(u.Host) {
			return &refusal{text: "requests from other origins are refused"}
		}
	}
	return nil
}

// ours says whether host:port is a name of this server.
func (g *guard) ours(hostport string) bool {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil { // a browser leaves out port 80
		host, port = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]"), "80"
	}
	if port != g.port {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || (err == nil && ip.Zone() == "" && ip.Unmap().IsLoopback())
}

// credentials wants the token as a Bearer, or the cookie.
func (g *guard) credentials(r *http.Request) error {
	if auth := r.Header.Get("Authorization"); auth != "" {
		scheme, token, _ := strings.Cut(auth, " ")
		if strings.EqualFold(scheme, "Bearer") && same(token, g.token) {
			return nil
		}
		return g.guessed()
	}
	if c, err := r.Cookie(g.name); err == nil {
		if same(c.Value, g.cookie) {
			return nil
		}
		return g.guessed()
	}
	return &refusal{http.StatusUnauthorized, "the token is needed",
		"sign in with `simdrop open`, or send the token in " + control.TokenFile + " as a Bearer"}
}

func same(a, b string) bool {
	return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// guessed counts a wrong token. The right one is always let in: nobody may lock
// the person out by guessing.
func (g *guard) guessed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.Sub(g.window) > time.Minute {
		g.window, g.wrong = now, 0
	}
	if g.wrong++; g.wrong > wrongTokens {
		return &refusal{status: http.StatusTooManyRequests, text: "too many wrong tokens"}
	}
	return &refusal{http.StatusUnauthorized, "the token is wrong", "sign in again with `simdrop open`"}
}
