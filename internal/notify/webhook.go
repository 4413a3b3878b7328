package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"simdrop/queue"
	"simdrop/uploader/wire"
)

// The headers of a webhook's POST.
const (
	// SignatureHeader is "sha256=" and the HMAC-SHA256 (RFC 2104) of the body under
	// the secret, in hexadecimal.
	SignatureHeader = "X-Simdrop-Signature"
	// TimestampHeader is when this attempt was sent, in seconds since 1970.
	TimestampHeader = "X-Simdrop-Timestamp"
	// EventHeader is the state that the job entered.
	EventHeader = "X-Simdrop-Event"
	// DeliveryHeader is the same for every attempt to tell one change.
	DeliveryHeader = "X-Simdrop-Delivery"
)

const (
	webhookLimit = 15 * time.Second
	maxAnswer    = 64 << 10
	maxWait      = 5 * time.Minute // whatever Retry-After says
)

// sender posts to one webhook.
type sender struct {
	Webhook
	client  *http.Client
	object  func(queue.Job) any
	version string
}

// newClient returns a client that follows no redirect: the signature is meant for
// the configured receiver only.
func newClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.DisableCompression, t.MaxResponseHeaderBytes = true, maxAnswer
		transport = t
	}
	return &http.Client{
		Transport: transport, Timeout: webhookLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// name is the webhook for people. Chat services have their secret in the path, so
// the host is all there is.
func (s *sender) name() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return "webhook"
	}
	return "webhook " + u.Host
}

// deliver posts the job.
func (s *sender) deliver(ctx context.Context, l queue.Letter) error {
	body, err := json.Marshal(s.object(l.Job))
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL cannot be used")
	}
	s.sign(req.Header, l, body)
	resp, err := s.client.Do(req)
	if err != nil {
		return &laterError{err: withoutURL(err)}
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // so that the connection serves again
	return judge(resp)
}

func (s *sender) sign(h http.Header, l queue.Letter, body []byte) {
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "simdrop/"+s.version)
	h.Set(TimestampHeader, strconv.FormatInt(time.Now().Unix(), 10))
	h.Set(EventHeader, string(l.Job.State))
	h.Set(DeliveryHeader, strings.ReplaceAll(l.To, " ", "-")+"-"+strconv.FormatUint(l.Num, 10))
	if s.Secret != "" {
		h.Set(SignatureHeader, Sign(s.Secret, body))
	}
}

// Sign is the value of SignatureHeader.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// judge says whether the answer is a success, a refusal of this very message, which
// no repetition mends, or something that may pass.
func judge(resp *http.Response) error {
	switch code := resp.StatusCode; code {
	case http.StatusBadRequest, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return fmt.Errorf("the receiver answers %d", code)
	default:
		if code >= 200 && code < 300 {
			return nil
		}
		err := &laterError{err: fmt.Errorf("the receiver answers %d", code)}
		if code >= 300 && code < 400 {
			err.err = fmt.Errorf("the receiver redirects (%d), and webhooks follow no redirect", code)
		}
		h := resp.Header
		err.after = min(wire.ParseRetryAfter(h.Get("Retry-After"), h.Get("Date"), time.Now()), maxWait)
		return err
	}
}

// withoutURL takes the URL out of the client's errors.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		if e.Timeout() {
			return fmt.Errorf("no answer within %s", webhookLimit)
		}
		return e.Err
	}
	return err
}
