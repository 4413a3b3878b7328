package gltf

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"simdrop/internal/engine/scene"
)

// resolve gives the bytes a URI stands for and the name of the file, "" for a
// data URI. A file that is not there gives fs.ErrNotExist.
func (r *reader) resolve(uri string) (data []byte, name string, err error) {
	if len(uri) >= 5 && strings.EqualFold(uri[:5], "data:") {
		data, err := decodeDataURI(uri)
		return data, "", err
	}
	name = uri
	if decoded, err := url.PathUnescape(uri); err == nil {
		name = decoded
	}
	if r.src.Companions == nil {
		return nil, name, fs.ErrNotExist
	}
	data, err = r.src.Companions.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && name != uri {
		// Some exporters write names with a bare % in them.
		data, err = r.src.Companions.ReadFile(uri)
	}
	r.total += len(data)
	return data, name, err
}

func decodeDataURI(uri string) ([]byte, error) {
	head, body, found := strings.Cut(uri, ",")
	if !found {
		return nil, scene.Refuse("a data URI has no data")
	}
	if !strings.HasSuffix(strings.TrimSpace(head), ";base64") {
		text, err := url.PathUnescape(body)
		if err != nil {
			return nil, scene.Refuse("a data URI is damaged")
		}
		return []byte(text), nil
	}
	if strings.Contains(body, "%") {
		if decoded, err := url.PathUnescape(body); err == nil {
			body = decoded
		}
	}
	raw := []byte(strings.TrimRight(body, "= \r\n\t"))
	if bytes.ContainsAny(raw, " \r\n\t") {
		raw = bytes.Join(bytes.Fields(raw), nil)
	}
	n, err := base64.RawStdEncoding.Decode(raw, raw)
	if err != nil {
		return nil, scene.Refuse("a data URI is damaged: its base64 cannot be read")
	}
	return raw[:n], nil
}

// baseName is a file's name without its folders, in either system's form.
func baseName(name string) string {
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}
