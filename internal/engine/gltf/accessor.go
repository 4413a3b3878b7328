package gltf

import (
	"encoding/binary"
	"math"

	"simdrop/internal/engine/scene"
)

// The component types of the specification.
const (
	typeInt8    = 5120
	typeUint8   = 5121
	typeInt16   = 5122
	typeUint16  = 5123
	typeUint32  = 5125
	typeFloat32 = 5126
)

var componentSize = map[int]int{typeInt8: 1, typeUint8: 1, typeInt16: 2, typeUint16: 2, typeUint32: 4, typeFloat32: 4}

var components = map[string]int{"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}

// elements is an accessor made readable: count elements of width components,
// stride bytes apart. Data nil means zeros.
type elements struct {
	data       []byte
	count      int
	width      int
	stride     int
	kind       int
	normalized bool
	sparse     map[uint32][]byte // elements that replace those of data
}

// freeElements is how many elements an accessor may have without any data
// behind it, beside one for each byte of the input.
const freeElements = 1 << 16

// elements checks an accessor against its data, once for each accessor.
func (r *reader) elements(i int) (elements, error) {
	if e, ok := r.accessors[i]; ok {
		return e, nil
	}
	e, err := r.checkAccessor(i)
	if err == nil {
		if r.accessors == nil {
			r.accessors = map[int]elements{}
		}
		r.accessors[i] = e
	}
	return e, err
}

func (r *reader) checkAccessor(i int) (elements, error) {
	if i < 0 || i >= len(r.doc.Accessors) {
		return elements{}, scene.Refuse("%s refers to accessor %d, which it does not have", r.src.Name, i)
	}
	a := &r.doc.Accessors[i]
	e := elements{count: a.Count, width: components[a.Type], kind: a.ComponentType, normalized: a.Normalized}
	size := componentSize[a.ComponentType] * e.width
	if size == 0 || a.Count < 0 {
		return elements{}, scene.Refuse("%s is damaged: accessor %d has the type %.20q of %d", r.src.Name, i, a.Type, a.ComponentType)
	}
	e.stride = size
	switch {
	case a.BufferView != nil:
		data, err := r.view(*a.BufferView, a.ByteOffset)
		if err != nil {
			return elements{}, err
		}
		if s := r.doc.BufferViews[*a.BufferView].ByteStride; s > 0 {
			e.stride = s
		}
		if !fits(len(data), a.Count, e.stride, size) {
			return elements{}, scene.Refuse("%s is damaged: accessor %d reads %d elements beyond its buffer view", r.src.Name, i, a.Count)
		}
		e.data = data
	case a.Count > freeElements+r.total:
		return elements{}, scene.Refuse("%s is damaged: accessor %d has %d elements without data", r.src.Name, i, a.Count)
	}
	return e, r.readSparse(&e, a, i, size)
}

// fits reports whether count elements of size bytes, stride apart, lie in n bytes.
func fits(n, count, stride, size int) bool {
	return count == 0 || n >= size && (count-1) <= (n-size)/stride
}

// readSparse fills in the elements that a sparse accessor replaces.
func (r *reader) readSparse(e *elements, a *accessor, i, size int) error {
	if a.Sparse == nil {
		return nil
	}
	s := a.Sparse
	at, err := r.view(s.Indices.BufferView, s.Indices.ByteOffset)
	if err != nil {
		return err
	}
	values, err := r.view(s.Values.BufferView, s.Values.ByteOffset)
	if err != nil {
		return err
	}
	width := componentSize[s.Indices.ComponentType]
	if width == 0 || s.Count < 0 || !fits(len(at), s.Count, width, width) || !fits(len(values), s.Count, size, size) {
		return scene.Refuse("%s is damaged: the sparse part of accessor %d lies outside its buffer view", r.src.Name, i)
	}
	indices := elements{data: at, count: s.Count, width: 1, stride: width, kind: s.Indices.ComponentType}
	e.sparse = make(map[uint32][]byte, s.Count)
	for k := range s.Count {
		index := indices.index(k)
		if int64(index) >= int64(e.count) {
			return scene.Refuse("%s is damaged: accessor %d replaces element %d of %d", r.src.Name, i, index, e.count)
		}
		e.sparse[index] = values[k*size : (k+1)*size]
	}
	return nil
}

// raw gives the bytes of element i, nil for zeros.
func (e *elements) raw(i int) []byte {
	if e.sparse != nil {
		if b, ok := e.sparse[uint32(i)]; ok {
			return b
		}
	}
	if e.data == nil {
		return nil
	}
	return e.data[i*e.stride:]
}

// index reads element i as an unsigned integer: vertex indices and joints.
func (e *elements) index(i int) uint32 { return e.indexAt(i, 0) }

func (e *elements) indexAt(i, component int) uint32 {
	b := e.raw(i)
	if b == nil {
		return 0
	}
	switch e.kind {
	case typeUint8, typeInt8:
		return uint32(b[component])
	case typeUint16, typeInt16:
		return uint32(binary.LittleEndian.Uint16(b[2*component:]))
	}
	return binary.LittleEndian.Uint32(b[4*component:])
}

// float reads one component of element i, normalised if the accessor says so.
func (e *elements) float(i, component int) float32 {
	b := e.raw(i)
	if b == nil {
		return 0
	}
	var v, top float32
	switch e.kind {
	case typeFloat32:
		return math.Float32frombits(binary.LittleEndian.Uint32(b[4*component:]))
	case typeInt8:
		v, top = float32(int8(b[component])), 127
	case typeUint8:
		v, top = float32(b[component]), 255
	case typeInt16:
		v, top = float32(int16(binary.LittleEndian.Uint16(b[2*component:]))), 32767
	case typeUint16:
		v, top = float32(binary.LittleEndian.Uint16(b[2*component:])), 65535
	default:
		v, top = float32(binary.LittleEndian.Uint32(b[4*component:])), math.MaxUint32
	}
	if e.normalized {
		return max(v/top, -1)
	}
	return v
}

// gather reads the first width components of the elements picked, or of all when
// picked is nil.
func (e *elements) gather(picked []uint32, width int) []float32 {
	n := e.count
	if picked != nil {
		n = len(picked)
	}
	out := make([]float32, n*width)
	if e.data == nil && e.sparse == nil {
		return out
	}
	plain := e.kind == typeFloat32 && e.sparse == nil
	for k := range n {
		i := k
		if picked != nil {
			i = int(picked[k])
		}
		row := out[k*width : (k+1)*width]
		if plain {
			b := e.data[i*e.stride:]
			for c := range row {
				row[c] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*c:]))
			}
			continue
		}
		for c := range row {
			row[c] = e.float(i, c)
		}
	}
	return out
}
