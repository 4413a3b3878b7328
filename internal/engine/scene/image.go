package scene

import "bytes"

// MimeOf tells an image's type by its first bytes, "" when it is none we know.
// Extensions lie, and glTF's mimeType too.
func MimeOf(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff}):
		return "image/jpeg"
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return "image/webp"
	case bytes.HasPrefix(data, []byte("\xabKTX 20\xbb")):
		return "image/ktx2"
	case bytes.HasPrefix(data, []byte("GIF8")):
		return "image/gif"
	case bytes.HasPrefix(data, []byte("BM")):
		return "image/bmp"
	case bytes.HasPrefix(data, []byte("II*\x00")), bytes.HasPrefix(data, []byte("MM\x00*")):
		return "image/tiff"
	case bytes.HasPrefix(data, []byte("DDS ")):
		return "image/vnd-ms.dds"
	case bytes.HasPrefix(data, []byte{0x76, 0x2f, 0x31, 0x01}):
		return "image/x-exr"
	}
	return ""
}

// Readable reports whether an image of this type can be kept in a scene.
func Readable(mime string) bool {
	return mime == "image/png" || mime == "image/jpeg" || mime == "image/webp"
}
