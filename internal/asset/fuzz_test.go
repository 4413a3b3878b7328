package asset

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// fuzzRefs runs a reader on foreign bytes: it must return, and what it says about
// places must be true.
func fuzzRefs(f *testing.F, read func(io.ReaderAt, int64, string) ([]rawRef, error)) {
	f.Fuzz(func(t *testing.T, data []byte) {
		refs, err := read(bytes.NewReader(data), int64(len(data)), "a")
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
		_ = c.inspectZIP(r)
	})
}

// FuzzWhole judges foreign bytes as each format; what is cut must not be proved
// once the whole was not even plausible.
func FuzzWhole(f *testing.F) {
	names := []string{"a.glb", "a.gltf", "a.stl", "a.ply", "a.usdc", "a.usda", "a.zip", "a.fbx", "a.png", "a.obj", "a.bin"}
	for i, data := range [][]byte{
		makeGLB("{}", []byte("x")), []byte("{}"), makeSTL(1), binaryPLY("big"), {}, []byte("#usda 1.0\n"), makeZIP(f, "a", "b"),
		makeFBX(7400), makePNG(f), []byte("v 0 0 0\n"), make([]byte, 600),
	} {
		f.Add(uint8(i), data)
	}
	f.Add(uint8(8), makeJPEG(f))
	f.Add(uint8(8), makeWebP(9))
	f.Add(uint8(3), []byte(textPLY))
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		v, err := Whole(names[int(i)%len(names)], bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatalf("bytes in memory cannot fail: %v", err)
		}
		if (v.State == NotWhole || v.State == Suspicious) != (v.Reason != "") {
			t.Fatalf("%v without a reason, or a reason without it: %q", v.State, v.Reason)
		}
	})
}
