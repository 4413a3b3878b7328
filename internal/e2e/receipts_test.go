package e2e_test

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"simdrop/internal/bundle"
	"simdrop/internal/control"
	"simdrop/internal/engine"
	"simdrop/internal/rigydserver"
	"simdrop/internal/rigydserver/rigydtest"
)

// receipts keep what a provider received, before it deletes the uploads.
type receipts struct {
	mu     sync.Mutex
	byName map[string]receipt // by uploaded name
}

// receipt is one upload: its digest, and when it is an archive those of its files
// by place.
type receipt struct {
	whole string
	files map[string]string
}

// start starts a provider that keeps receipts.
func (r *receipts) start(t testing.TB) *rigydtest.Provider {
	r.byName = map[string]receipt{}
	return rigydtest.Start(t, rigydtest.With(func(o *rigydserver.Options) { o.Convert = r.convert }))
}

func (r *receipts) convert(ctx context.Context, in engine.Input, w engine.Writer) (engine.Output, error) {
	got, err := read(in.Path)
	if err != nil {
		return engine.Output{}, err
	}
	r.mu.Lock()
	r.byName[in.Filename] = got
	r.mu.Unlock()
	return rigydtest.Convert(ctx, in, w)
}

// of returns what the provider received for a job's key.
func (r *receipts) of(j control.Job) (receipt, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, got := range r.byName {
		if strings.Contains(name, "_sd-"+bundle.Token(j.Key)) {
			return got, true
		}
	}
	return receipt{}, false
}

// read digests an upload and, when it is an archive, what it holds.
func read(path string) (receipt, error) {
	f, err := os.Open(path)
	if err != nil {
		return receipt{}, err
	}
	defer f.Close()
	got := receipt{files: map[string]string{}}
	if got.whole, err = digest(f); err != nil {
		return got, err
	}
	zr, err := zip.OpenReader(path)
	if err != nil {
		return got, nil
	}
	defer zr.Close()
	for _, f := range zr.File {
		c, err := f.Open()
		if err != nil {
			return got, err
		}
		got.files[f.Name], err = digest(c)
		c.Close()
		if err != nil {
			return got, err
		}
	}
	return got, nil
}

func digest(r io.Reader) (string, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}
