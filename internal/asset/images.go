package asset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
)

// byContent judges files without a format of their own here: pictures by their
// first bytes, because a .jpg may well be a PNG, and anything else not at all.
func byContent(r io.ReaderAt, f Format) proof {
	var h [12]byte
	n, _ := r.ReadAt(h[:], 0)
	head := h[:n]
	switch {
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return proof{checkPNG, true}
	case bytes.HasPrefix(head, []byte{0xFF, 0xD8, 0xFF}):
		return proof{checkJPEG, true}
	case bytes.HasPrefix(head, []byte("RIFF")) && bytes.HasSuffix(head, []byte("WEBP")):
		return proof{checkWebP, true}
	}
	if kind, ok := formats["."+string(f)]; ok && kind.kind == Images {
		return proof{notAPicture, true}
	}
	return proof{nothingKnown, false}
}

func nothingKnown(io.ReaderAt, int64) (Verdict, error) { return Verdict{}, nil }

func notAPicture(io.ReaderAt, int64) (Verdict, error) {
	return Verdict{}, invalidf("it does not start as a PNG, JPEG or WebP picture")
}

// checkPNG walks the chunks (length, type, data, checksum) to IEND.
func checkPNG(r io.ReaderAt, size int64) (Verdict, error) {
	var h [8]byte
	for at := int64(8); ; {
		if at+12 > size {
			return Verdict{}, invalidf("the picture is cut short: it has no end chunk")
		}
		if _, err := r.ReadAt(h[:], at); err != nil {
			return Verdict{}, readError(err)
		}
		at += 12 + int64(binary.BigEndian.Uint32(h[:]))
		if at > size {
			return Verdict{}, invalidf("the picture is cut short: a chunk reaches beyond the end of the file")
		}
		if string(h[4:]) == "IEND" {
			return Verdict{State: Proved}, nil
		}
	}
}

// checkWebP compares the length in the RIFF header, which may lack one byte of
// padding.
func checkWebP(r io.ReaderAt, size int64) (Verdict, error) {
	var h [4]byte
	if _, err := r.ReadAt(h[:], 4); err != nil {
		return Verdict{}, readError(err)
	}
	if need := int64(binary.LittleEndian.Uint32(h[:])) + 8; need > size {
		return Verdict{}, invalidf("the picture is cut short: its header says %d bytes, the file has %d", need, size)
	}
	return Verdict{State: Proved}, nil
}

// checkJPEG walks the segments to the end-of-image marker. Searching for the
// marker alone would find the one of the preview inside the camera's notes.
func checkJPEG(r io.ReaderAt, size int64) (Verdict, error) {
	br := bufio.NewReaderSize(io.NewSectionReader(r, 2, size-2), 64<<10)
	marker, err := nextMarker(br)
	for ; err == nil; marker, err = nextMarker(br) {
		switch {
		case marker == 0xD9:
			return Verdict{State: Proved}, nil
		case marker == 0x01 || marker >= 0xD0 && marker <= 0xD7:
			continue // a restart inside coded data: no length
		}
		var h [2]byte
		if _, err = io.ReadFull(br, h[:]); err != nil {
			break
		}
		n := int(binary.BigEndian.Uint16(h[:]))
		if n < 2 {
			return Verdict{}, invalidf("the picture has a broken segment")
		}
		if _, err = br.Discard(n - 2); err != nil {
			break
		}
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return Verdict{}, invalidf("the picture is cut short: it has no end marker")
	}
	return Verdict{}, err
}

// nextMarker reads up to the next marker: over coded data, in which FF 00 is a
// data byte, and over stray bytes elsewhere, as all readers do.
func nextMarker(br *bufio.Reader) (byte, error) {
	for {
		if _, err := br.ReadSlice(0xFF); err == bufio.ErrBufferFull {
			continue
		} else if err != nil {
			return 0, err
		}
		b, err := br.ReadByte()
		for err == nil && b == 0xFF {
			b, err = br.ReadByte()
		}
		if err != nil {
			return 0, err
		}
		if b != 0 {
			return b, nil
		}
	}
}
