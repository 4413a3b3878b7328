// Package usd is a USD layer as typed data, and its text form.
//
// The layer is data so that it can be checked before it is written; the text is the
// "usda" form of OpenUSD, which may stand in a file called .usd. Writing is
// deterministic and streams: arrays go from their slices to the writer.
//
// Only what a single self-contained layer needs is here: no composition, no time
// samples, no variants.
package usd

// Layer is one file.
type Layer struct {
	// Meta is the layer's own metadata: defaultPrim, upAxis, metersPerUnit, ….
	Meta  Dict
	Prims []*Prim
}

// Prim is a "def" of some type.
type Prim struct {
	Type     string // "Xform", "Mesh", …
	Name     string
	Meta     Dict     // kind, …
	API      []string // applied API schemas, in order
	Attrs    []Attr
	Rels     []Rel
	Children []*Prim
}

// Attr is an attribute: a typed value, a connection, or a bare declaration.
type Attr struct {
	Name    string
	Type    string // USD's name of the value type: "float", "point3f[]", …
	Uniform bool
	Value   Value  // nil for none
	Connect string // path of the attribute it takes its value from, "" for none
	Meta    Dict   // interpolation, …
}

// Rel is a relationship to prims.
type Rel struct {
	Name    string
	Targets []string // absolute paths
}

// Dict is an ordered dictionary.
type Dict []Entry

// Entry is one value of a dictionary.
type Entry struct {
	Name  string
	Value Value
}

// Get returns the value of that name, or nil.
func (d Dict) Get(name string) Value {
	for _, e := range d {
		if e.Name == name {
			return e.Value
		}
	}
	return nil
}

// Attr returns the attribute of that name, or nil.
func (p *Prim) Attr(name string) *Attr {
	for i := range p.Attrs {
		if p.Attrs[i].Name == name {
			return &p.Attrs[i]
		}
	}
	return nil
}

// Rel returns the relationship of that name, or nil.
func (p *Prim) Rel(name string) *Rel {
	for i := range p.Rels {
		if p.Rels[i].Name == name {
			return &p.Rels[i]
		}
	}
	return nil
}

// Has reports that the API schema is applied.
func (p *Prim) Has(api string) bool {
	for _, a := range p.API {
		if a == api {
			return true
		}
	}
	return false
}

// Walk calls f for every prim, parents first, with its path and its ancestors,
// nearest last.
func (l *Layer) Walk(f func(path string, p *Prim, above []*Prim)) {
	var walk func(prefix string, prims, above []*Prim)
	walk = func(prefix string, prims, above []*Prim) {
		for _, p := range prims {
			path := prefix + "/" + p.Name
			f(path, p, above)
			walk(path, p.Children, append(above[:len(above):len(above)], p))
		}
	}
	walk("", l.Prims, nil)
}
