package result

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
)

func writeZip(t testing.TB, files map[string]string, prepare func(*zip.FileHeader)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, body := range files {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if prepare != nil {
			prepare(h)
		}
		out, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(out, body)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What Check accepts, Go's own reader sees in the same way: no two programs may
// disagree about what is in an archive.
func FuzzCheck(f *testing.F) {
	f.Add(delivered("x").bytes())
	f.Add(writeZip(f, map[string]string{"usd/a.usd": "PXR-USDC", "usd/t/b.png": "png"}, nil))
	f.Add(writeZip(f, map[string]string{"Stühle.usda": "#usda 1.0"}, func(h *zip.FileHeader) { h.Method = zip.Store }))
	f.Add(writeZip(f, map[string]string{"a.usd": "x", "link": "/etc/passwd"}, func(h *zip.FileHeader) { h.SetMode(0o777) }))
	for _, h := range append(badEntries(), badArchives()[1:]...) {
		if b := h.forge.bytes(); len(b) < 8<<10 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := check(bytes.NewReader(data), int64(len(data)), Limits{Bytes: 1 << 24}.withDefaults())
		if err != nil {
			return
		}
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatalf("accepted what archive/zip refuses: %v", err)
		}
		i := 0
		for _, want := range z.File {
			if want.Name[len(want.Name)-1] == '/' {
				continue
			}
			got := l.Files[i]
			i++
			if got.Name != want.Name || got.Size != int64(want.UncompressedSize64) || got.CRC32 != want.CRC32 {
				t.Errorf("%+v is %+v to archive/zip", got, want.FileHeader)
			}
			ours, ourErr := contents(got.opener(bytes.NewReader(data))())
			r, err := want.Open()
			if err != nil {
				continue
			}
			theirs, err := contents(r, nil)
			if err == nil && (ourErr != nil || !bytes.Equal(ours, theirs)) {
				t.Errorf("%s: %q, %v; archive/zip reads %q", got.Name, ours, ourErr, theirs)
			}
		}
		if i != len(l.Files) {
			t.Errorf("%d files, %d to archive/zip", len(l.Files), i)
		}
	})
}

func contents(r io.ReadCloser, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, 1<<20))
}
