package gltf

import (
	"errors"
	"io/fs"

	"simdrop/internal/engine/scene"
)

// buffer gives a buffer's bytes, reading it the first time.
func (r *reader) buffer(i int) ([]byte, error) {
	if data, ok := r.buffers[i]; ok {
		return data, nil
	}
	if i < 0 || i >= len(r.doc.Buffers) {
		return nil, scene.Refuse("%s refers to buffer %d, which it does not have", r.src.Name, i)
	}
	b := r.doc.Buffers[i]
	data, name := r.bin, r.src.Name
	switch {
	case b.URI != nil:
		var err error
		data, name, err = r.resolve(*b.URI)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, scene.Refuse("%s is missing: %s keeps its geometry in it", name, r.src.Name)
		}
		if err != nil {
			return nil, err
		}
		if name == "" {
			name = r.src.Name
		}
	case i != 0 || data == nil:
		return nil, scene.Refuse("%s has no data for its buffer %d", r.src.Name, i)
	}
	if b.ByteLength < 0 || b.ByteLength > len(data) {
		return nil, scene.Refuse("%s is cut short: buffer %d should have %d bytes and has %d", name, i, b.ByteLength, len(data))
	}
	if b.ByteLength > 0 {
		data = data[:b.ByteLength]
	}
	if r.buffers == nil {
		r.buffers = map[int][]byte{}
	}
	r.buffers[i] = data
	return data, nil
}

// view gives the bytes of a buffer view from offset on.
func (r *reader) view(i, offset int) ([]byte, error) {
	if i < 0 || i >= len(r.doc.BufferViews) {
		return nil, scene.Refuse("%s refers to buffer view %d, which it does not have", r.src.Name, i)
	}
	v := &r.doc.BufferViews[i]
	if err := r.checkMeshopt(v); err != nil {
		return nil, err
	}
	data, err := r.buffer(v.Buffer)
	if err != nil {
		return nil, err
	}
	// Each term is compared on its own: a sum of foreign numbers could overflow.
	if v.ByteOffset < 0 || v.ByteOffset > len(data) || v.ByteLength < 0 || v.ByteLength > len(data)-v.ByteOffset ||
		offset < 0 || offset > v.ByteLength {
		return nil, scene.Refuse("%s is damaged: buffer view %d lies outside its buffer", r.src.Name, i)
	}
	return data[v.ByteOffset+offset : v.ByteOffset+v.ByteLength], nil
}

// checkMeshopt refuses a view whose buffer has no data but what meshopt packed;
// with a fallback buffer in place the view is an ordinary one.
func (r *reader) checkMeshopt(v *bufferView) error {
	for _, name := range []string{"EXT_meshopt_compression", "KHR_meshopt_compression"} {
		if _, packed := v.Extensions[name]; !packed || v.Buffer < 0 || v.Buffer >= len(r.doc.Buffers) {
			continue
		}
		if r.doc.Buffers[v.Buffer].URI == nil && (v.Buffer != 0 || r.bin == nil) {
			return r.refuseExtension(name)
		}
	}
	return nil
}
