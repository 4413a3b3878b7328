package daemon

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"simdrop/internal/durable"
	"simdrop/queue"
	"simdrop/watcher"
)

// instance returns the name of this state folder, and makes one when it is new. A
// root's owner file holds it, so that two daemons on one share know each other.
func instance(stateDir string) (string, error) {
	path := filepath.Join(stateDir, "instance.id")
	b, err := os.ReadFile(path)
	if id := strings.TrimSpace(string(b)); err == nil && id != "" {
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the state folder's name: %w", err)
	}
	id := rand.Text()
	if err := durable.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("name the state folder: %w", err)
	}
	return id, nil
}

// identity returns by what the root is recognised, the zero Identity for a new one.
func (d *Daemon) identity(root string) (watcher.Identity, error) {
	var id watcher.Identity
	raw, err := d.queue.Identity(root)
	if err != nil || raw == nil {
		return id, err
	}
	return id, json.Unmarshal(raw, &id)
}

func (d *Daemon) remember(root string, id watcher.Identity) error {
	raw, err := json.Marshal(id)
	if err != nil {
		return err
	}
	return d.queue.SetIdentity(root, raw)
}

// companions names the companions of an asset as its newest job froze them.
func (d *Daemon) companions(path string) ([]string, bool) {
	j, err := d.queue.Latest(path)
	if err != nil || len(j.Sources) == 0 {
		return nil, false
	}
	paths := make([]string, 0, len(j.Sources)-1)
	for _, s := range j.Sources[1:] {
		paths = append(paths, s.Path)
	}
	return paths, true
}

// allowed says why nothing may be submitted or published for the job now: its
// folder is away, is another one than before, or belongs to another daemon.
func (d *Daemon) allowed(ctx context.Context, j queue.Job) error {
	if w := d.watchOf(j.Path); w != nil {
		return w.w.CheckRoot(ctx)
	}
	return nil
}

// silence is how long a root's owner has to be silent before its watcher may take
// the root over by itself.
const silence = 15 * time.Minute

// mayTakeOver reports whether a folder of the provider may change its owner by
// itself: the former owner's last submission is then older than what the provider
// needs to list it, so that the list tells what was accepted.
func (d *Daemon) mayTakeOver(provider string) bool {
	return d.cfg.Providers[provider].AmbiguousWait.D() <= silence
}

// takenOver is told that a root's former owner is gone. What it submitted last is
// in the provider's list only, so that is read again before anything is sent.
func (d *Daemon) takenOver(root string, who watcher.Owner) {
	d.log.Warn("took over a watched folder", "watch", root, "from", who.Host)
	d.up.Relist()
}
