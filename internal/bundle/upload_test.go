package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"simdrop/internal/asset"
)

func body(t testing.TB, u Upload) []byte {
	t.Helper()
	r, err := u.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestUploadOfOneFileIsTheFile(t *testing.T) {
	b := freezeIn(t, drop(t, [2]string{"Eames Chair.GLB", "glTF..."}))
	u := b.Upload("k7q2m4x9ab", "0")
	if u.Filename != "Eames_Chair_sd-k7q2m4x9ab0.glb" || u.Size != 7 || u.SHA256 != hexSum("glTF...") {
		t.Errorf("upload %+v", u)
	}
	for range 2 { // as often as needed
		if got := body(t, u); string(got) != "glTF..." {
			t.Errorf("body %q", got)
		}
	}
}

func TestUploadOfManyFilesIsAZip(t *testing.T) {
	b := freezeIn(t, drop(t, [2]string{"models/Stühlchen.obj", "o chair"}, [2]string{"models/a.mtl", ""},
		[2]string{"textures/wood.png", "\x89PNG"}))
	u := b.Upload("k7q2m4x9ab", "1")
	if u.Filename != "Stuhlchen_sd-k7q2m4x9ab1.zip" || u.SHA256 != "" {
		t.Errorf("upload %+v", u)
	}
	data := body(t, u)
	if int64(len(data)) != u.Size {
		t.Fatalf("%d bytes, announced %d", len(data), u.Size)
	}
	if !bytes.Equal(data, body(t, u)) {
		t.Error("not the same bytes twice")
	}
	z, err := zip.NewReader(bytes.NewReader(data), u.Size)
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != len(b.Files) {
		t.Fatalf("%d entries, want %d", len(z.File), len(b.Files))
	}
	for i, entry := range z.File {
		f := b.Files[i]
		r, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r) // checks the CRC-32
		if err != nil || hexSum(string(got)) != f.SHA256 {
			t.Errorf("%s: %q, %v", entry.Name, got, err)
		}
		if entry.Name != f.Place || entry.Flags&^utf8Names != 0 || entry.Mode() != 0o644 || entry.NonUTF8 {
			t.Errorf("header %+v of %s", entry.FileHeader, f.Place)
		}
	}
	unzipAgrees(t, data)
}

func unzipAgrees(t *testing.T, data []byte) {
	tool, err := exec.LookPath("unzip")
	if err != nil {
		t.Log("unzip is not installed: archive/zip alone judged the ZIP")
		return
	}
	path := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(tool, "-t", path).CombinedOutput(); err != nil {
		t.Errorf("unzip -t: %v\n%s", err, out)
	}
}

func TestZipReadsInPiecesOfAnySize(t *testing.T) {
	b := freezeIn(t, chair(t))
	u := b.Upload("k7q2m4x9ab", "0")
	want := body(t, u)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "data with error": iotest.DataErrReader,
	} {
		got, err := io.ReadAll(wrap(newZip(b)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if err := iotest.TestReader(newZip(b), want); err != nil {
		t.Error(err)
	}
}

func TestUploadOfADamagedCopyFails(t *testing.T) {
	for _, a := range []*asset.Asset{chair(t), drop(t, [2]string{"a.glb", "glTF..."})} {
		b := freezeIn(t, a)
		u := b.Upload("k7q2m4x9ab", "0")
		if err := os.Truncate(b.Path(b.Files[0]), 2); err != nil {
			t.Fatal(err)
		}
		r, err := u.Open()
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			r.Close()
		}
		if err == nil {
			t.Error("sent a copy that is shorter than what was frozen")
		}
	}
}

func TestExactNeitherShortNorLong(t *testing.T) {
	long := &exact{ReadCloser: io.NopCloser(strings.NewReader("0123456789")), left: 4}
	if got, err := io.ReadAll(long); string(got) != "0123" || err != nil {
		t.Errorf("long: %q, %v", got, err)
	}
	short := &exact{ReadCloser: io.NopCloser(strings.NewReader("0123")), left: 10}
	if _, err := io.ReadAll(short); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short: %v", err)
	}
}

func TestImagesAreSentOneByOne(t *testing.T) {
	b := freezeIn(t, drop(t, [2]string{"mug_front.png", "F"}, [2]string{"mug_back.png", "B"}))
	for place, content := range map[string]string{"mug_front.png": "F", "mug_back.png": "B"} {
		f, _ := b.File(place)
		up := b.Alone(f, "k7q2m4x9ab", "0")
		if want := strings.TrimSuffix(place, ".png") + "_sd-k7q2m4x9ab0.png"; up.Filename != want || string(body(t, up)) != content {
			t.Errorf("%s goes as %s, want %s", place, up.Filename, want)
		}
	}
}

// sparse keeps a stream on disk without its zeros.
type sparse struct{ *os.File }

func (s sparse) Write(p []byte) (int, error) {
	if len(bytes.Trim(p, "\x00")) == 0 {
		_, err := s.Seek(int64(len(p)), io.SeekCurrent)
		return len(p), err
	}
	return s.File.Write(p)
}

func TestZip64(t *testing.T) {
	if testing.Short() {
		t.Skip("streams 4 GiB")
	}
	const size = 4<<30 + 5
	b := &Bundle{Dir: t.TempDir(), Primary: "b.obj", Files: []File{
		{Place: "a.bin", Size: size, CRC32: 1}, {Place: "b.obj", Size: 3, CRC32: 2}}}
	os.Mkdir(filepath.Join(b.Dir, filesDir), 0o700)
	for _, f := range b.Files {
		file, err := os.Create(b.Path(f))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(file.Truncate(f.Size), file.Close()); err != nil {
			t.Skip("no sparse files here:", err)
		}
	}
	u := b.Upload("k7q2m4x9ab", "0")
	out, err := os.Create(filepath.Join(t.TempDir(), "big.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	n, err := io.CopyBuffer(sparse{out}, struct{ io.Reader }{newZip(b)}, make([]byte, 1<<20))
	if err != nil || n != u.Size {
		t.Fatalf("%d bytes, %v; announced %d", n, err, u.Size)
	}
	z, err := zip.NewReader(out, n)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range z.File {
		offset, err := f.DataOffset()
		if err != nil || f.Name != b.Files[i].Place || f.UncompressedSize64 != uint64(b.Files[i].Size) ||
			f.CompressedSize64 != f.UncompressedSize64 || f.CRC32 != b.Files[i].CRC32 {
			t.Errorf("%+v at %d, %v", f.FileHeader, offset, err)
		}
	}
	if tool, err := exec.LookPath("unzip"); err == nil {
		if text, err := exec.Command(tool, "-l", out.Name()).CombinedOutput(); err != nil || !strings.Contains(string(text), "4294967301") {
			t.Errorf("unzip -l: %v\n%s", err, text)
		}
	}
}
