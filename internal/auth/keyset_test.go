package auth

import (
	"context"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/outbound"
)

func (w *world) rsaToken(kid string, sign signer) string {
	f := w.rsa.clone()
	f.header["kid"], f.sign = kid, sign
	return f.token()
}

// eventually waits for a condition that a background fetch brings about.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if condition() {
			return
		}
	}
	t.Errorf("%s: not within 5 s", what)
}

// running keeps the world's keys fresh every few milliseconds until the test ends.
func (w *world) running(t *testing.T) {
	t.Helper()
	w.tokens = w.build(t, KeySetOptions{Now: w.clock.Now, Refresh: 10 * time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { w.tokens.Run(ctx) })
	t.Cleanup(func() { stop(); group.Wait() })
}

func TestRotatedKeyIsAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.running(t)
	next := newRSA(t, 2048)
	old, fresh := w.rsaToken("rsa-1", rsaSigner(w.rsaKey)), w.rsaToken("rsa-2", rsaSigner(next))
	eventually(t, "first key", func() bool { _, err := w.verify(old); return err == nil })
	if _, err := w.verify(fresh); !errors.Is(err, ErrUnauthenticated) {
		t.Fatalf("before the rotation: %v", err)
	}
	w.rsaServer.publish(rsaJWK("rsa-1", &w.rsaKey.PublicKey), rsaJWK("rsa-2", &next.PublicKey))
	eventually(t, "new key", func() bool { _, err := w.verify(fresh); return err == nil })
	if _, err := w.verify(old); err != nil {
		t.Errorf("the old key during the overlap: %v", Reason(err))
	}
}

func TestRemovedKeyEndsCachedTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.running(t)
	next := newRSA(t, 2048)
	old := w.rsaToken("rsa-1", rsaSigner(w.rsaKey))
	own := w.own.token()
	eventually(t, "first key", func() bool { _, err := w.verify(old); return err == nil })
	w.rsaServer.publish(rsaJWK("rsa-2", &next.PublicKey))
	eventually(t, "removal", func() bool { _, err := w.verify(old); return errors.Is(err, ErrUnauthenticated) })
	if _, err := w.verify(own); err != nil {
		t.Errorf("another issuer's token: %v", Reason(err))
	}
	w.rsaServer.publish() // an empty set is a statement too
	eventually(t, "empty set", func() bool {
		_, err := w.verify(w.rsaToken("rsa-2", rsaSigner(next)))
		return errors.Is(err, ErrUnauthenticated)
	})
}

func TestReplacedKeyOfTheSameID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.running(t)
	next := newRSA(t, 2048)
	old, fresh := w.rsaToken("rsa-1", rsaSigner(w.rsaKey)), w.rsaToken("rsa-1", rsaSigner(next))
	eventually(t, "first key", func() bool { _, err := w.verify(old); return err == nil })
	w.rsaServer.publish(rsaJWK("rsa-1", &next.PublicKey))
	eventually(t, "replacement", func() bool { _, err := w.verify(fresh); return err == nil })
	if _, err := w.verify(old); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("the replaced key: %v", err)
	}
}

func TestKeysOutliveTheirIssuersOutage(t *testing.T) {
	t.Parallel()
	broken := map[string]func(p *identityProvider){
		"status 500":    func(p *identityProvider) { p.status.Store(http.StatusInternalServerError) },
		"status 204":    func(p *identityProvider) { p.status.Store(http.StatusAccepted) },
		"not JSON":      func(p *identityProvider) { p.publishRaw("<html>sorry</html>") },
		"no keys":       func(p *identityProvider) { p.publishRaw("{}") },
		"keys null":     func(p *identityProvider) { p.publishRaw(`{"keys":null}`) },
		"keys a string": func(p *identityProvider) { p.publishRaw(`{"keys":"x"}`) },
		"endless":       func(p *identityProvider) { p.publishRaw(`{"keys":["` + strings.Repeat("x", maxKeySetBytes) + `"]}`) },
		"many keys":     func(p *identityProvider) { p.publishRaw(`{"keys":[` + strings.Repeat("{},", maxKeys) + `{}]}`) },
		"gone":          func(p *identityProvider) { p.server.CloseClientConnections(); p.server.Listener.Close() }, //nolint:errcheck // the test's own server
	}
	for name, breakIt := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, -1)
			var failures atomic.Int64
			w.tokens = w.build(t, KeySetOptions{
				Now: w.clock.Now, Refresh: 5 * time.Millisecond,
				OnFetch: func(issuer string, err error) {
					if err != nil && issuer == rsaIssuer {
						failures.Add(1)
					}
				},
			})
			raw := w.rsa.clone()
			raw.payload["exp"] = w.clock.Now().Add(72 * time.Hour).Unix()
			if _, err := w.verify(raw.token()); err != nil {
				t.Fatal(Reason(err))
			}
			breakIt(w.rsaServer)
			ctx, stop := context.WithCancel(t.Context())
			var group sync.WaitGroup
			group.Go(func() { w.tokens.Run(ctx) })
			eventually(t, "failed fetches", func() bool { return failures.Load() > 3 })
			stop()
			group.Wait()
			w.clock.advance(DefaultMaxStale)
			if _, err := w.verify(raw.token()); err != nil {
				t.Errorf("within the time: %v", Reason(err))
			}
			w.clock.advance(time.Second)
			if _, err := w.verify(raw.token()); !errors.Is(err, ErrUnauthenticated) {
				t.Errorf("after the time: %v", err)
			}
		})
	}
}

func TestIssuerAwayAtTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.rsaServer.status.Store(http.StatusServiceUnavailable)
	raw := w.rsa.token()
	if _, err := w.verify(raw); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("while it is away: %v", err)
	}
	w.rsaServer.status.Store(http.StatusOK)
	w.clock.advance(DefaultUnknownKeyEvery)
	if _, err := w.verify(raw); err != nil {
		t.Errorf("when it is back: %v", Reason(err))
	}
}

func TestUnknownKeysFetchSeldom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	evil := func(string) []byte { return make([]byte, 256) } // never looked at: there is no key to hold it against
	flood := func() {
		var group sync.WaitGroup
		for i := range 1000 {
			group.Go(func() {
				if _, err := w.verify(w.rsaToken(fmt.Sprintf("made-up-%d", i), evil)); !errors.Is(err, ErrUnauthenticated) {
					t.Errorf("made-up key: %v", err)
				}
			})
		}
		group.Wait()
	}
	flood()
	if n := w.rsaServer.fetches.Load(); n != 1 {
		t.Errorf("1,000 unknown keys: %d fetches, want 1", n)
	}
	w.clock.advance(DefaultUnknownKeyEvery - time.Second)
	flood()
	if n := w.rsaServer.fetches.Load(); n != 1 {
		t.Errorf("within 10 s: %d fetches, want 1", n)
	}
	w.clock.advance(time.Second)
	flood()
	if n := w.rsaServer.fetches.Load(); n != 2 {
		t.Errorf("after 10 s: %d fetches, want 2", n)
	}
	if _, err := w.verify(w.rsa.token()); err != nil {
		t.Errorf("the real key after the flood: %v", Reason(err))
	}
}

// TestImpatientRequestSpoilsNothing: the request that causes the fetch goes away, those that wait for it are served.
func TestImpatientRequestSpoilsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.rsaServer.delay.Store(int64(100 * time.Millisecond))
	raw := w.rsa.token()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := w.tokens.Verify(ctx, raw); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("impatient: %v", err)
	}
	if _, err := w.verify(raw); err != nil {
		t.Errorf("patient: %v", Reason(err))
	}
	if n := w.rsaServer.fetches.Load(); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestKeySetIsReadWithCare(t *testing.T) {
	t.Parallel()
	rsa2048, rsa1024, p256, p384 := newRSA(t, 2048), newRSA(t, 1024), newEC(t, elliptic.P256()), newEC(t, elliptic.P384())
	with := func(key map[string]any, name string, value any) map[string]any {
		key = maps.Clone(key)
		key[name] = value
		return key
	}
	rsaKey, ecKey := rsaJWK("k", &rsa2048.PublicKey), ecJWK("k", &p256.PublicKey)
	tests := map[string]struct {
		key       any
		algorithm string
		usable    bool
	}{
		"RSA":                     {rsaKey, "RS256", true},
		"RSA without use and alg": {with(with(rsaKey, "use", ""), "alg", ""), "RS256", true},
		"RSA with a foreign x5c":  {with(rsaKey, "x5c", []string{"AAAA"}), "RS256", true},
		"RSA with x5u":            {with(rsaKey, "x5u", "http://169.254.169.254/"), "RS256", true},
		"RSA to verify":           {with(rsaKey, "key_ops", []string{"verify"}), "RS256", true},
		"EC":                      {ecKey, "ES256", true},
		"RSA for ES256":           {with(rsaKey, "alg", ""), "ES256", false},
		"EC for RS256":            {ecKey, "RS256", false},
		"RSA to encrypt":          {with(rsaKey, "use", "enc"), "RS256", false},
		"RSA to sign":             {with(rsaKey, "key_ops", []string{"sign"}), "RS256", false},
		"RSA for PS256":           {with(rsaKey, "alg", "PS256"), "RS256", false},
		"RSA for none":            {with(rsaKey, "alg", "none"), "RS256", false},
		"RSA of 1024 bits":        {rsaJWK("k", &rsa1024.PublicKey), "RS256", false},
		"RSA of 16384 bits":       {with(rsaKey, "n", b64([]byte(strings.Repeat("\xff", 2048)))), "RS256", false},
		"RSA exponent 1":          {with(rsaKey, "e", "AQ"), "RS256", false},
		"RSA exponent even":       {with(rsaKey, "e", "AAI"), "RS256", false},
		"RSA without modulus":     {with(rsaKey, "n", ""), "RS256", false},
		"EC on P-384":             {ecJWK("k", &p384.PublicKey), "ES256", false},
		"EC off the curve":        {with(ecKey, "x", b64(make([]byte, 32))), "ES256", false},
		"secret":                  {map[string]any{"kty": "oct", "kid": "k", "k": b64(testSecret)}, "RS256", false},
		"secret for ES256":        {map[string]any{"kty": "oct", "kid": "k", "k": b64(testSecret), "alg": "ES256"}, "ES256", false},
		"Ed25519":                 {map[string]any{"kty": "OKP", "kid": "k", "crv": "Ed25519", "x": b64(make([]byte, 32))}, "ES256", false},
		"unknown kind":            {map[string]any{"kty": "LATTICE", "kid": "k"}, "RS256", false},
		"a number":                {1, "RS256", false},
		"null":                    {nil, "RS256", false},
		"modulus not base64":      {with(rsaKey, "n", "***"), "RS256", false},
		"id of another type":      {with(rsaKey, "kid", 1), "RS256", false},
	}
	good := ecJWK("good", &p256.PublicKey)
	for name, tt := range tests {
		document, err := json.Marshal(map[string]any{"keys": []any{tt.key, good}})
		if err != nil {
			t.Fatal(err)
		}
		keys, err := parseKeySet(document, tt.algorithm)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, ok := keys["k"]; ok != tt.usable {
			t.Errorf("%s for %s: usable %t, want %t", name, tt.algorithm, ok, tt.usable)
		}
		if _, ok := keys["good"]; ok != (tt.algorithm == "ES256") {
			t.Errorf("%s: spoils the key beside it", name)
		}
	}
}

