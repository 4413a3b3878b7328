package result

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type hostile struct {
	name   string
	forge  forge
	reason string // part of the error's text
	again  bool   // fetching it again may help
	limits Limits
	format string
}

// named is an archive with one more file of a bad name.
func named(name, reason string) hostile {
	return hostile{name: fmt.Sprintf("name %.40q", name), forge: with(entry{name: name, body: "x"}), reason: reason}
}

// pair is an archive with two more files that cannot live together.
func pair(a, b, reason string) hostile {
	return hostile{name: fmt.Sprintf("pair %q %q", a, b), forge: with(entry{name: a, body: "x"}, entry{name: b, body: "y"}), reason: reason}
}

func one(name, reason string, e entry) hostile {
	if e.name == "" {
		e.name = "bad.png"
	}
	return hostile{name: name, forge: with(e), reason: reason}
}

// badNames leave the folder or break on some system.
func badNames() []hostile {
	return []hostile{
		named("../evil.png", "leaves the folder"),
		named("a/../../evil.png", "leaves the folder"),
		named("textures/..", "leaves the folder"),
		named("../", "leaves the folder"),
		named("/etc/evil", "absolute"),
		named("//server/share/evil", "absolute"),
		named(`\\server\share\evil`, "backslash"),
		named(`..\evil.png`, "backslash"),
		named(`textures\wood.png`, "backslash"),
		named("C:/evil.png", "colon"),
		named("c:evil.png", "colon"),
		named("a.usda:hidden", "colon"),
		named("wood.png::$DATA", "colon"),
		named("./wood.png", "only a dot"),
		named("a/./wood.png", "only a dot"),
		named("a//wood.png", "empty part"),
		named("", "empty"),
		named("/", "absolute"),
		named("a\x00.png", "control character"),
		named("a\nb.png", "control character"),
		named("a\x1b[31m.png", "control character"),
		named("a\x7f.png", "control character"),
		named("a\u0085.png", "control character"),
		named("w\xfcrfel.png", "not UTF-8"),
		named("what?.png", "Windows refuses"),
		named("a<b.png", "Windows refuses"),
		named("a|b.png", "Windows refuses"),
		named(`a"b.png`, "Windows refuses"),
		named("a*.png", "Windows refuses"),
		named("CON", "device on Windows"),
		named("con.png", "device on Windows"),
		named("textures/NUL.tar.gz", "device on Windows"),
		named("aux/wood.png", "device on Windows"),
		named("prn ", "dot or a space"),
		named("prn .png", "device on Windows"),
		named("COM1.txt", "device on Windows"),
		named("com¹", "device on Windows"),
		named("LPT³.log", "device on Windows"),
		named("conin$", "device on Windows"),
		named("CONOUT$.txt", "device on Windows"),
		named("wood.png.", "dot or a space"),
		named("wood.png ", "dot or a space"),
		named("textures./wood.png", "dot or a space"),
		named("...", "dot or a space"),
		named(" wood.png", "begins with a space"),
		named(strings.Repeat("x", 241)+".png", "240 characters"),
		named(strings.Repeat("long/", 50)+"wood.png", "240 characters"),
		named(strings.Repeat("木", 90)+".png", "255 bytes"),
		named(strings.Repeat("😀", 121), "240 characters"),
		pair("wood.png", "wood.png", "twice"),
		pair("wood.png", "Wood.PNG", "same as"),
		pair("textures/wood.png", "Textures/oak.png", "same as"),
		pair("Stu\u0308hle.png", "St\u00fchle.png", "same as"),
		pair("straße.png", "STRASSE.PNG", "same as"),
		pair("wo\u200dod.png", "wood.png", "same as"),
		pair("wood\ufeff.png", "wood.png", "same as"),
		pair("K.png", "\u212a.png", "same as"), // the Kelvin sign
		pair("ſ.png", "s.png", "same as"),
		pair("a", "a/b.png", "both a file and a folder"),
		pair("a/b.png", "a", "both a file and a folder"),
		{name: "folder and file", forge: with(entry{name: "a/"}, entry{name: "a"}), reason: "both a file and a folder"},
		pair("A/b.png", "a", "same as"),
	}
}

