package asset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"strings"

	"simdrop/internal/asset/usdref"
)

// The first bytes of the two forms of USD. A .usd file may hold either, so bytes
// decide.
var (
	crateMagic = []byte("PXR-USDC")
	usdaMagic  = []byte("#usda")
)

// usdRefs finds what a USD layer refers to, in text and binary form.
func usdRefs(r io.ReaderAt, size int64, _ string) ([]rawRef, error) {
	var head [4]byte
	if n, _ := r.ReadAt(head[:], 0); n == 4 && string(head[:]) == "PK\x03\x04" {
		return nil, nil // a package under the name of a layer holds all it needs
	}
	found, err := usdref.Read(r, size)
	if e, ok := errors.AsType[*usdref.FormatError](err); ok {
		return nil, &InvalidError{Reason: e.Reason}
	}
	if err != nil {
		return nil, err
	}
	refs := make([]rawRef, 0, len(found))
	for _, f := range found {
		refs = append(refs, usdRef(f))
	}
	return refs, nil
}

func usdRef(f usdref.Ref) rawRef {
	ref := rawRef{where: f.Where, raw: f.Path, names: readings(trimFileScheme(f.Path), Exact)}
	if f.Length > 0 {
		ref.offset, ref.length, ref.encode = f.Offset, f.Length, encodeAssetPath
		if f.Quoted {
			ref.encode = encodeTemplate
		}
	}
	if f.Template {
		ref.set = clipSet(slashed(f.Path))
	}
	// A material module without a leading ./ is looked up in the renderer's own
	// library (OmniPBR.mdl and its kind), so it may be nowhere near.
	if strings.EqualFold(path.Ext(f.Path), ".mdl") && !strings.HasPrefix(f.Path, ".") && !isAbsolute(slashed(f.Path)) {
		ref.optional = true
	}
	return ref
}

// encodeAssetPath writes a relative slash path as a USD asset path: ./ anchors it
// to the layer, and one that holds @ needs three of them around it.
func encodeAssetPath(place string) string {
	if !strings.HasPrefix(place, "../") {
		place = "./" + place
	}
	if strings.Contains(place, "@") {
		return "@@" + place + "@@"
	}
	return place
}

// encodeTemplate writes the path template of value clips between quotes.
func encodeTemplate(place string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`).Replace(encodeAssetPath(place))
}

func checkUSD(r io.ReaderAt, size int64) (Verdict, error) {
	var h [8]byte
	n, err := r.ReadAt(h[:], 0)
	if err != nil && err != io.EOF {
		return Verdict{}, err
	}
	switch head := h[:n]; {
	case bytes.Equal(head, crateMagic):
		return checkCrate(r, size)
	case bytes.HasPrefix(head, usdaMagic):
		return checkText(r, size)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return checkZIP(r, size) // a package under the name of a layer
	}
	return Verdict{}, invalidf("it does not start as a USD file")
}

// checkCrate looks at the table of contents of a binary layer, which is written
// last: its offset stands at byte 16, and each of its entries gives a section's
// name (16 bytes), start and size.
func checkCrate(r io.ReaderAt, size int64) (Verdict, error) {
	at, err := readInt64(r, 16)
	if err != nil {
		return Verdict{}, err
	}
	if at < 24 || at > size-8 {
		return Verdict{}, invalidf("its table of contents lies outside the file: it is not finished")
	}
	count, err := readInt64(r, at)
	if err != nil {
		return Verdict{}, err
	}
	if count < 1 || count > (size-at-8)/32 {
		return Verdict{}, invalidf("its table of contents is cut short")
	}
	for i := range min(count, 1024) {
		entry := at + 8 + 32*i
		start, err := readInt64(r, entry+16)
		if err != nil {
			return Verdict{}, err
		}
		length, err := readInt64(r, entry+24)
		if err != nil {
			return Verdict{}, err
		}
		if start < 0 || length < 0 || start > size || length > size-start {
			return Verdict{}, invalidf("a section of it lies outside the file")
		}
	}
	return Verdict{State: Proved}, nil
}

func readInt64(r io.ReaderAt, at int64) (int64, error) {
	var b [8]byte
	if n, err := r.ReadAt(b[:], at); n < len(b) {
		return 0, readError(err)
	}
	return int64(binary.LittleEndian.Uint64(b[:])), nil
}
