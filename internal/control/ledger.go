package control

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Ledger is the answer to GET /api/ledger: what was paid, in credits.
type Ledger struct {
	Since   string        `json:"since"` // the first local day, empty for all
	Total   LedgerSum     `json:"total"`
	Days    []LedgerDay   `json:"days"`    // oldest first
	Users   []LedgerUser  `json:"users"`   // by name
	Entries []LedgerEntry `json:"entries"` // oldest first
}

// LedgerSum is what entries add up to.
type LedgerSum struct {
	Spent    float64 `json:"spent"`
	Refunded float64 `json:"refunded"`
	Adopted  float64 `json:"adopted"`  // charged, and found in the provider's list
	Saved    float64 `json:"saved"`    // not paid, because it was paid before
	Recalled float64 `json:"recalled"` // paid before the ledger was lost, as results tell
	Net      float64 `json:"net"`      // spent, adopted and recalled, less what came back
}

// LedgerDay is what one folder cost at one provider on one local day.
type LedgerDay struct {
	Day      string `json:"day"`      // 2006-01-02
	Watch    string `json:"watch"`    // the watched root, empty for `convert`
	Provider string `json:"provider"` // configured name
	LedgerSum
}

// LedgerUser is what the files of one owner cost.
type LedgerUser struct {
	User string `json:"user"` // empty when the system did not tell
	LedgerSum
}

// LedgerEntry is one line of the ledger.
type LedgerEntry struct {
	Time     time.Time `json:"time"`
	Day      string    `json:"day"` // for which it counts: of a refund, the day of the charge
	Job      string    `json:"job"`
	Provider string    `json:"provider"`
	Watch    string    `json:"watch"`
	Path     string    `json:"path"`
	User     string    `json:"user"` // who the file belonged to, empty when the system did not tell
	Kind     string    `json:"kind"` // spent, refunded, adopted, saved, recalled
	Credits  float64   `json:"credits"`
}

// Ledger returns what was paid on the local day since (2006-01-02) and later, ""
// for all there is.
func (c *Client) Ledger(ctx context.Context, since string) (l Ledger, err error) {
	q := url.Values{}
	if since != "" {
		q.Set("since", since)
	}
	return l, c.call(ctx, http.MethodGet, "/api/ledger?"+q.Encode(), nil, &l, callTimeout)
}
