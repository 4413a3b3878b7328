package asset

import (
	"bytes"
	"io"
	"strings"
)

// fbxScene is what of an FBX matters here: its pictures and how they hang
// together.
type fbxScene struct {
	media   []*fbxMedia
	parents map[string][]string // connections from child to parents
	links   int
}

// fbxMedia is one Texture or Video node. A Texture says how a picture is used, a
// Video is the picture, perhaps with its content; both name the file.
type fbxMedia struct {
	id       string
	video    bool
	relative string // RelativeFilename
	file     string // FileName: where it was on the machine that wrote it
	clip     string // Texture: Media, the name of its Video
	content  bool
	where    string
}

// Bounds of a scene.
const (
	maxFBXMedia  = 100_000
	maxFBXLinks  = 2_000_000
	maxFBXString = 32 << 10
)

// fbxRefs finds the pictures of an FBX, binary or text.
func fbxRefs(r io.ReaderAt, size int64, _ string) ([]rawRef, error) {
	scene := &fbxScene{parents: map[string][]string{}}
	var err error
	if isBinaryFBX(r) {
		_, err = walkFBX(r, size, scene)
	} else {
		_, err = scanFBX(io.NewSectionReader(r, 0, size), scene)
	}
	if err != nil {
		return nil, err
	}
	return scene.refs(), nil
}

func isBinaryFBX(r io.ReaderAt) bool {
	var h [len(fbxMagic)]byte
	n, _ := r.ReadAt(h[:], 0)
	return n == len(h) && string(h[:]) == fbxMagic
}

// checkFBX proves a binary FBX by its chain of records and its footer. The text
// form can only show that it is cut short.
func checkFBX(r io.ReaderAt, size int64) (Verdict, error) {
	if isBinaryFBX(r) {
		footer, err := walkFBX(r, size, nil)
		if err != nil {
			return Verdict{}, err
		}
		if !footer {
			return Verdict{Soft: "it lacks the footer that FBX files end with"}, nil
		}
		return Verdict{State: Proved}, nil
	}
	var h [64]byte
	n, _ := r.ReadAt(h[:], 0)
	if bytes.IndexByte(h[:n], 0) >= 0 {
		return Verdict{}, invalidf("it does not start as an FBX file")
	}
	blocks, err := scanFBX(io.NewSectionReader(r, 0, size), nil)
	if err != nil {
		return Verdict{}, err
	}
	if blocks == 0 {
		return Verdict{}, invalidf("it holds no node of an FBX file")
	}
	return checkText(r, size)
}

// field takes what a child of a Texture or Video node says.
func (m *fbxMedia) field(name, value string) {
	switch {
	case strings.EqualFold(name, "RelativeFilename"):
		m.relative = value
	case strings.EqualFold(name, "FileName"):
		m.file = value
	case strings.EqualFold(name, "Media"):
		m.clip = fbxID(value)
	case strings.EqualFold(name, "Content"):
		m.content = m.content || value != ""
	}
}

// fbxID makes names comparable: binary files write "chair\x00\x01Video" where
// text ones write "Video::chair".
func fbxID(s string) string {
	if name, class, ok := strings.Cut(s, "\x00\x01"); ok {
		return class + "::" + name
	}
	return s
}

func (s *fbxScene) connect(child, parent string) {
	if s.links++; s.links <= maxFBXLinks {
		s.parents[child] = append(s.parents[child], parent)
	}
}

// refs makes one reference of each Texture with its Videos, and one of each
// Video that belongs to none.
func (s *fbxScene) refs() []rawRef {
	textures := map[string]*fbxPicture{}
	embedded := map[string]bool{}
	var pictures []*fbxPicture
	for _, m := range s.media {
		if m.video && m.content {
			for _, n := range m.names() {
				embedded[strings.ToLower(n)] = true
			}
		}
		if !m.video {
			p := &fbxPicture{media: []*fbxMedia{m}}
			pictures = append(pictures, p)
			textures[m.id] = p
		}
	}
	clips := map[string][]*fbxPicture{}
	for _, p := range pictures {
		if clip := p.media[0].clip; clip != "" {
			clips[clip] = append(clips[clip], p)
		}
	}
	for _, m := range s.media {
		if !m.video {
			continue
		}
		users := clips[m.id]
		for _, id := range s.parents[m.id] {
			if p := textures[id]; p != nil {
				users = append(users, p)
			}
		}
		if len(users) == 0 {
			users = []*fbxPicture{{}}
			pictures = append(pictures, users[0])
		}
		for _, p := range users {
			p.media = append(p.media, m)
		}
	}
	return uniquePictures(pictures, embedded)
}

// fbxPicture is all that an FBX says about one picture.
type fbxPicture struct{ media []*fbxMedia }

func uniquePictures(pictures []*fbxPicture, embedded map[string]bool) []rawRef {
	var refs []rawRef
	seen := map[string]bool{}
	for _, p := range pictures {
		ref := p.ref(embedded)
		if len(ref.names) == 0 {
			continue
		}
		var key strings.Builder
		for _, n := range ref.names {
			key.WriteString(n.text)
			key.WriteByte(0)
		}
		if !seen[key.String()] && len(refs) < maxRefs {
			seen[key.String()] = true
			refs = append(refs, ref)
		}
	}
	return refs
}

func (p *fbxPicture) ref(embedded map[string]bool) rawRef {
	var ref rawRef
	for _, m := range p.media {
		ref.embedded = ref.embedded || m.content
		for _, text := range m.names() {
			ref.embedded = ref.embedded || embedded[strings.ToLower(text)]
			ref.add(text, m.where)
		}
	}
	return ref
}

func (r *rawRef) add(text, where string) {
	how := Exact
	if strings.Contains(text, `\`) {
		how = Backslash
	}
	n := name{slashed(trimFileScheme(text)), how}
	for _, known := range r.names {
		if known.text == n.text {
			return
		}
	}
	if len(r.names) == 0 {
		r.raw, r.where = text, where
	}
	r.names = append(r.names, n)
}

// names are what the node calls its file, the relative one first.
func (m *fbxMedia) names() []string {
	var out []string
	for _, text := range []string{m.relative, m.file} {
		text = strings.TrimSpace(text)
		if text != "" && !strings.HasSuffix(text, `\`) && !strings.HasSuffix(text, "/") {
			out = append(out, text)
		}
	}
	return out
}
