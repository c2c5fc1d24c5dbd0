package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/terragonlabs/modelcard-generator/api/client"
)

const (
	// remoteTries is how often a request is sent that the service can't take now.
	remoteTries = 8
	// remoteWait is the longest pause between two tries.
	remoteWait = 10 * time.Second
	// remoteHeaders is how long the service may take to begin an answer.
	remoteHeaders = 5 * time.Minute
	// maxProblem bounds what is read of an answer that is a refusal, in bytes.
	maxProblem = 1 << 20
)

// remote is a service somewhere else, and who asks.
type remote struct {
	Server  string `required:"" help:"Address of the service, such as https://cards.example.com." placeholder:"URL"`
	KeyFile string `help:"File with the API key; MCG_API_KEY or MCG_TOKEN (a bearer token) if not given." type:"path" placeholder:"FILE"`
}

// client is the service's client. Secrets come by file or environment: the
// arguments of a process can be read by others.
func (r remote) client(p *process) (*client.Client, error) {
	key, token := lookup(p.environ, "MCG_API_KEY"), lookup(p.environ, "MCG_TOKEN")
	if r.KeyFile != "" {
		text, err := os.ReadFile(r.KeyFile)
		if err != nil {
			return nil, err
		}
		key = strings.TrimSpace(string(text))
	}
	if !strings.HasPrefix(r.Server, "http://") && !strings.HasPrefix(r.Server, "https://") {
		return nil, fmt.Errorf("--server %s is not the address of a service, such as https://cards.example.com", r.Server)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // the standard library's own
	transport.ResponseHeaderTimeout = remoteHeaders
	doer := &http.Client{Transport: transport, CheckRedirect: stay}
	return client.NewClient(r.Server, client.WithHTTPClient(doer),
		client.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
			request.Header.Set("User-Agent", "mcg/"+version)
			switch {
			case key != "":
				request.Header.Set("X-API-Key", key)
			case token != "":
				request.Header.Set("Authorization", "Bearer "+token)
			}
			return nil
		}))
}

// stay follows no redirection: an API key in a header of its own would go along
// to wherever it leads.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// lookup is a variable of an environment.
func lookup(environ []string, name string) string {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// errRemote is what the service says instead of an answer.
type errRemote struct {
	status  int
	problem client.Problem
	after   time.Duration // to wait before the next try
}

// Error is for people: it names the request, so that its log line can be found.
func (e *errRemote) Error() string {
	text := fmt.Sprintf("the service answers %d %s", e.status, http.StatusText(e.status))
	if e.problem.Detail != nil && *e.problem.Detail != "" {
		text += ": " + *e.problem.Detail
	}
	if e.problem.RequestID != nil {
		text += " (request " + *e.problem.RequestID + ")"
	}
	return text
}

// later tells whether the same request may be answered in a while.
func (e *errRemote) later() bool {
	return e.status == http.StatusTooManyRequests || e.status == http.StatusServiceUnavailable ||
		e.status == http.StatusBadGateway || e.status == http.StatusGatewayTimeout
}

// ask sends a request until the service answers it, or refuses it for good. The
// caller closes the body. send must be fit to be repeated.
func ask(ctx context.Context, send func() (*http.Response, error)) (*http.Response, error) {
	pause := 200 * time.Millisecond
	for try := 1; ; try++ {
		response, err := answered(send())
		var refused *errRemote
		if err == nil || ctx.Err() != nil || try == remoteTries || errors.As(err, &refused) && !refused.later() {
			return response, dependency(err)
		}
		wait := pause
		if refused != nil {
			wait = max(pause, refused.after)
		}
		select {
		case <-ctx.Done():
			return nil, dependency(ctx.Err())
		case <-time.After(min(wait, remoteWait)):
		}
		pause = min(2*pause, remoteWait)
	}
}

// answered makes an error of a refusal.
func answered(response *http.Response, err error) (*http.Response, error) {
	if err != nil || response.StatusCode < 300 {
		return response, err
	}
	defer func() { _ = response.Body.Close() }()
	refused := &errRemote{status: response.StatusCode}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxProblem))
	if err == nil {
		_ = json.Unmarshal(body, &refused.problem) // a proxy's page is no problem document
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		refused.after = time.Duration(seconds) * time.Second
	}
	return nil, refused
}

// dependency marks an error as one of what the command needs.
func dependency(err error) error {
	if err == nil {
		return nil
	}
	return &codeError{exitDependency, err}
}

// askJSON is ask, and reads the answer.
func askJSON[T any](ctx context.Context, send func() (*http.Response, error)) (answer T, err error) {
	response, err := ask(ctx, send)
	if err != nil {
		return answer, err
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return answer, dependency(fmt.Errorf("the service's answer: %w", err))
	}
	return answer, nil
}
