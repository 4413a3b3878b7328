package redact

import (
	"slices"
	"strings"
	"sync"
)

// learnt are the secrets that this process was told of. They are kept for all of
// it, because a secret that is known anywhere must not show anywhere: not in the
// text of a panic, nor in a library's error.
var learnt struct {
	sync.RWMutex
	secrets []string
}

// Learn has Redact, and all that rests on it, hide the secret from now on,
// whatever its shape. Secrets too short to be searched for are left alone.
func Learn(secret string) {
	secret = strings.TrimSpace(secret)
	if len(secret) < minSecret {
		return
	}
	learnt.Lock()
	defer learnt.Unlock()
	if !slices.Contains(learnt.secrets, secret) {
		learnt.secrets = append(learnt.secrets, secret)
	}
}

// hideLearnt hides the secrets that Learn was told of.
func hideLearnt(s string) string {
	learnt.RLock()
	defer learnt.RUnlock()
	for _, secret := range learnt.secrets {
		if strings.Contains(s, secret) {
			s = strings.ReplaceAll(s, secret, Mark)
		}
	}
	return s
}
