package dashboard

import (
	"context"
	"net/http"
	"path/filepath"
	"strconv"

	"simdrop/internal/control"
)

// rootVerb is what a person decides about a watched root.
type rootVerb = func(ctx context.Context, path string) (control.RootChange, error)

func (h *handler) root(do rootVerb) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in control.RootPath
		if err := decode(w, r, &in); err != nil {
			h.fail(w, r, err)
			return
		}
		if !filepath.IsAbs(in.Path) {
			h.fail(w, r, invalid("not an absolute path: "+strconv.Quote(in.Path)))
			return
		}
		change, err := do(r.Context(), filepath.Clean(in.Path))
		h.answer(w, r, change, err)
	}
}
