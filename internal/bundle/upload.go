package bundle

import (
	"io"
	"path"
	"strings"
)

// Upload is the one file that is sent for a bundle.
type Upload struct {
	Filename string // what the provider sees: carries token and generation
	Size     int64  // exact number of bytes that Open's reader gives
	SHA256   string // hex; empty for a ZIP, which exists only while it is sent
	open     func() (io.ReadCloser, error)
}

// Open opens the upload for reading from its start. It may be called any number
// of times and gives the same bytes each time.
func (u Upload) Open() (io.ReadCloser, error) { return u.open() }

// Upload describes what is sent: a lone file as it is, anything else as a ZIP in
// which every file keeps its place, the primary its own name.
func (b *Bundle) Upload(token, gen string) Upload {
	if len(b.Files) == 1 {
		return b.Alone(b.Files[0], token, gen)
	}
	stem := strings.TrimSuffix(path.Base(b.Primary), path.Ext(b.Primary))
	return Upload{
		Filename: Filename(stem, token, gen, ".zip"),
		Size:     zipSize(b.Files),
		open:     func() (io.ReadCloser, error) { return newZip(b), nil },
	}
}

// Alone describes one file as an upload of its own: for image sets, which are sent
// as several files of one request.
func (b *Bundle) Alone(f File, token, gen string) Upload {
	ext := path.Ext(f.Place)
	stem := strings.TrimSuffix(path.Base(f.Place), ext)
	return Upload{
		Filename: Filename(stem, token, gen, strings.ToLower(ext)),
		Size:     f.Size,
		SHA256:   f.SHA256,
		open: func() (io.ReadCloser, error) {
			file, err := b.Open(f)
			if err != nil {
				return nil, err
			}
			return &exact{ReadCloser: file, left: f.Size, name: f.Place}, nil
		},
	}
}
