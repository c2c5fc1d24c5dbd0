package backup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/backup"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// SQLite → Postgres → SQLite: the content is the same at each station, to the
// byte, and so are the archives but for their times.
func TestRoadBetweenEngines(t *testing.T) {
	t.Parallel()
	first := newSQLite(t)
	fill(t, first)
	place := newFolder(t)
	was := run(t, source(first), place)
	if want := (backup.Counts{Cards: 30, Revisions: 60, Audit: 60, Keys: 1, Answers: 1}); was.Manifest.Counts != want {
		t.Fatalf("counts %+v, want %+v", was.Manifest.Counts, want)
	}
	from := was
	for _, into := range []store.Store{newPostgres(t), newSQLite(t)} {
		if _, err := backup.Restore(t.Context(), fetch(t, place, from.Name), target(into)); err != nil {
			t.Fatal(err)
		}
		place = newFolder(t)
		from = run(t, source(into), place)
		if from.Manifest.Content != was.Manifest.Content {
			t.Errorf("content of %T is %s, and was %s", into, from.Manifest.Content, was.Manifest.Content)
		}
		if diff := cmp.Diff(was.Manifest.Members[0], from.Manifest.Members[0]); diff != "" {
			t.Errorf("rows of %T (-was +is):\n%s", into, diff)
		}
		found, err := into.List(t.Context(), everywhere, store.Filter{Query: "restored 29"})
		if err != nil || len(found.Items) != 1 || found.Items[0].Name != "m-29" {
			t.Errorf("search in %T finds %v (%v)", into, found.Items, err)
		}
	}
}

// ledger are the writes that were acknowledged.
type ledger struct {
	mu   sync.Mutex
	acks map[string]int64 // the latest revision of each card
}

func (l *ledger) copy() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := make(map[string]int64, len(l.acks))
	for name, number := range l.acks {
		taken[name] = number
	}
	return taken
}

// load writes from four sides until ctx ends.
func load(ctx context.Context, t *testing.T, s store.Store) (*ledger, *sync.WaitGroup) {
	l := &ledger{acks: map[string]int64{}}
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				name := fmt.Sprintf("w%d-%d", w, i%20)
				number, err := put(context.WithoutCancel(ctx), s, name, fmt.Sprint(name, i))
				if err != nil {
					t.Errorf("write: %v", err)
					return
				}
				l.mu.Lock()
				l.acks[name] = number
				l.mu.Unlock()
			}
		})
	}
	return l, &writers
}

// The database is lost after a backup that was made under writes. What was
// acknowledged before the backup began is there again, to the byte.
func TestBackupUnderLoadAndLoss(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			writes, writers := load(ctx, t, s)
			for len(writes.copy()) < 60 && ctx.Err() == nil {
				time.Sleep(5 * time.Millisecond)
			}
			acked := writes.copy()
			place := newFolder(t)
			made := run(t, source(s), place)
			during := writes.copy()
			stop()
			writers.Wait()
			originals := map[string]store.Revision{}
			for name, number := range acked {
				original, err := s.Revision(t.Context(), everywhere, store.ID{Namespace: "acme", Name: name}, number)
				if err != nil {
					t.Fatal(err)
				}
				originals[name] = original
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}

			restored := open(t) // an empty one: the other is gone
			if _, err := backup.Restore(t.Context(), fetch(t, place, made.Name), target(restored)); err != nil {
				t.Fatal(err)
			}
			for name, want := range originals {
				got, err := restored.Revision(t.Context(), everywhere, want.ID, want.Number)
				if err != nil {
					t.Fatalf("%s, acknowledged before the backup: %v", name, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-was +is):\n%s", name, diff)
				}
			}
			whole(t, restored, made.Manifest.Counts)
			t.Logf("%d cards acknowledged before, %d at the end; %d revisions in the archive", len(acked), len(during), made.Manifest.Counts.Revisions)
		})
	}
}

// whole checks that no transaction is in the archive by half: each wrote one
// revision and one audit row.
func whole(t *testing.T, s store.Store, counts backup.Counts) {
	t.Helper()
	if counts.Audit != counts.Revisions {
		t.Errorf("%d audit rows and %d revisions: a transaction is cut in two", counts.Audit, counts.Revisions)
	}
	var revisions int64
	filter := store.Filter{}
	for {
		page, err := s.List(t.Context(), everywhere, filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, head := range page.Items {
			revisions += head.Revision
		}
		if filter.Cursor = page.Next; filter.Cursor == "" {
			break
		}
	}
	if revisions != counts.Revisions {
		t.Errorf("the cards have %d revisions, the archive %d", revisions, counts.Revisions)
	}
}

func TestRestoreLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			fill(t, s)
			place := newFolder(t)
			made := run(t, source(s), place)
			_, err := backup.Restore(t.Context(), fetch(t, place, made.Name), target(s))
			if !errors.Is(err, store.ErrConflict) {
				t.Fatalf("restore over content: %v", err)
			}
			if again := run(t, source(s), newFolder(t)); again.Manifest.Content != made.Manifest.Content {
				t.Error("the content changed")
			}
		})
	}
}

