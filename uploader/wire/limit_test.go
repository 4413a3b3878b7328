package wire

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Two uploads share one rate, whatever the sizes of their reads.
func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1000)
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for left := 30_000; left > 0; {
					n := l.piece(left)
					if n > 100 {
						t.Errorf("a piece of %d", n)
					}
					if err := l.wait(context.Background(), n); err != nil {
						t.Error(err)
					}
					left -= n
				}
			})
		}
		wg.Wait()
		if d := time.Since(start).Round(time.Second); d != time.Minute {
			t.Errorf("60,000 bytes at 1,000 a second took %v", d)
		}
		time.Sleep(time.Hour) // saves up no burst
		start = time.Now()
		for range 20 {
			l.wait(context.Background(), 100)
		}
		if d := time.Since(start); d < 1900*time.Millisecond {
			t.Errorf("a burst after a pause: 2,000 bytes in %v", d)
		}
		ctx, cancel := context.WithCancel(context.Background())
		l.wait(ctx, 1000000)
		cancel()
		if l.wait(ctx, 1) == nil {
			t.Error("went on after the end")
		}
	})
	var none *limiter
	if none.piece(1<<20) != 1<<20 || none.wait(context.Background(), 1<<30) != nil {
		t.Error("no limiter limits")
	}
}

func TestWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, w := watch(context.Background(), time.Minute)
		defer w.stop()
		for range 10 {
			time.Sleep(50 * time.Second)
			w.moved()
		}
		if ctx.Err() != nil {
			t.Fatal("barked although things moved")
		}
		w.patience(3 * time.Minute)
		time.Sleep(2*time.Minute + 50*time.Second)
		if ctx.Err() != nil {
			t.Fatal("impatient")
		}
		time.Sleep(time.Minute)
		if context.Cause(ctx) != error(idleError{3 * time.Minute}) {
			t.Errorf("cause %v", context.Cause(ctx))
		}
	})
}

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
