package asset

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
)

// mtlxRefs finds the pictures of a MaterialX document (specification 1.39): the
// values of inputs of type filename, with the fileprefix of the elements around
// them, and the documents it includes.
func mtlxRefs(r io.ReaderAt, size int64, _ string) ([]rawRef, error) {
	dec := xml.NewDecoder(io.NewSectionReader(r, 0, size))
	dec.Strict = false
	prefixes := []string{""}
	var refs []rawRef
	for len(refs) < maxRefs {
		token, err := dec.Token()
		if err == io.EOF {
			return refs, nil
		}
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) {
			return nil, invalidf("it is no MaterialX document: %s", syntax.Msg)
		}
		if err != nil {
			return nil, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if len(prefixes) > 1000 {
				return nil, invalidf("it is nested too deeply")
			}
			prefix := prefixes[len(prefixes)-1]
			if p := attribute(e, "fileprefix"); p != "" {
				prefix = p
			}
			prefixes = append(prefixes, prefix)
			line, _ := dec.InputPos()
			text := ""
			switch {
			case attribute(e, "type") == "filename" && attribute(e, "value") != "":
				text = prefix + attribute(e, "value")
			case e.Name.Local == "include":
				text = attribute(e, "href")
			}
			if text != "" {
				refs = append(refs, rawRef{where: lineWhere(line), raw: text, names: readings(trimFileScheme(text), Exact)})
			}
		case xml.EndElement:
			prefixes = prefixes[:max(1, len(prefixes)-1)]
		}
	}
	return refs, nil
}

func attribute(e xml.StartElement, name string) string {
	if i := slices.IndexFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == name }); i >= 0 {
		return e.Attr[i].Value
	}
	return ""
}
