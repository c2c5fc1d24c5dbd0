package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

const secret = "s3ntinel"

// dial builds a client of a test server; its answers may have 64 KiB and take
// 300 ms.
func dial(t *testing.T, handler http.HandlerFunc) (*remote.Client, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return dialURL(t, server.URL), strings.TrimPrefix(server.URL, "http://")
}

func dialURL(t *testing.T, address string) *remote.Client {
	t.Helper()
	host, err := outbound.HostOf(address, true)
	if err != nil {
		t.Fatal(err)
	}
	client, err := outbound.New(outbound.Options{Hosts: []outbound.Host{host}, Timeout: 300 * time.Millisecond, MaxResponseBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	c, err := remote.New(remote.Options{
		Name: "Tracker", BaseURL: address, HTTP: client, Breaker: outbound.NewBreaker(outbound.BreakerOptions{Failures: 4}),
		Credentials: "integrations.tracker", Secret: secret, Backoff: time.Millisecond,
		Authorize: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(ctx context.Context, c *remote.Client) (struct{ A any }, error) {
	var into struct{ A any }
	err := c.JSON(ctx, remote.Request{Method: http.MethodGet, Path: "/x"}, nil, &into)
	return into, err
}

// TestBadServers asks servers that are down, slow, hanging, endless or lying:
// the error comes in bounded time and says who was asked, what came back, and
// what to check.
func TestBadServers(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	tests := []struct {
		name    string
		handler http.HandlerFunc
		is      error
		says    []string
	}{
		{"hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, outbound.ErrFailed, []string{"no answer in time", "is up"}},
		{"drips", drip, outbound.ErrFailed, []string{"no answer in time"}},
		{"endless", endless, outbound.ErrTooLarge, []string{"no end", "whether the address"}},
		{"lies about its length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{}"))
		}, outbound.ErrFailed, []string{"broke off"}},
		{"claims gigabytes", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "9999999999") }, outbound.ErrTooLarge, []string{"no end"}},
		{"is a web page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Log in</html>") }, remote.ErrAnswer, []string{"not the JSON", "login page"}},
		{"another type", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `[1]`) }, remote.ErrAnswer, []string{"not the JSON"}},
		{"deep", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("[", 1000)) }, remote.ErrAnswer, []string{"not the JSON"}},
		{"redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}, outbound.ErrRefused, []string{"may not be asked"}},
		{"refuses", func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, `{"message": "bad token `+r.Header.Get("Authorization")+`"}`, http.StatusUnauthorized)
		}, remote.ErrDenied, []string{"401", "bad token Bearer [redacted]", "integrations.tracker"}},
		{"does not have it", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error": "no such run"}`, http.StatusNotFound)
		}, remote.ErrNotFound, []string{"404 Not Found: no such run", "the name"}},
		{"fails", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "\x1b[31mboom\nagain", http.StatusInternalServerError)
		}, remote.ErrUnavailable, []string{"500 Internal Server Error: [31mboom again", "the log"}},
		{"conflicts", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPreconditionFailed) }, remote.ErrConflict, []string{"412"}},
		{"writes a book of an error", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, strings.Repeat("word ", 10000))
		}, remote.ErrAnswer, []string{"400 Bad Request: word", "…"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, host := dial(t, tt.handler)
			start := time.Now()
			_, err := get(t.Context(), c)
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("it took %s", took)
			}
			if !errors.Is(err, tt.is) {
				t.Fatalf("%v, want %v", err, tt.is)
			}
			says := err.Error()
			for _, want := range append(tt.says, "Tracker at "+host+": ", "; check ") {
				if !strings.Contains(says, want) {
					t.Errorf("%q is not in %q", want, says)
				}
			}
			if strings.Contains(says, secret) || strings.ContainsAny(says, "\n\x1b") || len(says) > 800 {
				t.Errorf("the error has the secret, control characters, or %d bytes: %q", len(says), says)
			}
		})
	}
}

// drip sends a byte now and then, for ever.
func drip(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		_, _ = w.Write([]byte(" "))
		w.(http.Flusher).Flush()
		time.Sleep(20 * time.Millisecond)
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := w.Write(make([]byte, 4096)); err != nil {
			return
		}
	}
}

func TestDown(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := get(t.Context(), dialURL(t, server.URL))
	if !errors.Is(err, outbound.ErrFailed) || !strings.Contains(err.Error(), "cannot be reached") {
		t.Error(err)
	}
}

// TestRetries checks what is asked again, and how often.
func TestRetries(t *testing.T) {
	for _, tt := range []struct {
		name     string
		method   string
		repeat   bool
		status   int
		after    string
		want     int32
		recovers bool
	}{
		{"a question", http.MethodGet, false, 503, "", 3, false},
		{"a question that is answered at last", http.MethodGet, false, 502, "", 2, true},
		{"a change", http.MethodPost, false, 503, "", 1, false},
		{"a change that may be repeated", http.MethodPost, true, 503, "", 3, false},
		{"a refusal", http.MethodGet, false, 404, "", 1, false},
		{"a long wait", http.MethodGet, false, 429, "3600", 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int32
			c, _ := dial(t, func(w http.ResponseWriter, _ *http.Request) {
				if n := asked.Add(1); tt.recovers && n == tt.want {
					_, _ = io.WriteString(w, "{}")
					return
				}
				w.Header().Set("Retry-After", tt.after)
				w.WriteHeader(tt.status)
			})
			_, err := c.Do(t.Context(), remote.Request{Method: tt.method, Path: "/x", Repeat: tt.repeat})
			if asked.Load() != tt.want || (err == nil) != tt.recovers {
				t.Errorf("asked %d times, want %d; %v", asked.Load(), tt.want, err)
			}
		})
	}
}

// TestBreaker checks that a service that fails is left alone, and that one that
// refuses is not taken for one that fails.
func TestBreaker(t *testing.T) {
	var asked atomic.Int32
	status := http.StatusNotFound
	c, _ := dial(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(status)
	})
	for range 20 {
		_, _ = get(t.Context(), c)
	}
	if c.Open() || asked.Load() != 20 {
		t.Fatalf("refusals opened the breaker after %d", asked.Load())
	}
	status = http.StatusInternalServerError
	var err error
	for range 20 {
		_, err = get(t.Context(), c)
	}
	if !c.Open() || !errors.Is(err, outbound.ErrBreakerOpen) || asked.Load() > 30 || !strings.Contains(err.Error(), "has been failing") {
		t.Errorf("open %v, asked %d, %v", c.Open(), asked.Load(), err)
	}
	var e *remote.Error
	if !errors.As(err, &e) || !e.Temporary() {
		t.Errorf("a later try may go well: %v", err)
	}
}

func TestNaN(t *testing.T) {
	c, _ := dial(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"A": NaN}`) })
	into, err := get(t.Context(), c)
	if err != nil || into.A != "NaN" {
		t.Errorf("%v %v", into.A, err)
	}
}

func TestCancelled(t *testing.T) {
	c, _ := dial(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := get(ctx, c); err == nil || time.Since(start) > time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}
