package mjcf

import (
	"context"
	"io"
	"strconv"
)

// obj is a mesh as Wavefront OBJ has it.
type obj struct {
	points, normals, uvs []float32
	perCorner            bool // normals belong to corners
	indices              []uint32
}

const full = 64 << 10

// text is a buffer that empties itself into a writer.
type text struct {
	ctx context.Context
	w   io.Writer
	buf []byte
	err error
}

func (t *text) end() {
	if len(t.buf) >= full {
		t.flush()
	}
}

func (t *text) flush() {
	if t.err == nil {
		t.err = t.ctx.Err()
	}
	if t.err == nil {
		_, t.err = t.w.Write(t.buf)
	}
	t.buf = t.buf[:0]
}

func writeOBJ(ctx context.Context, w io.Writer, o obj) error {
	t := &text{ctx: ctx, w: w, buf: make([]byte, 0, full+256)}
	t.rows("v", o.points, 3)
	t.rows("vt", o.uvs, 2)
	t.rows("vn", o.normals, 3)
	for k := 0; k+2 < len(o.indices); k += 3 {
		t.buf = append(t.buf, 'f')
		for c := k; c < k+3; c++ {
			t.corner(&o, c)
		}
		t.buf = append(t.buf, '\n')
		t.end()
	}
	t.flush()
	return t.err
}

func (t *text) rows(word string, v []float32, width int) {
	for i := 0; i+width <= len(v); i += width {
		t.buf = append(t.buf, word...)
		for _, f := range v[i : i+width] {
			t.buf = append(t.buf, ' ')
			t.buf = strconv.AppendFloat(t.buf, float64(f), 'g', -1, 32)
		}
		t.buf = append(t.buf, '\n')
		t.end()
	}
}

// corner writes point/coordinate/normal, counted from 1.
func (t *text) corner(o *obj, c int) {
	i := int64(o.indices[c]) + 1
	t.buf = append(t.buf, ' ')
	t.buf = strconv.AppendInt(t.buf, i, 10)
	if len(o.uvs)+len(o.normals) == 0 {
		return
	}
	t.buf = append(t.buf, '/')
	if len(o.uvs) > 0 {
		t.buf = strconv.AppendInt(t.buf, i, 10)
	}
	if len(o.normals) > 0 {
		if o.perCorner {
			i = int64(c) + 1
		}
		t.buf = append(t.buf, '/')
		t.buf = strconv.AppendInt(t.buf, i, 10)
	}
}
