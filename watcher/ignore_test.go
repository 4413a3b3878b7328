package watcher

import (
	"path"
	"strings"
	"testing"
)

// every row of the table, with a name it must catch and one it must not.
var rows = map[string][2]string{
	".DS_Store":                  {".DS_Store", "DS_Store.obj"},
	"._*":                        {"._chair.obj", "a._chair.obj"},
	".Spotlight-V100/":           {".Spotlight-V100/", "Spotlight-V100/"},
	".Trashes/":                  {".Trashes/", "Trashes/"},
	".fseventsd/":                {".fseventsd/", "fseventsd/"},
	".TemporaryItems/":           {".TemporaryItems/", "TemporaryItems/"},
	".AppleDouble/":              {".AppleDouble/", "AppleDouble/"},
	"Thumbs.db":                  {"thumbs.DB", "thumbs.obj"},
	"desktop.ini":                {"Desktop.ini", "desktop.obj"},
	"$RECYCLE.BIN/":              {"$Recycle.Bin/", "recycle.bin/"},
	"System Volume Information/": {"System Volume Information/", "Volume/"},
	"@eaDir/":                    {"@eaDir/", "eaDir/"},
	"#recycle/":                  {"#recycle/", "recycle/"},
	"@Recycle/":                  {"@Recycle/", "Recycled/"},
	".@__thumb/":                 {".@__thumb/", "thumb/"},
	"#snapshot/":                 {"#snapshot/", "snapshot/"},
	".snapshot/":                 {".snapshot/", "snapshots/"},
	".zfs/":                      {".zfs/", "zfs/"},
	"lost+found/":                {"lost+found/", "lost/"},
	".nfs*":                      {".nfs000001", "nfs.obj"},
	"__MACOSX/":                  {"__MACOSX/", "MACOSX/"},
	"*.blend@":                   {"chair.blend@", "chair.blend.obj"},
	"*.blend[0-9]*":              {"chair.blend1", "chair.blend.glb"},
	"incrementalSave/":           {"incrementalSave/", "saves/"},
	"autosave/":                  {"AutoSave/", "autosaved/"},
	"autoback/":                  {"autoback/", "autobacks/"},
	"backup/":                    {"backup/", "backups/"},
	"*.lck":                      {"chair.max.lck", "lck.obj"},
	"*_autosave_*":               {"chair_autosave_1.usd", "autosave.usd"},
	"*.swatches":                 {"wood.png.swatches", "swatches.png"},
	"QuickSave/":                 {"QuickSave/", "QuickSaves/"},
	"ps*.tmp":                    {"ps1234.tmp", "ps.obj"},
	"~$*":                        {"~$chair.obj", "chair~$.obj"},
	".~lock.*#":                  {".~lock.a.odt#", "lock.obj"},
	"*~":                         {"chair.obj~", "~chair.obj"},
	".*.sw?":                     {".chair.obj.swp", "chair.swp.obj"},
	"4913":                       {"4913", "4913.obj"},
	"#*#":                        {"#chair.obj#", "#chair.obj"},
	".#*":                        {".#chair.obj", "#chair.obj"},
	".syncthing.*.tmp":           {".syncthing.chair.obj.tmp", "syncthing.obj"},
	"~syncthing~*":               {"~syncthing~chair.obj", "syncthing~chair.obj"},
	"*.part":                     {"chair.obj.part", "part.obj"},
	"*.partial":                  {"chair.obj.partial", "partial.obj"},
	"*.filepart":                 {"chair.obj.filepart", "filepart.obj"},
	"*.tmp":                      {"chair.TMP", "tmp.obj"},
	"*.temp":                     {"chair.temp", "temp.obj"},
	"*~RF*.TMP":                  {"chair~RF12ab.TMP", "chair~RF12ab.obj"},
	".dropbox.cache/":            {".dropbox.cache/", "dropbox/"},
	"*.unmanic.part":             {"chair.unmanic.part", "unmanic.obj"},
	"*.crdownload":               {"chair.obj.crdownload", "crdownload.obj"},
	"*.download":                 {"chair.obj.download", "download.obj"},
	"*.opdownload":               {"chair.obj.opdownload", "opdownload.obj"},
	".com.google.Chrome.*":       {".com.google.Chrome.ab12", "com.google.Chrome.obj"},
	".simdrop*":                  {".simdropignore", "simdrop.obj"},
	"*.simready/":                {"chair.obj.simready/", "simready/"},
	".simready-versions/":        {".simready-versions/", "simready-versions/"},
	".*":                         {".chair.obj.Ab12Cd", "chair.obj"},
}

