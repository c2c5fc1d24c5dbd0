package cache

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func diskPath(dir string, key Key) string {
	return filepath.Join(dir, filepath.FromSlash(hash(key).id.path()))
}

// fillDisk writes entries 0 to n-1 to dir and closes the cache.
func fillDisk(t testing.TB, o DiskOptions, n int) {
	t.Helper()
	c := open(t, Options{Disk: o})
	for i := range n {
		if err := c.Put(keyN(t, i), entryN(keyN(t, i))); err != nil {
			t.Fatal(err)
		}
	}
	closeCache(t, c)
}

func onDisk(t testing.TB, dir string, key Key) bool {
	t.Helper()
	_, err := os.Lstat(diskPath(dir, key))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

// Ten thousand damaged entries: none is served, each is dropped and counted,
// and the key is rebuilt. The tier goes on working.
func TestMutatedDiskEntriesAreNeverServed(t *testing.T) {
	t.Parallel()
	const keys, mutations = 100, 10_000
	dir := t.TempDir()
	fillDisk(t, DiskOptions{Dir: dir}, keys)
	c := open(t, Options{Disk: DiskOptions{Dir: dir}})
	eventually(t, "the sweep, which would find some first", func() bool { return statsOf(c, TierDisk).Entries == keys })
	good := make([][]byte, keys)
	for n := range good {
		raw, err := os.ReadFile(diskPath(dir, keyN(t, n)))
		if err != nil {
			t.Fatal(err)
		}
		good[n] = raw
	}
	outside := filepath.Join(t.TempDir(), "outside")
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test that can be repeated
	for m := range mutations {
		n := random.IntN(keys)
		key, path := keyN(t, n), diskPath(dir, keyN(t, n))
		mutate(t, random, path, outside, good[n], good[(n+1+random.IntN(keys-1))%keys])
		if e, tier, ok := c.Get(t.Context(), key); ok {
			t.Fatalf("mutation %d: served from %s: %.60q", m, tier, e.Body)
		}
		if onDisk(t, dir, key) {
			t.Fatalf("mutation %d: the bad entry is still there", m)
		}
		restore(t, path, good[n])
	}
	s := statsOf(c, TierDisk)
	if s.Corrupt != mutations || s.Hits != 0 || s.Degraded {
		t.Errorf("stats = %+v, want %d corrupt, no hits, not degraded", s, mutations)
	}
	for n := range keys {
		if tier := mustFill(t, c, keyN(t, n)); tier != TierDisk {
			t.Errorf("intact entry %d comes from %q", n, tier)
		}
	}
}

// mutate damages one file in one of the ways that files are damaged.
func mutate(t *testing.T, random *rand.Rand, path, outside string, good, other []byte) {
	t.Helper()
	raw := append([]byte(nil), good...)
	switch random.IntN(7) {
	case 0:
		raw[random.IntN(len(raw))] ^= 1 << random.IntN(8)
	case 1:
		raw = raw[:random.IntN(len(raw))]
	case 2:
		raw = other
	case 3: // a block of zeros, as a crash leaves
		at := random.IntN(len(raw))
		clear(raw[at:min(len(raw), at+64)])
		if bytes.Equal(raw, good) {
			raw[at] ^= 1
		}
	case 4:
		raw = append(raw, 0)
	case 5: // a link to intact bytes outside
		restore(t, outside, good)
		link(t, path, outside)
		return
	case 6: // a link to intact bytes inside
		inside := filepath.Join(filepath.Dir(path), "elsewhere")
		restore(t, inside, good)
		link(t, path, "elsewhere")
		return
	}
	restore(t, path, raw)
}

func link(t *testing.T, path, target string) {
	t.Helper()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func restore(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A subdirectory that was replaced by a link leads nowhere, and is repaired.
func TestLinkedShardIsNotFollowed(t *testing.T) {
	t.Parallel()
	dir, key := t.TempDir(), keyN(t, 0)
	fillDisk(t, DiskOptions{Dir: dir}, 1)
	shard, moved := filepath.Dir(diskPath(dir, key)), filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(shard, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(moved, shard); err != nil {
		t.Fatal(err)
	}
	c := open(t, Options{Disk: DiskOptions{Dir: dir}})
	if tier := mustFill(t, c, key); tier != TierFill {
		t.Errorf("served from %q through a link out of the directory", tier)
	}
	eventually(t, "the repair", func() bool { _, _, ok := c.Get(t.Context(), key); return ok })
	if info, err := os.Lstat(shard); err != nil || !info.IsDir() {
		t.Errorf("the link is still there: %v, %v", info, err)
	}
}

func TestDiskEvictsWhatWasUsedLongestAgo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const room = 10
	c := open(t, Options{Disk: DiskOptions{Dir: dir, MaxBytes: room * blockBytes}})
	put := func(n int) {
		t.Helper()
		before := statsOf(c, TierDisk).Stored
		if err := c.Put(keyN(t, n), entryN(keyN(t, n))); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the write", func() bool { return statsOf(c, TierDisk).Stored > before })
	}
	for n := range room {
		put(n)
	}
	if tier := mustFill(t, c, keyN(t, 0)); tier != TierDisk { // used again: now 1 is the oldest
		t.Fatalf("entry 0 comes from %q", tier)
	}
	put(room)
	put(room + 1)
	for n := range room + 2 {
		if got, want := onDisk(t, dir, keyN(t, n)), n != 1 && n != 2; got != want {
			t.Errorf("entry %d on disk = %v, want %v", n, got, want)
		}
	}
	if s := statsOf(c, TierDisk); s.Entries != room || s.Bytes != room*blockBytes {
		t.Errorf("stats = %+v, want %d entries of a block each", s, room)
	}
}

func TestDiskBoundsTheNumberOfFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fillDisk(t, DiskOptions{Dir: dir, MaxEntries: 7}, 30)
	if got := len(filesIn(t, dir)); got != 7 {
		t.Errorf("%d files, want 7", got)
	}
}

// After a restart the index is rebuilt from the files: the bound holds again,
// the oldest go first, and what isn't the cache's is left alone.
func TestIndexIsRebuilt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const entries, room = 40, 16
	fillDisk(t, DiskOptions{Dir: dir}, entries)
	for n := range entries {
		at := time.Now().Add(-time.Duration(entries-n) * time.Minute)
		if err := os.Chtimes(diskPath(dir, keyN(t, n)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	foreign := []string{filepath.Join(dir, "README"), filepath.Join(filepath.Dir(diskPath(dir, keyN(t, 0))), "notes.txt")}
	for _, path := range foreign {
		restore(t, path, []byte("not a cache's file"))
	}

	c := open(t, Options{Disk: DiskOptions{Dir: dir, MaxBytes: room * blockBytes}})
	eventually(t, "the sweep", func() bool { return len(filesIn(t, dir)) == room+len(foreign) })
	for n := range entries {
		if got, want := onDisk(t, dir, keyN(t, n)), n >= entries-room; got != want {
			t.Errorf("entry %d of %d on disk = %v, want %v", n, entries, got, want)
		}
	}
	for _, path := range foreign {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("a file that isn't the cache's is gone: %v", err)
		}
	}
	if s := statsOf(c, TierDisk); s.Entries != room || s.Bytes != room*blockBytes {
		t.Errorf("stats = %+v, want %d entries", s, room)
	}
}

func TestSweepSeesWhatOthersDid(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), newClock()
	c := open(t, Options{Disk: DiskOptions{Dir: dir, TTL: time.Hour}, Now: clock.Now})
	for n := range 10 {
		if err := c.Put(keyN(t, n), entryN(keyN(t, n))); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the writes", func() bool { return statsOf(c, TierDisk).Stored == 10 })
	for n := range 4 { // another process cleans
		if err := os.Remove(diskPath(dir, keyN(t, n))); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.disk.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := statsOf(c, TierDisk); s.Entries != 6 {
		t.Errorf("the index holds %d entries, want 6", s.Entries)
	}
	clock.Advance(2 * time.Hour)
	if err := c.disk.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, files := statsOf(c, TierDisk), filesIn(t, dir); s.Entries != 0 || len(files) != 0 {
		t.Errorf("after their time %d entries are in the index, and on disk %q", s.Entries, files)
	}
}

func TestLeftoversAreSwept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stem := "." + strings.Repeat("ab", 31)
	old, fresh, foreign := stem+"123", stem+"456", ".profile7"
	for _, name := range []string{old, fresh, foreign} {
		restore(t, filepath.Join(dir, name), []byte("half of an entry"))
	}
	for _, name := range []string{old, foreign} {
		at := time.Now().Add(-2 * leftoverAge)
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	d := openDisk(t, dir)
	if _, err := d.Stats(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{old: false, fresh: true, foreign: true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there = %v, want %v", name, err == nil, want)
		}
	}
}

func openDisk(t *testing.T, dir string) *Disk {
	t.Helper()
	d, err := OpenDisk(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestOpenDiskMakesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "absent")
	if _, err := OpenDisk(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenDisk = %v, want fs.ErrNotExist", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("OpenDisk made the directory")
	}
}

func TestCleanByAge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fillDisk(t, DiskOptions{Dir: dir}, 20)
	for n := range 12 {
		at := time.Now().Add(-8 * 24 * time.Hour)
		if err := os.Chtimes(diskPath(dir, keyN(t, n)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	d := openDisk(t, dir)
	before, err := d.Stats(t.Context())
	if err != nil || before.Entries != 20 || before.Bytes != 20*blockBytes || !before.Oldest.Before(before.Newest.Add(-7*24*time.Hour)) {
		t.Errorf("Stats = %+v, %v", before, err)
	}
	got, err := d.Clean(t.Context(), 7*24*time.Hour)
	if want := (CleanStats{Entries: 12, Bytes: 12 * blockBytes}); err != nil || got != want {
		t.Errorf("Clean = %+v, %v, want %+v", got, err, want)
	}
	for n := range 20 {
		if got, want := onDisk(t, dir, keyN(t, n)), n >= 12; got != want {
			t.Errorf("entry %d on disk = %v, want %v", n, got, want)
		}
	}
}

// Cleaning a directory that a server reads and writes: the server serves right
// bytes all along, and neither side meets an error.
func TestCleanWhileServing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, Options{Disk: DiskOptions{Dir: dir, MaxBytes: 50 * blockBytes}})
	d := openDisk(t, dir)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a test that can be repeated
			for range 500 {
				mustFill(t, c, keyN(t, random.IntN(80)))
			}
		})
	}
	clean := func(what string, clean func(context.Context, time.Duration) (CleanStats, error)) {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := clean(context.Background(), 0); err != nil {
				t.Errorf("%s: %v", what, err)
				return
			}
		}
	}
	var cleaners sync.WaitGroup
	cleaners.Go(func() { clean("from the server", c.Clean) })
	cleaners.Go(func() { clean("from another process", d.Clean) })
	wg.Wait()
	close(done)
	cleaners.Wait()
	if s := statsOf(c, TierDisk); s.Errors != 0 || s.Corrupt != 0 || s.Degraded {
		t.Errorf("stats = %+v, want no errors and nothing corrupt", s)
	}
}