func TestOutputFolder(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "secret")
	write(t, outside, "secret")
	from, into := t.TempDir(), filepath.Join(t.TempDir(), "out")
	write(t, filepath.Join(from, "acme", "m", "1.md"), "# one")
	write(t, filepath.Join(from, "acme", "m", "latest.md"), strings.Repeat("x", 3<<20))
	write(t, filepath.Join(from, "top.md"), "")
	if err := os.Symlink(outside, filepath.Join(from, "link.md")); err != nil {
		t.Fatal(err)
	}
	s, place := newSQLite(t), newFolder(t)
	full := source(s)
	full.OutputDir = from
	made := run(t, full, place)
	if made.Manifest.Counts.Files != 3 {
		t.Errorf("%d files, want 3", made.Manifest.Counts.Files)
	}
	write(t, filepath.Join(into, "acme", "m", "1.md"), "old")
	to := target(newSQLite(t))
	to.OutputDir = into
	if _, err := backup.Restore(t.Context(), fetch(t, place, made.Name), to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"acme/m/1.md": "# one", "acme/m/latest.md": strings.Repeat("x", 3<<20), "top.md": ""} {
		got, err := os.ReadFile(filepath.Join(into, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %d bytes (%v), want %d", name, len(got), err, len(want))
		}
	}
	if _, err := os.Lstat(filepath.Join(into, "link.md")); err == nil {
		t.Error("a symbolic link came back")
	}

	// A link where the folder of a card belongs must not lead the files out.
	trap, away := t.TempDir(), t.TempDir()
	if err := os.Symlink(away, filepath.Join(trap, "acme")); err != nil {
		t.Fatal(err)
	}
	to = target(newSQLite(t))
	to.OutputDir = trap
	if _, err := backup.Restore(t.Context(), fetch(t, place, made.Name), to); err == nil {
		t.Error("files were written through a symbolic link")
	}
	if left, _ := os.ReadDir(away); len(left) > 0 {
		t.Errorf("files outside of the folder: %v", left)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "backups")
	folder, err := backup.NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{
		"mcg-backup-20260228T120000Z.tar.zst", "mcg-backup-20260301T115959Z.tar.zst", "mcg-backup-20260301T120000Z.tar.zst",
		"mcg-backup-20200101T000000Z.tar.zst.txt", "notes.md", "mcg-backup-2020.tar.zst",
	} {
		write(t, filepath.Join(dir, name), "x")
	}
	write(t, filepath.Join(dir, ".mcg-backup-1.partial"), "x")
	write(t, filepath.Join(dir, ".mcg-backup-2.partial"), "x")
	old := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(filepath.Join(dir, ".mcg-backup-1.partial"), old, old); err != nil {
		t.Fatal(err)
	}
	s := newSQLite(t)
	from := source(s)
	from.Clock = func() time.Time { return now }
	result, err := backup.Run(ctx, from, folder, 30*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"mcg-backup-20260228T120000Z.tar.zst", "mcg-backup-20260301T115959Z.tar.zst"}; !slices.Equal(result.Removed, want) {
		t.Errorf("removed %v, want %v", result.Removed, want)
	}
	latest, err := backup.Latest(ctx, folder)
	if err != nil || latest != "mcg-backup-20260331T120000Z.tar.zst" {
		t.Errorf("latest is %s (%v)", latest, err)
	}
	if _, err := backup.NewFolder(dir); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := []string{
		".mcg-backup-2.partial", "mcg-backup-2020.tar.zst", "mcg-backup-20200101T000000Z.tar.zst.txt",
		"mcg-backup-20260301T120000Z.tar.zst", "mcg-backup-20260331T120000Z.tar.zst", "notes.md",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("folder (-want +got):\n%s", diff)
	}
}

// A backup that fails leaves nothing at its place, and removes nothing.
func TestFailedBackup(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "backups")
	folder, err := backup.NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "mcg-backup-20200101T000000Z.tar.zst"), "x")
	s := newSQLite(t)
	if err := s.MigrateDown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Run(t.Context(), source(s), folder, time.Hour); !errors.Is(err, store.ErrSchema) {
		t.Errorf("backup of an old schema: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