// badEntries are no plain files, or contradict themselves.
func badEntries() []hostile {
	zip64 := func(n int) []byte {
		b := binary.LittleEndian.AppendUint16(nil, extraZip64)
		return append(binary.LittleEndian.AppendUint16(b, uint16(n)), bytes.Repeat([]byte{0xff}, n)...)
	}
	return []hostile{
		one("symbolic link", "symbolic link", entry{host: 3, mode: 0o120777, body: "/etc/passwd"}),
		one("symbolic link of another system", "symbolic link", entry{host: 0, mode: 0o120777, body: "/etc/passwd"}),
		one("device", "device", entry{host: 3, mode: 0o060666}),
		one("character device", "device", entry{host: 3, mode: 0o020666}),
		one("pipe", "pipe", entry{host: 3, mode: 0o010666}),
		one("socket", "socket", entry{host: 3, mode: 0o140666}),
		one("set-user-ID", "set-user-ID", entry{host: 3, mode: 0o104755}),
		one("set-group-ID", "set-user-ID", entry{host: 3, mode: 0o102755}),
		one("folder mode on a file", "folder", entry{host: 3, mode: 0o040755}),
		one("file mode on a folder", "folder", entry{name: "a/", host: 3, mode: 0o100644}),
		one("folder with contents", "folder with contents", entry{name: "a/", body: "x"}),
		one("volume label", "volume label", entry{dos: dosVolume}),
		one("junction", "link of Windows", entry{dos: dosReparse}),
		one("encrypted", "encrypted", entry{flags: flagEncrypted}),
		one("strongly encrypted", "encrypted", entry{flags: flagStrong}),
		one("masked", "encrypted", entry{flags: flagMasked}),
		one("patch", "patch", entry{flags: flagPatch}),
		one("unknown method", "method 93", entry{rawMeth: 93}),
		one("other local name", "own header names it", entry{body: "x", local: "bad.exe"}),
		one("other local checksum", "own header contradicts", entry{body: "x", localLie: true}),
		one("stored with two sizes", "two sizes", entry{body: "x", size: 1000}),
		one("more than deflate can hold", "more than its data", entry{body: "x", method: deflated, size: 1 << 20}),
		one("reaches beyond the archive", "beyond the archive", entry{body: "x", size: 1 << 20, packed: 1 << 20}),
		one("lies outside the archive", "outside the archive", entry{body: "x", offset: 1 << 20}),
		one("split archive", "split archive", entry{body: "x", disk: 3}),
		one("zip64 size missing", "zip64 size", entry{size: 1<<32 - 1, packed: 1<<32 - 1}),
		one("zip64 size impossible", "impossible size", entry{size: 1<<32 - 1, packed: 1<<32 - 1, extra: zip64(16)}),
		one("zip64 size twice", "given twice", entry{extra: append(zip64(8), zip64(8)...)}),
		one("extra field cut short", "cut short", entry{extra: []byte{1, 0, 40, 0}}),
	}
}

// badArchives are wrong as a whole.
func badArchives() []hostile {
	overlap := with() // every entry's data reaches over the header of the next
	for i := range 100 {
		overlap.entries = append(overlap.entries, entry{name: fmt.Sprintf("%d.png", i), body: "0123456789", size: 60, packed: 60})
	}
	crowd := with()
	for i := range 10_000 {
		crowd.entries = append(crowd.entries, entry{name: fmt.Sprintf("%d.png", i)})
	}
	bomb := with(entry{name: "zeros.png", method: deflated, body: strings.Repeat("\x00", ratioFloor+1)})
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:len(b)-n] } }
	return []hostile{
		{name: "10,001 entries", forge: crowd, reason: "10001 entries"},
		{name: "overlapping entries", forge: overlap, reason: "overlap"},
		{name: "bomb", forge: bomb, reason: "only a bomb"},
		{name: "cap", forge: with(entry{name: "big.png", body: strings.Repeat("x", 200)}), limits: Limits{Bytes: 100}, reason: "more than 100"},
		{name: "data before", forge: forge{prefix: "#!/bin/sh\n", entries: with().entries}, reason: "data before", again: true},
		{name: "data behind", forge: forge{suffix: "more", entries: with().entries}, reason: "data behind", again: true},
		{name: "data behind the directory", forge: forge{entries: with().entries, alter: func(b []byte) []byte {
			return append(bytes.Clone(b[:len(b)-endLen]), append([]byte("more"), b[len(b)-endLen:]...)...)
		}}, reason: "not where the archive says", again: true},
		{name: "two end records", forge: forge{entries: with().entries, comment: string(forge{}.bytes())}, reason: "not where", again: true},
		{name: "no entry", forge: forge{}, reason: "no USD inside"},
		{name: "no USD", forge: forge{entries: []entry{{name: "readme.txt", body: "x"}}}, reason: "no USD inside"},
		{name: "empty USD", forge: forge{entries: []entry{{name: "a.usd"}}}, reason: "no USD inside"},
		{name: "no MJCF", forge: with(), format: "mjcf", reason: "no MJCF inside"},
		{name: "no GLB", forge: with(), format: "glb", reason: "no GLB inside"},
		{name: "neither of both", forge: forge{}, format: "all", reason: "no USD inside"},
		{name: "fewer entries than announced", forge: forge{entries: with().entries, count: 2}, reason: "announces", again: true},
		{name: "more entries than announced", forge: forge{entries: with(entry{name: "b.png"}).entries, count: 1}, reason: "announces", again: true},
		{name: "truncated by a byte", forge: forge{entries: with().entries, alter: cut(1)}, reason: "end", again: true},
		{name: "truncated by half", forge: forge{entries: with().entries, alter: cut(80)}, reason: "not a whole ZIP", again: true},
		{name: "empty file", forge: forge{alter: func([]byte) []byte { return nil }}, reason: "not a whole ZIP", again: true},
		{name: "web page", forge: forge{alter: func([]byte) []byte { return []byte("<!DOCTYPE html><title>502") }}, reason: "DOCTYPE", again: true},
		{name: "zeros", forge: forge{alter: func(b []byte) []byte { return make([]byte, 4096) }}, reason: "not a whole ZIP", again: true},
		{name: "directory overwritten", forge: forge{entries: with().entries, alter: func(b []byte) []byte {
			b[bytes.Index(b, []byte(centralSig))] = 'X'
			return b
		}}, reason: "overwritten", again: true},
		{name: "local header overwritten", forge: forge{entries: with().entries, alter: func(b []byte) []byte { b[0] = 'X'; return b }},
			reason: "not where the directory says", again: true},
		{name: "wrong checksum", forge: with(entry{name: "b.png", body: "x", crc: 7}), reason: "checksum", again: true},
		{name: "wrong checksum, deflated", forge: with(entry{name: "b.png", body: "xxxxxxxx", method: deflated, crc: 7}), reason: "checksum", again: true},
		{name: "declares too little", forge: with(entry{name: "b.png", body: strings.Repeat("x", 5000), method: deflated, size: 10}), reason: "10 bytes it declares", again: true},
		{name: "declares nothing", forge: with(entry{name: "b.png", body: strings.Repeat("x", 5000), method: deflated, size: -1}), reason: "0 bytes it declares", again: true},
		{name: "declares too much", forge: with(entry{name: "b.png", body: strings.Repeat("x", 5000), method: deflated, size: 6000}), reason: "6000 bytes it declares", again: true},
		{name: "corrupt stream", forge: forge{entries: with(entry{name: "b.png", body: strings.Repeat("xyz", 500), method: deflated}).entries, alter: func(b []byte) []byte {
			i := bytes.Index(b, []byte("b.png")) + len("b.png")
			copy(b[i:], "\xff\xff\xff\xff")
			return b
		}}, reason: "corrupt", again: true},
	}
}

