package asset

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// Builders of small files. Each returns a complete one.

func words32(ws ...uint32) []byte {
	var b []byte
	for _, w := range ws {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

// makeGLB wraps a JSON and a binary chunk.
func makeGLB(json string, bin []byte) []byte {
	json += strings.Repeat(" ", -len(json)&3)
	bin = append(bytes.Clone(bin), make([]byte, -len(bin)&3)...)
	size := 20 + len(json)
	if len(bin) > 0 {
		size += 8 + len(bin)
	}
	b := words32(glbMagic, 2, uint32(size), uint32(len(json)), glbJSON)
	b = append(b, json...)
	if len(bin) > 0 {
		b = append(append(b, words32(uint32(len(bin)), 0x004E4942)...), bin...)
	}
	return b
}

// makeSTL is a binary STL of n triangles.
func makeSTL(n int) []byte {
	b := append(bytes.Repeat([]byte{' '}, 80), words32(uint32(n))...)
	return append(b, bytes.Repeat([]byte{1}, 50*n)...)
}

func makePNG(tb testing.TB) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func makeJPEG(tb testing.TB) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func makeWebP(n int) []byte {
	return append(append([]byte("RIFF"), words32(uint32(n+4))...), append([]byte("WEBP"), bytes.Repeat([]byte{1}, n)...)...)
}

// makeZIP packs names and contents, stored.
func makeZIP(tb testing.TB, files ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		h := &zip.FileHeader{Name: files[i], Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(files[i+1]))}
		f, err := w.CreateHeader(h)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// makeCrate is the frame of a binary USD layer: header, one section, table.
func makeCrate() []byte {
	b := append([]byte("PXR-USDC"), 0, 8, 0, 0, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, 24+8)
	b = append(b, "12345678"...)
	b = binary.LittleEndian.AppendUint64(b, 1)
	b = append(b, "TOKENS\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint64(b, 24)
	return binary.LittleEndian.AppendUint64(b, 8)
}

// fbxNode is a record of a binary FBX.
type fbxNode struct {
	name  string
	props []any // string, []byte, int64, []float32
	kids  []fbxNode
}

// makeFBX writes records the way both widths have them.
func makeFBX(version uint32, nodes ...fbxNode) []byte {
	b := append([]byte(fbxMagic), words32(version)...)
	for _, n := range nodes {
		b = n.append(b, version >= 7500)
	}
	b = append(b, make([]byte, nullRecord(version >= 7500))...)
	b = append(b, bytes.Repeat([]byte{0xfa}, 16)...)
	b = append(b, make([]byte, 124)...)
	return append(b, fbxFooter...)
}

func nullRecord(wide bool) int {
	if wide {
		return 25
	}
	return 13
}

func (n fbxNode) append(b []byte, wide bool) []byte {
	var props []byte
	for _, p := range n.props {
		switch v := p.(type) {
		case string:
			props = append(append(append(props, 'S'), words32(uint32(len(v)))...), v...)
		case []byte:
			props = append(append(append(props, 'R'), words32(uint32(len(v)))...), v...)
		case int64:
			props = binary.LittleEndian.AppendUint64(append(props, 'L'), uint64(v))
		case []float32:
			props = append(append(props, 'f'), words32(uint32(len(v)), 0, uint32(4*len(v)))...)
			props = append(props, make([]byte, 4*len(v))...)
		}
	}
	start := len(b)
	b = append(b, make([]byte, nullRecord(wide))...)
	b[len(b)-1] = byte(len(n.name))
	b = append(append(b, n.name...), props...)
	for _, k := range n.kids {
		b = k.append(b, wide)
	}
	if len(n.kids) > 0 {
		b = append(b, make([]byte, nullRecord(wide))...)
	}
	head := []uint64{uint64(len(b)), uint64(len(n.props)), uint64(len(props))}
	for i, v := range head {
		if wide {
			binary.LittleEndian.PutUint64(b[start+8*i:], v)
		} else {
			binary.LittleEndian.PutUint32(b[start+4*i:], uint32(v))
		}
	}
	return b
}
