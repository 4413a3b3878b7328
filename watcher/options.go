package watcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"simdrop/internal/asset"
)

// Detect is how changes are noticed.
type Detect string

// The ways of detection.
const (
	Auto   Detect = "auto"   // by the type of the file system
	Events Detect = "events" // change notification by the kernel, and rescans
	Poll   Detect = "poll"   // listing the folders again and again
)

// Options configures a Watcher. Root and Kinds are required; zero durations take
// the defaults named beside them.
type Options struct {
	Root      string       // the watched folder; it must exist, it is never created
	Kinds     []asset.Kind // what counts as a primary
	Recursive bool
	Ignore    []string // doublestar patterns, relative to Root
	// Recipes are files that change these rules below a folder. They may be none.
	Recipes Recipes

	Detect         Detect        // Auto
	SettlePeriod   time.Duration // 5 s; at least 15 s is used on network file systems
	RescanInterval time.Duration // 5 min, spread over 3/4 to 5/4 of it
	PollInterval   time.Duration // 15 s, stretched up to four times where listing is slow
	UndoWindow     time.Duration // 0: how long a settled drop is kept back
	CompanionsWait time.Duration // 60 s without an arrival, then the drop is Missing

	// FirstRun says that this root was never watched before: what the first
	// listing finds is then reported as Existing.
	FirstRun bool
	// Own says that a path is output of ours. It may be nil.
	Own func(path string) bool
	// Known says that the queue already has this very state of an asset, so that
	// it need not be reported again. It may be nil.
	Known func(path, stamp string) bool

	// Companions names the companions in the state of an asset that the queue
	// knows. With them a restart compares attributes only, and need not read
	// every known asset's references again. ok is false for an asset that is not
	// known, or misses companions. It may be nil.
	Companions func(path string) (companions []string, ok bool)

	// Identity is what is remembered of the root from earlier runs, and Remember
	// is called when there is something new to remember. Without Remember any
	// folder at the path will do, and no marker is written.
	Identity Identity
	Remember func(Identity) error
	// Instance names this daemon and its state folder among all that may watch
	// the root; empty, the root has no owner. AutoTakeover lets us take a root
	// whose owner has been silent for 15 minutes; OnTakeover is told whose it
	// was, before anything in it is reported.
	Instance     string
	AutoTakeover bool
	OnTakeover   func(previous Owner)

	// Inspect reads an asset's references. The default is asset.Inspect.
	Inspect func(ctx context.Context, root, primary string) (*asset.Asset, error)
	// Whole judges by a file's bytes whether it is written to the end. The
	// default is asset.Whole.
	Whole func(name string, r io.ReaderAt, size int64) (asset.Verdict, error)

	Logger *slog.Logger

	// networkQuiet is the least quiet time on network file systems, networkFloor.
	// Tests that run on such a one shorten it.
	networkQuiet time.Duration
	// canaryEvery, canaryWait and writeCanary are the constants' and
	// writeAndRemove; tests have others.
	canaryEvery, canaryWait time.Duration
	writeCanary             func(path string) error
	// fileSystem finds out what a folder lies on, fileSystemOf. Tests put another
	// one in its place.
	fileSystem func(path string) (fileSystem, error)
}

func (o Options) withDefaults() (Options, error) {
	if o.Root == "" {
		return o, errors.New("watch: no folder named")
	}
	root, err := filepath.Abs(o.Root)
	if err != nil {
		return o, fmt.Errorf("watch %s: %w", o.Root, err)
	}
	o.Root = root
	if len(o.Kinds) == 0 {
		return o, fmt.Errorf("watch %s: no kind of asset accepted", root)
	}
	switch o.Detect {
	case "":
		o.Detect = Auto
	case Auto, Events, Poll:
	default:
		return o, fmt.Errorf("watch %s: detect is auto, events or poll, not %q", root, o.Detect)
	}
	setDefault(&o.SettlePeriod, 5*time.Second)
	setDefault(&o.RescanInterval, 5*time.Minute)
	setDefault(&o.PollInterval, 15*time.Second)
	setDefault(&o.CompanionsWait, time.Minute)
	setDefault(&o.networkQuiet, networkFloor)
	setDefault(&o.canaryEvery, canaryEvery)
	setDefault(&o.canaryWait, canaryWait)
	if o.writeCanary == nil {
		o.writeCanary = writeAndRemove
	}
	if o.fileSystem == nil {
		o.fileSystem = fileSystemOf
	}
	if o.Own == nil {
		o.Own = func(string) bool { return false }
	}
	if o.Known == nil {
		o.Known = func(string, string) bool { return false }
	}
	if o.Companions == nil {
		o.Companions = func(string) ([]string, bool) { return nil, false }
	}
	if o.OnTakeover == nil {
		o.OnTakeover = func(Owner) {}
	}
	if o.Inspect == nil {
		o.Inspect = asset.Inspect
	}
	if o.Whole == nil {
		o.Whole = asset.Whole
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Logger = o.Logger.With("watch", root)
	return o, nil
}

func setDefault(d *time.Duration, v time.Duration) {
	if *d <= 0 {
		*d = v
	}
}
