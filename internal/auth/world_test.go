package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/terragonlabs/modelcard-generator/internal/outbound"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testSecret = []byte("0123456789abcdef0123456789abcdef")

var comparePrincipals = cmp.AllowUnexported(Principal{}, Namespaces{})

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_800_000_000, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// identityProvider is a real HTTP server with a key set that tests change.
type identityProvider struct {
	server   *httptest.Server
	document atomic.Pointer[[]byte]
	status   atomic.Int64
	fetches  atomic.Int64
	delay    atomic.Int64 // nanoseconds
}

func newIdentityProvider(t testing.TB, keys ...map[string]any) *identityProvider {
	t.Helper()
	p := &identityProvider{}
	p.status.Store(http.StatusOK)
	p.publish(keys...)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.fetches.Add(1)
		time.Sleep(time.Duration(p.delay.Load()))
		w.WriteHeader(int(p.status.Load()))
		_, _ = w.Write(*p.document.Load())
	}))
	t.Cleanup(p.server.Close)
	return p
}

func (p *identityProvider) publish(keys ...map[string]any) {
	if keys == nil {
		keys = []map[string]any{}
	}
	document, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		panic(err)
	}
	p.document.Store(&document)
}

func (p *identityProvider) publishRaw(document string) {
	raw := []byte(document)
	p.document.Store(&raw)
}

func (p *identityProvider) client(t testing.TB) *outbound.Client {
	t.Helper()
	host, err := outbound.HostOf(p.server.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	client, err := outbound.New(outbound.Options{Hosts: []outbound.Host{host}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func rsaJWK(id string, key *rsa.PublicKey) map[string]any {
	return map[string]any{"kty": "RSA", "kid": id, "use": "sig", "alg": "RS256", "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}
}

func ecJWK(id string, key *ecdsa.PublicKey) map[string]any {
	point, err := key.Bytes()
	if err != nil {
		panic(err)
	}
	half := (len(point) - 1) / 2
	return map[string]any{"kty": "EC", "kid": id, "crv": key.Params().Name, "x": b64(point[1 : 1+half]), "y": b64(point[1+half:])}
}

func newRSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEC(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signer makes a signature over a JWS signing input.
type signer func(signed string) []byte

func hmacSigner(secret []byte) signer {
	return func(signed string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(signed))
		return mac.Sum(nil)
	}
}

func rsaSigner(key *rsa.PrivateKey) signer {
	return func(signed string) []byte {
		digest := sha256.Sum256([]byte(signed))
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err != nil {
			panic(err)
		}
		return signature
	}
}

func ecSigner(key *ecdsa.PrivateKey) signer {
	return func(signed string) []byte {
		digest := sha256.Sum256([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			panic(err)
		}
		size := (key.Params().BitSize + 7) / 8
		signature := make([]byte, 2*size)
		r.FillBytes(signature[:size])
		s.FillBytes(signature[size:])
		return signature
	}
}

// forgery is a token under construction; any part can be bent.
type forgery struct {
	header, payload       map[string]any
	rawHeader, rawPayload string // instead of the maps, if set
	sign                  signer
	bend                  func(token string) string
}

func (f forgery) clone() *forgery {
	f.header, f.payload = maps.Clone(f.header), maps.Clone(f.payload)
	return &f
}

func (f forgery) token() string {
	signed := b64(orJSON(f.rawHeader, f.header)) + "." + b64(orJSON(f.rawPayload, f.payload))
	raw := signed + "." + b64(f.sign(signed))
	if f.bend != nil {
		raw = f.bend(raw)
	}
	return raw
}

func orJSON(raw string, value map[string]any) []byte {
	if raw != "" {
		return []byte(raw)
	}
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}

// world is a service with its own tokens and two identity providers.
type world struct {
	clock     *clock
	tokens    *Tokens
	rsaKey    *rsa.PrivateKey
	ecKey     *ecdsa.PrivateKey
	rsaServer *identityProvider
	ecServer  *identityProvider
	own       forgery
	rsa, ec   forgery
	cacheSize int
}

const (
	rsaIssuer = "https://rsa.example"
	ecIssuer  = "https://ec.example"
)

func newWorld(t testing.TB, cacheSize int) *world {
	t.Helper()
	w := &world{clock: newClock(), rsaKey: newRSA(t, 2048), ecKey: newEC(t, elliptic.P256()), cacheSize: cacheSize}
	w.rsaServer = newIdentityProvider(t, rsaJWK("rsa-1", &w.rsaKey.PublicKey))
	w.ecServer = newIdentityProvider(t, ecJWK("ec-1", &w.ecKey.PublicKey))
	w.tokens = w.build(t, KeySetOptions{Now: w.clock.Now})
	w.own = w.forgery(DefaultIssuer, DefaultAudience, map[string]any{"alg": "HS256", "typ": "JWT"}, hmacSigner(testSecret))
	w.rsa = w.forgery(rsaIssuer, "mcg", map[string]any{"alg": "RS256", "typ": "JWT", "kid": "rsa-1"}, rsaSigner(w.rsaKey))
	w.ec = w.forgery(ecIssuer, "mcg", map[string]any{"alg": "ES256", "typ": "at+jwt", "kid": "ec-1"}, ecSigner(w.ecKey))
	return w
}

func (w *world) build(t testing.TB, keySet KeySetOptions) *Tokens {
	t.Helper()
	own, err := NewSecretVerifier(SecretOptions{Secret: testSecret, Leeway: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	roles, err := NewRoles(DefaultRoles())
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := NewTokens(TokenOptions{
		Verifiers: []*Verifier{
			own,
			w.external(t, ExternalOptions{Issuer: rsaIssuer, Algorithm: "RS256", RolesClaim: "realm_access.roles", NamespacesClaim: "teams"}, w.rsaServer, keySet),
			w.external(t, ExternalOptions{Issuer: ecIssuer, Algorithm: "ES256"}, w.ecServer, keySet),
		},
		Roles:     roles,
		CacheSize: w.cacheSize,
		Now:       w.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func (w *world) external(t testing.TB, opts ExternalOptions, p *identityProvider, keySet KeySetOptions) *Verifier {
	t.Helper()
	opts.Audience, opts.KeysURL, opts.Client, opts.Leeway, opts.KeySet = "mcg", p.server.URL, p.client(t), 30*time.Second, keySet
	v, err := NewExternalVerifier(opts)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) forgery(issuer, audience string, header map[string]any, sign signer) forgery {
	now := w.clock.Now().Unix()
	return forgery{
		header: header,
		payload: map[string]any{
			"iss": issuer, "aud": audience, "sub": "alice", "exp": now + 600, "iat": now, "nbf": now, "jti": "1",
			"roles": []string{"user"}, "namespaces": []string{"acme/*"}, "teams": []string{"acme"},
			"realm_access": map[string]any{"roles": []string{"user", "readonly"}},
		},
		sign: sign,
	}
}

func (w *world) verify(raw string) (Principal, error) {
	return w.tokens.Verify(context.Background(), raw)
}
