package asset

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestGLBEdits rewrites a reference inside a GLB: the result must be a complete
// GLB whose references are exact.
func TestGLBEdits(t *testing.T) {
	for _, ref := range []string{"Wood.png", "WOOD.PNG", `C:\\art\\wood.png`, "a/very/long/way/to/wood.png"} {
		doc := `{"asset":{"version":"2.0"},"images":[{"uri":"` + ref + `"}]}`
		root := drop(t, map[string]string{"chair.glb": string(makeGLB(doc, []byte("12345"))), "wood.png": "-"})
		a := inspect(t, root, "chair.glb")
		if len(a.Missing) > 0 || len(a.Members) != 2 {
			t.Fatalf("%s: members %q, missing %q", ref, placesOf(a), a.Missing)
		}
		copied := edited(t, a.Members[0])
		if v := wholeOf(t, "chair.glb", []byte(copied)); v.State != Proved {
			t.Fatalf("%s: rewritten GLB: %s", ref, v.Reason)
		}
		again := inspect(t, drop(t, map[string]string{"chair.glb": copied, "wood.png": "-"}), "chair.glb")
		if again.Refs[0].How != Exact || len(again.Members[0].Edits) > 0 {
			t.Errorf("%s: became %q, %s", ref, again.Refs[0].Raw, again.Refs[0].How)
		}
		if !strings.Contains(copied, "BIN\x00"+"12345") {
			t.Errorf("%s: the binary chunk is lost", ref)
		}
	}
}

func TestGLB1(t *testing.T) {
	doc := `{"buffers":{"binary_glTF":{"uri":"data:,","byteLength":4}},"images":{"a":{"uri":"wood.png"}}}`
	head := words32(glbMagic, 1, uint32(20+len(doc)+4), uint32(len(doc)), 0)
	root := drop(t, map[string]string{"a.glb": string(head) + doc + "body", "wood.png": "-"})
	if a := inspect(t, root, "a.glb"); len(a.Members) != 2 {
		t.Errorf("members %q", placesOf(a))
	}
}

// TestJSON compares our scanner's judgement with that of encoding/json.
func TestJSON(t *testing.T) {
	texts := []string{
		`{}`, `[]`, `{"a":1}`, `{"a":[1,2,{"b":null}]}`, ` {"a" : "x" , "b":-1.5e+3} `, `{"a":"\u00e9\n\"\\"}`, "\"x\"", `1`,
		`{`, `{"a"`, `{"a":`, `{"a":1,}`, `[1,]`, `[1 2]`, `{"a":tru}`, `{"a":1}}`, `{a:1}`, `"x`, `{"a":"\`, ``, ` `, `nul`, `{"a":1]`,
	}
	for _, text := range texts {
		s := &jsonScanner{src: strings.NewReader(text), visit: func([]string, jsonValue) {}}
		err := s.scan("")
		if want := json.Valid([]byte(text)); (err == nil) != want {
			t.Errorf("%s: %v, valid is %v", text, err, want)
		}
	}
	deep := &jsonScanner{src: strings.NewReader(strings.Repeat("[", 1<<20)), visit: func([]string, jsonValue) {}}
	if err := deep.scan(""); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("a million brackets: %v", err)
	}
}
