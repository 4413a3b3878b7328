// Package dashboard serves the control API and the page: routes.go is the whole
// URL map. It listens on loopback only, believes no foreign Host or origin, and
// wants the token on everything but /healthz.
package dashboard

import (
	"context"

	"simdrop/internal/control"
)

// Backend is the daemon as the dashboard needs it.
type Backend interface {
	Status(ctx context.Context) control.Status
	// Jobs lists jobs, newest first; state "" is all, limit 0 is no limit.
	Jobs(ctx context.Context, state string, limit int) ([]control.Job, error)
	// Job returns one job; ErrNotFound when there is none.
	Job(ctx context.Context, id string) (control.Job, error)
	Retry(ctx context.Context, id string) (control.Job, error)
	Cancel(ctx context.Context, id string) (control.Job, error)
	Release(ctx context.Context, id string) (control.Job, error)
	Pause(ctx context.Context) error
	Resume(ctx context.Context) error
	// Convert enqueues paths and returns their jobs, one per asset.
	Convert(ctx context.Context, paths []string) ([]control.Job, error)
	Explain(ctx context.Context, path string) (control.Explanation, error)
	// ConfirmRoot accepts what lies at a watched root's path now; ErrNotFound when
	// no root has that path, ErrConflict when it cannot be.
	ConfirmRoot(ctx context.Context, path string) (control.RootChange, error)
	// TakeoverRoot makes this daemon the owner of a watched root.
	TakeoverRoot(ctx context.Context, path string) (control.RootChange, error)
	// Ledger returns what was paid on the local day since (2006-01-02) and later,
	// "" for all there is.
	Ledger(ctx context.Context, since string) (control.Ledger, error)
	// Subscribe returns at once; from then on f is called with every job that
	// changes, until ctx ends. f must not block.
	Subscribe(ctx context.Context, f func(control.Job))
}
