package engine

import (
	"regexp"
	"testing"
)

func TestBaseName(t *testing.T) {
	for in, want := range map[string]string{
		"chair.glb":                      "chair",
		"chair_sd-k7q2m4x9ab0.glb":       "chair",
		"Office Chair (1).obj":           "office_chair_1",
		"2CylinderEngine.glb":            "m_2cylinderengine",
		"Stühlchen.glb":                  "stuhlchen",
		`C:\models\chair.fbx`:            "chair",
		"NUL.glb":                        "m_nul",
		"__.glb":                         BaseName("__.stl"),
		"椅子_v2.glb":                      "v2",
		"chair_sd-short.glb":             "chair_sd_short",
		"a.b.c.zip":                      "a_b_c",
		"noextension":                    "noextension",
		"椅子_sd-k7q2m4x9ab0.glb":          BaseName("椅子.glb"),
		"chair_sd-k7q2m4x9ab0_front.glb": "chair_sd_k7q2m4x9ab0_front",
	} {
		if got := BaseName(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestNamesWithoutLettersDiffer(t *testing.T) {
	a, b := BaseName("椅子.glb"), BaseName("机.glb")
	if a == b || a != BaseName("椅子.glb") {
		t.Errorf("%q and %q", a, b)
	}
}

func FuzzBaseName(f *testing.F) {
	for _, s := range []string{"chair.glb", "", ".", "..", "/", "椅子.glb", "a_sd-k7q2m4x9ab0.zip", "\xff.obj"} {
		f.Add(s)
	}
	good := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	f.Fuzz(func(t *testing.T, s string) {
		if n := BaseName(s); !good.MatchString(n) || len(n) > 80 {
			t.Errorf("%q became %q", s, n)
		}
	})
}
