package asset

import (
	"slices"
	"testing"
)

func video(id int64, rel, file string, content []byte) fbxNode {
	n := fbxNode{name: "Video", props: []any{id, "x\x00\x01Video", "Clip"}, kids: []fbxNode{
		{name: "Filename", props: []any{file}}, {name: "RelativeFilename", props: []any{rel}},
	}}
	if content != nil {
		n.kids = append(n.kids, fbxNode{name: "Content", props: []any{content}})
	}
	return n
}

func texture(id int64, rel, file string) fbxNode {
	return fbxNode{name: "Texture", props: []any{id, "x\x00\x01Texture", ""}, kids: []fbxNode{
		{name: "FileName", props: []any{file}}, {name: "RelativeFilename", props: []any{rel}},
	}}
}

// TestFBXBinary reads the same scene in both widths.
func TestFBXBinary(t *testing.T) {
	for _, version := range []uint32{7400, 7700} {
		data := makeFBX(version,
			fbxNode{name: "Objects", kids: []fbxNode{
				{name: "Geometry", props: []any{int64(1)}, kids: []fbxNode{{name: "Vertices", props: []any{make([]float32, 30000)}}}},
				texture(10, `..\tex\wood.png`, `C:\art\wood.png`),
				texture(11, `in.png`, ``),
				texture(12, ``, `C:\art\gone.png`),
				texture(13, `in nameless.png`, ``),
				video(23, ``, ``, []byte("content")),
				video(20, `C:\elsewhere\wood.png`, ``, nil),
				video(21, `D:\in.png`, ``, []byte("content")),
				video(22, `lone.png`, `lone.png`, []byte{}),
			}},
			fbxNode{name: "Connections", kids: []fbxNode{
				{name: "C", props: []any{"OO", int64(20), int64(10)}},
				{name: "C", props: []any{"OO", int64(21), int64(11)}},
				{name: "C", props: []any{"OO", int64(23), int64(13)}},
			}},
		)
		root := drop(t, map[string]string{"m/a.fbx": string(data), "tex/wood.png": "-", "m/lone.png": "-", "m/in.png": "-"})
		a := inspect(t, root, "m/a.fbx")
		if want := []string{"m/a.fbx", "m/lone.png", "tex/wood.png"}; !slices.Equal(placesOf(a), want) {
			t.Errorf("%d: places %q, want %q", version, placesOf(a), want)
		}
		if want := []string{"C:/art/gone.png"}; !slices.Equal(a.Missing, want) {
			t.Errorf("%d: missing %q, want %q", version, a.Missing, want)
		}
	}
}

// TestFBXPlaces puts files where an FBX looks, because it cannot be rewritten.
func TestFBXPlaces(t *testing.T) {
	data := makeFBX(7400, fbxNode{name: "Objects", kids: []fbxNode{
		video(1, `Textures\Wood.PNG`, ``, nil),
		video(2, `C:\art\leaf.png`, ``, nil),
		video(3, `..\..\..\desk\rust.png`, ``, nil),
		video(4, `textures\iron.png`, ``, nil),
	}})
	root := drop(t, map[string]string{
		"a/b/x.fbx": string(data), "a/b/textures/wood.png": "-", "a/b/maps/leaf.png": "-", "a/b/tex/rust.png": "-", "a/b/iron.png": "-",
	})
	a := inspect(t, root, "a/b/x.fbx")
	if want := []string{"x.fbx", "Textures/Wood.PNG", "leaf.png", "rust.png", "textures/iron.png"}; !slices.Equal(placesOf(a), want) {
		t.Errorf("places %q, want %q", placesOf(a), want)
	}
}
