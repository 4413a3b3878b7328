package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// checksums writes SHA256SUMS over the artefacts, for `sha256sum -c`.
func (r *release) checksums() error {
	entries, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		sum, err := digest(filepath.Join(r.out, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", sum, e.Name())
	}
	return r.write(filepath.Join(r.out, "SHA256SUMS"), []byte(lines.String()))
}

// digest is the SHA-256 of a file, in hexadecimal.
func digest(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close() // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// uuid makes an identity of a text, the same for the same text: a version 8 UUID
// (RFC 9562, the one whose making is free), of its SHA-256.
func uuid(text string) string {
	h := sha256.Sum256([]byte("https://" + name + "/" + text))
	u := h[:16]
	u[6] = u[6]&0x0f | 0x80 // version 8: ours to define
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
