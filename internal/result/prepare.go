package result

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"simdrop/internal/durable"
)

const (
	suffix         = ".simready"
	versionsFolder = ".simready-versions"
	stateFolder    = ".simdrop"
	stagingFolder  = "staging"
	trashFolder    = "trash"
)

// Request says what to publish and where. One of Archive, File and From is given.
type Request struct {
	Archive string  // a ZIP as the provider sent it
	File    string  // a lone file as the provider sent it: it becomes the main file,
	FileExt string  // with this extension (".glb")
	From    string  // the folder of a published result: it is copied, for a second asset with the same key
	Extra   []Extra // further files, such as a simulation's outputs

	JobID string // names the staging folder; a plain file name
	Name  string // base name of the source: "chair.obj"
	Dir   string // absolute: the folder that will hold NAME.simready; made if it is not there
	Root  string // absolute: Dir or an ancestor on the same file system, holds .simdrop; must exist

	Sidecar      Sidecar // all but Schema, Main and Files
	KeepVersions int     // how many replaced results are kept
	Format       string  // what was asked for: usd, mjcf, all
	Limits       Limits  // Free and Format are filled in
}

// Extra is a file of ours that goes into the result.
type Extra struct {
	Place string // slash path in the result: "sim/video.mp4"
	Path  string
}

// Prepared is a result that lies whole and durable in its staging folder, and
// whose name is chosen. Commit makes it appear.
type Prepared struct {
	target Target
	root   string
	dir    string
	seen   string // fingerprint of the old result when it was found unedited

	exchange func(a, b string) error // swaps two folders in one step, where that can be done
	step     func(string) error      // tests only: called before each step, an error is a crash there
}

// Target is what Commit will do, in a form to be recorded before: with it Recover
// tells after a crash how far it came.
type Target struct {
	Path    string `json:"path"`    // the result's folder
	Digest  string `json:"digest"`  // SHA-256 of the new result's sidecar
	Old     string `json:"old"`     // SHA-256 of the replaced result's sidecar, empty when there is none
	Staging string `json:"staging"` // where the new result lies before
	Aside   string `json:"aside"`   // where the old one goes, empty when there is none
	Keep    int    `json:"keep"`    // how many replaced results are kept beside Aside; 0: Aside is deleted
}

// Target says what Commit will do.
func (p *Prepared) Target() Target { return p.target }

// Discard removes the staging folder.
func (p *Prepared) Discard() error { return os.RemoveAll(p.target.Staging) }

// Prepare checks what came back and lays it out in
// Root/.simdrop/staging/JobID, durable, with its sidecar. What an earlier Prepare
// of the same job left there is removed first. On an error nothing is left.
//
// Errors: *ArchiveError (nothing was written), ErrEdited, ErrTaken, ErrNoCopy; of the disk: ErrNoSpace,
// ErrReadOnly, fs.ErrPermission.
func Prepare(ctx context.Context, req Request) (*Prepared, error) {
	p, err := prepare(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("result of %s: %w", req.Name, Plain(err))
	}
	return p, nil
}

func prepare(ctx context.Context, req Request) (*Prepared, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	p := &Prepared{root: req.Root, dir: req.Dir, exchange: exchange}
	if err := p.choose(req); err != nil {
		return nil, err
	}
	if free, err := durable.Free(req.Root); err == nil && req.Limits.Free == 0 {
		req.Limits.Free = max(free, 1)
	}
	req.Limits.Format = req.Format
	src, err := req.open()
	if err != nil {
		return nil, short(err, req.Root, 0)
	}
	defer src.close()
	if err := p.stage(ctx, req, src); err != nil {
		p.Discard()
		return nil, short(err, req.Root, src.size())
	}
	return p, nil
}

func (req *Request) check() error {
	given := 0
	for _, s := range []string{req.Archive, req.File, req.From} {
		if s != "" {
			given++
		}
	}
	rel, err := filepath.Rel(req.Root, req.Dir)
	switch {
	case given != 1:
		return errors.New("one of archive, file and result to copy must be given")
	case req.JobID == "" || checkName(req.JobID) != "" || strings.Contains(req.JobID, "/"):
		return fmt.Errorf("job ID %q is not a file name", req.JobID)
	case req.Name == "" || req.Name != filepath.Base(req.Name) || req.Name == "." || req.Name == "..":
		return fmt.Errorf("%q is not a file name", req.Name)
	case !filepath.IsAbs(req.Root) || !filepath.IsAbs(req.Dir) || err != nil || !filepath.IsLocal(rel):
		return fmt.Errorf("%s does not lie below %s", req.Dir, req.Root)
	}
	for _, e := range req.Extra {
		if reason := checkName(e.Place); reason != "" || strings.HasSuffix(e.Place, "/") {
			return fmt.Errorf("%q cannot be a place in a result: %s", e.Place, reason)
		}
	}
	return nil
}

