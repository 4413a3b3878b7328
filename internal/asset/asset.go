// Package asset knows what an artist's files mean: which of them are primaries
// (the file one opens), which other files a primary refers to (its companions),
// and whether a file can be complete at all.
//
// It reads files and judges them; it never writes, waits or watches. Every file
// is foreign: each reader bounds size, depth and count, and nothing above the
// watched root is ever read.
package asset

// Kind groups formats the way the configuration's watch[].accept does.
type Kind string

// The kinds of asset.
const (
	Models  Kind = "models"
	Images  Kind = "images"
	Prompts Kind = "prompts"
)

// Format is a primary's extension in lower case without the dot, "jpg" for
// ".jpeg" and "prompt" for ".prompt.txt".
type Format string

// Asset is one primary with all it needs, as found on disk at one moment.
type Asset struct {
	// Root is the folder above which nothing was read.
	Root string
	// Primary is the absolute path of the file one opens.
	Primary string
	Kind    Kind
	Format  Format
	// Members are the files of the bundle: the primary first, then the
	// companions in the order of their places; the pictures of an image set in
	// the order front, right, back, left.
	Members []Member
	// Refs are all references found, in the order of the files and of the
	// places in them.
	Refs []Ref
	// Missing names what the asset refers to and nothing answers: slash paths
	// relative to the primary's folder; absolute ones and those that climb above
	// Root as written, with \ shown as /. Inside a ZIP they are relative to its
	// top. Sorted, without duplicates.
	Missing []string
}

// Member is one file of an asset.
type Member struct {
	// Path is where the file lies: absolute, in the system's form.
	Path string
	// Place is where it lies in the bundle: a clean slash path below the
	// archive root, which is the folder common to all members.
	Place string
	// Edits are the references to rewrite in the bundle's copy, because they
	// were resolved by other means than their own text. The source is never
	// changed.
	Edits []Edit
	// Need is the least size in bytes that the file referring to it asks for
	// (glTF: a buffer's byteLength); 0 when nothing is known.
	Need int64
}

// Edit replaces the bytes [Offset, Offset+Length) of a member by Text.
type Edit struct {
	Offset, Length int64
	Text           string
}

// Ref is one place in a file that names another file.
type Ref struct {
	// From is the absolute path of the file that holds the reference.
	From string
	// Where is the place in it, for people: "line 12", "/images/0/uri",
	// "/World/mat/tex.inputs:file".
	Where string
	// Raw is the reference as written.
	Raw string
	// Path is the absolute path of the file that answers it, empty when none does.
	Path string
	// How says by what rule it was found.
	How How
	// Missing is the entry of Asset.Missing that this reference is behind, empty
	// when something answers it.
	Missing string
	// Note says, for people, why nothing answers where there is more to say than
	// that no such file exists: two candidates, a way out of the watched folder,
	// and after Advise a file of that name somewhere near.
	Note string
	// Near are the absolute paths of files that may be meant, between which nothing
	// but a person can decide; best first.
	Near []string
}

// How is the rule by which a reference was resolved.
type How string

// The rules, in the order in which they are tried.
const (
	Exact      How = "exact"
	Backslash  How = "backslash"        // \ counted as /
	RawURI     How = "raw-uri"          // glTF: taken undecoded
	ObjDir     How = "obj-dir"          // MTL: relative to the OBJ instead of the MTL
	CaseFold   How = "case-insensitive" // another case
	Unicode    How = "unicode-form"     // composed or decomposed accents
	BaseName   How = "folder"           // base name in the primary's or a texture folder
	Suffix     How = "suffix"           // tail of an absolute or broken path
	SameStem   How = "same-stem"        // OBJ: the .mtl of the same name
	Embedded   How = "embedded"         // inside the file: no companion needed
	Unresolved How = "unresolved"
)

// InvalidError says that a file cannot be what its name says: empty, cut short
// or not parseable. It may still be on its way, so the watcher waits a while
// before it believes it.
type InvalidError struct {
	Path   string
	Reason string // lower case, for people: "the header says 10048 bytes, the file has 6000"
}

func (e *InvalidError) Error() string { return e.Reason }
