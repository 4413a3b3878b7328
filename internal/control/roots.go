package control

import (
	"context"
	"net/http"
)

// RootPath is the body of POST /api/roots/confirm and /api/roots/takeover.
type RootPath struct {
	Path string `json:"path"` // of a watched root, absolute
}

// RootChange is the answer: what became of the root.
type RootChange struct {
	Path    string `json:"path"`
	Changed bool   `json:"changed"` // false: there was nothing to do
	Said    string `json:"said"`    // one sentence for people
}

// ConfirmRoot accepts what lies at a watched root's path now as that root.
func (c *Client) ConfirmRoot(ctx context.Context, path string) (RootChange, error) {
	return c.root(ctx, "confirm", path)
}

// TakeoverRoot makes the daemon the owner of a watched root.
func (c *Client) TakeoverRoot(ctx context.Context, path string) (RootChange, error) {
	return c.root(ctx, "takeover", path)
}

func (c *Client) root(ctx context.Context, verb, path string) (r RootChange, err error) {
	return r, c.call(ctx, http.MethodPost, "/api/roots/"+verb, RootPath{path}, &r, callTimeout)
}
