package result

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/flate"
)

// entry is one file of a forged archive; every field of its headers can lie.
type entry struct {
	name string
	body string

	local    string // name in the local header, if it differs
	method   uint16 // 0 or 8; the body is packed accordingly
	rawMeth  uint16 // written instead of method
	flags    uint16
	host     byte   // 3 is Unix
	mode     uint32 // upper half of the external attributes
	dos      uint32 // lower half
	size     int64  // declared instead of the true one; -1 is zero
	packed   int64
	crc      uint32
	localLie bool // the local header declares another CRC than the directory
	offset   int64
	extra    []byte
	disk     uint16
}

// forge makes an archive by hand, because no library writes what is refused.
type forge struct {
	entries []entry
	prefix  string // before the first entry, offsets as if it were not there
	gap     string // between data and directory
	suffix  string // behind the end record
	comment string
	count   int // announced instead of the true number
	alter   func([]byte) []byte
}

func (f forge) bytes() []byte {
	le := binary.LittleEndian
	var out, dir bytes.Buffer
	out.WriteString(f.prefix)
	for _, e := range f.entries {
		data := []byte(e.body)
		if e.method == deflated {
			data = deflate(e.body)
		}
		size, packed, crc := int64(len(e.body)), int64(len(data)), crc32.ChecksumIEEE([]byte(e.body))
		if e.size != 0 {
			size = max(e.size, 0)
		}
		if e.packed != 0 {
			packed = e.packed
		}
		if e.crc != 0 {
			crc = e.crc
		}
		method := e.method
		if e.rawMeth != 0 {
			method = e.rawMeth
		}
		local, offset := e.name, int64(out.Len()-len(f.prefix))
		if e.local != "" {
			local = e.local
		}
		if e.offset != 0 {
			offset = e.offset
		}
		common := func(b []byte, crc uint32, name string) []byte {
			b = le.AppendUint16(b, 20)
			b = le.AppendUint16(b, e.flags)
			b = le.AppendUint16(b, method)
			b = le.AppendUint32(b, 0)
			b = le.AppendUint32(b, crc)
			b = le.AppendUint32(b, uint32(packed))
			b = le.AppendUint32(b, uint32(size))
			b = le.AppendUint16(b, uint16(len(name)))
			return le.AppendUint16(b, uint16(len(e.extra)))
		}
		lied := crc
		if e.localLie {
			lied++
		}
		out.Write(common([]byte(localSig), lied, local))
		out.WriteString(local)
		out.Write(e.extra)
		out.Write(data)

		b := common(append([]byte(centralSig), 20, e.host), crc, e.name)
		b = le.AppendUint16(b, 0)
		b = le.AppendUint16(b, e.disk)
		b = le.AppendUint16(b, 0)
		b = le.AppendUint32(b, e.mode<<16|e.dos)
		b = le.AppendUint32(b, uint32(offset))
		dir.Write(b)
		dir.WriteString(e.name)
		dir.Write(e.extra)
	}
	out.WriteString(f.gap)
	at, n := out.Len()-len(f.prefix)-len(f.gap), len(f.entries)
	if f.count != 0 {
		n = f.count
	}
	out.Write(dir.Bytes())
	end := append([]byte(endSig), 0, 0, 0, 0)
	end = le.AppendUint16(end, uint16(n))
	end = le.AppendUint16(end, uint16(n))
	end = le.AppendUint32(end, uint32(dir.Len()))
	end = le.AppendUint32(end, uint32(at))
	end = le.AppendUint16(end, uint16(len(f.comment)))
	out.Write(end)
	out.WriteString(f.comment)
	out.WriteString(f.suffix)
	if f.alter != nil {
		return f.alter(out.Bytes())
	}
	return out.Bytes()
}

func deflate(s string) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 6)
	w.Write([]byte(s))
	w.Close()
	return b.Bytes()
}

func (f forge) write(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "result.zip")
	if err := os.WriteFile(path, f.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// with is an archive of a USD file and some more entries.
func with(entries ...entry) forge {
	return forge{entries: append([]entry{{name: "a.usda", body: "#usda 1.0\n"}}, entries...)}
}

// delivered is an archive as Rigyd sends it.
func delivered(text string) forge {
	const base = "usd/chair_sd_k7q2m4x9ab0/"
	return forge{entries: []entry{
		{name: base + "chair_sd_k7q2m4x9ab0.usda", body: "#usda 1.0\n# " + text, method: deflated},
		{name: base + "textures/wood.png", body: "\x89PNG " + text},
	}}
}
