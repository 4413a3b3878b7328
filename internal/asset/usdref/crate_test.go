package usdref

import (
	"bytes"
	"encoding/binary"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
)

// builder writes binary layers the way OpenUSD does, without compressing: LZ4
// blocks of literals only.
type builder struct {
	version byte
	data    bytes.Buffer
	tokens  []string
	strings []uint32
	names   []uint32
	reps    []uint64
}

func newBuilder(version byte) *builder {
	b := &builder{version: version}
	b.data.Write(make([]byte, 88))
	return b
}

func (b *builder) token(s string) uint32 {
	if i := slices.Index(b.tokens, s); i >= 0 {
		return uint32(i)
	}
	b.tokens = append(b.tokens, s)
	return uint32(len(b.tokens) - 1)
}

func (b *builder) text(s string) uint32 {
	b.strings = append(b.strings, b.token(s))
	return uint32(len(b.strings) - 1)
}

func (b *builder) field(name string, rep uint64) {
	b.names = append(b.names, b.token(name))
	b.reps = append(b.reps, rep)
}

func (b *builder) put(vs ...any) {
	for _, v := range vs {
		if err := binary.Write(&b.data, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
}

const arrayBit, inlineBit = 1 << 63, 1 << 62

func rep(kind byte, payload int) uint64 { return uint64(kind)<<48 | uint64(payload) }

func (b *builder) asset(path string) uint64 {
	return rep(kindAssetPath, int(b.token(path))) | inlineBit
}

func (b *builder) assets(paths ...string) uint64 {
	at := b.data.Len()
	if b.version < 5 {
		b.put(uint32(1))
	}
	if b.version < 7 {
		b.put(uint32(len(paths)))
	} else {
		b.put(uint64(len(paths)))
	}
	for _, p := range paths {
		b.put(b.text(p))
	}
	return rep(kindAssetPath, at) | arrayBit
}

// dictionary takes names and representations; it returns where it lies.
func (b *builder) dictionary(pairs ...any) int {
	at := b.data.Len()
	b.put(uint64(len(pairs) / 2))
	for i := 0; i < len(pairs); i += 2 {
		b.put(b.text(pairs[i].(string)), int64(8), pairs[i+1].(uint64))
	}
	return at
}

// listOp takes references or payloads: bits and, for each, their paths.
func (b *builder) listOp(kind byte, bits byte, lists ...[]string) uint64 {
	at := b.data.Len()
	b.put(bits)
	for _, list := range lists {
		b.put(uint64(len(list)))
		for _, p := range list {
			b.put(b.text(p), uint32(0))
			if kind == kindReferences || b.version >= 8 {
				b.put(0.0, 1.0)
			}
			if kind == kindReferences {
				b.put(uint64(1), b.text("customKey"), int64(8), b.asset("custom/"+p))
			}
		}
	}
	return rep(kind, at)
}

func literals(data []byte) []byte {
	out := []byte{0, 0xF0}
	if len(data) < 15 {
		out[1] = byte(len(data)) << 4
		return append(out, data...)
	}
	n := len(data) - 15
	for ; n >= 255; n -= 255 {
		out = append(out, 255)
	}
	return append(append(out, byte(n)), data...)
}

func (b *builder) bytes() []byte {
	type sec struct {
		name  string
		start int
	}
	var sections []sec
	begin := func(name string) { sections = append(sections, sec{name, b.data.Len()}) }
	begin("TOKENS")
	text := []byte(strings.Join(b.tokens, "\x00") + "\x00")
	b.put(uint64(len(b.tokens)))
	if b.version < 4 {
		b.put(uint64(len(text)), text)
	} else {
		packed := literals(text)
		b.put(uint64(len(text)), uint64(len(packed)), packed)
	}
	begin("STRINGS")
	b.put(uint64(len(b.strings)), b.strings)
	begin("FIELDS")
	b.put(uint64(len(b.names)))
	if b.version < 4 {
		for i := range b.names {
			b.put(uint32(0), b.names[i], b.reps[i])
		}
	} else {
		packed := literals(b.packInts())
		b.put(uint64(len(packed)), packed)
		var raw bytes.Buffer
		if err := binary.Write(&raw, binary.LittleEndian, b.reps); err != nil {
			panic(err)
		}
		packed = literals(raw.Bytes())
		b.put(uint64(len(packed)), packed)
	}
	end := b.data.Len()
	b.put(uint64(len(sections)))
	for i, s := range sections {
		next := end
		if i+1 < len(sections) {
			next = sections[i+1].start
		}
		var name [16]byte
		copy(name[:], s.name)
		b.put(name, int64(s.start), int64(next-s.start))
	}
	out := b.data.Bytes()
	copy(out, Magic)
	out[9] = b.version
	binary.LittleEndian.PutUint64(out[16:], uint64(end))
	return out
}

// packInts uses every width in turn.
func (b *builder) packInts() []byte {
	codes := make([]byte, (2*len(b.names)+7)/8)
	var rest []byte
	last := int32(0)
	for i, v := range b.names {
		d := int32(v) - last
		last = int32(v)
		code := i%3 + 1
		if d == 1 {
			code = 0
		}
		codes[i/4] |= byte(code) << (2 * (i % 4))
		switch code {
		case 1:
			rest = append(rest, byte(d))
		case 2:
			rest = binary.LittleEndian.AppendUint16(rest, uint16(d))
		case 3:
			rest = binary.LittleEndian.AppendUint32(rest, uint32(d))
		}
	}
	return append(append([]byte{1, 0, 0, 0}, codes...), rest...)
}

// fullCrate has every kind of value that can name a file.
func fullCrate(version byte) []byte {
	b := newBuilder(version)
	at := b.data.Len()
	b.put(uint64(2), b.text("sub1.usd"), b.text("sub2.usd"))
	b.field("subLayers", rep(kindStrings, at))
	b.field("otherStrings", rep(kindStrings, at))
	b.field("references", b.listOp(kindReferences, 1|2|8, []string{"ref1.usd", ""}, []string{"deleted.usd"}))
	b.field("payload", b.listOp(kindPayloads, 32|64, []string{"pay1.usd", "pay2.usd"}, []string{"pay3.usd"}))
	at = b.data.Len()
	b.put(b.text("single.usd"), uint32(0))
	b.field("payload", rep(kindPayload, at))
	b.field("default", b.asset("one.png"))
	b.field("default", b.assets("two.png", "three.png"))
	b.field("default", rep(kindAssetPath, 0)|arrayBit)
	b.field("default", rep(8, 12345)|inlineBit)
	clips := b.dictionary("templateAssetPath", rep(kindString, int(b.text("clip.#.usd")))|inlineBit, "manifestAssetPath", b.asset("manifest.usd"))
	b.field("clips", rep(kindDictionary, b.dictionary("default", rep(kindDictionary, clips))))
	b.field("assetInfo", rep(kindDictionary, b.dictionary("identifier", b.asset("me.usd"), "thumbnail", b.asset("thumb.png"))))
	at = b.data.Len()
	b.put(int64(8), rep(48, 0), int64(8), uint64(3), rep(51, 0), b.asset("t1.png"), b.asset("t2.png"))
	b.field("timeSamples", rep(kindTimeSamples, at))
	at = b.data.Len()
	b.put(int64(8), rep(48, 0), int64(8), uint64(1), rep(8, 1))
	b.field("timeSamples", rep(kindTimeSamples, at))
	return b.bytes()
}

func TestCrate(t *testing.T) {
	want := []string{
		"sub1.usd", "sub2.usd", "ref1.usd", "custom/ref1.usd", "custom/", "pay1.usd", "pay2.usd", "pay3.usd", "single.usd",
		"one.png", "two.png", "three.png", "clip.#.usd", "manifest.usd", "thumb.png", "t1.png", "t2.png",
	}
	for _, version := range []byte{3, 4, 6, 7, 8, 13} {
		data := fullCrate(version)
		refs, err := Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatalf("0.%d: %v", version, err)
		}
		if got := paths(refs); !slices.Equal(got, want) {
			t.Errorf("0.%d:\n got %q\nwant %q", version, got, want)
		}
		for n := range data {
			if refs, err := Read(bytes.NewReader(data[:n]), int64(n)); err == nil {
				t.Errorf("0.%d cut to %d of %d bytes: %d references and no error", version, n, len(data), len(refs))
			}
		}
	}
}

// TestLZ4 decodes a block with copies that overlap and lengths beyond 15.
func TestLZ4(t *testing.T) {
	block := []byte{0x1F, 'a', 1, 0, 255, 10, 0x20, 'b', 'c'}
	want := strings.Repeat("a", 1+15+255+10+4) + "bc"
	got, err := lz4(nil, block, len(want))
	if err != nil || string(got) != want {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, bad := range [][]byte{{}, {0x10}, {0x10, 'a', 2, 0}, {0x10, 'a', 0, 0}, {0x1F, 'a', 1, 0, 255}, {0xF0, 255}} {
		if out, err := lz4(nil, bad, 1000); err == nil {
			t.Errorf("%v: %q and no error", bad, out)
		}
	}
	if _, err := lz4(nil, block, 100); err == nil {
		t.Error("it grew beyond its limit")
	}
	two := append([]byte{2, 2, 0, 0, 0, 0x10, 'x', 2, 0, 0, 0}, 0x10, 'y')
	if out, err := unpack(two, 2); err != nil || string(out) != "xy" {
		t.Errorf("two chunks: %q %v", out, err)
	}
}

func FuzzCrate(f *testing.F) {
	f.Add(fullCrate(3))
	f.Add(fullCrate(8))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := allocated()
		_, _ = readCrate(bytes.NewReader(data), int64(len(data)))
		// LZ4 grows 255 times at most, and strings are held once more.
		if n := allocated() - before; n > 32<<20+4096*uint64(len(data)) {
			t.Fatalf("%d MiB allocated for %d bytes", n>>20, len(data))
		}
	})
}

// allocated is the number of bytes that this process has allocated so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
