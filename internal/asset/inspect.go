package asset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of one asset.
const (
	maxMembers = 20_000
	maxAllRefs = 500_000
)

// readers find the references of the formats that have any.
var readers = map[Format]func(r io.ReaderAt, size int64, name string) ([]rawRef, error){
	"obj":  objRefs,
	"mtl":  mtlRefs,
	"gltf": gltfRefs,
	"glb":  glbRefs,
	"fbx":  fbxRefs,
	"usd":  usdRefs,
	"usda": usdRefs,
	"usdc": usdRefs,
	"mtlx": mtlxRefs,
}

// isReferrer tells whether files of a format refer to others.
func isReferrer(f Format) bool { return readers[f] != nil }

// Inspect reads a primary and everything it refers to, all the way down, and
// says what its bundle holds and what is missing.
//
// Both paths are absolute, primary below root; nothing outside root is read, and
// links are followed only inside it. For one picture of an image set the set is
// returned: its Primary may then be another picture than the one asked for.
//
// The error is an *InvalidError when a file cannot be what its name says, and
// else that of the system, wrapped: fs.ErrNotExist, fs.ErrPermission and so on.
func Inspect(ctx context.Context, root, primary string) (*Asset, error) {
	root, primary = filepath.Clean(root), filepath.Clean(primary)
	rel, err := filepath.Rel(root, primary)
	if err != nil || !filepath.IsLocal(rel) || !filepath.IsAbs(root) || rel == "." {
		return nil, fmt.Errorf("inspect %s: it does not lie below %s", primary, root)
	}
	format, kind, ok := FormatOf(primary)
	if !ok {
		return nil, &InvalidError{Path: primary, Reason: fmt.Sprintf("%q is no name of an asset", filepath.Base(primary))}
	}
	d, err := openDisk(ctx, root)
	if err != nil {
		return nil, fmt.Errorf("inspect %s: %w", primary, err)
	}
	defer d.Close()
	a := &Asset{Root: root, Primary: primary, Kind: kind, Format: format}
	c := &collector{ctx: ctx, tree: d, top: root, primary: filepath.ToSlash(rel)}
	if d.outsideLink(c.primary) {
		return nil, &InvalidError{Path: primary, Reason: errOutside.Error()}
	}
	switch kind {
	case Images:
		err = c.imageSet()
		a.Primary = c.abs(c.primary)
		a.Format, _, _ = FormatOf(a.Primary)
	case Prompts:
		err = c.prompt()
	default:
		err = c.collect()
	}
	if err != nil {
		return nil, fmt.Errorf("inspect %s: %w", primary, err)
	}
	a.Refs = c.refs
	a.Missing = c.missing
	slices.Sort(a.Missing)
	a.Missing = slices.Compact(a.Missing)
	if a.Members, err = c.layOut(); err != nil {
		return nil, fmt.Errorf("inspect %s: %w", primary, err)
	}
	return a, nil
}

// collector gathers one asset from a tree.
type collector struct {
	ctx       context.Context
	tree      tree
	top       string // the tree's top on disk; in archives only for messages
	primary   string // tree name
	inArchive bool

	members []*member
	byName  map[string]*member
	links   []link
	refs    []Ref
	missing []string
}

// member is a file of the asset, with the name it has in the tree.
type member struct {
	name   string
	format Format // by which it is read
	need   int64
	place  string
	edits  []Edit
}

// link is a reference that found its file.
type link struct {
	from, to *member
	ref      *rawRef
}

func (c *collector) has(name string) bool { return c.byName[name] != nil }

func (c *collector) abs(name string) string {
	return filepath.Join(c.top, filepath.FromSlash(name))
}

func (c *collector) add(name string, format Format) *member {
	if m := c.byName[name]; m != nil {
		return m
	}
	m := &member{name: name, format: format}
	if c.byName == nil {
		c.byName = map[string]*member{}
	}
	c.members = append(c.members, m)
	c.byName[name] = m
	return m
}

// collect follows the references breadth first: members grows meanwhile.
func (c *collector) collect() error {
	c.add(c.primary, companionFormat(c.primary))
	res := &resolver{tree: c.tree, primary: c.primary}
	for i := 0; i < len(c.members); i++ {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if len(c.members) > maxMembers || len(c.refs) > maxAllRefs {
			return &InvalidError{Path: c.abs(c.primary), Reason: "it refers to more files than any asset has"}
		}
		if err := c.read(res, c.members[i], i == 0); err != nil {
			return err
		}
	}
	return nil
}

