package main

import (
	"bytes"
	"context"
	"debug/macho"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// sliceAlign is the exponent that lipo aligns 64-bit slices with: 2^14, the page of
// arm64.
const sliceAlign = 14

// macOS makes one program for both kinds of Mac. Each half keeps the ad-hoc signature
// that the Go linker gave it, without which arm64 refuses to run it.
func macOS(_ context.Context, r *release) error {
	if !r.has("darwin", "amd64") || !r.has("darwin", "arm64") {
		r.without("the universal macOS program", "not both halves are built")
		return nil
	}
	var halves [][]byte
	for _, arch := range []string{"amd64", "arm64"} {
		half, err := os.ReadFile(r.program(target{"darwin", arch}))
		if err != nil {
			return err
		}
		halves = append(halves, half)
	}
	both, err := universal(halves...)
	if err != nil {
		return err
	}
	file := filepath.Join(r.work, "darwin_universal", name)
	if err := create(file, func(w io.Writer) error { _, err := w.Write(both); return err }); err != nil {
		return err
	}
	if err := os.Chmod(file, 0o755); err != nil {
		return err
	}
	return r.tarball(r.artefact("macos_universal.tar.gz"), r.unixMembers(file))
}

// universal joins 64-bit Mach-O programs of different processors under a fat header
// (fat_header and fat_arch of <mach-o/fat.h>, big-endian), and reads the outcome back.
func universal(slices ...[]byte) ([]byte, error) {
	be := binary.BigEndian
	out := be.AppendUint32(nil, macho.MagicFat)
	out = be.AppendUint32(out, uint32(len(slices)))
	offset := uint32(8 + 20*len(slices))
	var offsets []uint32
	for _, s := range slices {
		f, err := macho.NewFile(bytes.NewReader(s))
		if err != nil {
			return nil, err
		}
		offset = (offset + 1<<sliceAlign - 1) >> sliceAlign << sliceAlign
		for _, v := range []uint32{uint32(f.Cpu), f.SubCpu, offset, uint32(len(s)), sliceAlign} {
			out = be.AppendUint32(out, v)
		}
		offsets = append(offsets, offset)
		offset += uint32(len(s))
	}
	for i, s := range slices {
		out = append(out, make([]byte, int(offsets[i])-len(out))...)
		out = append(out, s...)
	}
	return out, sameSlices(out, slices)
}

// sameSlices reads a universal program as a loader would.
func sameSlices(fat []byte, slices [][]byte) error {
	f, err := macho.NewFatFile(bytes.NewReader(fat))
	if err != nil {
		return err
	}
	if len(f.Arches) != len(slices) {
		return errors.New("the universal program lost a half")
	}
	for i, a := range f.Arches {
		if !bytes.Equal(fat[a.Offset:a.Offset+a.Size], slices[i]) {
			return fmt.Errorf("the %v half differs", a.Cpu)
		}
	}
	return nil
}
