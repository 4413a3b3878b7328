package asset

import "slices"

// Owners knows which file belongs to which asset. A file that another asset
// refers to is a companion, never a job of its own: a layer that a USD pulls in,
// a texture in a folder of pictures.
//
// The zero value is empty and ready. It is not safe for concurrent use.
type Owners struct {
	members map[string][]string            // primary → its other files
	owners  map[string]map[string]struct{} // file → primaries that hold it
}

// Put notes what an asset holds, in place of what was known about its primary.
func (o *Owners) Put(a *Asset) {
	o.Remove(a.Primary)
	if o.members == nil {
		o.members = map[string][]string{}
		o.owners = map[string]map[string]struct{}{}
	}
	var files []string
	for _, m := range a.Members {
		if m.Path == a.Primary {
			continue
		}
		files = append(files, m.Path)
		if o.owners[m.Path] == nil {
			o.owners[m.Path] = map[string]struct{}{}
		}
		o.owners[m.Path][a.Primary] = struct{}{}
	}
	o.members[a.Primary] = files
}

// Remove forgets an asset.
func (o *Owners) Remove(primary string) {
	for _, file := range o.members[primary] {
		delete(o.owners[file], primary)
		if len(o.owners[file]) == 0 {
			delete(o.owners, file)
		}
	}
	delete(o.members, primary)
}

// OwnedBy returns the primary of an asset that file is a companion of: of
// several the first by name, those first that are not companions themselves.
// Assets that refer to each other belong to the first of them by name.
func (o *Owners) OwnedBy(file string) (primary string, ok bool) {
	owned := false
	for p := range o.owners[file] {
		if !o.owns(p, file) {
			continue
		}
		top := !o.isOwned(p)
		if !ok || top && owned || top != owned && p < primary {
			primary, ok, owned = p, true, !top
		}
	}
	return primary, ok
}

func (o *Owners) isOwned(file string) bool {
	for p := range o.owners[file] {
		if o.owns(p, file) {
			return true
		}
	}
	return false
}

// owns tells whether primary holds file and not, earlier by name, the other way
// round.
func (o *Owners) owns(primary, file string) bool {
	_, mutual := o.owners[primary][file]
	return !mutual || primary < file
}

// Owned returns the files that belong to the asset of this primary, besides the
// primary itself.
func (o *Owners) Owned(primary string) []string { return slices.Clone(o.members[primary]) }
