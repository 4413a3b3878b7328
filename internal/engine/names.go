package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"regexp"
	"strings"

	"simdrop/internal/engine/prop"
)

// token is what simdrop puts at the end of an uploaded name to find its job again.
var token = regexp.MustCompile(`_sd-[a-z0-9]{11}$`)

// source returns the file's own base name, with its extension and without a
// token.
func source(filename string) string {
	base := path.Base(strings.ReplaceAll(filename, `\`, "/"))
	ext := path.Ext(base)
	return token.ReplaceAllString(strings.TrimSuffix(base, ext), "") + ext
}

// BaseName returns the name of the package for an uploaded file: its own name in
// snake_case without extension and token. A name of which nothing is left becomes
// "asset_" with eight characters of its digest, the same for the same name.
func BaseName(filename string) string {
	src := source(filename)
	stem := strings.TrimSuffix(src, path.Ext(src))
	if s := prop.Snake(stem); s != "" {
		return s
	}
	sum := sha256.Sum256([]byte(stem))
	return "asset_" + hex.EncodeToString(sum[:4])
}
