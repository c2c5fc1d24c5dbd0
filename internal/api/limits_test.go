package api

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
)

// from sends a request from an address.
func (g *guarded) from(t *testing.T, address, path string, header map[string]string) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", "http://mcg.example"+path, http.NoBody)
	r.RemoteAddr = address
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	g.h.ServeHTTP(w, r)
	return w.Result()
}

// passed counts how many of the requests were not refused with 429.
func (g *guarded) passed(t *testing.T, requests int, address, path, key string) (passed int, last *http.Response) {
	t.Helper()
	for range requests {
		header := map[string]string{}
		if key != "" {
			header["X-API-Key"] = key
		}
		if last = g.from(t, address, path, header); last.StatusCode != http.StatusTooManyRequests {
			passed++
		}
	}
	return passed, last
}

// startOfMinute waits until a window has enough of it left.
func startOfMinute(t *testing.T) {
	t.Helper()
	now := time.Now()
	if left := now.Truncate(limitWindow).Add(limitWindow).Sub(now); left < 5*time.Second {
		time.Sleep(left)
	}
}

func TestLimitOfAnAddress(t *testing.T) {
	t.Parallel()
	startOfMinute(t)
	g := newGuarded(t, func(o *Options) { o.Limits = Limits{PerAddress: 5} })
	passed, last := g.passed(t, 20, "192.0.2.7:1", "/v1/formats", "")
	if passed != 5 {
		t.Errorf("%d requests passed, want 5", passed)
	}
	wait, err := strconv.Atoi(last.Header.Get("Retry-After"))
	if err != nil || wait < 1 || wait > 60 || last.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(bodyOf(t, last), "#too_many_requests") {
		t.Errorf("the refusal: %v, Retry-After %d", last.Header, wait)
	}
	for address, want := range map[string]int{
		"192.0.2.8:1": 5, "192.0.2.7:9": 0, // the port is no part of it
		"[2001:db8::1]:1": 5, "[2001:db8::ffff]:1": 0, // one network of a customer
		"[2001:db8:0:1::1]:1": 5,
	} {
		if address == "[2001:db8::ffff]:1" {
			continue // after the other of its network, below
		}
		if passed, _ := g.passed(t, 20, address, "/v1/formats", ""); passed != want {
			t.Errorf("%s: %d passed, want %d", address, passed, want)
		}
	}
	if passed, _ := g.passed(t, 20, "[2001:db8::ffff]:1", "/v1/formats", ""); passed != 0 {
		t.Errorf("an address of the same network: %d passed", passed)
	}
	for _, probe := range []string{"/health", "/ready", "/metrics"} {
		if passed, _ := g.passed(t, 20, "192.0.2.7:1", probe, ""); passed != 20 {
			t.Errorf("%s: %d passed, want all", probe, passed)
		}
	}
}

func TestLimitOfAPrincipal(t *testing.T) {
	t.Parallel()
	startOfMinute(t)
	g := newGuarded(t, func(o *Options) { o.Limits = Limits{PerPrincipal: 5} })
	passed := 0
	for i := range 20 { // from many addresses
		n, _ := g.passed(t, 1, "192.0.2."+strconv.Itoa(i)+":1", "/v1/cards", readerKey)
		passed += n
	}
	if passed != 5 {
		t.Errorf("%d requests passed, want 5", passed)
	}
	if passed, _ := g.passed(t, 5, "192.0.2.1:1", "/v1/cards", bothKey); passed != 5 {
		t.Errorf("another principal at the same address: %d passed, want 5", passed)
	}
}

