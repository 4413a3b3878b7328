package rigydserver

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// The documented bounds of a generation.
const (
	maxPrompt = 500 // characters
	maxImages = 4
	maxImage  = 10 << 20
)

var imageTypes = []string{".jpg", ".jpeg", ".png", ".webp"}

var errNoGenerate = &refusal{status: 422, text: "The local engine cannot generate from text or images"}

// generate is POST /conversions/generate: multipart, urlencoded or JSON.
func (s *Server) generate(x *exchange) error {
	leave, err := s.enter(TypeText) // the cheapest that it may become
	if err != nil {
		return err
	}
	defer leave()
	f, err := x.readGeneration()
	if err != nil {
		return err
	}
	defer f.discard()
	if s.opt.Generate == nil {
		return errNoGenerate
	}
	if err := checkGeneration(f); err != nil {
		return err
	}
	rec, err := generationRecord(f, x.r.Header.Get("X-Rigyd-Client"))
	if err != nil {
		return err
	}
	if len(f.files) == 0 {
		if err := x.named(rec.Prompt); err != nil {
			return err
		}
	}
	return x.finishSubmission(rec, f)
}

func (x *exchange) readGeneration() (*form, error) {
	mediaType, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type")) // empty: falls to the multipart reader's refusal
	switch mediaType {
	case "application/json", "application/x-www-form-urlencoded":
		b, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxFieldBytes))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, refuse(422, "The request is too large")
		}
		if err != nil {
			return nil, err
		}
		fields, err := plainFields(mediaType, b)
		return &form{fields: fields}, err
	}
	return x.readForm(func(_ *form, field, name string) error {
		if field != "images[]" && field != "images" {
			return refuse(422, "Unexpected file field: %s", field)
		}
		return checkName(name)
	})
}

// plainFields reads a JSON object or an urlencoded form into fields.
func plainFields(mediaType string, b []byte) (map[string]string, error) {
	fields := map[string]string{}
	if mediaType == "application/json" {
		var obj map[string]any
		if err := json.Unmarshal(b, &obj); err != nil {
			return nil, refuse(400, "Malformed JSON body")
		}
		for k, v := range obj {
			switch v := v.(type) {
			case string:
				fields[k] = v
			case nil:
			default:
				text, err := json.Marshal(v)
				if err != nil {
					return nil, refuse(400, "Malformed JSON body")
				}
				fields[k] = string(text)
			}
		}
		return fields, nil
	}
	q, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, refuse(400, "Malformed form body")
	}
	for k := range q {
		fields[k] = q.Get(k)
	}
	return fields, nil
}

// checkGeneration applies the documented refusals.
func checkGeneration(f *form) error {
	prompt := strings.TrimSpace(f.fields["prompt"])
	switch {
	case prompt != "" && len(f.files) > 0:
		return refuse(422, "Provide either a prompt or images, not both")
	case prompt == "" && len(f.files) == 0:
		return refuse(422, "A prompt or at least one image is required")
	case utf8.RuneCountInString(prompt) > maxPrompt:
		return refuse(422, "Prompt too long (max %d characters)", maxPrompt)
	case len(f.files) > maxImages:
		return refuse(422, "Too many images (max %d)", maxImages)
	}
	for _, u := range f.files {
		if !slices.Contains(imageTypes, strings.ToLower(path.Ext(u.name))) {
			return refuse(422, "Unsupported image format: %s. Allowed: jpg, jpeg, png, webp", path.Ext(u.name))
		}
		if u.size > maxImage {
			return refuse(413, "Image too large (max 10MB): %s", u.name)
		}
	}
	return nil
}

func generationRecord(f *form, client string) (record, error) {
	params, err := parameters(f.fields, client)
	if err != nil {
		return record{}, err
	}
	rec := record{Fields: f.fields, Parameters: params}
	if len(f.files) == 0 {
		rec.Type, rec.Prompt = TypeText, strings.TrimSpace(f.fields["prompt"])
		rec.Filename = rec.Prompt
		return rec, nil
	}
	rec.Type = TypeImage
	if len(f.files) > 1 {
		rec.Type = TypeMultiview
	}
	u := f.files[0]
	rec.Filename, rec.Size, rec.SHA256 = u.name, &u.size, u.sha256
	return rec, nil
}
