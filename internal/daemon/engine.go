package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"simdrop/internal/config"
	"simdrop/internal/engine"
	"simdrop/internal/engine/child"
	"simdrop/internal/rigydserver"
)

// EngineOptions says how the local engine is served by itself.
type EngineOptions struct {
	Listen  string // host:port, port 0 picks one
	Dir     string // state folder; empty is the person's
	Version string
	Logger  *slog.Logger
	// Converter is the command line of the child that converts, see Options.Converter.
	Converter []string
}

// Engine is the local engine alone, as a Rigyd-compatible server.
type Engine struct {
	server   *rigydserver.Server
	listener net.Listener
}

// OpenEngine opens the engine's state and binds its address.
func OpenEngine(o EngineOptions) (*Engine, error) {
	if o.Dir == "" {
		state := config.StateDir(os.LookupEnv)
		if state == "" {
			return nil, errors.New("no place for the state folder is known: set HOME")
		}
		o.Dir = filepath.Join(state, "engine", "alone")
	}
	srv, err := rigydserver.New(rigydserver.Options{
		Dir: o.Dir, Convert: converter(o.Converter, o.Logger), Formats: engine.Formats(), Simulate: simulator(o.Converter, o.Logger), Workers: engineWorkers(), Version: o.Version, Logger: o.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("start the local engine: %w", err)
	}
	ln, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the local engine: %w", err), srv.Close())
	}
	return &Engine{srv, ln}, nil
}

// converter converts in children of that command line, or here where it is empty.
func converter(command []string, log *slog.Logger) child.Converter {
	convert := engine.Convert
	if len(command) > 0 {
		convert = child.New(child.Options{Command: command, Logger: log})
	}
	return func(ctx context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
		out, err := convert(ctx, in, w)
		if err == nil {
			log.Debug("converted by the local engine", "asset", in.Filename, "summary", engine.Summary(out.Report))
		}
		return out, err
	}
}

// simulator simulates in children of that command line, or here where it is empty.
func simulator(command []string, log *slog.Logger) child.Simulator {
	if len(command) == 0 {
		return engine.Simulate
	}
	return child.NewSimulator(child.Options{Command: command, Logger: log})
}

// BaseURL is what a provider's base_url, or the vendor's own client, is set to.
func (e *Engine) BaseURL() string { return "http://" + e.listener.Addr().String() + "/api" }

// Run serves until ctx ends.
func (e *Engine) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return e.server.Run(ctx) })
	g.Go(func() error { return serve(ctx, e.server.HTTPServer(), e.listener) })
	return errors.Join(g.Wait(), e.server.Close())
}
