// Package rigyd speaks the Rigyd API: one 3D file, image set or text prompt in,
// a physics-ready USD or MJCF package out, as a ZIP.
//
// What is particular about it: it has no idempotency key, but a free job list,
// which shows the names of uploaded files. A submission whose answer was lost is
// therefore looked for in the list, see Newest and Since. Its answers vary between
// deployments, so the wire types accept more than the documentation promises.
package rigyd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"simdrop/uploader"
	"simdrop/uploader/wire"
)

// Options configures a Client.
type Options struct {
	Name    string        // configured name, for errors and logs
	BaseURL string        // with /api, as the vendor's own clients have it
	Key     func() string // asked for every request; nil: the server takes no key
	Version string        // of simdrop, for the User-Agent
	// Bandwidth is bytes per second up, for all uploads together; 0 is unlimited.
	Bandwidth int64
	// Idle is how long a transfer may stand still, and how long an answer to a
	// finished upload may take; 0 is a minute.
	Idle time.Duration
	// Transport replaces the network, see wire.Options. Nil: the system's.
	Transport http.RoundTripper
	// Logger is told what is odd and harmless. Nil: nobody is.
	Logger *slog.Logger
}

// Client is a Rigyd account. It is safe for concurrent use.
type Client struct {
	name string
	api  *wire.API
	log  *slog.Logger
	odd  sync.Map // unknown status words that have been logged
}

var _ interface {
	uploader.Provider
	uploader.Lister
	uploader.Simulator
	uploader.Pricer
	uploader.Teller
} = (*Client)(nil)

// New checks the options. It opens no connection.
func New(o Options) (*Client, error) {
	header := http.Header{}
	header.Set("X-Rigyd-Client", "simdrop")
	version := o.Version
	if version == "" {
		version = "dev"
	}
	api, err := wire.New(wire.Options{
		Provider: o.Name, BaseURL: o.BaseURL, Key: o.Key, Header: header, UserAgent: "simdrop/" + version,
		Bandwidth: o.Bandwidth, Idle: o.Idle, Transport: o.Transport,
	})
	if err != nil {
		return nil, fmt.Errorf("provider %s: %w", o.Name, err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Client{name: o.Name, api: api, log: o.Logger}, nil
}

// BaseURL is the normalised base URL: the account in job keys is built on it.
func (c *Client) BaseURL() string { return c.api.BaseURL() }

// Close drops idle connections.
func (c *Client) Close() { c.api.Close() }

// Poll returns the state of a job. A status that is not documented is Working.
func (c *Client) Poll(ctx context.Context, id string) (uploader.Remote, error) {
	j, err := c.job(ctx, "poll", id)
	if err != nil {
		return uploader.Remote{}, err
	}
	return c.remote(j), nil
}

func (c *Client) job(ctx context.Context, op, id string) (job, error) {
	path, err := c.jobPath(op, id)
	if err != nil {
		return job{}, err
	}
	answer, err := c.api.Get(ctx, op, wire.Job, path, nil)
	if err != nil {
		return job{}, err
	}
	j, err := decodeJob(answer)
	if err == nil && string(j.Status) == "" {
		err = errors.New("the answer has no status")
	}
	if err == nil && string(j.ID) == "" {
		j.ID = text(id)
	}
	if err == nil && string(j.ID) != id {
		err = errors.New("the answer is about another job")
	}
	if err != nil {
		return job{}, c.api.Unreadable(op, wire.Job, answer, err)
	}
	return j, nil
}

// jobPath is the path of a job. An ID is the server's word: it is escaped, and one
// that could not be an ID is never sent.
func (c *Client) jobPath(op, id string) (string, error) {
	if err := checkID(id); err != nil {
		return "", &uploader.Error{Provider: c.name, Op: op, Class: uploader.Gone, Cause: err}
	}
	return "/conversions/" + url.PathEscape(id), nil
}

// Fetch writes the ZIP of a finished job to w. format is usd, mjcf or all, or the
// name of one of the job's Outputs, which is written as it is.
func (c *Client) Fetch(ctx context.Context, id, format string, w io.Writer) (int64, error) {
	path, err := c.jobPath("fetch", id)
	if err != nil {
		return 0, err
	}
	if strings.HasPrefix(format, "sim_") {
		return c.fetchOutput(ctx, id, format, w)
	}
	n, err := c.api.Download(ctx, wire.Download{
		Op: "fetch", Path: path + "/result", Query: url.Values{"format": {format}}, Check: checkZIP,
	}, w)
	var e *uploader.Error
	if errors.As(err, &e) && e.Class == uploader.Gone && strings.Contains(strings.ToLower(e.Detail), "mjcf") {
		e.Class = uploader.Unavailable
	}
	return n, err
}

// fetchOutput asks for the job to get a fresh signed address, which is used at
// once and never kept.
func (c *Client) fetchOutput(ctx context.Context, id, name string, w io.Writer) (int64, error) {
	j, err := c.job(ctx, "fetch", id)
	if err != nil {
		return 0, err
	}
	address := j.Output.file(name)
	if address == "" {
		return 0, &uploader.Error{Provider: c.name, Op: "fetch", Class: uploader.Unavailable,
			Detail: "the simulation has no " + strings.TrimPrefix(name, "sim_")}
	}
	return c.api.Download(ctx, wire.Download{Op: "fetch", URL: address}, w)
}

// checkZIP refuses what is not a ZIP archive by its signature (APPNOTE 4.3.6 and, for
// an archive without entries, 4.3.16) and shows what came instead.
func checkZIP(head []byte) error {
	s := string(head)
	if strings.HasPrefix(s, "PK\x03\x04") || strings.HasPrefix(s, "PK\x05\x06") {
		return nil
	}
	if s == "" {
		return errors.New("the result is empty")
	}
	return fmt.Errorf("the result is not a ZIP archive, it begins with %q", s[:min(len(s), 80)])
}

// remote translates a job, and logs an unknown status once.
func (c *Client) remote(j job) uploader.Remote {
	r := j.remote()
	if !r.Known {
		if _, logged := c.odd.LoadOrStore(r.Status, true); !logged {
			c.log.Warn("unknown remote status, polling goes on", "provider", c.name, "status", r.Status, "remote_id", r.ID)
		}
	}
	return r
}
