package wire

import (
	"context"
	"errors"
	"net/http"

	"simdrop/uploader"
)

// Post is a request that may be accepted, and paid for.
type Post struct {
	Op      string // for errors
	Kind    Kind   // Submission or Simulation
	Path    string // escaped, below the base URL
	Header  http.Header
	Content Content
	Sent    func(n int64) // told the body bytes handed over, may be nil
}

// Post sends p at most once and returns a complete answer with a 2xx status.
// Everything else is an *uploader.Error, or ctx.Err() when ctx ended: then
// nothing is known about acceptance, and the caller treats it as its own death.
func (a *API) Post(ctx context.Context, p Post) (*Answer, error) {
	size := p.Content.Size()
	src, err := p.Content.Open()
	if err != nil {
		return nil, a.fail(p.Op, uploader.NotSent, "the frozen copy cannot be read", err)
	}
	watched, dog := watch(ctx, a.opt.Idle)
	defer dog.stop()
	body := &body{ctx: watched, limit: a.limit, w: dog, sent: p.Sent, src: src, left: size,
		done: func() { dog.patience(a.opt.Answer) }}
	defer body.Close()
	req, err := a.request(watched, p.Op, http.MethodPost, p.Path, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range p.Header {
		req.Header[name] = values
	}
	// Without GetBody net/http has nothing to send a second time.
	req.Body, req.ContentLength, req.GetBody = body, size, nil
	// Without Close net/http would send the body even after an early refusal, to
	// keep the connection.
	req.Close = true
	req.Header.Set("Content-Type", p.Content.Type())
	req.Header.Set("Expect", "100-continue")

	rt, release := a.rt.submit(dog)
	defer release()
	resp, err := rt.RoundTrip(req)
	if err != nil {
		sent := body.seal()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, a.fail(p.Op, lostClass(sent), "", lostCause(watched, err))
	}
	answer, err := a.readAnswer(resp, dog.moved)
	sent := body.seal()
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || answer.Status/100 != 2 {
		return nil, a.refusal(p.Op, Classify(p.Kind, answer.Status, sent, err == nil && answer.Whole), answer, lostCause(watched, err))
	}
	return answer, nil
}

// lostClass is the class of a POST without an answer. A body that net/http never
// began to read was never sent, whatever happened to the header: there is
// nothing a server could have accepted.
func lostClass(sent int64) uploader.Class {
	if sent == 0 {
		return uploader.NotSent
	}
	return uploader.Ambiguous
}

// lostCause prefers what our watchdog says to the "context canceled" it causes.
func lostCause(ctx context.Context, err error) error {
	var idle idleError
	if err != nil && errors.As(context.Cause(ctx), &idle) {
		return idle
	}
	return err
}
