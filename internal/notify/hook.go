package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"simdrop/internal/redact"
	"simdrop/queue"
)

const (
	// hookLimit is how long a hook may run before it is killed with its children.
	hookLimit = time.Minute
	// hookTail is how long its output is waited for when it has ended and a child of
	// it has not.
	hookTail = time.Second
	// maxHookOutput bounds what is kept of what a hook prints.
	maxHookOutput = 4 << 10
)

// hooks runs the configured commands.
type hooks struct {
	commands map[queue.State][]string
	dir      string
	object   func(queue.Job) any
	environ  []string
	secrets  []string
	log      *slog.Logger
}

// deliver runs the state's command with the job on its standard input. What the
// command makes of it is its own matter: a failure is logged and not tried again.
func (h *hooks) deliver(ctx context.Context, l queue.Letter) error {
	words := h.commands[l.Job.State]
	if len(words) == 0 {
		return nil // configured when the letter was written, and no more
	}
	input, err := json.Marshal(h.object(l.Job))
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, hookLimit)
	defer cancel()
	var out head
	cmd := exec.CommandContext(limited, h.program(words[0]), words[1:]...)
	cmd.Dir, cmd.Env = h.dir, h.environ
	cmd.Stdin = bytes.NewReader(append(input, '\n'))
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = hookTail
	err = runGroup(cmd)
	said := redact.Text(string(out.kept), h.secrets...)
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		h.log.Debug("hook ran", "job", l.Job.ID, "state", string(l.Job.State), "output", said)
		return nil
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("killed after %s", hookLimit)
	}
	if said != "" {
		err = fmt.Errorf("%w: %s", err, said)
	}
	return fmt.Errorf("run %s: %w", filepath.Base(words[0]), err)
}

// program is the command's path: a name is looked for on the PATH, a relative path
// counts from the configuration's folder.
func (h *hooks) program(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(name) || !strings.ContainsAny(name, `/`+string(filepath.Separator)) {
		return name
	}
	return filepath.Join(h.dir, name)
}

// head keeps the beginning of what is written to it.
type head struct{ kept []byte }

func (h *head) Write(p []byte) (int, error) {
	h.kept = append(h.kept, p[:min(len(p), maxHookOutput-len(h.kept))]...)
	return len(p), nil
}

// environ is our environment without what a hook must not have: the keys, whoever
// they belong to.
func environ(secrets []string) []string {
	var env []string
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if strings.EqualFold(name, "RIGYD_API_KEY") || strings.EqualFold(name, "CREDENTIALS_DIRECTORY") || holds(value, secrets) {
			continue
		}
		env = append(env, pair)
	}
	return env
}

// holds reports whether the value is or has in it a secret, or something of the
// shape of a key.
func holds(value string, secrets []string) bool {
	for _, s := range secrets {
		if s != "" && (value == s || len(s) >= 6 && strings.Contains(value, s)) {
			return true
		}
	}
	return redact.IsKey(value)
}
