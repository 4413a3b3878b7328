package asset

import (
	"bytes"
	"errors"
	"io"
	"runtime/metrics"
	"strings"
	"testing"
	"unicode/utf8"
)

// bounded runs a reader and holds it to what it may allocate in all: a fixed
// amount, and for each byte of its input what a deflated archive can hold at most.
func bounded(t *testing.T, size int, read func()) {
	t.Helper()
	before := allocated()
	read()
	const fixed, each = 32 << 20, 4096
	if n := allocated() - before; n > fixed+each*uint64(size) {
		t.Fatalf("%d MiB allocated for %d bytes", n>>20, size)
	}
}

// allocated is the number of bytes that this process has allocated so far. Small
// objects count late; the large ones that matter count at once.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// fuzzRefs runs a reader on foreign bytes: it must return, and what it says about
// places must be true.
func fuzzRefs(f *testing.F, read func(io.ReaderAt, int64, string) ([]rawRef, error)) {
	f.Fuzz(func(t *testing.T, data []byte) {
		var refs []rawRef
		var err error
		bounded(t, len(data), func() { refs, err = read(bytes.NewReader(data), int64(len(data)), "a") })
		if err != nil {
			return
		}
		wide := len(data) > 1 && (data[0] == 0xFF && data[1] == 0xFE || data[0] == 0xFE && data[1] == 0xFF)
		for _, r := range refs {
			for _, r := range append([]rawRef{r}, r.instead...) {
				if r.offset < 0 || r.length < 0 || r.offset+r.length > int64(len(data)) {
					t.Fatalf("%q lies at %d+%d of %d bytes", r.raw, r.offset, r.length, len(data))
				}
				got := string(data[r.offset : r.offset+r.length])
				if r.encode != nil && !wide && got != r.raw && !strings.Contains(got, `\`) {
					t.Fatalf("%q is said to be where %q is", r.raw, got)
				}
			}
		}
	})
}

func FuzzOBJ(f *testing.F) {
	f.Add([]byte("# x\nmtllib a.mtl b c.mtl \\\n d.mtl\r\nv 0 0 0\rmtllib \"q.mtl\" # r\n"))
	f.Add([]byte("\xff\xfem\x00t\x00l\x00l\x00i\x00b\x00 \x00a\x00\n\x00v\x00 \x001\x00"))
	f.Add([]byte("\xef\xbb\xbfmtllib \xe9.mtl\nv 0 0 0"))
	fuzzRefs(f, objRefs)
}

func FuzzMTL(f *testing.F) {
	f.Add([]byte("map_Kd -s 1 2 -o 0.5 a b.png -bm 1\nbump -mm 0 1 \\\n x.png\rrefl -type sphere y.png\n"))
	f.Add([]byte("\xfe\xff\x00m\x00a\x00p\x00_\x00a\x00 \xd8\x3d\xde\x00\x00\n"))
	fuzzRefs(f, mtlRefs)
}

func FuzzGLTF(f *testing.F) {
	f.Add([]byte(`{"buffers":[{"uri":"a%20b.bin","byteLength":4},{"uri":"data:;base64,AAAA","byteLength":3}],"images":[{"uri":"c.png"}]}`))
	f.Add([]byte(`{"images":{"a":{"uri":"x\u00e9.png"}},"extensions":{"X":[{"uri":"y"}]},"n":[1,-2e3,true,null]}`))
	fuzzRefs(f, gltfRefs)
}

func FuzzGLB(f *testing.F) {
	f.Add(makeGLB(`{"images":[{"uri":"a.png"}]}`, []byte("12345")))
	f.Add(append(words32(glbMagic, 1, 28, 2, 0), "{}body.."...))
	fuzzRefs(f, glbRefs)
}

func FuzzFBX(f *testing.F) {
	scene := []fbxNode{
		{name: "Objects", kids: []fbxNode{texture(1, `a\b.png`, "c"), video(2, "d.png", "e", []byte("x"))}},
		{name: "Connections", kids: []fbxNode{{name: "C", props: []any{"OO", int64(2), int64(1)}}}},
	}
	f.Add(makeFBX(7400, scene...))
	f.Add(makeFBX(7700, scene...))
	fuzzRefs(f, fbxRefs)
}

func FuzzFBXText(f *testing.F) {
	f.Add([]byte("; FBX\nObjects:  {\n\tTexture: 1, \"Texture::a\", \"\" {\n\t\tFileName: \"a.png\"\n\t}\n}\nConnections:  {\n\tC: \"OO\",1,2\n}\n"))
	fuzzRefs(f, fbxRefs)
}

func FuzzMTLX(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><materialx fileprefix="t/"><image><input name="file" type="filename" value="a.png"/></image><xi:include href="b.mtlx"/></materialx>`))
	fuzzRefs(f, mtlxRefs)
}

func FuzzZIP(f *testing.F) {
	f.Add(makeZIP(f, "m/a.obj", "mtllib a.mtl\nv 0 0 0\n", "m/a.mtl", "map_Kd x.png\n", "__MACOSX/._a.obj", "x"))
	f.Add(makeZIP(f, "a.stl", string(makeSTL(1)), "b.glb", string(makeGLB("{}", nil))))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := entryFile{io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))}
		c := &collector{ctx: t.Context(), top: "/", primary: "a.zip"}
		bounded(t, len(data), func() { _ = c.inspectZIP(r) })
	})
}

