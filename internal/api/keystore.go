package api

import (
	"context"
	"errors"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	findKeyTimeout  = 500 * time.Millisecond // a hanging database must not hold a request for long
	touchKeyTimeout = 5 * time.Second
	touchQueue      = 1000
)

// KeyStore lets package auth see the API keys of a store. Uses of keys are
// written by Run, so that no request waits for it.
type KeyStore struct {
	store   store.Store
	touches chan touch
}

type touch struct {
	id   string
	used time.Time
}

var _ auth.KeyStore = (*KeyStore)(nil)

// NewKeyStore is the key store of a database.
func NewKeyStore(s store.Store) *KeyStore {
	return &KeyStore{store: s, touches: make(chan touch, touchQueue)}
}

// FindKey implements auth.KeyStore.
func (k *KeyStore) FindKey(ctx context.Context, id string) (auth.KeyRecord, error) {
	ctx, cancel := context.WithTimeout(ctx, findKeyTimeout)
	defer cancel()
	key, err := k.store.Key(ctx, store.AllNamespaces(), id)
	if errors.Is(err, store.ErrNotFound) {
		return auth.KeyRecord{}, auth.ErrUnknownKey
	}
	if err != nil {
		return auth.KeyRecord{}, err
	}
	return recordOf(key)
}

// recordOf refuses a row that can't be read: a key must not gain anything by
// being damaged.
func recordOf(key store.APIKey) (auth.KeyRecord, error) {
	namespaces, err := auth.ParseNamespaces(key.Namespaces)
	if err != nil || len(key.Hash) != len(auth.KeyHash{}) {
		return auth.KeyRecord{}, auth.ErrUnknownKey
	}
	return auth.KeyRecord{
		ID: key.ID, Hash: auth.KeyHash(key.Hash), Roles: key.Roles, Namespaces: namespaces,
		Expires: orZero(key.ExpiresAt), Revoked: orZero(key.RevokedAt), LastUsed: orZero(key.LastUsedAt),
	}, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

var errTouchQueue = errors.New("api: too many uses of API keys wait to be recorded")

// TouchKey implements auth.KeyStore. It only queues the use.
func (k *KeyStore) TouchKey(_ context.Context, id string, used time.Time) error {
	select {
	case k.touches <- touch{id, used}:
		return nil
	default:
		return errTouchQueue
	}
}

// Run writes the uses of keys until the context ends. A use that can't be
// written is lost: the next is a minute away.
func (k *KeyStore) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-k.touches:
			k.write(ctx, t)
		}
	}
}

func (k *KeyStore) write(ctx context.Context, t touch) {
	ctx, cancel := context.WithTimeout(ctx, touchKeyTimeout)
	defer cancel()
	_ = k.store.Update(ctx, store.AllNamespaces(), func(ctx context.Context, tx store.Tx) error {
		return tx.TouchKey(ctx, t.id, t.used)
	})
}
