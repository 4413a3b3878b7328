package daemon

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"simdrop/internal/config"
	"simdrop/internal/control"
	"simdrop/uploader"
	"simdrop/uploader/rigyd"
)

// provider looks at a provider's key and asks it something that is free.
func (d *doctor) provider(ctx context.Context, f *findings, name string, clocks chan<- clock) {
	p := d.Config.Providers[name]
	if p.Type == config.Local {
		f.add("provider", name, control.CheckOK, "it converts on this machine, without a key", "")
		return
	}
	key, source, err := config.ResolveKey(name, p)
	switch {
	case err != nil:
		f.add("key", name, control.CheckFail, err.Error(), "keep it anew with `simdrop login "+name+"`")
		return
	case key == "":
		f.add("key", name, control.CheckFail, "there is none", noKeyHint(name))
	default:
		f.add("key", name, control.CheckOK, "found: "+source, "")
		if file := keyFileOf(d.Config, p, name, source, key); file != "" {
			if w := config.KeyFileWarning(file); w != "" {
				f.add("key", name, control.CheckWarn, w, "chmod 600 "+file)
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	asked := time.Now()
	answer := Ask(ctx, name, p, key, d.Version)
	if !answer.Date.IsZero() {
		half := time.Since(asked) / 2
		clocks <- clock{name, answer.Date.Sub(asked.Add(half))}
	}
	d.answered(f, name, p, key != "", answer)
}

// answered tells what a provider said.
func (d *doctor) answered(f *findings, name string, p config.Provider, keyed bool, a Answer) {
	switch {
	case a.KeyRefused() && keyed:
		f.add("provider", name, control.CheckOK, p.BaseURL+" answers", "")
		f.add("key", name, control.CheckFail, "it is refused: "+a.Err.Error(), "make a new key in your account there, and keep it with `simdrop login "+name+"`")
	case a.KeyRefused():
		f.add("provider", name, control.CheckOK, p.BaseURL+" answers", "")
	case a.Err != nil:
		f.add("provider", name, control.CheckFail, a.Err.Error(), reachHint(a.Err))
	case a.HasCredits && a.Credits <= 0:
		f.add("provider", name, control.CheckWarn, p.BaseURL+" answers; no credits are left", "buy credits; held jobs go on some minutes later, or at once with `simdrop resume`")
	case a.HasCredits:
		f.add("provider", name, control.CheckOK, fmt.Sprintf("%s answers and takes the key; %g credits are left", p.BaseURL, a.Credits), "")
	case a.KeyTold:
		f.add("provider", name, control.CheckOK, p.BaseURL+" answers and takes the key", "")
	default:
		f.add("provider", name, control.CheckOK, p.BaseURL+" answers; whether it takes the key shows with the first job", "")
	}
}

// keyFileOf is the file in which the key lies readable, empty when there is none.
func keyFileOf(c *config.Config, p config.Provider, name, source string, key config.Secret) string {
	switch file := config.KeyFile(name, os.LookupEnv); {
	case p.APIKey != "":
		text, err := os.ReadFile(c.File)
		if err == nil && bytes.Contains(text, []byte(key.Reveal())) {
			return c.File
		}
		return ""
	case p.APIKeyFile != "":
		return p.APIKeyFile
	case source == file:
		return file
	}
	return ""
}

func noKeyHint(name string) string {
	return "keep one with `simdrop login " + name + "`, or set api_key"
}

// Answer is what a provider said to a free question.
type Answer struct {
	Date    time.Time // by its own clock, zero when it did not say
	KeyTold bool      // the question was one for which it wants the key
	Credits float64   // left; only with HasCredits

	HasCredits bool
	Err        error // *uploader.Error where the provider is a known one
}

// KeyRefused says that the provider answered and did not take the key.
func (a Answer) KeyRefused() bool {
	e, ok := errors.AsType[*uploader.Error](a.Err)
	return ok && e.Class == uploader.KeyRefused
}

// Ask asks a provider a question that costs nothing and shows whether it can be
// reached and, where it has such a question, whether it takes the key.
func Ask(ctx context.Context, name string, p config.Provider, key config.Secret, version string) Answer {
	if p.Type != config.Rigyd {
		return knock(ctx, p.BaseURL)
	}
	c, err := rigyd.New(rigyd.Options{Name: name, BaseURL: p.BaseURL, Key: key.Reveal, Version: version})
	if err != nil {
		return Answer{Err: err}
	}
	defer c.Close()
	fence, err := c.Newest(ctx)
	a := Answer{Date: fence.At, KeyTold: true, Err: err}
	if err != nil {
		return a
	}
	// Not every deployment has this one, so an error says nothing.
	if me, err := c.Me(ctx); err == nil && me.HasCredits {
		a.Credits, a.HasCredits = me.Credits, true
	}
	return a
}

// knock asks for nothing but an answer, and shows no key.
func knock(ctx context.Context, baseURL string) Answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, baseURL, nil)
	if err != nil {
		return Answer{Err: err}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return Answer{Err: err}
	}
	resp.Body.Close()
	date, _ := http.ParseTime(resp.Header.Get("Date")) // absent: zero
	return Answer{Date: date}
}

// reachHint is what to do when a provider does not answer as it should.
func reachHint(err error) string {
	if e, ok := errors.AsType[*uploader.Error](err); ok && e.Status != 0 {
		switch {
		case e.Status == http.StatusNotFound:
			return "is base_url right? For Rigyd it ends in /api"
		case e.Status == http.StatusTooManyRequests || e.Status >= 500:
			return "the trouble is on their side: simdrop tries again by itself"
		}
		return ""
	}
	_, cert := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	dns, named := errors.AsType[*net.DNSError](err)
	op, _ := errors.AsType[net.Error](err)
	switch {
	case named && dns.IsNotFound:
		return "no machine has that name: check base_url, and this machine's DNS"
	case named:
		return "the name cannot be looked up: check the network and this machine's DNS"
	case cert || authority:
		return "its certificate is not accepted: check the clock, and whether a proxy opens connections"
	case plain || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "it does not speak TLS there: is base_url http:// perhaps?"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: check base_url"
	case errors.Is(err, context.DeadlineExceeded) || op != nil && op.Timeout():
		return "no answer: check the network, a firewall, and HTTPS_PROXY"
	}
	return "check base_url and the network"
}