// The directory becomes unusable and comes back. Callers notice nothing, one
// line is logged for each change, and the tier is used again.
func TestDiskGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	var log logBuffer
	c := open(t, Options{Disk: DiskOptions{Dir: dir}, RetryAfter: 20 * time.Millisecond, Logger: log.logger()})
	mustFill(t, c, keyN(t, 0))
	eventually(t, "the write", func() bool { return statsOf(c, TierDisk).Stored == 1 })

	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	restore(t, dir, []byte("a file in its place"))
	for n := range 50 {
		mustFill(t, c, keyN(t, n))
		time.Sleep(2 * time.Millisecond) // some retries pass meanwhile
	}
	if s := statsOf(c, TierDisk); !s.Degraded || s.Errors == 0 || s.Skipped == 0 {
		t.Errorf("stats = %+v, want degraded, with errors and skipped operations", s)
	}
	if lines := log.lines(); len(lines) != 1 || !strings.Contains(lines[0], `"warn"`) {
		t.Errorf("logged %q, want one warning", lines)
	}

	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "recovery", func() bool { return !statsOf(c, TierDisk).Degraded })
	mustFill(t, c, keyN(t, 100))
	eventually(t, "a hit", func() bool { _, tier, _ := c.Get(t.Context(), keyN(t, 100)); return tier == TierDisk })
	if lines := log.lines(); len(lines) != 2 {
		t.Errorf("logged %q, want one line more", lines)
	}
}

