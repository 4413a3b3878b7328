package cli

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The sample is a stool with a material library and a texture, so that it has
// companions. It was made for this program.
//
//go:embed sample
var sample embed.FS

// dropSample writes the sample into dir. The order does not matter: companions are
// waited for.
func dropSample(dir string) error {
	files, err := sample.ReadDir("sample")
	if err != nil {
		return err
	}
	for _, f := range files {
		b, err := fs.ReadFile(sample, "sample/"+f.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), b, 0o644); err != nil {
			return fmt.Errorf("drop the sample: %w", err)
		}
	}
	return nil
}
