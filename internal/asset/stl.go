package asset

import (
	"bytes"
	"encoding/binary"
	"io"
)

// checkSTL judges an STL. A binary one is an 80-byte remark, a count and 50 bytes
// per triangle; its remark may well begin with "solid", the word by which text
// ones begin, so the size decides.
func checkSTL(r io.ReaderAt, size int64) (Verdict, error) {
	var buf [512]byte
	head := buf[:min(size, int64(len(buf)))]
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return Verdict{}, readError(err)
	}
	var count, need int64 = 0, -1
	if len(head) >= 84 {
		count = int64(binary.LittleEndian.Uint32(head[80:]))
		need = 84 + 50*count
	}
	if need == size {
		return Verdict{State: Proved}, nil
	}
	if isTextSTL(head) {
		return checkTextSTL(r, size)
	}
	switch {
	case need < 0:
		return Verdict{}, invalidf("it has %d bytes, too few for an STL file", size)
	case need > size:
		return Verdict{}, invalidf("it says %d triangles, which need %d bytes; the file has %d", count, need, size)
	case count == 0:
		return Verdict{}, invalidf("it says 0 triangles but goes on: the count is not written yet")
	}
	return Verdict{State: Suspicious, Reason: "it has more bytes than its triangles need"}, nil
}

func isTextSTL(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	return len(text) >= 5 && bytes.EqualFold(text[:5], []byte("solid")) && bytes.IndexByte(text, 0) < 0
}

func checkTextSTL(r io.ReaderAt, size int64) (Verdict, error) {
	v, err := checkText(r, size)
	if err != nil {
		return v, err
	}
	var buf [1024]byte
	tail := buf[:min(size, int64(len(buf)))]
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return Verdict{}, readError(err)
	}
	if zeros := bytes.TrimRight(tail, "\x00"); len(tail)-len(zeros) >= zeroTail {
		return Verdict{}, invalidf("its end is zeros: it is not filled yet")
	}
	if !bytes.Contains(bytes.ToLower(tail), []byte("endsolid")) {
		v.Soft = "it does not end in endsolid"
	}
	return v, nil
}
