package dashboard

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"simdrop/internal/control"
)

const (
	codeLife = 5 * time.Minute
	maxCodes = 16
	// cookieLife: a browser that is not used for so long signs in again.
	cookieLife = 90 * 24 * time.Hour
)

// codes are the sign-in codes that were given out and not used. A code is in an
// address, which browsers remember: it works once and not for long.
type codes struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (c *codes) issue(now time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for code, until := range c.until {
		if now.After(until) || len(c.until) >= maxCodes {
			delete(c.until, code)
		}
	}
	if c.until == nil {
		c.until = map[string]time.Time{}
	}
	code := rand.Text() // 130 bits
	c.until[code] = now.Add(codeLife)
	return code
}

func (c *codes) use(code string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.until[code]
	delete(c.until, code)
	return ok && now.Before(until)
}

// newCode gives a sign-in code to who holds the token itself.
func (h *handler) newCode(w http.ResponseWriter, r *http.Request) {
	if byCookie(r) {
		h.fail(w, r, &refusal{status: http.StatusForbidden, text: "only the token itself signs others in"})
		return
	}
	h.json(w, control.Session{Code: h.codes.issue(time.Now())})
}

// login trades a code for the cookie.
func (h *handler) login(w http.ResponseWriter, r *http.Request) {
	if !h.codes.use(r.URL.Query().Get("code"), time.Now()) {
		err := h.guard.guessed()
		status, p := problem(err)
		if status == http.StatusUnauthorized {
			p = control.Problem{Error: "this sign-in link was used already or is too old", Hint: "open a new one with `simdrop open`"}
		}
		if wantsHTML(r) {
			h.failPage(w, status, p)
			return
		}
		h.writeJSON(w, status, p)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: h.guard.name, Value: h.guard.cookie, Path: "/", MaxAge: int(cookieLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
