package uploader

import (
	"errors"
	"fmt"

	"simdrop/internal/asset"
	"simdrop/internal/redact"
	"simdrop/queue"
)

// What people read on a job. Hints name the one thing to do.
const (
	creditsHint = "add credits to the account: submissions go on some minutes later, or at once with `simdrop resume`; running jobs go on"
	lowHint     = "add credits to the account soon: without any, submissions are held"
	invalidHint = "export it again; simdrop takes it as soon as the file changes"
	tooBigHint  = "make the textures or the mesh smaller, and save the asset again"
	imagesHint  = "nothing was charged; the provider may take one image or all four views (front, right, back, left) only: add the missing ones, or leave one"
)

func keyHint(provider string) string {
	return "put a valid key into the configuration (providers." + provider + ".api_key) and restart simdrop; when this one works again, its jobs go on some minutes later, or at once with `simdrop resume`"
}

func refusedHint(j *queue.Job, e *Error) string {
	switch n := len(j.Sources); {
	case j.Simulation != nil:
		return "nothing was charged; the conversion's result stays as it is"
	case e.Status == 413:
		return tooBigHint
	case e.Status == 422 && (n == 2 || n == 3) && asset.Accepted(j.Path, []asset.Kind{asset.Images}):
		return imagesHint
	}
	return "nothing was charged; mend the asset and save it again"
}

func ambiguousHint(l *line, j *queue.Job) string {
	if j.Simulation != nil {
		return fmt.Sprintf("look into %s's own list of simulations; `simdrop release` sends it again, and if it was accepted before, its %s credits are paid once more",
			l.Name, queue.Credited(j.Estimate))
	}
	return fmt.Sprintf("look into %s's own job list; `simdrop release` sends the asset again, and if it was accepted before, that is paid once more", l.Name)
}

func unreachableHint(l *line, e *Error) string {
	if e.Status == 0 && (e.Class == NotSent || e.Class == Transient) {
		return "check the network and providers." + l.Name + ".base_url; simdrop keeps trying"
	}
	return ""
}

func tooBig(l *line, size int64) string {
	return fmt.Sprintf("the upload has %d MB and %s takes at most %d MB", size/1_000_000, l.Type, l.MaxBytes/1_000_000)
}

// reason is an error's text for a job.
func reason(e *Error) string { return e.Error() }

// classified returns err as an *Error. One that a provider has not classified
// counts as ambiguous: nothing is known of what happened.
func classified(l *line, op string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Provider: l.Name, Op: op, Class: Ambiguous, Cause: err}
}

// guard turns a panic in a step into an error of that step: one bad job never
// stops the others. Its text may hold anything, and goes onto the job.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("this is a bug in simdrop: " + redact.Text(fmt.Sprint(p)))
		}
	}()
	return f()
}
