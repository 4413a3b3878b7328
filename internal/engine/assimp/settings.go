package assimp

import (
	"bytes"
	"encoding/binary"
	"math"

	"simdrop/internal/engine/scene"
	"simdrop/internal/engine/text"
)

// settings are what an FBX file's GlobalSettings say of its frame.
type settings struct {
	centimeters float64 // of one unit: UnitScaleFactor; 0 when not stated
	up          int     // 0 x, 1 y, 2 z; -1 when not stated
	upSign      int
}

// readSettings finds the properties by their names, in text and binary files
// alike: the file's structure need not be understood for them.
func readSettings(data []byte) settings {
	s := settings{up: -1, upSign: 1}
	if v, ok := property(data, "UnitScaleFactor"); ok && v > 0 && v <= 1e6 {
		s.centimeters = v
	}
	if v, ok := property(data, "UpAxis"); ok && (v == 0 || v == 1 || v == 2) {
		s.up = int(v)
	}
	if v, ok := property(data, "UpAxisSign"); ok && v == -1 {
		s.upSign = -1
	}
	return s
}

// property reads the first number of that name. In text it stands as
//
//	P: "UpAxis", "int", "Integer", "",1
//
// and in binary as four length-prefixed strings marked S and one number marked I
// or D.
func property(data []byte, name string) (float64, bool) {
	quoted := []byte(`"` + name + `"`)
	marked := append(binary.LittleEndian.AppendUint32([]byte{'S'}, uint32(len(name))), name...)
	if i := bytes.Index(data, marked); i >= 0 {
		return binaryValue(data[i+len(marked):])
	}
	if i := bytes.Index(data, quoted); i >= 0 {
		line, _, _ := bytes.Cut(data[i+len(quoted):], []byte("\n"))
		if comma := bytes.LastIndexByte(line, ','); comma >= 0 {
			f := text.Fields(line[comma+1:])
			return f.Float()
		}
	}
	return 0, false
}

func binaryValue(data []byte) (float64, bool) {
	for range 4 { // type, label and flags are strings; older files have fewer
		if len(data) < 5 {
			return 0, false
		}
		switch kind := data[0]; kind {
		case 'S':
			n := uint64(binary.LittleEndian.Uint32(data[1:]))
			if n > uint64(len(data)-5) {
				return 0, false
			}
			data = data[5+n:]
		case 'I':
			return float64(int32(binary.LittleEndian.Uint32(data[1:]))), true
		case 'D':
			if len(data) < 9 {
				return 0, false
			}
			return math.Float64frombits(binary.LittleEndian.Uint64(data[1:])), true
		default:
			return 0, false
		}
	}
	return 0, false
}

// frame gives the scene the file's units and up axis, less what this assimp has
// applied to the points already.
func frame(s *scene.Scene, file settings, tool habits) {
	factor := file.centimeters
	if factor == 0 {
		factor, s.UnitsAssumed = 1, true // FBX's own default: centimetres
		s.Warn("the FBX states no unit: centimetres are assumed")
	}
	s.MetersPerUnit = factor / 100 / tool.scaled(factor)
	s.Up = scene.Y
	switch {
	case tool.rotates:
	case file.up == 2:
		s.Up = scene.Z
	case file.up == 0, file.upSign < 0:
		s.Warn("the FBX states an up axis other than Y or Z: it may lie on its side")
	}
	s.UpAssumed = file.up < 0
}