func TestIgnoreTable(t *testing.T) {
	ig, err := newIgnores(nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range builtin() {
		row, ok := rows[r.Pattern]
		if !ok || seen[r.Pattern] {
			t.Errorf("%s: no test, or twice in the table", r.Pattern)
			continue
		}
		seen[r.Pattern] = true
		if r.Kind == "" || r.Tool == "" || r.Why == "" {
			t.Errorf("%s: something is not said: %+v", r.Pattern, r)
		}
		for _, dir := range []string{"", "deep/er/"} {
			yes, folder := strings.CutSuffix(dir+row[0], "/")
			if !r.match(yes, folder) {
				t.Errorf("%s does not match %s", r.Pattern, yes)
			}
			no, folder := strings.CutSuffix(dir+row[1], "/")
			if other, hit := ig.match(no, folder); hit && !strings.HasPrefix(path.Base(no), ".") {
				t.Errorf("%s is ignored by %s", no, other.Pattern)
			}
		}
		if r.folder && r.match(strings.TrimSuffix(row[0], "/"), false) {
			t.Errorf("%s matches a file", r.Pattern)
		}
	}
	for p := range rows {
		if !seen[p] {
			t.Errorf("%s is not in the table", p)
		}
	}
}

func TestPatterns(t *testing.T) {
	tests := []struct {
		pattern, path string
		folder, want  bool
	}{
		{"*.obj", "a/b/chair.obj", false, true},
		{"*.obj", "a/b/chair.OBJ", false, false},
		{"a/*.obj", "a/chair.obj", false, true},
		{"a/*.obj", "b/a/chair.obj", false, false},
		{"**/a/*.obj", "b/a/chair.obj", false, true},
		{"/chair.obj", "chair.obj", false, true},
		{"old/", "x/old", true, true},
		{"old/", "x/old", false, false},
		{"{a,b}*.obj", "b1.obj", false, true},
		{"a*b", "aXb", false, true},
		{"*", "anything", false, true},
	}
	for _, test := range tests {
		p, err := compile(test.pattern, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.match(test.path, test.folder); got != test.want {
			t.Errorf("%s on %s: %v", test.pattern, test.path, got)
		}
	}
	for _, bad := range []string{"", "/", "[", "a{b", strings.Repeat("{a,aa}", 24), strings.Repeat("x", 2000)} {
		if _, err := compile(bad, false); err == nil {
			t.Errorf("%q compiles", bad)
		}
	}
	if _, err := New(Options{Root: t.TempDir(), Kinds: models, Ignore: []string{"[a"}}); err == nil {
		t.Error("a bad pattern is taken")
	}
}

func TestIgnoreFileIsBounded(t *testing.T) {
	rules, problems := parseIgnore(strings.NewReader("\ufeff# a comment\n\n  *.obj  \r\n[bad\n"+strings.Repeat("x*\n", 2000)), "f")
	if len(rules) != mostIgnoreLines || rules[0].Pattern != "*.obj" || len(problems) != 2 {
		t.Fatal(len(rules), problems)
	}
	if !strings.Contains(problems[0].Error(), "f line 4") {
		t.Error(problems[0])
	}
}

func FuzzIgnoreFile(f *testing.F) {
	f.Add("*.obj\n# comment\nold/\n/a/**/b\n", "a/b/c.obj")
	f.Add("[\n{a,{b,c}}*\n\\", "x")
	f.Add("**/**/**/a*b*c\n!x\n//\n./a", "a//b")
	f.Fuzz(func(t *testing.T, text, name string) {
		rules, _ := parseIgnore(strings.NewReader(text), "fuzz")
		if len(rules) > mostIgnoreLines {
			t.Fatal("not bounded")
		}
		for _, r := range rules {
			r.match(name, true)
			r.match(name, false)
		}
	})
}
