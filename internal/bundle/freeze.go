package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"simdrop/internal/asset"
	"simdrop/internal/durable"
)

// freezeParallel is how many members are copied at the same time: hashing is
// bound by the processor, so a second file costs little on any machine, and more
// would only make a disk seek.
const freezeParallel = 2

// Freeze copies a's members to dir, which must not exist or be an earlier freeze:
// an unfinished one is removed and made anew, a finished one is loaded as it is.
//
// Every member is hashed as it is read; its size, modification time and identity
// must be the same before and after, and its path must still lead to it. Otherwise
// the error is ErrChanged. When Freeze returns, the copy is durable; when it fails
// or ctx ends, dir is gone again.
func Freeze(ctx context.Context, a *asset.Asset, dir string) (*Bundle, error) {
	b, err := Load(dir)
	if err == nil {
		return b, nil
	}
	if _, serr := os.Lstat(filepath.Join(dir, manifestName)); !errors.Is(serr, fs.ErrNotExist) {
		return nil, err // finished, and not readable: nothing to throw away by ourselves
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("freeze %s: %w", filepath.Base(a.Primary), err)
	}
	b, err = freeze(ctx, a, dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("freeze %s: %w", filepath.Base(a.Primary), err)
	}
	return b, nil
}

func freeze(ctx context.Context, a *asset.Asset, dir string) (*Bundle, error) {
	if len(a.Members) == 0 {
		return nil, errors.New("the asset has no files")
	}
	src, err := openSource(a.Root)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	if err := makeFolders(a, dir); err != nil {
		return nil, err
	}
	b := &Bundle{Dir: dir, Primary: a.Members[0].Place, Files: make([]File, len(a.Members))}
	if err := b.copyMembers(ctx, src, a.Members); err != nil {
		return nil, err
	}
	slices.SortFunc(b.Files, func(x, y File) int { return strings.Compare(x.Place, y.Place) })
	if err := b.check(); err != nil {
		return nil, err
	}
	if err := durable.SyncTree(filepath.Join(dir, filesDir)); err != nil {
		return nil, err
	}
	if err := b.write(dir); err != nil {
		return nil, err
	}
	return b, durable.SyncDir(filepath.Dir(dir))
}

func (b *Bundle) copyMembers(ctx context.Context, src *source, members []asset.Member) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(freezeParallel)
	for i, m := range members {
		group.Go(func() error {
			dst := filepath.Join(b.Dir, filesDir, filepath.FromSlash(m.Place))
			f, err := src.copy(ctx, m, dst)
			b.Files[i] = f
			return err
		})
	}
	return group.Wait()
}

// makeFolders makes dir and the folders below it that the places need.
func makeFolders(a *asset.Asset, dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, filesDir), 0o700); err != nil {
		return err
	}
	for _, m := range a.Members {
		if err := checkPlace(m.Place); err != nil {
			return err
		}
		parent := filepath.Dir(filepath.Join(dir, filesDir, filepath.FromSlash(m.Place)))
		if err := os.MkdirAll(parent, 0o700); err != nil {
			return err
		}
	}
	return nil
}
