package rigyd

import (
	"context"
	"errors"
	"maps"
	"slices"

	"simdrop/uploader"
	"simdrop/uploader/wire"
)

// Submit sends a file to POST /conversions, an image set or a prompt to POST
// /conversions/generate, once.
func (c *Client) Submit(ctx context.Context, s uploader.Submission) (uploader.Remote, error) {
	path, form, err := c.form(s)
	if err != nil {
		return uploader.Remote{}, err
	}
	return c.post(ctx, wire.Post{Op: "submit", Kind: wire.Submission, Path: path, Content: form, Sent: s.Sent})
}

func (c *Client) post(ctx context.Context, p wire.Post) (uploader.Remote, error) {
	answer, err := c.api.Post(ctx, p)
	if err != nil {
		return uploader.Remote{}, err
	}
	j, err := decodeJob(answer)
	if err == nil {
		err = checkID(string(j.ID))
	}
	if err != nil {
		return uploader.Remote{}, c.api.Unreadable(p.Op, p.Kind, answer, err)
	}
	return c.remote(j), nil
}

// form lays out the body. The small fields go before the files, so that a server
// that reads as it goes can refuse early.
func (c *Client) form(s uploader.Submission) (path string, f *wire.Form, err error) {
	f = wire.NewForm()
	kinds := 0
	for _, has := range []bool{s.Open != nil, len(s.Images) > 0, s.Prompt != ""} {
		if has {
			kinds++
		}
	}
	if kinds != 1 {
		return "", nil, &uploader.Error{Provider: c.name, Op: "submit", Class: uploader.NotSent,
			Cause: errors.New("a submission is a file, images or a prompt, exactly one of them")}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		f.Field(name, s.Fields[name])
	}
	if s.Open == nil {
		return "/conversions/generate", generate(f, s), nil
	}
	if s.Fields["target_triangle_count"] != "" && s.Fields["optimize"] == "" {
		f.Field("optimize", "true") // the vendor's own clients send both
	}
	f.File("file", uploader.Part{Filename: s.Filename, Size: s.Size, Open: s.Open})
	return "/conversions", f, nil
}

func generate(f *wire.Form, s uploader.Submission) *wire.Form {
	if s.Prompt != "" {
		f.Field("prompt", s.Prompt)
	}
	for _, image := range s.Images {
		f.File("images[]", image)
	}
	return f
}
