//go:build unix

package service

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// listener is systemd's end of the socket.
type listener struct {
	*net.UnixConn
	t *testing.T
}

func listen(t *testing.T, path string) listener {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return listener{c, t}
}

// until reads until a datagram has all of the texts.
func (l listener) until(texts ...string) string {
	l.t.Helper()
	l.SetReadDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 4096)
next:
	for {
		n, err := l.Read(buf)
		if err != nil {
			l.t.Fatalf("waited for %q: %v", texts, err)
		}
		for _, want := range texts {
			if !strings.Contains("\n"+string(buf[:n])+"\n", "\n"+want) {
				continue next
			}
		}
		return string(buf[:n])
	}
}

func TestRunUnderSystemd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	l := listen(t, path)
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "6000000")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	beat, drained, done := make(chan string), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- Run(ctx, RunOptions{Name: "simdrop"}, func(ctx context.Context, s *Supervisor) error {
			if s.Every != 2*time.Second || s.Background != "" {
				t.Errorf("every %s, background %q", s.Every, s.Background)
			}
			if v := os.Getenv("NOTIFY_SOCKET"); v != "" {
				t.Error("a child would hear of", v)
			}
			s.Beat(<-beat)
			s.Beat(<-beat)
			<-ctx.Done()
			<-drained
			return nil
		})
	}()
	l.until("EXTEND_TIMEOUT_USEC=10000000\n") // while it starts
	beat <- "watching\n1 folder"
	l.until("READY=1\n", "WATCHDOG=1\n", "STATUS=watching 1 folder\n")
	beat <- "2 jobs"
	if got := l.until("WATCHDOG=1\n", "STATUS=2 jobs\n"); strings.Contains(got, "READY") {
		t.Error("ready twice")
	}
	stop()
	l.until("STOPPING=1\n", "STATUS=finishing")
	l.until("EXTEND_TIMEOUT_USEC=10000000\n") // while it drains
	l.until("EXTEND_TIMEOUT_USEC=10000000\n")
	close(drained)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRunByNobody(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	err := Run(context.Background(), RunOptions{Name: "x"}, func(_ context.Context, s *Supervisor) error {
		s.Beat("nobody listens")
		if s.Background != "x" || s.Every != 0 {
			t.Errorf("%+v", s)
		}
		return os.ErrClosed
	})
	if err != os.ErrClosed {
		t.Error(err)
	}
}

func TestWatchdogOfAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	listen(t, path)
	env := func(pid string) func(string) (string, bool) {
		return func(name string) (string, bool) {
			v := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": pid}[name]
			return v, v != ""
		}
	}
	for pid, want := range map[string]time.Duration{"7": time.Second, "": time.Second, "8": 0} {
		n := newNotifier(env(pid), 7)
		if n == nil || n.every != want {
			t.Errorf("WATCHDOG_PID=%s: %+v", pid, n)
		}
		n.conn.Close()
	}
}
