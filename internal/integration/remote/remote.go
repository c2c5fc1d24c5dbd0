// Package remote is how the clients of other services ask: through the guarded
// client, behind a circuit breaker, with a bounded number of retries, and with
// errors that say which host was asked, what it answered and what to check.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

// Errors that callers decide on; every error of a [Client] is an [*Error] that
// wraps one of these, or an error of package outbound.
var (
	// ErrNotFound says that the service does not have what was asked for.
	ErrNotFound = errors.New("not found")
	// ErrDenied says that the credentials are missing, wrong, or not enough.
	ErrDenied = errors.New("access denied")
	// ErrConflict says that what was to be changed has changed meanwhile.
	ErrConflict = errors.New("changed meanwhile")
	// ErrUnavailable says that the service fails or asks to wait.
	ErrUnavailable = errors.New("unavailable")
	// ErrAnswer says that the service answered something that it should not.
	ErrAnswer = errors.New("unexpected answer")
)

const (
	attempts     = 3
	maxErrorText = 300 // bytes of an answer that an error shows
	maxErrorBody = 16 << 10
	maxWait      = 5 * time.Second // the longest Retry-After that is waited for here
)

// Options are what a [Client] is built from.
type Options struct {
	// Name is the service for people, such as "MLflow".
	Name string
	// BaseURL is its configured address; paths are below it.
	BaseURL string
	// Authorize adds the credentials to a request; nil adds none.
	Authorize func(*http.Request)
	// HTTP is the guarded client.
	HTTP *outbound.Client
	// Breaker stops asking a service that fails.
	Breaker *outbound.Breaker
	// Credentials names the setting that holds them, for errors.
	Credentials string
	// Secret is the token or password, so that an answer that repeats it is not
	// shown.
	Secret string
	// Backoff is the wait before the second attempt, doubled for the third; 0
	// is 200 ms.
	Backoff time.Duration
}

// Client asks one service. It is safe for concurrent use.
type Client struct {
	o    Options
	base *url.URL
}

// New is a client of a service; the address was checked by the configuration.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(o.BaseURL, "/"))
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("%s: the address is not a URL", o.Name)
	}
	base.User = nil
	if o.Backoff == 0 {
		o.Backoff = 200 * time.Millisecond
	}
	return &Client{o, base}, nil
}

// Host is the host and port that are asked.
func (c *Client) Host() string { return c.base.Host }

// Open tells whether the breaker refuses calls.
func (c *Client) Open() bool { return c.o.Breaker.Open() }

// Request is one question.
type Request struct {
	Method string
	// Path is below the base, already escaped, and begins with a slash.
	Path  string
	Query url.Values
	// Body is sent as it is; nil sends none.
	Body        []byte
	ContentType string
	Header      map[string]string
	// Repeat allows to ask again after a failure: it must not matter how often
	// the service hears it. GET and HEAD always may.
	Repeat bool
}

// Answer is what a service answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON asks and decodes the answer. A body is sent as JSON; into may be nil.
// NaN and the infinities, which are not JSON but come all the same, are decoded
// as texts.
func (c *Client) JSON(ctx context.Context, r Request, body, into any) error {
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("%s: %w", c.o.Name, err)
		}
		r.Body, r.ContentType = text, "application/json"
	}
	answer, err := c.Do(ctx, r)
	if err != nil || into == nil {
		return err
	}
	if err := decode(answer.Body, into); err != nil {
		return c.fail(answer, ErrAnswer, "it is not the JSON that "+c.o.Name+" documents: "+plain(err.Error()), "whether the address is that of "+c.o.Name+" and not of a proxy or login page")
	}
	return nil
}

