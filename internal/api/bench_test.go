package api

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// maxCachedVerification is the most that a remembered token may cost a request.
const maxCachedVerification = 6 * time.Microsecond

// bodySize is what the throughput is measured with: a rendered card, about.
const bodySize = 8192

// rs256 is an issuer and a token of its.
type rs256 struct {
	keys  *httptest.Server
	token string
}

func newRS256(b *testing.B) rs256 {
	b.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	set, err := json.Marshal(map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "kid": "k", "alg": "RS256", "n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}}})
	if err != nil {
		b.Fatal(err)
	}
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set) }))
	b.Cleanup(keys.Close)
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": "https://issuer.example", "aud": "mcg", "sub": "alice", "exp": time.Now().Add(time.Hour).Unix(), "roles": []string{"user", "readonly"},
	})
	token.Header["kid"] = "k"
	raw, err := token.SignedString(key)
	if err != nil {
		b.Fatal(err)
	}
	return rs256{keys, raw}
}

// server accepts the issuer's tokens and remembers so many of them; it has no store, since no request here needs one.
func (i rs256) server(b *testing.B, remembered int) *Server {
	b.Helper()
	host, err := outbound.HostOf(i.keys.URL, true)
	if err != nil {
		b.Fatal(err)
	}
	client, err := outbound.New(outbound.Options{Hosts: []outbound.Host{host}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	verifier, err := auth.NewExternalVerifier(auth.ExternalOptions{
		Issuer: "https://issuer.example", Audience: "mcg", Algorithm: "RS256", KeysURL: i.keys.URL, Client: client,
	})
	if err != nil {
		b.Fatal(err)
	}
	roles, err := auth.NewRoles(auth.DefaultRoles())
	if err != nil {
		b.Fatal(err)
	}
	tokens, err := auth.NewTokens(auth.TokenOptions{Verifiers: []*auth.Verifier{verifier}, Roles: roles, CacheSize: remembered})
	if err != nil {
		b.Fatal(err)
	}
	keys, err := auth.NewKeys(auth.KeyOptions{Roles: roles})
	if err != nil {
		b.Fatal(err)
	}
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry(), telemetry.Build{})
	if err != nil {
		b.Fatal(err)
	}
	return New(Options{
		Generator: generator.New(generator.Options{}), Authenticator: auth.NewAuthenticator(tokens, keys, ""), Roles: roles,
		Limits:     Limits{PerPrincipal: 1 << 40, PerAddress: 1 << 40, FailedLogins: 20},
		HealthPath: "/health", ReadyPath: "/ready", Measure: metrics, Logger: zerolog.Nop(), NewID: func() string { return "id" }, Now: time.Now,
	})
}

func (i rs256) request() *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+i.token)
	return r
}

// BenchmarkCachedToken is what finding out who asks costs a request whose token was seen before, throttling included. It fails
// over the promise.
func BenchmarkCachedToken(b *testing.B) {
	issuer := newRS256(b)
	s := issuer.server(b, 0)
	r := issuer.request()
	if _, err := s.authenticate(r); err != nil {
		b.Fatal(auth.Reason(err))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.authenticate(r); err != nil {
			b.Fatal(auth.Reason(err))
		}
	}
	if each := b.Elapsed() / time.Duration(b.N); b.N > 1000 && each > maxCachedVerification {
		b.Errorf("%s a request, want at most %s", each, maxCachedVerification)
	}
}

// BenchmarkTokenThroughput compares a server that remembers verified RS256 tokens with one that verifies each, over real
// connections and in turn (A, B, A, B …). It reports the median of the ratios.
func BenchmarkTokenThroughput(b *testing.B) {
	const rounds, connections, each = 9, 4, 1500
	issuer := newRS256(b)
	body := make([]byte, bodySize)
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeBytes(w, http.StatusOK, "text/plain", body) })
	listen := func(remembered int) string {
		s := issuer.server(b, remembered)
		server := httptest.NewServer(s.identify(s.locate(s.secure(s.allow(auth.View, answer)))))
		b.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	cached, verified := listen(0), listen(-1)
	request := fmt.Sprintf("GET / HTTP/1.1\r\nHost: mcg\r\nAuthorization: Bearer %s\r\n\r\n", issuer.token)
	ratios := make([]float64, 0, rounds)
	for b.Loop() {
		ratios = ratios[:0]
		for range rounds {
			a := drive(b, cached, request, connections, each)
			ratios = append(ratios, float64(a)/float64(drive(b, verified, request, connections, each)))
		}
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "verified/cached")
	if got := ratios[len(ratios)/2]; got > 0.75 {
		b.Errorf("verifying each token has %.2f of the throughput of remembering them; want clearly less", got)
	}
}

// drive sends requests over connections of its own, by a client that does next to nothing, and returns how long they took.
func drive(b *testing.B, address, request string, connections, each int) time.Duration {
	b.Helper()
	begun := time.Now()
	var group sync.WaitGroup
	for range connections {
		group.Go(func() {
			if err := exchange(address, request, each); err != nil {
				b.Error(err)
			}
		})
	}
	group.Wait()
	return time.Since(begun)
}

func exchange(address, request string, times int) error {
	connection, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	answers := bufio.NewReaderSize(connection, 16<<10)
	for range times {
		if _, err := io.WriteString(connection, request); err != nil {
			return err
		}
		if err := skipAnswer(answers); err != nil {
			return err
		}
	}
	return nil
}

// skipAnswer reads past a good answer, whose body has the one length.
func skipAnswer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err == nil && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		err = fmt.Errorf("answered %q", line)
	}
	for err == nil && len(line) > 2 {
		line, err = r.ReadSlice('\n')
	}
	if err == nil {
		_, err = r.Discard(bodySize)
	}
	return err
}
