package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// schemaCases start with an empty database.
var schemaCases = map[string]func(*testing.T, Database){
	"an empty database asks for migrations": emptySchema,
	"up, down and up again":                 upAndDown,
	"many that start at once migrate once":  migrateAtOnce,
}

func emptySchema(t *testing.T, database Database) {
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	s := database(t, time.Now)
	must(0, s.Ping(ctx))(t)
	for range 2 { // looking changes nothing
		current, want, err := s.SchemaVersion(ctx)
		if current != 0 || want < 1 || err != nil {
			t.Errorf("SchemaVersion = %d, %d, %v", current, want, err)
		}
		for _, migration := range must(s.Migrations(ctx))(t) {
			if migration.AppliedAt != nil {
				t.Errorf("%s was applied at %v", migration.Name, migration.AppliedAt)
			}
		}
	}
	_, err := s.Head(ctx, everywhere, id("m"))
	wantErr(t, "Head", err, store.ErrSchema)
	_, err = s.List(ctx, everywhere, store.Filter{})
	wantErr(t, "List", err, store.ErrSchema)
	wantErr(t, "Update", s.Update(ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.CreateCard(ctx, id("m"), draft("one"))
		return err
	}), store.ErrSchema)
	wantErr(t, "MigrateDown", s.MigrateDown(ctx), store.ErrNotFound)
}

func upAndDown(t *testing.T, database Database) {
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	s := database(t, time.Now)
	for range 2 {
		for range 2 { // the second time there is nothing to do
			must(0, s.Migrate(ctx))(t)
			wantCurrent(ctx, t, s)
		}
		if err := s.Update(ctx, everywhere, func(ctx context.Context, tx store.Tx) error {
			_, err := tx.CreateCard(ctx, id("m"), draft("one"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		steps := must(s.Migrations(ctx))(t)
		for range steps {
			must(0, s.MigrateDown(ctx))(t)
		}
		current, _, err := s.SchemaVersion(ctx)
		if current != 0 || err != nil {
			t.Errorf("version %d after all steps down, error %v", current, err)
		}
		wantErr(t, "one step more", s.MigrateDown(ctx), store.ErrNotFound)
	}
}

func migrateAtOnce(t *testing.T, database Database) {
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	const replicas = 6
	start := make(chan struct{})
	var group sync.WaitGroup
	for range replicas {
		s := database(t, time.Now)
		group.Go(func() {
			<-start
			if err := s.Migrate(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	group.Wait()
	wantCurrent(ctx, t, database(t, time.Now))
}

// wantCurrent checks that every step is applied.
func wantCurrent(ctx context.Context, t *testing.T, s store.Store) {
	t.Helper()
	current, want, err := s.SchemaVersion(ctx)
	if err != nil || current != want {
		t.Errorf("SchemaVersion = %d, %d, %v", current, want, err)
	}
	for _, migration := range must(s.Migrations(ctx))(t) {
		if migration.AppliedAt == nil || time.Since(*migration.AppliedAt).Abs() > time.Hour {
			t.Errorf("%s: applied at %v", migration.Name, migration.AppliedAt)
		}
	}
}