// stem is the source's name without its extension, short enough for a folder.
func stem(name string) string {
	const most = elementMax - len(suffix)
	s := strings.TrimSuffix(name, path.Ext(name))
	if len(name) > len(".prompt.txt") && strings.EqualFold(name[len(name)-len(".prompt.txt"):], ".prompt.txt") {
		s = name[:len(name)-len(".prompt.txt")]
	}
	if s == "" {
		s = name
	}
	return clip(s, most)
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// content is what a result is made of.
type content struct {
	items []item
	main  string
	file  *os.File // kept open for the items
}

func (c *content) size() int64 {
	var sum int64
	for _, it := range c.items {
		sum += it.size
	}
	return sum
}

func (c *content) close() {
	if c.file != nil {
		c.file.Close()
	}
}

// open checks the request's source and lays its files out.
func (req *Request) open() (c *content, err error) {
	switch {
	case req.Archive != "":
		c, err = req.openArchive()
	case req.File != "":
		c, err = req.openFile()
	default:
		c, err = req.openResult()
	}
	if err != nil {
		return nil, err
	}
	for _, e := range req.Extra {
		it, err := fileItem(e.Place, e.Path)
		if err != nil {
			c.close()
			return nil, err
		}
		c.items = append(c.items, it)
	}
	return c, nil
}

func (req *Request) openArchive() (*content, error) {
	f, err := os.Open(req.Archive)
	if err != nil {
		return nil, err
	}
	listing, err := checkFile(f, req.Limits)
	if err != nil {
		f.Close()
		return nil, err
	}
	names := make([]string, len(listing.Files))
	for i, e := range listing.Files {
		names[i] = e.Name
	}
	lay := arrange(names, stem(req.Name), req.Format)
	return &content{items: archiveItems(f, listing, lay), main: lay.main, file: f}, nil
}

func (req *Request) openFile() (*content, error) {
	main := portable(stem(req.Name)) + strings.ToLower(req.FileExt)
	it, err := fileItem(main, req.File)
	if err == nil && it.size == 0 {
		err = &ArchiveError{Reason: "the file is empty", Damaged: true}
	}
	if err != nil {
		return nil, err
	}
	return &content{items: []item{it}, main: main}, nil
}

// openResult copies a published result; only its main layer gets another name.
func (req *Request) openResult() (*content, error) {
	s, err := ReadSidecar(req.From)
	if unreadable(err) || errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoCopy, err)
	}
	if had := s.Options["format"]; had != "" && had != req.Format && (had != "all" || req.Format != "usd") {
		return nil, fmt.Errorf("%w: it was fetched as %s, and %s is wanted", ErrNoCopy, had, req.Format)
	}
	folder, base := path.Split(s.Main)
	main := folder + portable(stem(req.Name)) + path.Ext(base)
	if main != s.Main && (s.has(main) || checkNameUpTo(main, placeMax) != "") {
		main = s.Main
	}
	c := &content{main: main}
	for _, f := range s.Files {
		if s.simulated(f.Path) {
			continue // a job of its own, see PrepareAddition
		}
		it := resultItem(req.From, f)
		if f.Path == s.Main {
			it.place = main
		}
		c.items = append(c.items, it)
	}
	return c, nil
}

// resultItem is a file of the published result in dir.
func resultItem(dir string, f FileInfo) item {
	return item{place: f.Path, size: f.Size, sha256: f.SHA256, name: filepath.Join(dir, filepath.FromSlash(f.Path)), open: func() (io.ReadCloser, error) {
		return openBelow(dir, f.Path)
	}}
}

// openBelow opens a regular file below dir, wherever links lead.
func openBelow(dir, place string) (io.ReadCloser, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name := filepath.FromSlash(place)
	if info, err := root.Lstat(name); errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", place, ErrNoCopy)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// stage writes the content and the sidecar into the staging folder.
func (p *Prepared) stage(ctx context.Context, req Request, c *content) error {
	s := req.Sidecar
	s.Main = c.main
	if req.Format == "all" && !slices.ContainsFunc(c.items, func(it item) bool { return strings.HasPrefix(it.place, "mjcf/") }) {
		s.Notes = append(s.Notes, noMJCF)
	}
	return p.fill(ctx, s, c.items)
}

// fill writes the items into a new staging folder, and the sidecar with their
// descriptions.
func (p *Prepared) fill(ctx context.Context, s Sidecar, items []item) error {
	if err := os.RemoveAll(p.target.Staging); err != nil {
		return err
	}
	if err := makeStaging(p.root, p.target.Staging); err != nil {
		return err
	}
	root, err := os.OpenRoot(p.target.Staging)
	if err != nil {
		return err
	}
	defer root.Close()
	if s.Files, err = extract(ctx, root, items); err != nil {
		return err
	}
	data, err := s.marshal()
	if err != nil {
		return err
	}
	if _, err := parseSidecar(data); err != nil { // or it would never be known again as ours
		return fmt.Errorf("sidecar: %w", err)
	}
	if err := writeNew(root, sidecarName, data); err != nil {
		return err
	}
	p.target.Digest = digest(data)
	return durable.SyncTree(p.target.Staging)
}

func writeNew(root *os.Root, name string, data []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), durable.Sync(f)); err != nil {
		return err
	}
	return f.Close()
}

// noMJCF is the note of a result that was asked for in all formats.
const noMJCF = "the provider had no MJCF for this asset: this is the USD alone"

// makeStaging makes a job's staging folder. Another job that ended just now may
// Tidy away the folder above it: then once more.
func makeStaging(root, path string) error {
	for attempt := 1; ; attempt++ {
		if err := makeState(root); err != nil {
			return err
		}
		err := os.Mkdir(path, 0o700)
		if !errors.Is(err, fs.ErrNotExist) || attempt == 3 {
			return err
		}
	}
}

// makeState makes Root/.simdrop/staging and refuses links on the way.
func makeState(root string) error {
	for _, dir := range []string{filepath.Join(root, stateFolder), filepath.Join(root, stateFolder, stagingFolder)} {
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if info, err := os.Lstat(dir); err != nil {
			return err
		} else if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", dir)
		}
	}
	return nil
}
