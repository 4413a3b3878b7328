package rigydserver

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// maxHeaders bounds the distinct header names of a request.
const maxHeaders = 100

// guard decides who may speak to the server. A web page must not be able to:
// it can reach loopback, but a foreign page shows itself by its Host (DNS
// rebinding) or Sec-Fetch-Site, and cannot send Authorization without a
// preflight, which nothing here answers.
type guard struct {
	hosts []string

	mu   sync.Mutex
	keys [][sha256.Size]byte // digests, so that comparing takes equal time for every length
}

func (g *guard) setKeys(keys []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keys = nil
	for _, k := range keys {
		g.keys = append(g.keys, sha256.Sum256([]byte(k)))
	}
}

// local refuses requests that were not addressed to this machine by name or address.
func (g *guard) local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch site := r.Header.Get("Sec-Fetch-Site"); {
		case !g.hostAllowed(r.Host):
			writeRefusal(w, &refusal{status: http.StatusForbidden, text: "Host not allowed"})
		case site != "" && site != "same-origin" && site != "none":
			writeRefusal(w, &refusal{status: http.StatusForbidden, text: "Requests from other web sites are not allowed"})
		case len(r.Header) > maxHeaders:
			writeRefusal(w, &refusal{status: http.StatusRequestHeaderFieldsTooLarge, text: "Too many headers"})
		default:
			w.Header().Set("X-Content-Type-Options", "nosniff")
			next.ServeHTTP(w, r)
		}
	})
}

func (g *guard) hostAllowed(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && ip.IsLoopback() {
		return true
	}
	return host != "" && slices.ContainsFunc(g.hosts, func(h string) bool {
		return strings.EqualFold(h, host) || strings.EqualFold(h, hostport)
	})
}

// authorize returns the documented 401 unless the request carries an accepted key.
func (g *guard) authorize(r *http.Request) error {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return errNoKey
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.keys) == 0 {
		return nil
	}
	sum, found := sha256.Sum256([]byte(token)), 0
	for _, k := range g.keys {
		found |= subtle.ConstantTimeCompare(sum[:], k[:])
	}
	if found == 0 {
		return errBadKey
	}
	return nil
}
