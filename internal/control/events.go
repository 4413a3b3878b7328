package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// silence is longer than the server's heartbeat several times over.
	silence = time.Minute
	maxLine = 4 << 20
)

// Events is a stream of changed jobs.
type Events struct {
	body   io.ReadCloser
	lines  *bufio.Scanner
	cancel context.CancelFunc
	alive  *time.Timer
}

// Events subscribes to changes. Every change after it has returned is in the
// stream, until ctx ends; what was before must be asked for.
func (c *Client) Events(ctx context.Context) (*Events, error) {
	ctx, cancel := context.WithCancel(ctx)
	resp, err := c.do(ctx, http.MethodGet, "/api/events", nil)
	if err != nil {
		cancel()
		return nil, err
	}
	e := newEvents(resp.Body, cancel)
	e.alive = time.AfterFunc(silence, cancel)
	return e, nil
}

func newEvents(body io.ReadCloser, cancel context.CancelFunc) *Events {
	e := &Events{body: body, lines: bufio.NewScanner(body), cancel: cancel}
	e.lines.Buffer(make([]byte, 0, 4096), maxLine)
	return e
}

// Next waits for the next change. The error is io.EOF when the daemon ended the
// stream, because it stops or because we were too slow.
func (e *Events) Next() (Job, error) {
	var data strings.Builder
	for e.lines.Scan() {
		if e.alive != nil {
			e.alive.Reset(silence)
		}
		line := e.lines.Text()
		field, value, _ := strings.Cut(line, ":")
		switch {
		case field == "data":
			if data.Len()+len(value) > maxLine {
				return Job{}, errors.New("read events: an event is too large")
			}
			if data.Len() > 0 {
				data.WriteByte('\n')
			}
			data.WriteString(strings.TrimPrefix(value, " "))
		case line == "" && data.Len() > 0:
			var j Job
			if err := json.Unmarshal([]byte(data.String()), &j); err != nil {
				return Job{}, fmt.Errorf("read events: %w", err)
			}
			return j, nil
		}
	}
	if err := e.lines.Err(); err != nil {
		return Job{}, fmt.Errorf("read events: %w", err)
	}
	return Job{}, io.EOF
}

// Close ends the stream.
func (e *Events) Close() error {
	if e.alive != nil {
		e.alive.Stop()
	}
	e.cancel()
	return e.body.Close()
}
