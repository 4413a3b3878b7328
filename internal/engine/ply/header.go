package ply

import (
	"strings"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// kind is a property's type.
type kind int

const (
	int8Kind kind = iota
	uint8Kind
	int16Kind
	uint16Kind
	int32Kind
	uint32Kind
	float32Kind
	float64Kind
)

// kinds are the types by both of their names.
var kinds = map[string]kind{
	"char": int8Kind, "int8": int8Kind, "uchar": uint8Kind, "uint8": uint8Kind,
	"short": int16Kind, "int16": int16Kind, "ushort": uint16Kind, "uint16": uint16Kind,
	"int": int32Kind, "int32": int32Kind, "uint": uint32Kind, "uint32": uint32Kind,
	"float": float32Kind, "float32": float32Kind, "double": float64Kind, "float64": float64Kind,
}

// sizes in bytes, by kind.
var sizes = [...]int64{1, 1, 2, 2, 4, 4, 4, 8}

type header struct {
	format   string
	texture  string
	elements []element
}

type element struct {
	name  string
	count int
	props []property
}

type property struct {
	name  string
	kind  kind
	list  bool
	count kind // of the list's length
}

const (
	maxHeaderLines = 10_000
	maxProperties  = 1000
)

func readHeader(name string, lines *text.Lines) (*header, error) {
	line, ok := lines.Next()
	first := text.Fields(line)
	if !ok || string(first.Rest()) != "ply" {
		return nil, scene.Refuse("%s is no PLY file: it does not begin with \"ply\"", name)
	}
	h := new(header)
	for n := 0; n < maxHeaderLines; n++ {
		line, ok := lines.Next()
		if !ok {
			return nil, scene.Refuse("%s is cut short: its header does not end", name)
		}
		f := text.Fields(line)
		word := string(f.Word())
		if word == "end_header" {
			if h.format == "" {
				return nil, scene.Refuse("%s is damaged: its header names no format", name)
			}
			return h, nil
		}
		if !h.statement(word, f) {
			return nil, scene.Refuse("%s is damaged: line %d of its header cannot be read", name, lines.Number())
		}
	}
	return nil, scene.Refuse("%s has a header of more than %d lines", name, maxHeaderLines)
}

func (h *header) statement(word string, f text.Fields) bool {
	switch word {
	case "format":
		h.format = string(f.Word())
		return h.format == "ascii" || h.format == "binary_little_endian" || h.format == "binary_big_endian"
	case "comment":
		if strings.EqualFold(string(f.Word()), "TextureFile") && h.texture == "" {
			h.texture = strings.ReplaceAll(string(f.Rest()), `\`, "/")
		}
	case "element":
		e := element{name: string(f.Word())}
		count, ok := f.Int()
		if !ok || count < 0 {
			return false
		}
		e.count = count
		h.elements = append(h.elements, e)
	case "property":
		return h.property(f)
	}
	return true
}

func (h *header) property(f text.Fields) bool {
	if len(h.elements) == 0 {
		return false
	}
	e := &h.elements[len(h.elements)-1]
	var p property
	var ok, okCount = false, true
	word := string(f.Word())
	if word == "list" {
		p.list = true
		p.count, okCount = kinds[string(f.Word())]
		word = string(f.Word())
	}
	p.kind, ok = kinds[word]
	p.name = string(f.Word())
	e.props = append(e.props, p)
	return ok && okCount && len(e.props) <= maxProperties
}
