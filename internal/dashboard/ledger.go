package dashboard

import (
	"net/http"
	"strconv"
	"time"
)

func (h *handler) ledger(w http.ResponseWriter, r *http.Request) {
	since := r.URL.Query().Get("since")
	if since != "" {
		if _, err := time.Parse(time.DateOnly, since); err != nil {
			h.fail(w, r, invalid("since wants a day such as 2026-05-02, not "+strconv.Quote(since)))
			return
		}
	}
	l, err := h.backend.Ledger(r.Context(), since)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.json(w, l)
}