func TestUnusableDirectoryIsWarnedAboutAtOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "file")
	restore(t, dir, nil)
	var log logBuffer
	c := open(t, Options{Disk: DiskOptions{Dir: dir}, Logger: log.logger()})
	eventually(t, "the warning", func() bool { return len(log.lines()) == 1 })
	if tier := mustFill(t, c, keyN(t, 1)); tier != TierFill {
		t.Errorf("tier = %q", tier)
	}
}

// While files can't be written those that are there are still served.
func TestReadsGoOnWhenWritesFail(t *testing.T) {
	t.Parallel()
	dir, key := t.TempDir(), keyN(t, 0)
	fillDisk(t, DiskOptions{Dir: dir}, 1)
	c := open(t, Options{Disk: DiskOptions{Dir: dir}, RetryAfter: time.Hour})
	eventually(t, "the sweep, which would repair this", func() bool { return statsOf(c, TierDisk).Entries == 1 })
	// A directory under an entry's name can't be replaced by a file: the write
	// fails as it does on a full or read-only disk, even for root.
	bad := keyN(t, 1)
	if err := os.MkdirAll(filepath.Join(diskPath(dir, bad), "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.Put(bad, entryN(bad)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the failed write", func() bool { return statsOf(c, TierDisk).Degraded })
	if tier := mustFill(t, c, key); tier != TierDisk {
		t.Errorf("while writes fail, the entry on disk comes from %q", tier)
	}
}
