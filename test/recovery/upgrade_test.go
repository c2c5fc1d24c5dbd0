//go:build e2e && linux

package recovery

import (
	"bytes"
	"context"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
)

// predecessor checks out the version before the last migration. A shallow clone
// does not have it.
func predecessor(t *testing.T) (source, commit string) {
	t.Helper()
	commit = git(t, "log", "-1", "--format=%H^", "--diff-filter=A", "--", "migrations/postgres/*.sql")
	if commit == "" {
		t.Skip("no commit with a migration is here: this is no clone with its history")
	}
	source = t.TempDir()
	archive, err := exec.Command("git", "-C", root, "archive", commit).Output()
	if err != nil {
		t.Skipf("the version before the last migration is not in this clone: %v", err)
	}
	unpack := exec.Command("tar", "-x", "-C", source)
	unpack.Stdin = bytes.NewReader(archive)
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	return source, git(t, "log", "-1", "--format=%h %s", commit)
}

func git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
	if err != nil {
		t.Skipf("git %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// TestVersionBeforeTheLastMigration lets the old version serve while the new one
// migrates its database, both serve from it then, and the old one start on the
// new schema, as in a rollback. No request may fail, and each reads what the other
// wrote.
func TestVersionBeforeTheLastMigration(t *testing.T) {
	source, commit := predecessor(t)
	t.Logf("the version before the last migration is %s", commit)
	database := postgrestest.EmptyURL(t)
	before := program{build(t, source), database, t.TempDir()}
	after := program{build(t, root), database, t.TempDir()}

	old := before.serve(t)
	schema := pending(after.run(t, "migrate", "status"))
	if schema == 0 {
		t.Fatal("the new version has nothing to migrate: the two versions are of one schema")
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	load := &load{t: t}
	load.start(ctx, old, "old")
	time.Sleep(time.Second)
	began := time.Now()
	current := after.serve(t) // which migrates
	t.Logf("%d steps were migrated and the new version was ready %s after its start", schema, time.Since(began).Round(time.Millisecond))
	load.start(ctx, current, "new")
	time.Sleep(3 * time.Second)
	stop()
	load.wait.Wait()
	if left := pending(after.run(t, "migrate", "status")); left > 0 {
		t.Errorf("%d steps are still pending", left)
	}
	load.compare(old, current)

	old.stop(syscall.SIGTERM)
	// A rollback leaves the schema. Older versions serve it, but do not say that
	// they are ready; TestReadyOnANewerSchema holds this version to it.
	back := before.start(t)
	if _, err := back.get("/ready"); err != nil {
		t.Logf("the old version does not say that it is ready on the new schema: %.100s", err)
	}
	load.compare(back, current)
	if _, err := back.put("rolled-back", "Written by the old version on the new schema."); err != nil {
		t.Error(err)
	}
	t.Logf("%d requests, %d failed", load.requests.Load(), load.failed.Load())
}

func pending(status string) int { return strings.Count(status, "pending") }

// load writes cards and reads them back.
type load struct {
	t                *testing.T
	told             ledger
	wait             sync.WaitGroup
	requests, failed atomic.Int64
}

// start runs two clients until ctx ends.
func (l *load) start(ctx context.Context, s *service, name string) {
	for client := range 2 {
		l.wait.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				l.turn(s, name+"-"+strconv.Itoa(client)+"-"+strconv.Itoa(n%20), n)
			}
		})
	}
}

// turn writes a revision of a card, and reads it.
func (l *load) turn(s *service, name string, n int) {
	began := time.Now()
	c, err := s.put(name, "Turn "+strconv.Itoa(n)+".")
	l.saw(name, err)
	if err != nil {
		return
	}
	l.told.add(acknowledged{name, c, began, time.Now()})
	got, err := s.card(name)
	l.saw(name, err)
	if err == nil && got != c {
		l.t.Errorf("%s is %+v right after %+v was stored", name, got, c)
	}
}

func (l *load) saw(name string, err error) {
	l.requests.Add(1)
	if err != nil {
		l.failed.Add(1)
		l.t.Errorf("%s: %v", name, err)
	}
}

// compare reads every card from both versions.
func (l *load) compare(services ...*service) {
	l.t.Helper()
	time.Sleep(1100 * time.Millisecond) // other processes see a revision after a second at the latest
	last := map[string]card{}
	for _, a := range l.told.list {
		last[a.name] = a.card
	}
	if len(last) < 40 {
		l.t.Errorf("only %d cards were written", len(last))
	}
	for name, want := range last {
		for _, s := range services {
			if got, err := s.card(name); err != nil || got != want {
				l.t.Errorf("%s from %s: %+v, %v, want %+v", name, s.url, got, err, want)
			}
		}
	}
}
