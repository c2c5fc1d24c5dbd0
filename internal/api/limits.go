package api

import (
	"errors"
	"hash/maphash"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/httprate"
	"github.com/maypok86/otter/v2"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/limit"
)

// limitWindow is what limits are counted over.
const limitWindow = time.Minute

const (
	knownCredentials = 10_000
	knownFor         = time.Hour
)

// Limits bound how often one caller may ask, in requests a minute; 0 is no
// limit.
type Limits struct {
	PerPrincipal int
	PerAddress   int
	FailedLogins int
	// Counter makes the counter of a limit; nil counts in memory.
	Counter func(name string) httprate.LimitCounter
}

// The names of the limits, as counters and metrics have them.
const (
	limitPrincipal = "principal"
	limitAddress   = "address"
	limitFailed    = "failed"
)

// LimitNames lists what Counter is asked for.
func LimitNames() []string { return []string{limitPrincipal, limitAddress, limitFailed} }

// limits are the counters of a server. A nil limiter lets everything pass.
type limits struct {
	principal, address, failed *limiter

	seed  maphash.Seed
	known *otter.Cache[uint64, struct{}]
}

func newLimits(o Limits) *limits {
	return &limits{
		principal: newLimiter(o, limitPrincipal, o.PerPrincipal),
		address:   newLimiter(o, limitAddress, o.PerAddress),
		failed:    newLimiter(o, limitFailed, o.FailedLogins),
		seed:      maphash.MakeSeed(),
		known: otter.Must(&otter.Options[uint64, struct{}]{
			MaximumSize: knownCredentials, ExpiryCalculator: otter.ExpiryWriting[uint64, struct{}](knownFor),
		}),
	}
}

// limiter holds each caller to one limit.
type limiter struct {
	*httprate.RateLimiter
	most int
	mu   sync.Mutex
}

// over counts a request, unless its caller has used up the limit. It is
// RateLimiter.OnLimit without the headers, which would be made for nothing.
func (l *limiter) over(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.exhausted(key) {
		return true
	}
	l.count(key)
	return false
}

func (l *limiter) exhausted(key string) bool {
	_, rate, err := l.Status(key)
	return err == nil && int(math.Round(rate)) >= l.most
}

func (l *limiter) count(key string) {
	_ = l.Counter().Increment(key, time.Now().UTC().Truncate(limitWindow)) // our counters never fail
}

func newLimiter(o Limits, name string, most int) *limiter {
	if most <= 0 {
		return nil
	}
	counter := httprate.LimitCounter(limit.NewCounter(limit.Options{}))
	if o.Counter != nil {
		counter = o.Counter(name)
	}
	return &limiter{RateLimiter: httprate.NewRateLimiter(most, limitWindow, httprate.WithLimitCounter(counter)), most: most}
}

// limitAddress counts a request for its client's address. Probes and scrapes
// are not counted: they must not fail because of somebody else.
func (s *Server) limitAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limited := s.o.Authenticator != nil && s.limits.address != nil && !s.isProbe(r)
		if limited && s.limits.address.over(httprate.CanonicalizeIP(addressOf(r.Context()))) {
			s.fail(w, r, s.tooMany(limitAddress))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitPrincipal counts a request for its principal, over all its addresses.
func (s *Server) limitPrincipal(id string) error {
	if s.o.Authenticator != nil && s.limits.principal != nil && s.limits.principal.over(id) {
		return s.tooMany(limitPrincipal)
	}
	return nil
}

// tooMany is a 429 that says when the window ends.
func (s *Server) tooMany(what string) *Problem {
	s.o.Measure.RateLimited(what)
	p := problem(http.StatusTooManyRequests, "too_many_requests", "over the limit of requests a minute of this "+what)
	if what == limitFailed {
		p.Detail = "too many failed logins from this address"
	}
	now := s.o.Now()
	left := now.Truncate(limitWindow).Add(limitWindow).Sub(now)
	p.retryAfter = strconv.Itoa(int(math.Ceil(left.Seconds())))
	return p
}

// authenticate checks a request's credentials. An address that fails too often
// has no more guesses checked for a while. Nobody is locked out by it: failures
// count against the address and never against the principal that was named,
// and what was accepted from that address before goes on being checked.
func (s *Server) authenticate(r *http.Request) (auth.Principal, error) {
	if s.o.Authenticator == nil {
		return auth.Loopback(), nil
	}
	if principal, ok, err := s.bySession(r); ok {
		return principal, err
	}
	if s.limits.failed == nil {
		return s.o.Authenticator.Authenticate(r.Context(), r.Header)
	}
	address := httprate.CanonicalizeIP(addressOf(r.Context()))
	credential := s.limits.credential(address, r.Header.Values("Authorization"), r.Header.Values(s.o.Authenticator.KeyHeader()))
	_, known := s.limits.known.GetIfPresent(credential)
	if !known && hasCredentials(r.Header, s.o.Authenticator.KeyHeader()) && s.limits.failed.exhausted(address) {
		return auth.Principal{}, s.tooMany(limitFailed)
	}
	principal, err := s.o.Authenticator.Authenticate(r.Context(), r.Header)
	switch {
	case err == nil && !known:
		s.limits.known.Set(credential, struct{}{})
	case errors.Is(err, auth.ErrUnauthenticated):
		s.limits.failed.count(address)
	}
	return principal, err
}

func hasCredentials(header http.Header, keyHeader string) bool {
	return len(header.Values("Authorization"))+len(header.Values(keyHeader)) > 0
}

// credential names what an address showed, by a hash that only this process
// can make.
func (l *limits) credential(address string, lists ...[]string) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	_, _ = h.WriteString(address)
	for _, list := range lists {
		_ = h.WriteByte(0)
		for _, value := range list {
			_ = h.WriteByte(1)
			_, _ = h.WriteString(value)
		}
	}
	return h.Sum64()
}
