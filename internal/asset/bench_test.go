package asset

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkInspectOBJ inspects an OBJ of 100 MB with one library.
func BenchmarkInspectOBJ(b *testing.B) {
	root := b.TempDir()
	name := filepath.Join(root, "a.obj")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "mtllib a.mtl")
	var size int64
	for i := 0; size < 100_000_000; i++ {
		n, err := fmt.Fprintf(w, "v %.6f %.6f %.6f\n", float64(i)/3, float64(i)/7, float64(i)/11)
		if err != nil {
			b.Fatal(err)
		}
		size += int64(n)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	write(b, filepath.Join(root, "a.mtl"), []byte("newmtl a\n"))
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if a, err := Inspect(b.Context(), root, name); err != nil || len(a.Members) != 2 {
			b.Fatal(a, err)
		}
	}
}

// BenchmarkInspectCrowd inspects one small OBJ among ten thousand files.
func BenchmarkInspectCrowd(b *testing.B) {
	root := b.TempDir()
	for i := range 10_000 {
		write(b, filepath.Join(root, fmt.Sprintf("f%05d.obj", i)), []byte("mtllib a.mtl\nv 0 0 0\n"))
	}
	write(b, filepath.Join(root, "a.mtl"), []byte("newmtl a\n"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Inspect(b.Context(), root, filepath.Join(root, "f00007.obj")); err != nil {
			b.Fatal(err)
		}
	}
}
