package wire

import (
	"context"
	"net/http"
	"net/url"

	"simdrop/uploader"
)

// Get asks a question and returns a complete answer with a 2xx status.
// Everything else is an *uploader.Error, or ctx.Err() when ctx ended. A redirect
// is not followed: the API's questions have none.
func (a *API) Get(ctx context.Context, op string, k Kind, path string, q url.Values) (*Answer, error) {
	timed, cancel := context.WithTimeoutCause(ctx, a.opt.Call, idleError{a.opt.Call})
	defer cancel()
	req, err := a.request(timed, op, http.MethodGet, path, q)
	if err != nil {
		return nil, err
	}
	resp, err := a.rt.api.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, a.fail(op, uploader.Transient, "", lostCause(timed, err))
	}
	answer, err := a.readAnswer(resp, func() {})
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || answer.Status/100 != 2 {
		return nil, a.refusal(op, Classify(k, answer.Status, 0, err == nil && answer.Whole), answer, lostCause(timed, err))
	}
	return answer, nil
}
