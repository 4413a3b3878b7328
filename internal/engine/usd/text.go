package usd

import (
	"context"
	"io"
)

// Write writes the layer as text. It stops early with the context's error.
func Write(ctx context.Context, w io.Writer, l *Layer) error {
	p := newPrinter(ctx, w)
	p.text("#usda 1.0\n(\n")
	for _, e := range l.Meta {
		p.meta(e, 1)
	}
	p.text(")\n")
	for _, q := range l.Prims {
		p.text("\n")
		p.prim(q, 0)
	}
	return p.finish()
}

// meta prints one metadata field of a layer, prim or attribute.
func (p *printer) meta(e Entry, depth int) {
	p.indent(depth)
	p.text(e.Name)
	p.text(" = ")
	// Text form writes tokens of metadata as strings.
	if t, ok := e.Value.(Token); ok {
		p.quote(string(t))
	} else {
		p.value(e.Value, depth)
	}
	p.text("\n")
}

func (p *printer) prim(q *Prim, depth int) {
	p.indent(depth)
	p.text("def ")
	p.text(q.Type)
	p.text(" ")
	p.quote(q.Name)
	if len(q.API)+len(q.Meta) > 0 {
		p.text(" (\n")
		if len(q.API) > 0 {
			p.indent(depth + 1)
			p.text("prepend apiSchemas = ")
			p.value(Tokens(q.API), depth)
			p.text("\n")
		}
		for _, e := range q.Meta {
			p.meta(e, depth+1)
		}
		p.indent(depth)
		p.text(")")
	}
	p.text("\n")
	p.indent(depth)
	p.text("{\n")
	for i := range q.Attrs {
		p.attr(&q.Attrs[i], depth+1)
	}
	for i := range q.Rels {
		p.rel(&q.Rels[i], depth+1)
	}
	for i, c := range q.Children {
		if i > 0 || len(q.Attrs)+len(q.Rels) > 0 {
			p.text("\n")
		}
		p.prim(c, depth+1)
	}
	p.indent(depth)
	p.text("}\n")
}

func (p *printer) attr(a *Attr, depth int) {
	p.indent(depth)
	if a.Uniform {
		p.text("uniform ")
	}
	p.text(a.Type)
	p.text(" ")
	p.text(a.Name)
	if a.Connect != "" {
		p.text(".connect = <")
		p.text(a.Connect)
		p.text(">\n")
		return
	}
	if a.Value != nil {
		p.text(" = ")
		p.value(a.Value, depth)
	}
	if len(a.Meta) > 0 {
		p.text(" (\n")
		for _, e := range a.Meta {
			p.meta(e, depth+1)
		}
		p.indent(depth)
		p.text(")")
	}
	p.text("\n")
}

func (p *printer) rel(r *Rel, depth int) {
	p.indent(depth)
	p.text("rel ")
	p.text(r.Name)
	p.text(" = ")
	if len(r.Targets) != 1 {
		p.text("[")
	}
	for i, t := range r.Targets {
		if i > 0 {
			p.text(", ")
		}
		p.text("<")
		p.text(t)
		p.text(">")
	}
	if len(r.Targets) != 1 {
		p.text("]")
	}
	p.text("\n")
}
