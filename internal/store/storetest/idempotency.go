package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var idempotencyCases = map[string]func(*testing.T, *room){
	"a record is replayed":               replayed,
	"a record belongs to its key":        recordOfKey,
	"a record expires":                   recordExpires,
	"a key in flight is refused at once": inFlight,
	"a key is free after a failure":      freeAfterFailure,
	"expired records are purged":         purgeRecords,
	"no key, no record":                  withoutKey,
	"malformed keys are refused":         malformedKeys,
}

var someKey = store.IdempotencyKey{Principal: "alice", Route: "POST /v1/cards", Key: "k-1"}

// record stores an answer under the key.
func (r *room) record(t *testing.T, key store.IdempotencyKey, record store.IdempotencyRecord) {
	t.Helper()
	err := r.UpdateOnce(r.ctx, everywhere, key, func(ctx context.Context, tx store.Tx) error {
		return tx.Record(ctx, record)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// recorded reads it.
func (r *room) recorded(key store.IdempotencyKey) (found store.IdempotencyRecord, err error) {
	err = r.UpdateOnce(r.ctx, everywhere, key, func(ctx context.Context, tx store.Tx) error {
		found, err = tx.Recorded(ctx)
		return err
	})
	return found, err
}

// replayed: that another body came under the key shows by the hash.
func replayed(t *testing.T, r *room) {
	_, err := r.recorded(someKey)
	wantErr(t, "before", err, store.ErrNotFound)
	for i, response := range [][]byte{{0, 1, 0xff}, {}} {
		key := someKey
		key.Key = numbered("k", 2)[i]
		want := store.IdempotencyRecord{RequestHash: "sha256:body", Status: 201, Response: response}
		r.record(t, key, want)
		want.CreatedAt = r.clock.Peek()
		wantEqual(t, "record", must(r.recorded(key))(t), want)
		err := r.UpdateOnce(r.ctx, everywhere, key, func(ctx context.Context, tx store.Tx) error {
			return tx.Record(ctx, store.IdempotencyRecord{RequestHash: "sha256:other"})
		})
		wantErr(t, "Record over a live one", err, store.ErrConflict)
		wantEqual(t, "record after", must(r.recorded(key))(t), want)
	}
}

func recordOfKey(t *testing.T, r *room) {
	r.record(t, someKey, store.IdempotencyRecord{RequestHash: "h"})
	for _, other := range []store.IdempotencyKey{
		{Principal: "bob", Route: someKey.Route, Key: someKey.Key},
		{Principal: someKey.Principal, Route: "POST /v1/batches", Key: someKey.Key},
		{Principal: someKey.Principal, Route: someKey.Route, Key: "K-1"},
	} {
		_, err := r.recorded(other)
		wantErr(t, "another key", err, store.ErrNotFound)
	}
}

func recordExpires(t *testing.T, r *room) {
	r.record(t, someKey, store.IdempotencyRecord{RequestHash: "first"})
	made := r.clock.Peek()
	r.clock.Set(made.Add(store.IdempotencyTTL-time.Microsecond), 0)
	wantEqual(t, "hash", must(r.recorded(someKey))(t).RequestHash, "first")
	r.clock.Set(made.Add(store.IdempotencyTTL), 0)
	_, err := r.recorded(someKey)
	wantErr(t, "after a day", err, store.ErrNotFound)
	r.record(t, someKey, store.IdempotencyRecord{RequestHash: "second"})
	wantEqual(t, "hash", must(r.recorded(someKey))(t).RequestHash, "second")
}

func inFlight(t *testing.T, r *room) {
	running, finish, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- r.UpdateOnce(r.ctx, everywhere, someKey, func(ctx context.Context, tx store.Tx) error {
			close(running)
			<-finish
			return tx.Record(ctx, store.IdempotencyRecord{RequestHash: "h"})
		})
	}()
	<-running
	ctx, cancel := context.WithTimeout(r.ctx, 5*time.Second)
	defer cancel()
	err := r.UpdateOnce(ctx, everywhere, someKey, func(context.Context, store.Tx) error {
		t.Error("the closure ran")
		return nil
	})
	wantErr(t, "UpdateOnce", err, store.ErrInFlight)
	close(finish)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	wantEqual(t, "hash", must(r.recorded(someKey))(t).RequestHash, "h")
}

func freeAfterFailure(t *testing.T, r *room) {
	for range 2 {
		err := r.UpdateOnce(r.ctx, everywhere, someKey, func(context.Context, store.Tx) error { return errGivenUp })
		wantErr(t, "UpdateOnce", err, errGivenUp)
	}
}

func purgeRecords(t *testing.T, r *room) {
	keys := make([]store.IdempotencyKey, 5)
	for i := range keys {
		keys[i] = store.IdempotencyKey{Principal: "p", Route: "r", Key: numbered("k", 5)[i]}
	}
	for _, key := range keys[:4] {
		r.record(t, key, store.IdempotencyRecord{})
	}
	r.clock.Set(r.clock.Peek().Add(store.IdempotencyTTL), time.Millisecond)
	r.record(t, keys[4], store.IdempotencyRecord{RequestHash: "live"})
	purge := func(limit int) (removed int64, err error) {
		err = r.Update(r.ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			removed, err = tx.PurgeIdempotency(ctx, limit)
			return err
		})
		return removed, err
	}
	for _, want := range []int64{3, 1, 0} {
		wantEqual(t, "removed", must(purge(3))(t), want)
	}
	wantEqual(t, "hash", must(r.recorded(keys[4]))(t).RequestHash, "live")
	for _, limit := range []int{0, -1, store.MaxPurge + 1} {
		_, err := purge(limit)
		wantErr(t, "limit", err, store.ErrInvalid)
	}
}

func withoutKey(t *testing.T, r *room) {
	r.update(t, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Recorded(ctx)
		wantErr(t, "Recorded", err, store.ErrInvalid)
		wantErr(t, "Record", tx.Record(ctx, store.IdempotencyRecord{}), store.ErrInvalid)
		return nil
	})
}

func malformedKeys(t *testing.T, r *room) {
	for _, spoil := range []func(*store.IdempotencyKey){
		func(k *store.IdempotencyKey) { k.Key = "" },
		func(k *store.IdempotencyKey) { k.Principal = "" },
		func(k *store.IdempotencyKey) { k.Route = "" },
		func(k *store.IdempotencyKey) { k.Key = "a\x00" },
		func(k *store.IdempotencyKey) { k.Key = "\xff" },
		func(k *store.IdempotencyKey) { k.Key = string(make([]byte, store.MaxLabel+1)) },
	} {
		key := someKey
		spoil(&key)
		if _, err := r.recorded(key); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("key %+v: error %v", key, err)
		}
	}
	err := r.UpdateOnce(r.ctx, everywhere, someKey, func(ctx context.Context, tx store.Tx) error {
		return tx.Record(ctx, store.IdempotencyRecord{RequestHash: "\x00"})
	})
	wantErr(t, "record", err, store.ErrInvalid)
}
