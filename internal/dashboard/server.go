package dashboard

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"simdrop/internal/control"
	"simdrop/internal/durable"
)

// shutdownGrace is how long running requests may take when the server stops.
// Event streams end at once.
const shutdownGrace = 3 * time.Second

// Server is the control API on its address, found through the state folder.
type Server struct {
	listener net.Listener
	http     *http.Server
	addrFile string
	stop     context.CancelFunc
}

// Listen binds addr (host:port, port 0 picks one), and leaves the token and the
// address in stateDir for the command line to find. Token and Addr in o are set here.
func Listen(addr, stateDir string, o Options) (*Server, error) {
	token, err := Token(stateDir)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for the dashboard: %w", err)
	}
	o.Token, o.Addr = token, l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		listener: l,
		addrFile: filepath.Join(stateDir, control.AddrFile),
		stop:     stop,
		http: &http.Server{
			Handler:           New(o),
			ReadHeaderTimeout: 10 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			BaseContext:       func(net.Listener) context.Context { return ctx },
		},
	}
	if o.Logger != nil {
		s.http.ErrorLog = slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug)
	}
	if err := durable.WriteFile(s.addrFile, []byte(o.Addr+"\n"), 0o600); err != nil {
		l.Close()
		stop()
		return nil, fmt.Errorf("tell the dashboard's address: %w", err)
	}
	return s, nil
}

// Addr is the address in use.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Serve answers until Close, which makes it return nil.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the dashboard: %w", err)
	}
	return nil
}

// Close stops the server and takes its address back. It may be called more than
// once, and before Serve.
func (s *Server) Close() error {
	var problems []error
	// Only our own: a daemon that started meanwhile has written its address there.
	if b, err := os.ReadFile(s.addrFile); err == nil && strings.TrimSpace(string(b)) == s.Addr() {
		problems = append(problems, os.Remove(s.addrFile))
	}
	s.stop() // ends the event streams
	ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		problems = append(problems, s.http.Close())
	}
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// tokenBytes is 256 bits.
const tokenBytes = 32

// Token returns the token in stateDir, and makes one where there is none. It is
// kept across restarts, so that a signed-in browser stays signed in.
func Token(stateDir string) (string, error) {
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return "", fmt.Errorf("make the state folder: %w", err)
	}
	file := filepath.Join(stateDir, control.TokenFile)
	token, err := readToken(file)
	if err != nil {
		return "", err
	}
	if token != "" {
		return token, nil
	}
	b := make([]byte, tokenBytes)
	rand.Read(b) // never fails
	token = hex.EncodeToString(b)
	if err := durable.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the control token: %w", err)
	}
	return token, nil
}

// readToken returns "" where there is no token, or one that others could read or
// that is not one: a new one takes its place.
func readToken(file string) (string, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the control token: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return "", fmt.Errorf("read the control token: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if raw, err := hex.DecodeString(token); err != nil || len(raw) != tokenBytes {
		return "", nil
	}
	if st, err := f.Stat(); err != nil || exposed(st.Mode()) {
		return "", nil
	}
	return token, nil
}
