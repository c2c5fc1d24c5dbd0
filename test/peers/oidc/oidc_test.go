//go:build e2e

// Package oidc_test lets the service accept the tokens of a real OpenID Connect
// issuer, turns the issuer's keys, and takes it away.
package oidc_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The intervals of the service under test: those of production are minutes and
// hours.
const (
	refresh  = time.Second
	maxStale = 4 * time.Second
	slack    = 3 * time.Second // for a busy machine
)

func TestRealIssuer(t *testing.T) {
	issuer := startIssuer(t)
	service := startService(t, issuer.url)

	first := issuer.token(t, "mcg-api")
	service.want(t, "a token", first, http.StatusOK)
	service.want(t, "a token for another audience", issuer.token(t, "another-api"), http.StatusUnauthorized)
	service.want(t, "a token with a byte changed", flip(first), http.StatusUnauthorized)
	service.want(t, "no token", "", http.StatusUnauthorized)

	issuer.turn(t, "keys=b,a")
	second := issuer.token(t, "mcg-api")
	service.want(t, "rotated: a token by the new key, at once", second, http.StatusOK)
	service.want(t, "rotated: a token by the old key", first, http.StatusOK)

	issuer.turn(t, "keys=b")
	took := service.until(t, "removed: a token by the key that is gone", first, http.StatusUnauthorized, refresh+slack)
	t.Logf("a removed key was refused after %s, with a refresh every %s", took.Round(time.Millisecond), refresh)
	service.want(t, "removed: a token by the key that stays", second, http.StatusOK)

	unused := issuer.token(t, "mcg-api")
	time.Sleep(refresh + refresh/2) // the keys were fetched lately
	issuer.turn(t, "down=1")
	begun := time.Now()
	for time.Since(begun) < maxStale-2*refresh {
		service.want(t, "outage: a token that was used before", second, http.StatusOK)
		time.Sleep(200 * time.Millisecond)
	}
	service.want(t, "outage: a token that was not", unused, http.StatusOK)
	service.until(t, "outage: longer than max_stale", second, http.StatusUnauthorized, maxStale+slack)
	service.want(t, "outage: the service itself", "", http.StatusUnauthorized)

	issuer.turn(t, "down=0")
	service.until(t, "the issuer is back", second, http.StatusOK, refresh+slack)
}

// flip changes one character in the middle of the payload.
func flip(token string) string {
	i := len(token) / 2
	other := byte('A')
	if token[i] == other {
		other = 'B'
	}
	return token[:i] + string(other) + token[i+1:]
}

type issuer struct{ url string }

// startIssuer installs the issuer if it is not there, and starts it.
func startIssuer(t *testing.T) issuer {
	t.Helper()
	if _, err := os.Stat("node_modules"); err != nil {
		if out, err := exec.Command("npm", "ci", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	port := freePort(t)
	start(t, exec.Command("node", "issuer.mjs", port), regexp.MustCompile(`listening()`))
	return issuer{"http://127.0.0.1:" + port}
}

// token asks for one by the client credentials grant (RFC 6749, section 4.4),
// for a resource (RFC 8707) whose name ends in the audience.
func (i issuer) token(t *testing.T, audience string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"cards"}, "resource": {"https://resources.example/" + audience}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.url+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("pipeline", "pipeline-secret")
	status, body := do(t, r)
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %d %s", status, body)
	}
	return answer.Token
}

func (i issuer) turn(t *testing.T, what string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, i.url+"/turn?"+what, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := do(t, r); status != http.StatusOK {
		t.Fatalf("turn %s: %d %s", what, status, body)
	}
}

type service struct{ url string }

func startService(t *testing.T, issuer string) service {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "mcg")
	build := exec.Command("go", "build", "-o", binary, "../../../cmd/mcg")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	command := exec.Command(binary, "serve")
	const provider = "MCG_SECURITY_PROVIDERS_JWT_"
	command.Env = append(os.Environ(), "MCG_PORT=0", "MCG_METRICS_PORT=0", "MCG_DATA_DIR="+t.TempDir(), "MCG_SECURITY_ENABLE_AUTH=true",
		provider+"ISSUER="+issuer, provider+"AUDIENCE=mcg-api", provider+"PUBLIC_KEY_URL="+issuer+"/jwks", provider+"PRIVATE_NETWORK=true",
		provider+"REFRESH_INTERVAL="+refresh.String(), provider+"MAX_STALE="+maxStale.String())
	url := start(t, command, regexp.MustCompile(`listens on (http://\S+)`))
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/ready", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := do(t, r); status == http.StatusOK {
			return service{url}
		}
		if time.Now().After(deadline) {
			t.Fatal("the service is not ready")
		}
	}
}

func (s service) ask(t *testing.T, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/cards", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return do(t, r)
}

func (s service) want(t *testing.T, what, token string, status int) {
	t.Helper()
	if got, body := s.ask(t, token); got != status {
		t.Errorf("%s: %d, want %d: %s", what, got, status, body)
	}
}

// until waits for a status, within a time.
func (s service) until(t *testing.T, what, token string, status int, within time.Duration) time.Duration {
	t.Helper()
	begun := time.Now()
	for {
		got, body := s.ask(t, token)
		if got == status {
			return time.Since(begun)
		}
		if time.Since(begun) > within {
			t.Fatalf("%s: still %d after %s: %s", what, got, within, body)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func do(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// start runs a command until the test ends, and returns what it says of itself.
func start(t *testing.T, command *exec.Cmd, says *regexp.Regexp) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.log")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = file, file
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		_ = file.Close()
		if t.Failed() {
			text, _ := os.ReadFile(path)
			t.Logf("%s:\n%s", filepath.Base(command.Path), text)
		}
	})
	for range 600 {
		text, _ := os.ReadFile(path)
		if match := says.FindSubmatch(text); match != nil {
			return string(match[1])
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not start", command.Path)
	return ""
}