func TestHostileArchives(t *testing.T) {
	all := append(append(badNames(), badEntries()...), badArchives()...)
	if len(all) < 60 {
		t.Fatalf("%d archives, want 60 at least", len(all))
	}
	for _, h := range all {
		t.Run(h.name, func(t *testing.T) {
			s := newShop(t)
			req := s.request("chair.obj", h.forge)
			req.Limits = h.limits
			if h.format != "" {
				req.Format = h.format
			}
			_, err := s.publish(req)
			refused, ok := errors.AsType[*ArchiveError](err)
			if !ok {
				t.Fatalf("got %v, want a refusal", err)
			}
			if !strings.Contains(err.Error(), h.reason) || refused.Damaged != h.again {
				t.Errorf("%v (again: %v), want %q (again: %v)", err, refused.Damaged, h.reason, h.again)
			}
			for _, r := range err.Error() {
				if r < ' ' || r == 0x7f {
					t.Errorf("the error %q is not safe to print", err)
				}
			}
			if left := tree(t, s.root); len(left) != 0 {
				t.Errorf("wrote %q", left)
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(s.root), "evil.png")); err == nil {
				t.Error("wrote outside the root")
			}
			if entries, _ := os.ReadDir(s.dir); len(entries) != 0 {
				t.Errorf("the destination holds %v", entries)
			}
		})
	}
	t.Logf("%d archives", len(all))
}

func TestGoodArchivesPass(t *testing.T) {
	for name, f := range map[string]forge{
		"delivered":       delivered("x"),
		"unix modes":      with(entry{name: "wood.png", body: "x", host: 3, mode: 0o100600}, entry{name: "a/", host: 3, mode: 0o042775}),
		"dos attributes":  with(entry{name: "wood.png", body: "x", dos: 0x20}, entry{name: "a/", dos: 0x10}),
		"folder twice":    with(entry{name: "a/"}, entry{name: "a/"}, entry{name: "a/b.png"}),
		"comment":         {entries: with().entries, comment: "made by a server"},
		"unicode":         with(entry{name: "Texturen/Stühle 木.png", body: "x"}),
		"dots and spaces": with(entry{name: "v1.2 (final) - copy.png", body: "x"}),
		"almost devices":  with(entry{name: "console.png"}, entry{name: "com10.png"}, entry{name: "lpt.png"}, entry{name: "nulls/x.png"}),
		"hidden":          with(entry{name: ".thumbs/256x256/a.usda.png", body: "x"}),
		"data descriptor": with(entry{name: "b.png", body: "x", flags: flagDescriptor}),
		"empty deflated":  with(entry{name: "b.txt", method: deflated}),
		"flat texture":    with(entry{name: "flat.png", method: deflated, body: strings.Repeat("\x00", 8<<20)}),
	} {
		if _, err := Check(f.write(t), Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoSpaceIsNoRefusal(t *testing.T) {
	_, err := Check(delivered("x").write(t), Limits{Free: 3})
	if _, ok := errors.AsType[*ArchiveError](err); ok || !errors.Is(err, ErrNoSpace) {
		t.Errorf("got %v", err)
	}
}
