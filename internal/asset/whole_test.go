package asset

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const textPLY = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nend_header\n1 2\n3 4\n"

func binaryPLY(order string) []byte {
	head := "ply\r\nformat binary_" + order + "_endian 1.0\r\ncomment x\r\nelement vertex 2\r\nproperty float x\r\n" +
		"element face 2\r\nproperty uchar flag\r\nproperty list uchar int vertex_indices\r\nend_header\r\n"
	return append([]byte(head), append(bytes.Repeat([]byte{7}, 8), "\x01\x01\x00\x00\x00\x09\x01\x02\x01\x01\x01\x01\x02\x02\x02\x02"...)...)
}

func wholeOf(t *testing.T, name string, data []byte) Verdict {
	t.Helper()
	v, err := Whole(name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// TestWholeCut takes complete files and cuts them everywhere.
func TestWholeCut(t *testing.T) {
	files := map[string][]byte{
		"a.glb":  makeGLB(`{"asset":{"version":"2.0"}}`, []byte("12345678")),
		"a.gltf": []byte(`{"asset":{"version":"2.0"}}`),
		"a.stl":  makeSTL(3),
		"a.PLY":  []byte(textPLY),
		"b.ply":  binaryPLY("little"),
		"c.ply":  binaryPLY("big"),
		"a.usdc": makeCrate(),
		"a.usd":  makeCrate(),
		"a.zip":  makeZIP(t, "a.stl", string(makeSTL(1))),
		"a.usdz": makeZIP(t, "a.usdc", string(makeCrate())),
		"a.fbx":  makeFBX(7400, fbxNode{name: "Objects", kids: []fbxNode{{name: "Model", props: []any{int64(1), "x"}}}}),
		"b.fbx":  makeFBX(7700, fbxNode{name: "Objects", kids: []fbxNode{{name: "Model", props: []any{int64(1), "x"}}}}),
		"a.png":  makePNG(t),
		"a.jpg":  makePNG(t), // by bytes, not by name
		"b.jpeg": makeJPEG(t),
		"a.webp": makeWebP(10),
	}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			if v := wholeOf(t, name, data); v.State != Proved {
				t.Fatalf("complete: %v %s%s", v.State, v.Reason, v.Soft)
			}
			for n := range data {
				if v := wholeOf(t, name, data[:n]); v.State == Proved {
					t.Errorf("proved with %d of %d bytes", n, len(data))
				}
			}
		})
	}
}

func TestWhole(t *testing.T) {
	long := strings.Repeat("x", 600)
	zeros := strings.Repeat("\x00", 600)
	tests := []struct {
		name, data string
		want       State
		reason     string // part of the reason or the soft sign
	}{
		{"a.obj", "", NotWhole, "empty"},
		{"a.obj", "v 0 0 0\n", Unproved, ""},
		{"a.obj", "v 0 0 0", Unproved, "no end"},
		{"a.obj", "v 0 0\x00 0\n", Unproved, "zero byte"},
		{"a.obj", "\xff\xfev\x00\n\x00", Unproved, ""},
		{"a.obj", "v 0 0 0\n" + zeros, NotWhole, "zeros"},
		{"a.obj", zeros, NotWhole, "zeros"},
		{"a.bin", "\x00\x00\x00", Suspicious, "zeros"},
		{"a.bin", long + zeros, Suspicious, "zeros"},
		{"a.bin", long, Unproved, ""},
		{"a.tga", long, Unproved, ""},
		{"a.png", long, NotWhole, "does not start"},
		{"a.png", string(makePNG(t)) + zeros, NotWhole, "zeros"},
		{"a.jpg", string(makeJPEG(t)) + "trailing", Proved, ""},
		{"a.glb", string(makeGLB("{}", []byte(zeros))), Suspicious, "zeros"},
		{"a.glb", "glTF" + string(words32(2, 100)) + long, NotWhole, "the header says 100 bytes, the file has 612"},
		{"a.glb", string(makeGLB("{}", nil)) + "x", NotWhole, "the header says"},
		{"a.stl", "solid" + string(makeSTL(2))[5:], Proved, ""},
		{"a.stl", string(makeSTL(2)) + "xx", Suspicious, "more bytes"},
		{"a.stl", string(makeSTL(0)) + long, NotWhole, "not written yet"},
		{"a.stl", "solid a\nendsolid a\n", Unproved, ""},
		{"a.stl", "solid a\nfacet", Unproved, "endsolid"},
		{"a.stl", long, NotWhole, "triangles"},
		{"a.stl", "x", NotWhole, "too few"},
		{"a.ply", "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nend_header\n1\n2", Unproved, "no end"},
		{"a.ply", "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nend_header\n1\n", NotWhole, "promises 3 rows and has 1"},
		{"a.ply", "ply\rformat ascii 1.0\rend_header\r", Proved, ""},
		{"a.ply", "off\n", NotWhole, "does not start"},
		{"a.ply", "ply\nformat binary_little_endian 1.0\nelement v 9000000000000000000\nproperty double x\nend_header\n", NotWhole, "cut short"},
		{"a.usda", "#usda 1.0\n", Unproved, ""},
		{"a.usd", "hello\n", NotWhole, "does not start"},
		{"a.usdc", "PXR-USDC" + zeros + long, NotWhole, "table of contents"},
		{"a.fbx", "; FBX\nObjects:  {\n}\n", Unproved, ""},
		{"a.fbx", "; FBX\nObjects:  {\n", NotWhole, "not closed"},
		{"a.fbx", "hello\n", NotWhole, "no node"},
		{"a.zip", "PK\x03\x04" + long, NotWhole, "no end record"},
		{"a.webp", string(makeWebP(20))[:20], NotWhole, "cut short"},
	}
	for _, tt := range tests {
		v := wholeOf(t, tt.name, []byte(tt.data))
		if got := v.Reason + v.Soft; v.State != tt.want || !strings.Contains(got, tt.reason) || tt.reason == "" && got != "" {
			t.Errorf("%s %.40q: %v %q, want %v %q", tt.name, tt.data, v.State, got, tt.want, tt.reason)
		}
	}
}

func TestMemberNeed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.bin")
	write(t, name, []byte("12345"))
	for need, want := range map[int64]State{0: Unproved, 5: Unproved, 6: NotWhole} {
		v, err := Member{Path: name, Need: need}.Whole()
		if err != nil || v.State != want {
			t.Errorf("need %d: %v %v, want %v", need, v, err, want)
		}
	}
	if _, err := (Member{Path: name + "x"}).Whole(); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}

// TestCorpusCut cuts every complete file of the corpus.
func TestCorpusCut(t *testing.T) {
	dir := corpusDir(t)
	for _, a := range readCorpus(t, dir) {
		if a.Expected == "invalid" {
			continue
		}
		t.Run(a.ID, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, a.Primary))
			if err != nil {
				t.Fatal(err)
			}
			v := wholeOf(t, a.Primary, data)
			if v.State == NotWhole || v.State == Suspicious {
				t.Fatalf("complete: %v %s", v.State, v.Reason)
			}
			if v.State != Proved {
				return
			}
			end := len(bytes.TrimRight(data, " \r\n"))
			for _, n := range []int{1, 10, 83, 84, end / 7, end / 3, end / 2, end * 2 / 3, end * 9 / 10, end - 20, end - 1} {
				if n <= 0 || n >= len(data) {
					continue
				}
				if v := wholeOf(t, a.Primary, data[:n]); v.State == Proved {
					t.Errorf("proved with %d of %d bytes", n, len(data))
				}
			}
		})
	}
}
