package watcher

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"simdrop/internal/asset"
)

// scriptInspect reads lines "ref NAME", all the way down.
func scriptInspect(_ context.Context, root, primary string) (*asset.Asset, error) {
	a := &asset.Asset{Root: root, Primary: primary}
	todo, done := []string{primary}, map[string]bool{}
	for len(todo) > 0 {
		file := todo[0]
		todo = todo[1:]
		if done[file] {
			continue
		}
		done[file] = true
		data, err := os.ReadFile(file)
		if file == primary {
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(string(data), "garbage") {
				return nil, &asset.InvalidError{Path: file, Reason: "it is garbage"}
			}
		} else if err != nil {
			rel, _ := filepath.Rel(filepath.Dir(primary), file)
			a.Missing = append(a.Missing, filepath.ToSlash(rel))
			continue
		}
		a.Members = append(a.Members, asset.Member{Path: file})
		for line := range strings.Lines(string(data)) {
			if ref, ok := strings.CutPrefix(strings.TrimSpace(line), "ref "); ok {
				todo = append(todo, filepath.Join(filepath.Dir(file), filepath.FromSlash(ref)))
			}
		}
	}
	return a, nil
}

// scriptWhole proves a .glb by its last word.
func scriptWhole(name string, r io.ReaderAt, size int64) (asset.Verdict, error) {
	tail := make([]byte, min(size, 4))
	r.ReadAt(tail, size-int64(len(tail)))
	switch {
	case ext(name) == "glb" && strings.HasSuffix(string(tail), "end"):
		return asset.Verdict{State: asset.Proved}, nil
	case ext(name) == "glb":
		return asset.Verdict{State: asset.NotWhole, Reason: "the last word is not end"}, nil
	case tail[len(tail)-1] == 0:
		return asset.Verdict{Soft: "it ends in zeros"}, nil
	}
	return asset.Verdict{}, nil
}