// read finds and resolves the references of one member.
func (c *collector) read(res *resolver, m *member, primary bool) error {
	if !primary && readers[m.format] == nil {
		return nil
	}
	f, err := c.tree.open(m.name)
	if err != nil {
		if !primary && errors.Is(err, errTooLarge) {
			return nil
		}
		return err
	}
	defer f.Close()
	refs, err := c.rawRefs(f, m, primary)
	if err != nil {
		var invalid *InvalidError
		if errors.As(err, &invalid) && invalid.Path == "" {
			return &InvalidError{Path: c.abs(m.name), Reason: c.tell(m, invalid.Reason)}
		}
		return fmt.Errorf("read %s: %w", c.abs(m.name), err)
	}
	for i := range refs {
		if err := c.take(res, m, &refs[i]); err != nil {
			return err
		}
	}
	return nil
}

// tell names the companion that a reason is about.
func (c *collector) tell(m *member, reason string) string {
	if m == c.members[0] {
		return reason
	}
	return fmt.Sprintf("%s, which it refers to: %s", path.Base(m.name), reason)
}

func (c *collector) rawRefs(f file, m *member, primary bool) ([]rawRef, error) {
	if primary {
		v, err := Whole(m.name, f, f.Size())
		if err != nil {
			return nil, err
		}
		if v.State == NotWhole {
			return nil, &InvalidError{Reason: v.Reason}
		}
		if m.format == "zip" {
			return nil, c.inspectZIP(f)
		}
		if m.format == "usdz" {
			return nil, checkUSDZ(c.ctx, f)
		}
	}
	read := readers[m.format]
	if read == nil || f.Size() == 0 {
		return nil, nil
	}
	return read(f, f.Size(), m.name)
}

// take resolves one reference and notes what came of it.
func (c *collector) take(res *resolver, m *member, ref *rawRef) error {
	out := Ref{From: c.abs(m.name), Where: ref.where, Raw: ref.raw}
	if len(ref.names) == 0 || isRemote(ref.raw) {
		return nil
	}
	if ref.embedded {
		out.How = Embedded
		c.refs = append(c.refs, out)
		return nil
	}
	if ref.set == nil {
		ref.set = udimSet(ref.names[0].text)
	}
	a, err := res.resolve(m.name, ref)
	if err != nil {
		return err
	}
	if len(a.names) == 0 && len(ref.instead) > 0 {
		for i := range ref.instead {
			part := &ref.instead[i]
			part.sameStem = ref.sameStem
			if err := c.take(res, m, part); err != nil {
				return err
			}
		}
		return nil
	}
	out.How, out.Note = a.how, a.note
	if len(a.names) == 0 {
		if !ref.optional {
			out.Missing = c.missingName(m.name, ref.names[0].text)
			c.missing = append(c.missing, out.Missing)
			for _, name := range a.near {
				out.Near = append(out.Near, c.abs(name))
			}
			c.refs = append(c.refs, out)
		}
		return nil
	}
	for _, name := range a.names {
		format := ref.as
		if format == "" {
			format = companionFormat(name)
		}
		to := c.add(name, format)
		to.need = max(to.need, ref.need)
		out.Path = c.abs(name)
		c.links = append(c.links, link{m, to, ref})
		c.refs = append(c.refs, out)
	}
	return nil
}

// missingName says where a file was expected: relative to the primary's folder,
// and as written when that is above the top or somewhere else.
func (c *collector) missingName(from, text string) string {
	text = slashed(text)
	if isAbsolute(text) {
		return text
	}
	name := path.Join(path.Dir(from), text)
	if name == ".." || strings.HasPrefix(name, "../") {
		return text
	}
	if c.inArchive {
		return name
	}
	return relative(path.Dir(c.primary), name)
}

// relative is the slash path that leads from a folder to a name, both below the
// same top.
func relative(dir, name string) string {
	var from []string
	if dir != "." {
		from = strings.Split(dir, "/")
	}
	to := strings.Split(name, "/")
	for len(from) > 0 && len(to) > 1 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	return strings.Repeat("../", len(from)) + strings.Join(to, "/")
}

// checkUSDZ looks into a package, which holds all it needs: there must be a
// layer to open.
func checkUSDZ(ctx context.Context, f file) error {
	z, err := openZIP(f, f.Size())
	if err != nil {
		return err
	}
	t, err := newInside(ctx, f, z)
	if err != nil {
		return err
	}
	for name := range t.files {
		switch companionFormat(name) {
		case "usd", "usda", "usdc":
			return nil
		}
	}
	return invalidf("it holds no USD layer")
}

// outsideLink tells whether the way to a name leads out of the tree, or whether
// its last element does.
func (d *disk) outsideLink(name string) bool {
	dir := "."
	for elem := range strings.SplitSeq(name, "/") {
		full := path.Join(dir, elem)
		info, err := d.root.Lstat(filepath.FromSlash(d.follow(full)))
		if err != nil {
			return false
		}
		if info.Mode()&fs.ModeSymlink != 0 && d.linkKind(full) == isOutside {
			return true
		}
		dir = full
	}
	return false
}
