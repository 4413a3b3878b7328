package control

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ErrNotRunning says that no daemon answers for the state folder.
var ErrNotRunning = errors.New("the daemon is not running")

// Error is an answer that is not a success.
type Error struct {
	Status  int // HTTP
	Problem Problem
}

func (e *Error) Error() string {
	if e.Problem.Error == "" {
		return fmt.Sprintf("the daemon answered HTTP %d", e.Status)
	}
	return e.Problem.Error
}

// Hint is what to do about it, "" when the daemon does not say.
func (e *Error) Hint() string { return e.Problem.Hint }

const (
	findTimeout = 3 * time.Second
	callTimeout = 30 * time.Second
	// A command passes the same gates as a drop: convert answers when the asset settled.
	convertTimeout = 10 * time.Minute
	maxAnswer      = 64 << 20 // ten thousand jobs and then some
)

// Client speaks to a running daemon.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// Find returns a client of the daemon that uses one of the state folders, the
// first that answers. The error is ErrNotRunning when none does.
func Find(ctx context.Context, stateDirs ...string) (*Client, error) {
	var problem error
	for _, dir := range stateDirs {
		c, err := find(ctx, dir)
		if err == nil {
			return c, nil
		}
		if !errors.Is(err, ErrNotRunning) && problem == nil {
			problem = err
		}
	}
	if problem != nil {
		return nil, problem
	}
	return nil, ErrNotRunning
}

func find(ctx context.Context, dir string) (*Client, error) {
	addr, err := readLine(filepath.Join(dir, AddrFile))
	if err != nil {
		return nil, notRunning(err)
	}
	token, err := readLine(filepath.Join(dir, TokenFile))
	if err != nil {
		return nil, notRunning(err)
	}
	c, err := NewClient(addr, token)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	return c, c.verify(ctx)
}

// notRunning keeps a file that may not be read apart from one that is not there.
func notRunning(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return ErrNotRunning
	}
	return fmt.Errorf("find the daemon: %w", err)
}

func readLine(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1024))
	return strings.TrimSpace(string(b)), err
}

// NewClient returns a client for the loopback address addr. It does not connect.
func NewClient(addr, token string) (*Client, error) {
	host, _, err := net.SplitHostPort(addr)
	if ip, perr := netip.ParseAddr(host); err != nil || (host != "localhost" && (perr != nil || !ip.IsLoopback())) {
		return nil, fmt.Errorf("%q is not a loopback address", addr)
	}
	return &Client{
		base:  "http://" + addr,
		token: token,
		http: &http.Client{
			Transport: &http.Transport{ // no proxy, whatever the environment says
				DialContext:           (&net.Dialer{Timeout: findTimeout}).DialContext,
				ResponseHeaderTimeout: convertTimeout,
				MaxIdleConns:          4,
				IdleConnTimeout:       30 * time.Second,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// verify asks the server to prove that it holds the token.
func (c *Client) verify(ctx context.Context) error {
	challenge := rand.Text()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/healthz?challenge="+challenge, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return ErrNotRunning
	}
	defer resp.Body.Close()
	var h Health
	err = json.NewDecoder(io.LimitReader(resp.Body, 4096)).Decode(&h)
	if err != nil || !hmac.Equal([]byte(h.Proof), []byte(Proof(c.token, challenge))) {
		return ErrNotRunning // another program has the port now
	}
	return nil
}

// call makes one request and decodes the answer into out, unless that is nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	resp, err := c.do(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	return nil
}

// do returns an answer that is a success.
func (c *Client) do(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
			return nil, ErrNotRunning
		}
		return nil, fmt.Errorf("ask the daemon: %w", err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	e := &Error{Status: resp.StatusCode}
	json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&e.Problem) // an answer that is none is told by its status
	return nil, e
}

// Status is the daemon's state.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.call(ctx, http.MethodGet, "/api/status", nil, &s, callTimeout)
}

// Jobs lists jobs, newest first; state "" is all, limit 0 is no limit.
func (c *Client) Jobs(ctx context.Context, state string, limit int) (jobs []Job, err error) {
	q := url.Values{}
	if state != "" {
		q.Set("state", state)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return jobs, c.call(ctx, http.MethodGet, "/api/jobs?"+q.Encode(), nil, &jobs, callTimeout)
}

// Job returns one job; an *Error with status 404 when there is none.
func (c *Client) Job(ctx context.Context, id string) (j Job, err error) {
	return j, c.call(ctx, http.MethodGet, "/api/jobs/"+url.PathEscape(id), nil, &j, callTimeout)
}

// Retry makes a failed job due again.
func (c *Client) Retry(ctx context.Context, id string) (Job, error) { return c.act(ctx, id, "retry") }

// Cancel stops a job.
func (c *Client) Cancel(ctx context.Context, id string) (Job, error) { return c.act(ctx, id, "cancel") }

// Release lets a held job go.
func (c *Client) Release(ctx context.Context, id string) (Job, error) {
	return c.act(ctx, id, "release")
}

func (c *Client) act(ctx context.Context, id, verb string) (j Job, err error) {
	return j, c.call(ctx, http.MethodPost, "/api/jobs/"+url.PathEscape(id)+"/"+verb, nil, &j, callTimeout)
}

// Pause stops submissions.
func (c *Client) Pause(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/api/pause", nil, nil, callTimeout)
}

// Resume lets submissions go on.
func (c *Client) Resume(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/api/resume", nil, nil, callTimeout)
}

// Convert enqueues absolute paths and returns their jobs, one per asset.
func (c *Client) Convert(ctx context.Context, paths []string) (jobs []Job, err error) {
	return jobs, c.call(ctx, http.MethodPost, "/api/convert", Convert{Paths: paths}, &jobs, convertTimeout)
}

// Explain says what the daemon makes of an absolute path.
func (c *Client) Explain(ctx context.Context, path string) (e Explanation, err error) {
	return e, c.call(ctx, http.MethodGet, "/api/explain?path="+url.QueryEscape(path), nil, &e, callTimeout)
}

// LoginURL returns an address that signs one browser in, once and soon.
func (c *Client) LoginURL(ctx context.Context) (string, error) {
	var s Session
	if err := c.call(ctx, http.MethodPost, "/api/login", nil, &s, callTimeout); err != nil {
		return "", err
	}
	return c.base + "/login?code=" + url.QueryEscape(s.Code), nil
}

// URL is the dashboard's address, without a sign-in.
func (c *Client) URL() string { return c.base + "/" }