func FuzzUSDZ(f *testing.F) {
	f.Add(makeZIP(f, "a.usdc", string(makeCrate()), "0/t.png", string(makePNG(f))))
	f.Add(makeZIP(f, "readme.txt", "no layer"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := entryFile{io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))}
		bounded(t, len(data), func() { _ = checkUSDZ(t.Context(), r) })
	})
}

func FuzzPrompt(f *testing.F) {
	f.Add([]byte("a chair of oak"))
	f.Add([]byte("\xff\xfea\x00 \x00c\x00"))
	f.Add([]byte("\xfe\xff\x00a\xd8\x3d"))
	f.Fuzz(func(t *testing.T, data []byte) {
		bounded(t, len(data), func() {
			text, err := ReadPrompt(bytes.NewReader(data))
			if n := utf8.RuneCountInString(text); err == nil && (n == 0 || n > MaxPrompt || !utf8.ValidString(text)) {
				t.Fatalf("%d characters were taken: %q", n, text)
			}
		})
	})
}

// FuzzWhole judges foreign bytes as each format in turn.
func FuzzWhole(f *testing.F) {
	names := []string{"a.glb", "a.gltf", "a.usdc", "a.usda", "a.zip", "a.fbx", "a.obj", "a.bin"}
	for i, data := range [][]byte{
		makeGLB("{}", []byte("x")), []byte("{}"), makeCrate(), []byte("#usda 1.0\n"), makeZIP(f, "a", "b"),
		makeFBX(7400), []byte("v 0 0 0\n"), make([]byte, 600),
	} {
		f.Add(uint8(i), data)
	}
	f.Fuzz(func(t *testing.T, i uint8, data []byte) { judge(t, names[int(i)%len(names)], data) })
}

func FuzzSTL(f *testing.F) {
	f.Add(makeSTL(1))
	f.Add([]byte("solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid a\n"))
	f.Add(append([]byte("solid"), makeSTL(2)[5:]...))
	f.Fuzz(func(t *testing.T, data []byte) { judge(t, "a.stl", data) })
}

func FuzzPLY(f *testing.F) {
	f.Add([]byte(textPLY))
	f.Add(binaryPLY("big"))
	f.Add(binaryPLY("little"))
	f.Fuzz(func(t *testing.T, data []byte) { judge(t, "a.ply", data) })
}

// FuzzPicture looks for the ends of pictures of all formats: their first bytes tell
// which it is.
func FuzzPicture(f *testing.F) {
	f.Add(makePNG(f))
	f.Add(makeJPEG(f))
	f.Add(makeWebP(9))
	f.Fuzz(func(t *testing.T, data []byte) { judge(t, "a.png", data) })
}

// judge asks whether the bytes are a whole file of that name: there is an answer
// within bounds, and one that says no says why.
func judge(t *testing.T, name string, data []byte) {
	t.Helper()
	var v Verdict
	var err error
	bounded(t, len(data), func() { v, err = Whole(name, bytes.NewReader(data), int64(len(data))) })
	if invalid, ok := errors.AsType[*InvalidError](err); err != nil && (!ok || invalid.Reason == "") {
		t.Fatalf("bytes in memory cannot fail: %v", err)
	}
	if (v.State == NotWhole || v.State == Suspicious) != (v.Reason != "") {
		t.Fatalf("%v without a reason, or a reason without it: %q", v.State, v.Reason)
	}
}
