package dashboard

import (
	"context"
	"errors"
	"net/http"

	"simdrop/internal/control"
)

// What a Backend's error means to who asked. An error with a method Hint() string
// also says what to do.
var (
	// ErrNotFound: there is no such job. HTTP 404.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the job's state does not allow it. HTTP 409.
	ErrConflict = errors.New("not possible in this state")
	// ErrInvalid: what was asked for makes no sense. HTTP 400.
	ErrInvalid = errors.New("invalid request")
)

// refusal is an error of this package: a status and what to tell.
type refusal struct {
	status int
	text   string
	hint   string
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Hint() string  { return r.hint }

func invalid(text string) error { return &refusal{status: http.StatusBadRequest, text: text} }

// problem is the answer that an error makes.
func problem(err error) (int, control.Problem) {
	p := control.Problem{Error: err.Error()}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		p.Hint = h.Hint()
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status, p
	}
	switch {
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound, p
	case errors.Is(err, ErrConflict):
		return http.StatusConflict, p
	case errors.Is(err, ErrInvalid):
		return http.StatusBadRequest, p
	case errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, p
	}
	return http.StatusInternalServerError, p
}
