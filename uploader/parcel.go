package uploader

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"simdrop/internal/asset"
	"simdrop/internal/bundle"
	"simdrop/queue"
)

// parcel is what is handed over for a job: a file, the pictures of a set, or a
// text, by the kind of its asset.
type parcel struct {
	Submission
	filename string // the name that carries token and generation; empty for a prompt
	bytes    int64  // of all files together
}

// pack describes what is sent for the job's bundle under the token and generation.
func pack(b *bundle.Bundle, j queue.Job, token string, gen int) (parcel, error) {
	g := bundle.Generation(gen)
	switch _, kind, _ := asset.FormatOf(j.Path); kind {
	case asset.Images:
		return packImages(b, j, token, g), nil
	case asset.Prompts:
		return packPrompt(b, j)
	}
	up := b.Upload(token, g)
	return parcel{
		Submission: Submission{Filename: up.Filename, Size: up.Size, Open: up.Open, Fields: j.Options},
		filename:   up.Filename, bytes: up.Size,
	}, nil
}

// packImages orders a set as the provider wants it: front, right, back, left
// where the names say so, otherwise by name. The first picture's name is the one
// that the provider's list shows.
func packImages(b *bundle.Bundle, j queue.Job, token, gen string) parcel {
	files := slices.Clone(b.Files)
	slices.SortStableFunc(files, func(x, y bundle.File) int {
		return cmp.Or(cmp.Compare(view(x.Place), view(y.Place)), strings.Compare(x.Place, y.Place))
	})
	p := parcel{Submission: Submission{Fields: j.Options}, bytes: b.Size()}
	for _, f := range files {
		up := b.Alone(f, token, gen)
		p.Images = append(p.Images, Part{Filename: up.Filename, Size: up.Size, Open: up.Open})
	}
	p.filename = p.Images[0].Filename
	return p
}

// view is the side that a picture's name states; pictures that state none come first.
func view(place string) int {
	if v, ok := asset.View(place); ok {
		return v
	}
	return -1
}

func packPrompt(b *bundle.Bundle, j queue.Job) (parcel, error) {
	f, _ := b.File(b.Primary)
	r, err := b.Open(f)
	if err != nil {
		return parcel{}, fmt.Errorf("read the prompt: %w", err)
	}
	defer r.Close()
	text, err := asset.ReadPrompt(r)
	if err != nil {
		return parcel{}, err
	}
	return parcel{Submission: Submission{Prompt: text, Fields: j.Options}, bytes: int64(len(text))}, nil
}
