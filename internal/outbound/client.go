// Package outbound makes every request that leaves the process. Its client reaches only hosts on an allow-list, checks each
// resolved address at the moment of connecting (so a name that changes its answer gains nothing), follows no redirect
// unasked, and bounds time, headers and body.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Errors a caller decides on. Everything Do and Get return wraps exactly one of the first two; ErrTooLarge comes with ErrFailed.
var (
	// ErrRefused means the policy forbids the request: no connection was made to the refused place, and a retry can't help.
	ErrRefused = errors.New("outbound request refused by policy")
	// ErrFailed means the request was allowed and did not succeed: name, network, TLS, time or protocol.
	ErrFailed = errors.New("outbound request failed")
	// ErrTooLarge means the response body passed MaxResponseBytes; a body is never cut short silently.
	ErrTooLarge = errors.New("outbound response over its size cap")
)

// Defaults for the zero values of Options.
const (
	DefaultTimeout          = 5 * time.Second
	DefaultMaxResponseBytes = 1 << 20
	DefaultMaxHeaderBytes   = 32 << 10
)

const (
	maxIdleConnsPerHost = 4
	maxConnsPerHost     = 32
	idleConnTimeout     = 60 * time.Second
)

// Options configure a Client. The zero value reaches nothing.
type Options struct {
	// Hosts is the allow-list.
	Hosts []Host
	// Networks lists address ranges that are reachable although they are not public: a cluster's service range, say.
	Networks []netip.Prefix
	// Redirects is how many redirects a GET or HEAD may follow; each target is held to the same policy. Zero refuses all.
	Redirects int
	// Timeout caps a whole exchange, from resolving the name to the last byte of the body.
	Timeout time.Duration
	// MaxResponseBytes caps a body after decompression.
	MaxResponseBytes int64
	// MaxHeaderBytes caps the response's headers.
	MaxHeaderBytes int64
	// RootCAs replaces the system's certificate authorities.
	RootCAs *x509.CertPool
	// Resolver replaces the system's name resolution.
	Resolver *net.Resolver
}

// Client is the guarded HTTP client. It is safe for concurrent use.
type Client struct {
	policy           policy
	transport        *http.Transport
	http             *http.Client
	redirects        int
	maxResponseBytes int64
}

// New builds a client, or says which entry of the allow-list makes no sense.
func New(opts Options) (*Client, error) {
	p, err := newPolicy(opts.Hosts, opts.Networks)
	if err != nil {
		return nil, err
	}
	c := &Client{
		policy:           p,
		transport:        newTransport(opts),
		redirects:        opts.Redirects,
		maxResponseBytes: orDefault(opts.MaxResponseBytes, DefaultMaxResponseBytes),
	}
	c.http = &http.Client{
		Transport:     roundTripper(c.roundTrip),
		CheckRedirect: c.checkRedirect,
		Timeout:       orDefault(opts.Timeout, DefaultTimeout),
	}
	return c, nil
}

// Get fetches rawURL. The caller closes the body, which is bounded.
func (c *Client) Get(ctx context.Context, rawURL string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("%w: unreadable URL", ErrRefused) // the cause quotes the URL, which may hold a secret
	}
	return c.Do(req)
}

// Do sends req. The caller closes the body; reading more of it than MaxResponseBytes gives ErrTooLarge. Errors name the host
// only, since paths and queries carry tokens.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err == nil {
		return resp, nil
	}
	if resp != nil { // net/http hands back the last response when it stops at a redirect
		_ = resp.Body.Close()
	}
	if urlErr := (*url.Error)(nil); errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	if errors.Is(err, ErrRefused) {
		return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL.Hostname(), err)
	}
	return nil, fmt.Errorf("%w: %s %s: %w", ErrFailed, req.Method, req.URL.Hostname(), err)
}

// Close drops idle connections. Requests under way are not disturbed.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// roundTrip sees every hop, so a followed redirect passes the same gate as the first request.
func (c *Client) roundTrip(req *http.Request) (*http.Response, error) {
	allowed, err := c.policy.check(req)
	if err != nil {
		return nil, errors.Join(err, closeBody(req))
	}
	resp, err := c.transport.RoundTrip(req.WithContext(withGate(req.Context(), allowed)))
	if err != nil {
		return nil, err
	}
	if resp.ContentLength > c.maxResponseBytes {
		return nil, errors.Join(ErrTooLarge, resp.Body.Close())
	}
	resp.Body = &boundedBody{body: resp.Body, left: c.maxResponseBytes}
	return resp, nil
}

func closeBody(req *http.Request) error {
	if req.Body == nil {
		return nil
	}
	return req.Body.Close()
}

// headersAcrossHosts are all that a redirect to another host may carry: net/http drops Authorization and Cookie itself, but
// knows nothing of PRIVATE-TOKEN and its kind.
var headersAcrossHosts = []string{"Accept", "Accept-Encoding", "Range", "User-Agent"}

func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if first.Method != http.MethodGet && first.Method != http.MethodHead {
		return fmt.Errorf("%w: redirect of a %s", ErrRefused, first.Method)
	}
	if len(via) > c.redirects {
		return fmt.Errorf("%w: redirect number %d", ErrRefused, len(via))
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return fmt.Errorf("%w: redirect from https to %s", ErrRefused, req.URL.Scheme)
	}
	if req.URL.Host != first.URL.Host {
		req.Header = only(req.Header, headersAcrossHosts) //nolint:gosec // the list is of headers that are not secret
	}
	return nil
}

func only(h http.Header, names []string) http.Header {
	kept := make(http.Header, len(names))
	for _, name := range names {
		if values := h.Values(name); len(values) > 0 {
			kept[name] = values
		}
	}
	return kept
}

func newTransport(opts Options) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // a proxy from the environment would resolve and connect out of our sight
		DialContext:            guardedDial(opts.Resolver),
		ForceAttemptHTTP2:      true,
		MaxConnsPerHost:        maxConnsPerHost,
		MaxIdleConnsPerHost:    maxIdleConnsPerHost,
		IdleConnTimeout:        idleConnTimeout,
		MaxResponseHeaderBytes: orDefault(opts.MaxHeaderBytes, DefaultMaxHeaderBytes),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: opts.RootCAs},
	}
}

func orDefault[T int64 | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}
