package api

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
)

// The holders of a guarded server's fixed keys.
const (
	adminKey  = "key-of-the-admin"
	userKey   = "key-of-a-user"
	readerKey = "key-of-a-reader"
	bothKey   = "key-of-user-and-reader"  // as the portal's users are
	acmeKey   = "key-of-acmes-admin"      // bound to the namespace acme
	otherKey  = "key-of-another-tenant"   // an admin, bound to the namespace other
	mutedKey  = "key-of-a-role-with-none" // a role that grants nothing
)

const testSecret = "a-secret-of-tests-0123456789abcdef"

// guarded is a server that asks for credentials.
type guarded struct {
	*Server
	h    http.Handler
	log  *syncBuffer
	keys *KeyStore
}

func newGuarded(t *testing.T, change func(*Options)) *guarded {
	t.Helper()
	roles := testRoles(t)
	g := &guarded{log: &syncBuffer{}}
	g.Server = newServer(t, func(o *Options) {
		g.keys = NewKeyStore(o.Store)
		o.Authenticator, o.Issuer = newAuthenticator(t, roles, g.keys)
		o.Roles, o.TokenLifetime = roles, time.Hour
		o.Logger = zerolog.New(g.log)
		if change != nil {
			change(o)
		}
	})
	g.h = g.Handler()
	ctx, stop := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { g.keys.Run(ctx) })
	t.Cleanup(func() { stop(); group.Wait() })
	return g
}

func testRoles(t *testing.T) auth.Roles {
	t.Helper()
	configured := auth.DefaultRoles()
	configured["muted"] = []string{}
	roles, err := auth.NewRoles(configured)
	if err != nil {
		t.Fatal(err)
	}
	return roles
}

func newAuthenticator(t *testing.T, roles auth.Roles, stored auth.KeyStore) (*auth.Authenticator, *auth.Issuer) {
	t.Helper()
	secret := auth.SecretOptions{Secret: []byte(testSecret)}
	verifier, err := auth.NewSecretVerifier(secret)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := auth.NewTokens(auth.TokenOptions{Verifiers: []*auth.Verifier{verifier}, Roles: roles, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := auth.NewKeys(auth.KeyOptions{Store: stored, Roles: roles, Now: time.Now, Static: []auth.StaticKey{
		{Key: adminKey, Roles: []string{"admin"}},
		{Key: userKey, Roles: []string{"user"}},
		{Key: readerKey, Roles: []string{"readonly"}},
		{Key: bothKey, Roles: []string{"user", "readonly"}},
		{Key: acmeKey, Roles: []string{"admin"}, Namespaces: []string{"acme"}},
		{Key: otherKey, Roles: []string{"admin"}, Namespaces: []string{"other"}},
		{Key: mutedKey, Roles: []string{"muted"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := auth.NewIssuer(secret, time.Now, uuid.NewString)
	if err != nil {
		t.Fatal(err)
	}
	return auth.NewAuthenticator(tokens, keys, ""), issuer
}

// as adds a key to a call; none if it is empty.
func (c call) as(key string) call {
	header := map[string]string{}
	for name, value := range c.header {
		header[name] = value
	}
	if key != "" {
		header["X-API-Key"] = key
	}
	c.header = header
	return c
}

// syncBuffer is what a log is written to.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
