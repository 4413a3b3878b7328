package dashboard

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"simdrop/internal/control"
)

const (
	maxStreams = 64
	// backlog is how many changes wait for a slow reader before it is dropped:
	// it connects again and asks for the list, which is cheaper than to remember.
	backlog   = 256
	heartbeat = 15 * time.Second
	slowWrite = 10 * time.Second
)

// events sends one job object per change as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
func (h *handler) events(w http.ResponseWriter, r *http.Request) {
	select {
	case h.streams <- struct{}{}:
		defer func() { <-h.streams }()
	default:
		h.fail(w, r, &refusal{status: http.StatusServiceUnavailable, text: "too many event streams are open"})
		return
	}
	ctx, drop := context.WithCancel(r.Context())
	defer drop()
	changes := make(chan control.Job, backlog)
	h.backend.Subscribe(ctx, func(j control.Job) {
		select {
		case changes <- j:
		default:
			drop()
		}
	})
	w.Header().Set("Content-Type", "text/event-stream")
	if err := stream(ctx, w, changes); err != nil {
		h.log.Debug("event stream ended", "err", err)
	}
}

// stream writes changes until ctx ends or the reader does not keep up.
func stream(ctx context.Context, w http.ResponseWriter, changes <-chan control.Job) error {
	control := http.NewResponseController(w)
	send := func(text string) error {
		control.SetWriteDeadline(time.Now().Add(slowWrite)) // not every writer has one
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		return control.Flush()
	}
	if err := send("retry: 2000\n\n"); err != nil {
		return err
	}
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		var text string
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-alive.C:
			text = ": still here\n\n"
		case j := <-changes:
			b, err := json.Marshal(j) // escapes line ends, so one data line holds it
			if err != nil {
				return err
			}
			text = "data: " + string(b) + "\n\n"
		}
		if err := send(text); err != nil {
			return err
		}
	}
}
