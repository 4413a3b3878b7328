package gltf

import (
	"bytes"
	"encoding/binary"

	"simdrop/internal/engine/scene"
)

const (
	glbMagic  = "glTF"
	chunkJSON = 0x4e4f534a
	chunkBIN  = 0x004e4942
)

// split gives the JSON text and the binary chunk of a GLB; of anything else the
// whole is JSON.
func split(name string, data []byte) (text, bin []byte, err error) {
	if !bytes.HasPrefix(data, []byte(glbMagic)) {
		return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil, nil
	}
	if len(data) < 12 {
		return nil, nil, scene.Refuse("%s is cut short: it ends within its header", name)
	}
	if version := binary.LittleEndian.Uint32(data[4:]); version != 2 {
		return nil, nil, scene.Refuse("%s is glTF %d.0; the local engine reads glTF 2.0", name, version)
	}
	if length := uint64(binary.LittleEndian.Uint32(data[8:])); length > uint64(len(data)) {
		return nil, nil, scene.Refuse("%s is cut short: its header says %d bytes, it holds %d", name, length, len(data))
	} else if length >= 12 {
		data = data[:length]
	}
	for rest := data[12:]; len(rest) >= 8; {
		length := uint64(binary.LittleEndian.Uint32(rest))
		kind := binary.LittleEndian.Uint32(rest[4:])
		rest = rest[8:]
		if length > uint64(len(rest)) {
			return nil, nil, scene.Refuse("%s is damaged: a chunk of %d bytes ends beyond the file", name, length)
		}
		chunk := rest[:length]
		switch {
		case kind == chunkJSON && text == nil:
			text = chunk
		case kind == chunkBIN && bin == nil:
			bin = chunk
		}
		rest = rest[length:]
	}
	if text == nil {
		return nil, nil, scene.Refuse("%s is damaged: it has no JSON chunk", name)
	}
	return text, bin, nil
}
