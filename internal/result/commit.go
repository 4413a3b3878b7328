package result

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"simdrop/internal/crash"
	"simdrop/internal/durable"
)

// Commit makes the prepared result appear under its name and returns that folder.
// Readers see the old result or the new one, never a mixture; where the system can
// exchange two folders there is no moment without one of them. When Commit returns
// without an error the new result is durable. Called again after success it does
// nothing.
//
// Errors: ErrEdited when the old result was written to since Prepare, ErrTaken
// when somebody took the name. Prepare decides anew then. After any error, Recover.
func (p *Prepared) Commit(ctx context.Context) (string, error) {
	if err := p.commit(ctx); err != nil {
		return "", fmt.Errorf("publish %s: %w", filepath.Base(p.target.Path), Plain(err))
	}
	return p.target.Path, nil
}

func (p *Prepared) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if _, now, err := readSidecar(p.target.Path); err == nil && now == p.target.Digest {
		return p.finish()
	}
	if err := p.at("open up"); err != nil {
		return err
	}
	if err := p.makeDir(); err != nil {
		return err
	}
	if err := os.Chmod(p.target.Staging, 0o755); err != nil { // was 0700 while it filled
		return err
	}
	if err := durable.SyncDir(p.target.Staging); err != nil {
		return err
	}
	if p.target.Old == "" {
		return p.appear()
	}
	if seen, err := fingerprint(p.target.Path); err != nil || seen != p.seen {
		return errors.Join(ErrEdited, err)
	}
	return p.swap()
}

func (p *Prepared) at(step string) error {
	if crash.Enabled {
		crash.Point(crash.Publish(step))
	}
	if p.step == nil {
		return nil
	}
	return p.step(step)
}

// makeDir makes the folders between Root and Dir, which a mirrored tree may lack.
func (p *Prepared) makeDir() error {
	rel, err := filepath.Rel(p.root, p.dir)
	if err != nil || rel == "." {
		return err
	}
	root, err := os.OpenRoot(p.root)
	if err != nil {
		return err
	}
	defer root.Close()
	if _, err := os.Lstat(p.dir); err == nil {
		return nil
	}
	if err := makeFolders(root, filepath.ToSlash(rel)); err != nil {
		return err
	}
	for dir := p.dir; dir != p.root; dir = filepath.Dir(dir) {
		if err := durable.SyncDir(filepath.Dir(dir)); err != nil {
			return err
		}
	}
	return nil
}

// appear publishes where there was nothing.
func (p *Prepared) appear() error {
	if err := p.at("rename"); err != nil {
		return err
	}
	if err := moveNew(p.target.Staging, p.target.Path); err != nil {
		return taken(err)
	}
	return p.finish()
}

// taken makes an occupied name an ErrTaken.
func taken(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %w", ErrTaken, err)
	}
	return err
}

// swap publishes in place of the old result.
func (p *Prepared) swap() error {
	if err := p.at("exchange"); err != nil {
		return err
	}
	err := p.exchange(p.target.Staging, p.target.Path)
	if err == nil {
		return p.finish()
	}
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if err := moveAside(p.target); err != nil {
		return err
	}
	if err := p.at("rename"); err != nil {
		return err
	}
	if err := moveNew(p.target.Staging, p.target.Path); err != nil {
		return errors.Join(taken(err), moveNew(p.target.Aside, p.target.Path))
	}
	return p.finish()
}

// moveAside moves the old result from where it was published.
func moveAside(t Target) error {
	if err := makeAside(t); err != nil {
		return err
	}
	return moveNew(t.Path, t.Aside)
}

func makeAside(t Target) error {
	parent := filepath.Dir(t.Aside)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	if t.Keep == 0 {
		return os.RemoveAll(t.Aside) // what an earlier attempt of this job left
	}
	return durable.SyncDir(filepath.Dir(parent))
}

// finish is what remains once the new result has its name: flush, and put the old
// one where it belongs.
func (p *Prepared) finish() error {
	if err := p.at("flush"); err != nil {
		return err
	}
	if err := durable.SyncDir(filepath.Dir(p.target.Path)); err != nil {
		return err
	}
	if err := durable.SyncDir(filepath.Dir(p.target.Staging)); err != nil {
		return err
	}
	if err := p.at("retire"); err != nil {
		return err
	}
	return retire(p.target)
}

// retire puts the replaced result away and removes what is too old to keep. A
// folder that cannot be deleted now, because somebody looks into it, is left for
// Sweep: the new result is there all the same.
func retire(t Target) error {
	if t.Aside == "" {
		return nil
	}
	if _, now, err := readSidecar(t.Staging); err == nil && now == t.Old {
		if err := makeAside(t); err != nil {
			return err
		}
		if err := moveNew(t.Staging, t.Aside); err != nil {
			return err
		}
	}
	if t.Keep == 0 {
		return discardOld(t)
	}
	if err := durable.SyncDir(filepath.Dir(t.Aside)); err != nil {
		return err
	}
	prune(filepath.Dir(t.Aside), t.Keep)
	return nil
}

// discardOld deletes a replaced result that is not to be kept, unless somebody
// wrote into it in the last moment: then it is kept as a version.
func discardOld(t Target) error {
	s, err := ReadSidecar(t.Aside)
	if errors.Is(err, fs.ErrNotExist) {
		os.RemoveAll(t.Aside) // half deleted before
		return nil
	}
	if err == nil {
		if problems, err := compare(t.Aside, s); err == nil && len(problems) == 0 {
			removeResult(t.Aside)
			return nil
		}
	}
	to := versionPath(t.Path, time.Now())
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return moveNew(t.Aside, to)
}

// prune removes all but the newest keep versions in folder. It never removes what
// is not a result.
func prune(folder string, keep int) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	var versions []string
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if _, err := os.Lstat(filepath.Join(path, sidecarName)); e.IsDir() && err == nil {
			versions = append(versions, path)
		}
	}
	slices.Sort(versions)
	for _, path := range versions[:max(len(versions)-keep, 0)] {
		removeResult(path)
	}
}

// removeResult deletes a result, the sidecar first: what is half deleted is then
// no result any more.
func removeResult(dir string) {
	os.Remove(filepath.Join(dir, sidecarName))
	os.RemoveAll(dir)
}
