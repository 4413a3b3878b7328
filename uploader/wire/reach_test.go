package wire

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
)

func TestReach(t *testing.T) {
	for s, want := range map[string]reach{
		"8.8.8.8": public, "2606:4700::1111": public, "10.1.2.3": private, "172.16.0.1": private, "192.168.1.1": private, "fd00::1": private,
		"100.64.0.1": private, "127.0.0.1": loopback, "127.9.9.9": loopback, "::1": loopback, "::ffff:127.0.0.1": loopback,
		"169.254.169.254": linkLocal, "fe80::1": linkLocal, "fe80::1%eth0": linkLocal, "::ffff:169.254.169.254": linkLocal,
		"64:ff9b::a9fe:a9fe": linkLocal, "64:ff9b::808:808": public, "0.0.0.0": nowhere, "::": nowhere, "224.0.0.1": nowhere, "ff02::1": nowhere,
		"255.255.255.255": nowhere,
	} {
		if got := reachOf(netip.MustParseAddr(s)); got != want {
			t.Errorf("%s: %d, want %d", s, got, want)
		}
	}
	for s, want := range map[string]reach{"localhost": loopback, "LOCALHOST.": loopback, "x.localhost": loopback, "s3.example": public, "127.0.0.1": loopback} {
		if got := reachOfName(s); got != want {
			t.Errorf("%s: %d, want %d", s, got, want)
		}
	}
	for _, from := range []reach{public, private, loopback, linkLocal, nowhere} {
		for _, to := range []reach{public, private, loopback, linkLocal, nowhere} {
			want := to == public || to == from && to != nowhere || from == loopback && to == private
			if mayReach(from, to) != want {
				t.Errorf("from %d to %d", from, to)
			}
		}
	}
}

// A name that resolves to this machine is refused when it is dialled.
func TestElsewhereJudgesTheResolvedAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := New(Options{BaseURL: "https://api.example"})
	if err != nil {
		t.Fatal(err)
	}
	for from, ok := range map[reach]bool{public: false, private: false, loopback: true} {
		u := &url.URL{Scheme: "https", Host: "storage.example"}
		rt, release, err := a.rt.elsewhere(u, from)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := rt.(*http.Transport).DialContext(t.Context(), "tcp", l.Addr().String())
		if ok != (err == nil) {
			t.Errorf("from %d: %v", from, err)
		}
		if conn != nil {
			conn.Close()
		}
		release()
	}
}

func TestSameOrigin(t *testing.T) {
	base, _ := url.Parse("https://api.example/api")
	for s, want := range map[string]bool{
		"https://api.example/x": true, "https://API.example:443/x": true, "http://api.example/x": false, "https://api.example:8443/x": false,
		"https://api.example.evil/x": false, "https://xapi.example/": false, "http://api.example:443/": false, "https://user@api.example/": true,
	} {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		if sameOrigin(base, u) != want {
			t.Errorf("%s: want %v", s, want)
		}
	}
}

// Where we do not resolve names ourselves, behind a proxy or a dialer of the
// caller's, the target's spelling is judged.
func TestElsewhereJudgesTheName(t *testing.T) {
	proxy, _ := url.Parse("http://proxy.example:3128")
	dial := func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialled")
		return nil, net.ErrClosed
	}
	for _, base := range []*http.Transport{{DialContext: dial}, {DialContext: dial, Proxy: http.ProxyURL(proxy)}, {Proxy: http.ProxyURL(proxy)}} {
		rt := newTransports(base)
		for _, host := range []string{"169.254.169.254", "localhost:80", "10.0.0.1", "[::1]:8080", "[::ffff:169.254.169.254]"} {
			if _, _, err := rt.elsewhere(&url.URL{Scheme: "http", Host: host}, public); err == nil {
				t.Errorf("%s was let through", host)
			}
		}
		if _, _, err := rt.elsewhere(&url.URL{Scheme: "https", Host: "s3.example"}, public); err != nil {
			t.Error(err)
		}
	}
	// The proxy itself may be near.
	tr, _, err := newTransports(&http.Transport{Proxy: http.ProxyURL(proxy)}).elsewhere(&url.URL{Scheme: "https", Host: "s3.example"}, public)
	if err != nil || tr.(*http.Transport).Proxy == nil || tr.(*http.Transport).DialContext != nil {
		t.Error("a proxied download must go through the proxy, without our judgement of its address")
	}
}