func decode(body []byte, into any) error {
	value, err := integration.ParseJSON(body)
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// Do asks and gives the answer of a status below 300.
func (c *Client) Do(ctx context.Context, r Request) (*Answer, error) {
	repeat := r.Repeat || r.Method == http.MethodGet || r.Method == http.MethodHead
	wait := c.o.Backoff
	for attempt := 1; ; attempt++ {
		answer, err := c.once(ctx, r)
		if err == nil || !repeat || attempt == attempts || !passing(err) {
			return answer, err
		}
		pause := max(wait, retryAfter(err))
		if pause > maxWait {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
		wait *= 2
	}
}

// passing tells whether an error may be gone a moment later. Who gave no answer
// in time is not made to wait for three times as long.
func passing(err error) bool {
	if isTimeout(err) {
		return false
	}
	return errors.Is(err, ErrUnavailable) || errors.Is(err, outbound.ErrFailed) && !errors.Is(err, outbound.ErrTooLarge)
}

func retryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// once asks one time, behind the breaker. An answer that refuses the question
// says that the service works.
func (c *Client) once(ctx context.Context, r Request) (answer *Answer, err error) {
	failed := c.o.Breaker.Do(ctx, func(ctx context.Context) error {
		answer, err = c.exchange(ctx, r)
		if errors.Is(err, ErrUnavailable) || errors.Is(err, outbound.ErrFailed) {
			return err
		}
		return nil
	})
	if errors.Is(failed, outbound.ErrBreakerOpen) {
		return nil, c.fail(nil, failed, "it was not asked, since it has been failing", "whether "+c.o.Name+" is up; it is tried again in a few seconds")
	}
	return answer, err
}

func (c *Client) exchange(ctx context.Context, r Request) (*Answer, error) {
	request, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	response, err := c.o.HTTP.Do(request)
	if err != nil {
		return nil, c.transportError(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer := &Answer{Status: response.StatusCode, Header: response.Header}
	if response.StatusCode >= 300 {
		answer.Body, _ = io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
		return nil, c.statusError(answer)
	}
	if answer.Body, err = io.ReadAll(response.Body); err != nil {
		return nil, c.transportError(fmt.Errorf("%w: %w", outbound.ErrFailed, err))
	}
	return answer, nil
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	target := c.base.String() + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, target, bytes.NewReader(r.Body))
	if err != nil {
		return nil, c.fail(nil, ErrAnswer, "the request has no valid address", "the reference")
	}
	if r.ContentType != "" {
		request.Header.Set("Content-Type", r.ContentType)
	}
	request.Header.Set("User-Agent", "mcg")
	for key, value := range r.Header {
		request.Header.Set(key, value)
	}
	if c.o.Authorize != nil {
		c.o.Authorize(request)
	}
	return request, nil
}

func (c *Client) transportError(err error) error {
	switch {
	case errors.Is(err, outbound.ErrRefused):
		return c.fail(nil, err, "it may not be asked: "+plain(err.Error()), "that the address in the configuration is the one meant")
	case errors.Is(err, outbound.ErrTooLarge):
		return c.fail(nil, err, "its answer has no end within the size that is read", "whether the address is that of "+c.o.Name)
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return c.fail(nil, err, "it gave no answer in time", "whether "+c.o.Name+" is up and reachable from here")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return c.fail(nil, err, "its answer broke off", "whether "+c.o.Name+" is up, and what is between")
	case errors.Is(err, context.Canceled):
		return c.fail(nil, err, "the request was given up", "who ended it")
	}
	return c.fail(nil, err, "it cannot be reached: "+plain(err.Error()), "the address in the configuration, and whether "+c.o.Name+" is up")
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

func (c *Client) statusError(answer *Answer) error {
	said := fmt.Sprintf("it answered %d %s", answer.Status, http.StatusText(answer.Status))
	if text := c.message(answer.Body); text != "" {
		said += ": " + text
	}
	switch status := answer.Status; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return c.fail(answer, ErrDenied, said, "the credentials in "+c.o.Credentials+" and what they may do")
	case status == http.StatusNotFound:
		return c.fail(answer, ErrNotFound, said, "the name or identifier, and whether the credentials may see it")
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		return c.fail(answer, ErrConflict, said, "what has changed there, then try again")
	case status == http.StatusTooManyRequests, status >= 500:
		err := c.fail(answer, ErrUnavailable, said, "the state and the log of "+c.o.Name)
		err.RetryAfter = waitOf(answer.Header.Get("Retry-After"))
		return err
	case status < 400:
		return c.fail(answer, ErrAnswer, said, "the address in the configuration: it leads elsewhere")
	}
	return c.fail(answer, ErrAnswer, said, "the reference and the version of "+c.o.Name)
}

// waitOf is a Retry-After in seconds; a date is not worth waiting for.
func waitOf(text string) time.Duration {
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}

// message is what a service said of an error, on one line and without
// anything that looks like HTML.
func (c *Client) message(body []byte) string {
	var known struct {
		Message   string          `json:"message"`
		ErrorText json.RawMessage `json:"error"`
		Errors    []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &known) == nil {
		for _, e := range known.Errors {
			known.Message += e.Message + " "
		}
		var text string
		if known.Message == "" && json.Unmarshal(known.ErrorText, &text) == nil {
			known.Message = text
		}
		return c.plain(known.Message)
	}
	if bytes.Contains(body, []byte("<")) {
		return "" // a page, which says nothing that a line can hold
	}
	return c.plain(string(body))
}

// plain is what a service said, without the secret that it may repeat.
func (c *Client) plain(s string) string {
	if c.o.Secret != "" {
		s = strings.ReplaceAll(s, c.o.Secret, "[redacted]")
	}
	return plain(s)
}

// plain is a text from outside on one line of bounded length.
func plain(s string) string {
	if len(s) > maxErrorText {
		s = strings.ToValidUTF8(s[:maxErrorText], "") + "…"
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

// Error is a failed question: who was asked, what came back, what to check.
type Error struct {
	Service, Host string
	// Status is the answer's, or 0 where there was none.
	Status int
	// Detail is what happened; Check is what to look at.
	Detail, Check string
	// RetryAfter is how long the service asks to wait.
	RetryAfter time.Duration

	cause error
}

// Error is all of it on one line.
func (e *Error) Error() string {
	return fmt.Sprintf("%s at %s: %s; check %s", e.Service, e.Host, e.Detail, e.Check)
}

// Temporary tells whether a later try may go well.
func (e *Error) Temporary() bool {
	return errors.Is(e.cause, ErrUnavailable) || errors.Is(e.cause, outbound.ErrBreakerOpen) ||
		errors.Is(e.cause, outbound.ErrFailed) && !errors.Is(e.cause, outbound.ErrTooLarge)
}

// Unwrap is one of the errors of this package, or of package outbound.
func (e *Error) Unwrap() error { return e.cause }

func (c *Client) fail(answer *Answer, cause error, detail, check string) *Error {
	e := &Error{Service: c.o.Name, Host: c.base.Host, Detail: detail, Check: check, cause: cause}
	if answer != nil {
		e.Status = answer.Status
	}
	return e
}

// Refuse is an error of an answer that says what it should not.
func (c *Client) Refuse(cause error, detail, check string) error {
	return c.fail(nil, cause, detail, check)
}
