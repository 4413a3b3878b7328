package rigydserver

import (
	"archive/zip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
)

// signedFor is how long a signed URL works.
const signedFor = 15 * time.Minute

// signer makes and checks URLs that need no key, as an object store has them.
// Its key lives as long as the process.
type signer struct{ key [32]byte }

func (g *signer) url(origin, id, name string, now time.Time) string {
	expires := now.Add(signedFor).Unix()
	u := url.URL{Path: "/files/" + id + "/" + name}
	return fmt.Sprintf("%s%s?expires=%d&signature=%s", origin, u.EscapedPath(), expires, g.sign(id, name, expires))
}

func (g *signer) sign(id, name string, expires int64) string {
	m := hmac.New(sha256.New, g.key[:])
	fmt.Fprintf(m, "%s\n%s\n%d", id, name, expires)
	return hex.EncodeToString(m.Sum(nil))
}

func (g *signer) valid(r *http.Request, now time.Time) bool {
	expires, err := strconv.ParseInt(r.URL.Query().Get("expires"), 10, 64)
	want := g.sign(r.PathValue("id"), r.PathValue("name"), expires)
	return err == nil && now.Unix() <= expires && hmac.Equal([]byte(want), []byte(r.URL.Query().Get("signature")))
}

// file serves signed URLs: whole formats (usd.zip, mjcf.zip, all.zip), uploads
// (input/NAME) and single files of a package.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	if !s.signer.valid(r, s.opt.Now()) {
		storageError(w, http.StatusForbidden, "AccessDenied", "Request has expired")
		return
	}
	v, err := s.get(r.PathValue("id"))
	if err == nil {
		err = s.sendFile(w, r, v)
	}
	var no *refusal
	switch {
	case err == nil || errors.Is(err, errNotAll):
	case errors.As(err, &no):
		storageError(w, no.status, "NoSuchKey", no.text)
	default:
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) sendFile(w http.ResponseWriter, r *http.Request, v view) error {
	name := r.PathValue("name")
	if format, ok := strings.CutSuffix(name, ".zip"); ok && !strings.Contains(format, "/") {
		b, err := s.open(v, format)
		if err != nil {
			return err
		}
		defer b.Close()
		if err := b.send(w, r); err != nil {
			return err
		}
		s.fetched(v.ID)
		return nil
	}
	if in, ok := strings.CutPrefix(name, "input/"); ok {
		for _, i := range v.Inputs {
			if i.Name == in {
				return s.sendInput(w, r, i)
			}
		}
	}
	return s.sendEntry(w, v, name)
}

func (s *Server) sendInput(w http.ResponseWriter, r *http.Request, in input) error {
	f, err := os.Open(s.store.upload(in.File))
	if err != nil {
		return refuse(404, "The file is not there")
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// sendEntry sends one file out of a job's archive.
func (s *Server) sendEntry(w http.ResponseWriter, v view, name string) error {
	zr, err := zip.OpenReader(s.store.archive(v.ID))
	if err != nil {
		return refuse(404, "The file is not there")
	}
	defer zr.Close()
	for _, f := range zr.File {
		if f.Name != name {
			continue
		}
		src, err := f.Open()
		if err != nil {
			return err
		}
		defer src.Close()
		kind := mime.TypeByExtension(path.Ext(name))
		if kind == "" || strings.Contains(kind, "html") {
			kind = "application/octet-stream"
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", fmt.Sprint(f.UncompressedSize64))
		_, err = io.Copy(w, src)
		return err
	}
	return refuse(404, "The file is not there")
}

// storageError answers as object stores do: in XML.
func storageError(w http.ResponseWriter, status int, code, text string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>\n", code, text)
}
