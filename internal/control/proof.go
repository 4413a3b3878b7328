package control

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Proof is what a server that holds the token answers to a challenge. A client
// asks for it before it shows the token: after a crash another user's program may
// listen where the daemon did.
func Proof(token, challenge string) string { return derive(token, "healthz", challenge) }

// CookieValue is the cookie of a signed-in browser. It is derived from the token,
// so that it outlives a restart and does not give the token away.
func CookieValue(token string) string { return derive(token, "cookie", "") }

func derive(token, use, text string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("simdrop " + use + "\x00" + text))
	return hex.EncodeToString(mac.Sum(nil))
}
