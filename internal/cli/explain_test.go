package cli

import (
	"bytes"
	"testing"
	"time"

	"simdrop/internal/control"
)

func TestExplanation(t *testing.T) {
	e := control.Explanation{
		Path: "/drop/m/chair.obj", Verdict: "it settled and was handed on",
		Gates: []control.Gate{{Name: "complete", Verdict: "fail", Why: "a file it refers to is missing"}},
		Refs: []control.Ref{
			{From: "/drop/m/chair.obj", Where: "line 1", Raw: "Chair.mtl", Path: "/drop/m/chair.mtl", How: "case-insensitive"},
			{From: "/drop/m/chair.mtl", Where: "line 4", Raw: `..\tex\a.png`, Path: "/drop/tex/a.png", How: "backslash"},
			{From: "/drop/m/chair.mtl", Where: "line 9", Raw: `..\tex\a.png`, Path: "/drop/tex/a.png", How: "backslash"},
			{From: "/drop/m/chair.mtl", Where: "line 12", Raw: "b.png", How: "unresolved", Note: "../tex/B.png is there"},
			{From: "/drop/m/x.gltf", Where: "/images/0/uri", Raw: "c.png", Path: "/drop/m/c.png", How: "exact"},
		},
		Missing: []string{"b.png"},
		Job:     &control.Job{ID: "7", State: "held", Reason: "companions", Error: "1 of 3 files is missing", Hint: "wait"},
	}
	want := `/drop/m/chair.obj: it settled and was handed on
job 7: held (companions): 1 of 3 files is missing
hint: wait
GATE      VERDICT  WHY
complete  fail     a file it refers to is missing

bundle: chair.obj and 3 companions, 1 missing
WRITTEN IN              REFERS TO     FOUND         HOW
chair.obj:1             Chair.mtl     chair.mtl     in another case
chair.mtl:4 and 1 more  ..\tex\a.png  ../tex/a.png  \ read as /
chair.mtl:12            b.png         -             no such file: ../tex/B.png is there
x.gltf /images/0/uri    c.png         c.png         as written
missing: b.png
`
	var out bytes.Buffer
	a := &app{stdout: &out, env: func(string) (string, bool) { return "", false }}
	a.printExplanation(e, time.Now())
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
