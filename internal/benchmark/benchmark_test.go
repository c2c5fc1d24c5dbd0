package benchmark

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service answers as mcg does, a few milliseconds late, and refuses every tenth
// document to validate.
type service struct {
	mu        sync.Mutex
	documents map[string]int // how often each was sent to be stored
	validated int
	deleted   bool
	key       string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = r.Header.Get("X-API-Key")
	switch r.Method + " " + r.URL.Path {
	case "GET /v1/cards/benchmark/card":
		time.Sleep(2 * time.Millisecond)
		_, _ = io.WriteString(w, strings.Repeat("x", 1000))
	case "POST /v1/cards":
		s.documents[string(body)]++
		w.WriteHeader(http.StatusCreated)
	case "POST /v1/validate":
		if s.validated++; s.validated%10 == 0 {
			http.Error(w, "too much", http.StatusServiceUnavailable)
		}
	case "DELETE /v1/cards/benchmark/card":
		s.deleted = true
	default:
		http.NotFound(w, r)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	s := &service{documents: map[string]int{}}
	server := httptest.NewServer(s)
	defer server.Close()
	report, err := Run(t.Context(), Options{
		Server: server.URL, Header: http.Header{"X-Api-Key": {"k"}}, Card: "benchmark/card", Document: []byte("version: " + Revision),
		Clients: 2, Duration: 200 * time.Millisecond, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(report.Operations))
	for i, op := range report.Operations {
		names[i] = op.Name
		if op.Measured.Requests == 0 || op.Floor.Requests == 0 || op.Measured.Bytes != op.Floor.Bytes || op.Floor.Failed != 0 {
			t.Errorf("%+v", op)
		}
	}
	if diff := cmp.Diff([]string{"view", "generate", "validate"}, names); diff != "" {
		t.Fatal(diff)
	}
	view, validate := report.Operations[0], report.Operations[2]
	if view.Measured.P50 < 2 || view.Measured.P50 < view.Floor.P50 || view.Measured.P99 < view.Measured.P50 || view.Measured.Bytes != 1000 {
		t.Errorf("view: %+v", view)
	}
	if validate.Measured.Failed == 0 || !strings.Contains(validate.Measured.Failure, "503") {
		t.Errorf("validate: %+v, want failures", validate.Measured)
	}
	for document, times := range s.documents {
		if times > 1 {
			t.Errorf("%q is stored %d times: the second time nothing is new", document, times)
		}
	}
	if !s.deleted || s.key != "k" {
		t.Errorf("deleted %v, key %q", s.deleted, s.key)
	}
}

func TestServiceThatRefuses(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if _, err := Run(t.Context(), Options{Server: server.URL, Card: "a/b", Clients: 1, Duration: time.Second, Now: time.Now}); !errors.Is(err, ErrServer) {
		t.Errorf("error %v", err)
	}
}

func TestPercentiles(t *testing.T) {
	t.Parallel()
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1)*time.Millisecond)
	}
	for _, c := range []struct {
		sorted []time.Duration
		p      int
		want   float64
	}{
		{hundred, 50, 50}, {hundred, 95, 95}, {hundred, 99, 99},
		{hundred[:1], 99, 1}, {hundred[:3], 50, 2}, {hundred[:10], 99, 10}, {nil, 50, 0},
	} {
		if got := percentile(c.sorted, c.p); got != c.want {
			t.Errorf("percentile %d of %d = %v, want %v", c.p, len(c.sorted), got, c.want)
		}
	}
}