func TestTokenWithoutKeyIDNeedsASingleKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	f := w.rsa.clone()
	delete(f.header, "kid")
	w.rsaServer.publish(rsaJWK("rsa-1", &w.rsaKey.PublicKey), rsaJWK("rsa-2", &newRSA(t, 2048).PublicKey))
	if _, err := w.verify(f.token()); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("two keys: %v", err)
	}
}

func TestExternalIssuerMustBeWholeAndGuarded(t *testing.T) {
	t.Parallel()
	client, err := outbound.New(outbound.Options{})
	if err != nil {
		t.Fatal(err)
	}
	good := ExternalOptions{Issuer: "https://i.example", Audience: "mcg", Algorithm: "RS256", KeysURL: "https://i.example/keys", Client: client}
	if _, err := NewExternalVerifier(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(o *ExternalOptions){
		"no issuer":       func(o *ExternalOptions) { o.Issuer = "" },
		"issuer of space": func(o *ExternalOptions) { o.Issuer = "a b" },
		"no audience":     func(o *ExternalOptions) { o.Audience = "" },
		"no algorithm":    func(o *ExternalOptions) { o.Algorithm = "" },
		"none":            func(o *ExternalOptions) { o.Algorithm = "none" },
		"HS256":           func(o *ExternalOptions) { o.Algorithm = "HS256" },
		"RS512":           func(o *ExternalOptions) { o.Algorithm = "RS512" },
		"no URL":          func(o *ExternalOptions) { o.KeysURL = "" },
		"file URL":        func(o *ExternalOptions) { o.KeysURL = "file:///etc/passwd" },
		"no client":       func(o *ExternalOptions) { o.Client = nil },
		"leeway":          func(o *ExternalOptions) { o.Leeway = 61 * time.Second },
		"negative leeway": func(o *ExternalOptions) { o.Leeway = -1 },
	} {
		opts := good
		change(&opts)
		if _, err := NewExternalVerifier(opts); !errors.Is(err, ErrVerifier) {
			t.Errorf("%s: %v, want ErrVerifier", name, err)
		}
	}
}

// TestRememberedTokensEndWithStaleKeys: what was verified by keys that are too old by now is not remembered beyond them.
func TestRememberedTokensEndWithStaleKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	w.tokens = w.build(t, KeySetOptions{Now: w.clock.Now, MaxStale: 10 * time.Second})
	raw := w.rsa.token()
	if _, err := w.verify(raw); err != nil {
		t.Fatal(Reason(err))
	}
	w.rsaServer.status.Store(http.StatusServiceUnavailable)
	w.clock.advance(10 * time.Second)
	if _, err := w.verify(raw); err != nil {
		t.Errorf("within the time: %v", Reason(err))
	}
	w.clock.advance(time.Second)
	if _, err := w.verify(raw); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("after the time: %v", err)
	}
}
