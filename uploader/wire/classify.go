package wire

import (
	"net/http"

	"simdrop/uploader"
)

// Kind is what a request asks for; a status code means something else for each.
type Kind int

// The kinds of requests.
const (
	Submission Kind = iota // a POST that may be accepted and paid for
	Simulation             // a POST about a job of ours, free
	Job                    // a question about one job
	Result                 // the result of a job
	Question               // any other question: list, prices, account
)

// Classify says what a status that is not a success means, or a success that
// cannot be read. For a POST, sent is the number of body bytes that left us;
// whole tells whether the answer's body was read to a proven end: a refusal that
// was cut may have been anything.
func Classify(k Kind, status int, sent int64, whole bool) uploader.Class {
	if k == Submission || k == Simulation {
		return classifyPost(k, status, sent, whole)
	}
	if !whole {
		return uploader.Transient
	}
	aboutJob := k == Job || k == Result
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return uploader.KeyRefused
	case http.StatusPaymentRequired:
		return uploader.NoCredits
	case http.StatusTooManyRequests:
		return uploader.RateLimited
	case http.StatusConflict:
		if aboutJob {
			return uploader.NotReady
		}
	case http.StatusNotFound:
		if aboutJob {
			return uploader.Gone
		}
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		// A result in a format that does not exist. On other questions it says
		// nothing about a job that has been paid for.
		if k == Result {
			return uploader.Refused
		}
	}
	return uploader.Transient
}

// classifyPost knows six refusals. All else may hide an acceptance, unless no
// byte of the body was sent.
func classifyPost(k Kind, status int, sent int64, whole bool) uploader.Class {
	if status/100 == 2 || status/100 == 3 {
		return uploader.Ambiguous
	}
	if !whole {
		return lostClass(sent)
	}
	if k == Simulation {
		switch status {
		case http.StatusConflict:
			return uploader.NotReady
		case http.StatusNotFound:
			return uploader.Gone
		}
	}
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return uploader.Refused
	case http.StatusUnauthorized, http.StatusForbidden:
		return uploader.KeyRefused
	case http.StatusPaymentRequired:
		return uploader.NoCredits
	case http.StatusTooManyRequests:
		return uploader.RateLimited
	case http.StatusConflict:
		return uploader.Ambiguous
	}
	return lostClass(sent)
}
