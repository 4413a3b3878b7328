package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"simdrop/internal/control"
	"simdrop/internal/dashboard"
	"simdrop/watcher"
)

// rootError is why a root cannot be confirmed or taken over. Hint is asked for by
// the control API.
type rootError struct {
	text, hint string
	class      error // dashboard.ErrNotFound or ErrConflict
}

func (e *rootError) Error() string { return e.text }
func (e *rootError) Hint() string  { return e.hint }
func (e *rootError) Unwrap() error { return e.class }

// ConfirmRoot accepts the folder that lies at a watched root's path now, although
// it is not the one that was watched before.
func (d *Daemon) ConfirmRoot(ctx context.Context, path string) (control.RootChange, error) {
	w, err := d.rootAt(path)
	if err != nil {
		return control.RootChange{}, err
	}
	before := w.w.CheckRoot(ctx)
	if _, second := errors.AsType[*watcher.StandbyError](before); second || before == nil {
		said := "nothing needs confirming: " + path + " is the folder that was watched before"
		if second {
			said += "; " + before.Error()
		}
		return control.RootChange{Path: path, Said: said}, nil
	}
	err = w.w.ConfirmRoot(ctx)
	if s, second := errors.AsType[*watcher.StandbyError](err); second {
		return control.RootChange{Path: path, Changed: true, Said: "confirmed, but " + s.Error() + takeoverHint(path)}, nil
	}
	if err != nil {
		return control.RootChange{}, refused(path+" cannot be confirmed", err)
	}
	d.log.Warn("watched folder confirmed", "watch", path, "was", before.Error())
	d.up.Wake()
	return control.RootChange{Path: path, Changed: true, Said: "confirmed: " + path + " is watched again"}, nil
}

// TakeoverRoot makes this daemon the owner of a watched root.
func (d *Daemon) TakeoverRoot(ctx context.Context, path string) (control.RootChange, error) {
	w, err := d.rootAt(path)
	if err != nil {
		return control.RootChange{}, err
	}
	before := w.w.CheckRoot(ctx)
	if before == nil {
		return control.RootChange{Path: path, Said: "there is nothing to take over: this daemon owns " + path}, nil
	}
	if _, second := errors.AsType[*watcher.StandbyError](before); !second {
		return control.RootChange{}, refused(path+" cannot be taken over", before)
	}
	who, err := w.w.Takeover(ctx)
	if err != nil {
		return control.RootChange{}, refused(path+" cannot be taken over", err)
	}
	d.takenOver(path, who)
	from := "another daemon"
	if who.Host != "" {
		from = "the daemon on " + who.Host
	}
	return control.RootChange{Path: path, Changed: true, Said: fmt.Sprintf("taken over from %s: %s is watched here now", from, path)}, nil
}

func takeoverHint(path string) string {
	return ": `simdrop root takeover " + path + "` makes this one its owner"
}

// rootAt is the watched root with that very path.
func (d *Daemon) rootAt(path string) (*watch, error) {
	var roots []string
	for _, w := range d.watches {
		if w.Path == path {
			return w, nil
		}
		roots = append(roots, w.Path)
	}
	hint := "no folder is watched"
	if len(roots) > 0 {
		hint = "the watched folders are " + strings.Join(roots, ", ")
	}
	return nil, &rootError{path + " is no watched folder", hint, dashboard.ErrNotFound}
}

// refused says why a root stays as it is. Being offline or another's is no fault
// of this program's.
func refused(what string, err error) error {
	hint := ""
	if off, ok := errors.AsType[*watcher.OfflineError](err); ok {
		hint = off.Hint
	}
	return &rootError{what + ": " + err.Error(), hint, dashboard.ErrConflict}
}