// TestFailedLoginsAreThrottledWithoutLockingOut: an address has so many guesses; who was let in from there before still is, and
// at other addresses nobody notices.
func TestFailedLoginsAreThrottledWithoutLockingOut(t *testing.T) {
	t.Parallel()
	startOfMinute(t)
	const address = "192.0.2.7:1"
	g := newGuarded(t, func(o *Options) { o.Limits = Limits{FailedLogins: 5} })
	if n, _ := g.passed(t, 1, address, "/v1/cards", readerKey); n != 1 {
		t.Fatal("the reader is not let in at first")
	}
	statuses := map[int]int{}
	for i := range 50 {
		_, last := g.passed(t, 1, address, "/v1/cards", "guess-number-"+strconv.Itoa(i))
		statuses[last.StatusCode]++
	}
	if statuses[401] != 5 || statuses[429] != 45 {
		t.Errorf("answers to guesses: %v", statuses)
	}
	for name, tt := range map[string]struct {
		address, key string
		want         int
	}{
		"a right guess is not checked any more":      {address, adminKey, 429},
		"the key that was let in from there before":  {address, readerKey, 200},
		"a right key from another address":           {"192.0.2.8:1", adminKey, 200},
		"the owner of the guessed name is elsewhere": {"192.0.2.9:1", readerKey, 200},
		"no credentials are no guess":                {address, "", 401},
	} {
		if _, last := g.passed(t, 1, tt.address, "/v1/cards", tt.key); last.StatusCode != tt.want {
			t.Errorf("%s: %d, want %d", name, last.StatusCode, tt.want)
		}
	}
}

// TestNoLimitWithoutAuthentication: on loopback without authentication there is nobody to hold apart.
func TestNoLimitWithoutAuthentication(t *testing.T) {
	t.Parallel()
	h := newServer(t, func(o *Options) { o.Limits = Limits{PerAddress: 1, PerPrincipal: 1, FailedLogins: 1} }).Handler()
	for range 10 {
		if r := (call{method: "GET", path: "/v1/cards"}).do(t, h); r.StatusCode != 200 {
			t.Fatalf("%d", r.StatusCode)
		}
	}
}

func TestAddressOfTheClient(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		proxies   []string
		peer, xff string
		want      string
	}{
		"no proxy":                     {nil, "192.0.2.1:5", "", "192.0.2.1"},
		"nobody is trusted":            {nil, "192.0.2.1:5", "203.0.113.9", "192.0.2.1"},
		"a stranger says":              {[]string{"10.0.0.0/8"}, "192.0.2.1:5", "203.0.113.9", "192.0.2.1"},
		"the proxy says":               {[]string{"10.0.0.7"}, "10.0.0.7:5", "203.0.113.9", "203.0.113.9"},
		"the client lies to the proxy": {[]string{"10.0.0.7"}, "10.0.0.7:5", "127.0.0.1, 203.0.113.9", "203.0.113.9"},
		"two proxies":                  {[]string{"10.0.0.0/8"}, "10.0.0.7:5", "203.0.113.9, 10.1.1.1", "203.0.113.9"},
		"garbage":                      {[]string{"10.0.0.7"}, "10.0.0.7:5", "203.0.113.9, zz\" onload=", "10.0.0.7"},
		"the proxy says nothing":       {[]string{"10.0.0.7"}, "10.0.0.7:5", "", "10.0.0.7"},
		"IPv4 as IPv6":                 {[]string{"10.0.0.7"}, "[::ffff:10.0.0.7]:5", "::ffff:203.0.113.9", "203.0.113.9"},
		"a proxy by IPv6":              {[]string{"2001:db8::/32"}, "[2001:db8::7]:5", "203.0.113.9", "203.0.113.9"},
		"what is no network":           {[]string{"10.0.0.0/99", "proxy"}, "10.0.0.7:5", "203.0.113.9", "10.0.0.7"},
	}
	for name, tt := range tests {
		var got string
		s := newServer(t, func(o *Options) {
			o.TrustedProxies = tt.proxies
			roles := testRoles(t)
			o.Authenticator, _ = newAuthenticator(t, roles, nil)
		})
		h := s.identify(s.locate(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = addressOf(r.Context()) })))
		r := httptest.NewRequest("GET", "/", http.NoBody)
		r.RemoteAddr = tt.peer
		if tt.xff != "" {
			r.Header.Set("X-Forwarded-For", tt.xff)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// BenchmarkRefusals: a refusal must be cheap.
func BenchmarkRefusals(b *testing.B) {
	l := newLimits(Limits{PerAddress: 1, PerPrincipal: 1, FailedLogins: 1})
	r, w := httptest.NewRequest("GET", "/", http.NoBody), httptest.NewRecorder()
	principal := auth.Principal{Issuer: "mcg", Subject: "x"}
	b.ReportAllocs()
	for b.Loop() {
		l.principal.OnLimit(w, r, principal.ID())
		l.credential("192.0.2.1", r.Header.Values("Authorization"))
	}
}
