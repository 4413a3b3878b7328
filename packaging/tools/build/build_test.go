package main

import (
	"archive/tar"
	"bytes"
	"debug/macho"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// machO is the smallest 64-bit Mach-O file: a header without load commands.
func machO(cpu macho.Cpu, filler int) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, macho.Magic64)
	for _, v := range []uint32{uint32(cpu), 3, uint32(macho.TypeExec), 0, 0, 0, 0} {
		out = le.AppendUint32(out, v)
	}
	return append(out, bytes.Repeat([]byte{byte(cpu)}, filler)...)
}

func TestUniversal(t *testing.T) {
	intel, arm := machO(macho.CpuAmd64, 70000), machO(macho.CpuArm64, 3)
	fat, err := universal(intel, arm)
	if err != nil {
		t.Fatal(err)
	}
	f, err := macho.NewFatFile(bytes.NewReader(fat))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []macho.Cpu{macho.CpuAmd64, macho.CpuArm64} {
		if a := f.Arches[i]; a.Cpu != want || a.Offset%(1<<sliceAlign) != 0 {
			t.Errorf("half %d: %v at %d", i, a.Cpu, a.Offset)
		}
	}
	if len(fat) != int(f.Arches[1].Offset)+len(arm) {
		t.Errorf("%d bytes", len(fat))
	}
	if _, err := universal(intel, intel); err == nil {
		t.Error("two halves for the same processor are taken")
	}
	if _, err := universal([]byte("#!/bin/sh\n")); err == nil {
		t.Error("a script is taken")
	}
}

func TestSemver(t *testing.T) {
	for v, want := range map[string]bool{
		"1.2.3": true, "0.0.0-dev": true, "1.2.3-rc.1": true,
		"v1.2.3": false, "1.2": false, "01.2.3": false, "1.2.3-": false, "1.2.3+git": false, "1.2.3-rc..1": false, "1.2.3\n": false,
	} {
		if semver.MatchString(v) != want {
			t.Errorf("%q: %t", v, !want)
		}
	}
}

func TestChapters(t *testing.T) {
	r := &release{version: "1.1.0", time: time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)}
	got := r.chapters(`# Changelog
- not a change

## Unreleased

### Added
- One thing that
  goes on.
- Another.

## [1.0.0] - 2026-10-01
- The first.

## 0.9.0 - 2026-09-01
`)
	if len(got) != 2 || got[0].Semver != "1.1.0" || got[1].Semver != "1.0.0" || !strings.HasPrefix(got[1].Date, "2026-10-01T") {
		t.Fatalf("%+v", got)
	}
	if notes := got[0].Changes; len(notes) != 2 || notes[0].Note != "One thing that goes on." {
		t.Errorf("%+v", notes)
	}
	for line := range strings.Lines(wrapped(strings.Repeat("word ", 40))) {
		if len(line) > 81 {
			t.Errorf("%d: %q", len(line), line)
		}
	}
}

func TestDated(t *testing.T) {
	r := &release{time: time.Unix(1700000000, 0)}
	now := func(out []byte) []byte {
		return binary.LittleEndian.AppendUint64(append(out, 0x40, 0, 0, 0), filetime(time.Now()))
	}
	file := filepath.Join(t.TempDir(), "x.msi")
	os.WriteFile(file, append(now(now([]byte("head\x40\x00\x00\x00else....."))), "tail"...), 0o600)
	if err := r.dated(file); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(file)
	want := binary.LittleEndian.AppendUint64(nil, 133444736000000000) // 1700000000 as FILETIME
	if bytes.Count(got, want) != 2 || !bytes.HasSuffix(got, []byte("tail")) {
		t.Errorf("%x", got)
	}
	if err := r.dated(file); err == nil {
		t.Error("nothing to replace, and no error")
	}
}

// TestTar: nothing of the machine is in an archive.
func TestTar(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &release{version: "1.0.0", time: time.Unix(1700000000, 0)}
	var out bytes.Buffer
	if err := r.tar(&out, []member{{"dir/f", file, 0o755}}); err != nil {
		t.Fatal(err)
	}
	h, err := tar.NewReader(&out).Next()
	if err != nil || h.Name != "dir/f" || h.Mode != 0o755 || h.Uid != 0 || h.Uname != "" || !h.ModTime.Equal(r.time) {
		t.Errorf("%+v, %v", h, err)
	}
}

// TestEmpty: only a folder of our own is emptied.
func TestEmpty(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "")
	t.Setenv("TZ", "")
	t.Setenv("LC_ALL", "")
	dir := t.TempDir()
	r := &release{out: dir, work: filepath.Join(dir, "build")}
	precious := filepath.Join(dir, "build", "thesis.txt")
	os.Mkdir(filepath.Dir(precious), 0o700)
	os.WriteFile(precious, nil, 0o600)
	if err := r.empty(); err == nil {
		t.Error("a foreign folder was emptied")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
	os.RemoveAll(filepath.Dir(precious))
	for range 2 {
		if err := r.empty(); err != nil {
			t.Error(err)
		}
	}
}
