package ply

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"simdrop/internal/engine/text"
)

// values gives the numbers of the file one after the other.
type values interface {
	next(kind) (float64, error)
}

// errNumber is a word that is no number.
var errNumber = errors.New("not a number")

type binaryValues struct {
	r     *bufio.Reader
	order binary.ByteOrder
}

func (v *binaryValues) next(k kind) (float64, error) {
	size := int(sizes[k])
	b, err := v.r.Peek(size)
	if err != nil {
		return 0, err
	}
	var x float64
	switch k {
	case int8Kind:
		x = float64(int8(b[0]))
	case uint8Kind:
		x = float64(b[0])
	case int16Kind:
		x = float64(int16(v.order.Uint16(b)))
	case uint16Kind:
		x = float64(v.order.Uint16(b))
	case int32Kind:
		x = float64(int32(v.order.Uint32(b)))
	case uint32Kind:
		x = float64(v.order.Uint32(b))
	case float32Kind:
		x = float64(math.Float32frombits(v.order.Uint32(b)))
	default:
		x = math.Float64frombits(v.order.Uint64(b))
	}
	_, err = v.r.Discard(size)
	return x, err
}

// asciiValues takes words as they come: some files break a row over lines.
type asciiValues struct {
	lines *text.Lines
	line  text.Fields
}

func (v *asciiValues) next(kind) (float64, error) {
	for len(v.line.Rest()) == 0 {
		line, ok := v.lines.Next()
		if !ok {
			if err := v.lines.Err(); err != nil {
				return 0, err
			}
			return 0, io.ErrUnexpectedEOF
		}
		v.line = line
	}
	x, ok := v.line.Float()
	if !ok {
		return 0, errNumber
	}
	return x, nil
}
