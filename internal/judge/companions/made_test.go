package companions

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// madeAsset is an asset of ours that is written as badly as real ones are.
type madeAsset struct{ name, root, primary string }

const (
	face  = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl wood\nf 1/1 2/2 3/3\n"
	stage = "#usda 1.0\n(\n    subLayers = [@LAYER@]\n)\n\ndef Shader \"t\"\n{\n    asset inputs:file = @TEXTURE@\n}\n"
	empty = "#usda 1.0\n"
)

func library(texture string) string { return "newmtl wood\nKd 1 1 1\nmap_Kd " + texture + "\n" }

func scene(buffer, texture string) string {
	return `{"asset":{"version":"2.0"},"buffers":[{"uri":"` + buffer + `","byteLength":4}],` +
		`"images":[{"uri":"` + texture + `"}],"textures":[{"source":0}],"materials":[{"pbrMetallicRoughness":{"baseColorTexture":{"index":0}}}]}`
}

func layers(layer, texture string) string {
	return strings.NewReplacer("LAYER", layer, "TEXTURE", texture).Replace(stage)
}

// madeFiles are assets by name: their files, the one whose name begins with * is the primary.
// PNG stands for a picture.
func madeFiles() map[string]map[string]string {
	return map[string]map[string]string{
		"obj wrong case":            {"*Chair.OBJ": "mtllib chair.MTL\n" + face, "Chair.mtl": library("TEX/Wood.PNG"), "tex/wood.png": "PNG"},
		"obj accents decomposed":    {"*stühle.obj": "mtllib stu\u0308hle.mtl\n" + face, "stühle.mtl": library("h\u00f6lzer.png"), "ho\u0308lzer.png": "PNG"},
		"obj backslashes":           {"*a.obj": "mtllib .\\mat\\a.mtl\n" + face, "mat/a.mtl": library(`..\tex\wood.png`), "tex/wood.png": "PNG"},
		"obj path of a machine":     {"*m/a.obj": "mtllib C:\\Users\\ich\\m\\a.mtl\n" + face, "m/a.mtl": library(`D:\work\Tex\wood.png`), "m/tex/wood.png": "PNG"},
		"obj texture above":         {"*m/a.obj": "mtllib a.mtl\n" + face, "m/a.mtl": library("../tex/wood.png"), "tex/wood.png": "PNG"},
		"obj spaces":                {"*my chair.obj": "mtllib my chair.mtl\n" + face, "my chair.mtl": library("old wood.png"), "old wood.png": "PNG"},
		"obj texture beside it":     {"*m/a.obj": "mtllib mat/a.mtl\n" + face, "m/mat/a.mtl": library("wood.png"), "m/wood.png": "PNG"},
		"obj library by its stem":   {"*a.obj": "mtllib export.mtl\n" + face, "a.mtl": library("wood.png"), "wood.png": "PNG"},
		"obj UTF-16, wrong case":    {"*a.obj": wide("mtllib A.mtl\n" + face), "a.mtl": library("wood.png"), "wood.png": "PNG"},
		"obj carriage returns":      {"*a.obj": strings.ReplaceAll("mtllib A.mtl\n"+face, "\n", "\r\n"), "a.mtl": library("Wood.png"), "wood.png": "PNG"},
		"gltf wrong case":           {"*a.gltf": scene("A.bin", "Wood%20A.png"), "a.BIN": "1234", "wood a.png": "PNG"},
		"gltf backslashes":          {"*a.gltf": scene(`data\\a.bin`, `tex\\wood.png`), "data/a.bin": "1234", "tex/wood.png": "PNG"},
		"gltf not encoded":          {"*a.gltf": scene("100% a.bin", "wood #1.png"), "100% a.bin": "1234", "wood #1.png": "PNG"},
		"gltf files above":          {"*m/a.gltf": scene("../a.bin", "../tex/w%C3%B6od.png"), "a.bin": "1234", "tex/wo\u0308od.png": "PNG"},
		"gltf path of a machine":    {"*m/a.gltf": scene("file:///C:/x/a.bin", "C:/x/tex/wood.png"), "m/a.bin": "1234", "m/tex/wood.png": "PNG"},
		"glb with files outside":    {"*a.glb": binaryScene(scene("A.bin", "tex/Wood.png")), "a.bin": "1234", "Tex/wood.png": "PNG"},
		"usda wrong case":           {"*a.usda": layers("./Base.usda", "Tex/Wood.PNG"), "base.usda": empty, "tex/wood.png": "PNG"},
		"usda backslashes":          {"*a.usda": layers(`.\sub\base.usda`, `tex\wood.png`), "sub/base.usda": empty, "tex/wood.png": "PNG"},
		"usda path of a machine":    {"*m/a.usda": layers(`C:/x/m/base.usda`, `C:\x\tex\wood.png`), "m/base.usda": empty, "m/tex/wood.png": "PNG"},
		"usda files above, accents": {"*m/a.usda": layers("../base.usda", "../h\u00f6lzer.png"), "base.usda": empty, "ho\u0308lzer.png": "PNG"},
		"usda tiles":                {"*a.usda": layers("./b.usda", "./Tex/wood.<UDIM>.png"), "b.usda": empty, "tex/wood.1001.png": "PNG", "tex/wood.1002.png": "PNG"},
		"usda spaces, marks":        {"*a b.usda": layers("./c d.usda", "./x(1) & y.png"), "c d.usda": empty, "x(1) & y.png": "PNG"},
	}
}

// made writes our own assets, and real ones with their files in other places.
func made(t *testing.T, corpus string) (all []madeAsset) {
	t.Helper()
	for name, files := range madeFiles() {
		m := madeAsset{name: name, root: t.TempDir()}
		for file, content := range files {
			if rest, ok := strings.CutPrefix(file, "*"); ok {
				file, m.primary = rest, rest
			}
			if content == "PNG" {
				content = picture(t)
			}
			write(t, filepath.Join(m.root, filepath.FromSlash(file)), strings.NewReader(content))
		}
		all = append(all, m)
	}
	spider := filepath.Join(corpus, "fbx-spider")
	if _, err := os.Stat(spider); err == nil {
		m := madeAsset{name: "fbx path of a machine, textures in a folder", root: t.TempDir(), primary: "spider.fbx"}
		if err := os.CopyFS(filepath.Join(m.root, "textures"), os.DirFS(spider)); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(m.root, "textures", "spider.fbx"), filepath.Join(m.root, "spider.fbx")); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func picture(t *testing.T) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wide is text in UTF-16, big end first, with its mark.
func wide(s string) string {
	b := []byte{0xFE, 0xFF}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return string(b)
}

// binaryScene is a GLB without a binary chunk.
func binaryScene(json string) string {
	json += strings.Repeat(" ", -len(json)&3)
	b := []byte("glTF")
	for _, v := range []uint32{2, uint32(20 + len(json)), uint32(len(json)), 0x4E4F534A} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return string(b) + json
}
