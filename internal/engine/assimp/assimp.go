// Package assimp reads FBX through an installed assimp (the Open Asset Import
// Library's command), which turns the file into GLB.
//
// assimp is foreign code that reads foreign bytes: it runs as a child process in
// a folder of its own, with limits on time, memory and output. It leaves FBX
// units and axes as they are in some versions and applies them in others, so the
// file's settings are read here and the tool is tried on a file that is known.
package assimp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"simdrop/internal/engine/gltf"
	"simdrop/internal/engine/scene"
)

// timeLimit bounds one conversion.
const timeLimit = 2 * time.Minute

// Find gives the path of the installed assimp command, "" when there is none.
func Find() string {
	path, err := exec.LookPath("assimp")
	if err != nil {
		return ""
	}
	return path
}

// Read reads an FBX file with the assimp command at tool. The scene has the
// file's own units and up axis; warnings say that assimp read it.
func Read(ctx context.Context, tool string, src scene.Source) (*scene.Scene, error) {
	if err := src.CheckSize(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "simdrop-assimp-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	input := filepath.Join(dir, "in.fbx")
	settings, err := store(input, src)
	if err != nil {
		return nil, err
	}
	habits, err := probe(ctx, tool, dir)
	if err != nil {
		return nil, err
	}
	s, err := convert(ctx, tool, dir, input, src)
	if err != nil {
		return nil, err
	}
	frame(s, settings, habits)
	s.Warn("FBX is read through the installed assimp: looks and hierarchy may differ from the file")
	for i := range s.Materials {
		// assimp writes a factor whether the file states one or not.
		s.Materials[i].MetallicSet = false
	}
	return s, nil
}

// store copies the primary to disk and reads its settings on the way.
func store(path string, src scene.Source) (settings, error) {
	data, err := src.ReadPrimary()
	if err != nil {
		return settings{}, err
	}
	return readSettings(data), os.WriteFile(path, data, 0o600)
}

// convert runs assimp on a file in dir and reads what it wrote.
func convert(ctx context.Context, tool, dir, input string, src scene.Source) (*scene.Scene, error) {
	output := input + ".glb"
	if err := run(ctx, tool, dir, "export", input, output, "-fglb2"); err != nil {
		return nil, fmt.Errorf("%s: %w", src.Name, err)
	}
	f, err := os.Open(output)
	if errors.Is(err, os.ErrNotExist) {
		return nil, scene.Refuse("assimp cannot read %s", src.Name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return gltf.Read(ctx, scene.Source{
		Name: src.Name, Size: info.Size(), Reader: f, Companions: src.Companions, Limits: src.Limits,
	})
}

// run runs assimp; what it says goes into the refusal.
func run(ctx context.Context, tool, dir string, args ...string) error {
	limited, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	cmd := command(limited, tool, args...)
	cmd.Dir = dir
	cmd.Env = append(systemEnv(), "LC_ALL=C", "HOME="+dir, "TMPDIR="+dir)
	cmd.WaitDelay = 5 * time.Second
	var said tail
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return scene.Refuse("assimp did not finish within %v", timeLimit)
	case err == nil:
		return nil
	}
	if _, ran := errors.AsType[*exec.ExitError](err); ran {
		return scene.Refuse("assimp cannot read it: %v: %s", err, said.lastLine())
	}
	return fmt.Errorf("run assimp: %w", err)
}

// systemEnv keeps what a program needs to start at all: its libraries' places.
func systemEnv() []string {
	var env []string
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot", "TEMP"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// tail keeps the end of what a program says.
type tail struct{ text []byte }

const tailSize = 4096

func (t *tail) Write(b []byte) (int, error) {
	t.text = append(t.text, b...)
	if n := len(t.text); n > tailSize {
		t.text = append(t.text[:0], t.text[n-tailSize:]...)
	}
	return len(b), nil
}

func (t *tail) lastLine() string {
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(t.text), "?")), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

var _ io.Writer = (*tail)(nil)
