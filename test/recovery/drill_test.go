//go:build e2e && linux

package recovery

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
)

// acknowledged is one card that a client was told is stored.
type acknowledged struct {
	name string
	card
	began, at time.Time // of the request and its answer
}

// ledger is every acknowledgement, in the order of their arrival.
type ledger struct {
	mu   sync.Mutex
	list []acknowledged
}

func (l *ledger) add(a acknowledged) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, a)
}

func (l *ledger) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.list)
}

// write stores cards from four clients until ctx ends. That the service dies at
// the end is what the drill is about, so errors after that are none.
func (l *ledger) write(ctx context.Context, t *testing.T, s *service) *sync.WaitGroup {
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				name := "card-" + strconv.Itoa(client) + "-" + strconv.Itoa(n)
				began := time.Now()
				c, err := s.put(name, "Number "+strconv.Itoa(n)+". "+strings.Repeat("What a card says. ", 50))
				if err == nil {
					l.add(acknowledged{name, c, began, time.Now()})
				} else if ctx.Err() == nil {
					t.Errorf("write: %v", err)
					return
				}
			}
		})
	}
	return &clients
}

// TestDrill is the drill of docs/operations.md: a backup while cards are
// written, the service killed and the database dropped, a restore into an empty
// one, and the first card read. MCG_DRILL_CARDS is how many cards there are before
// the backup begins.
func TestDrill(t *testing.T) {
	cards := 1000
	if text := os.Getenv("MCG_DRILL_CARDS"); text != "" {
		var err error
		if cards, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	p := program{build(t, root), postgrestest.EmptyURL(t), t.TempDir()}
	s := p.serve(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	told := &ledger{}
	clients := told.write(ctx, t, s)
	for told.len() < cards && !t.Failed() {
		time.Sleep(50 * time.Millisecond)
	}
	archives := t.TempDir()
	began := time.Now()
	t.Log(p.run(t, "backup", "--to", archives))
	backed := time.Since(began)
	time.Sleep(time.Second) // what is written now is lost

	stop()
	s.stop(syscall.SIGKILL)
	clients.Wait()
	drop(t, p.database)
	lost := time.Now()
	p.run(t, "restore", "--verify", archives)
	verified := time.Since(lost)
	again := program{p.mcg, postgrestest.EmptyURL(t), t.TempDir()}
	again.run(t, "restore", archives)
	restored := time.Since(lost)
	s = again.serve(t)
	if _, err := s.get("/v1/cards/acme/card-0-0?format=html"); err != nil {
		t.Fatal(err)
	}
	recovered := time.Since(lost)

	gone, oldest := compare(t, s, told.list, began)
	t.Logf("%d cards acknowledged, backup of %d bytes in %s while they were written", len(told.list), size(t, archives), backed.Round(time.Millisecond))
	t.Logf("from the loss to: archive verified %s, database restored %s, first card read %s", verified.Round(time.Millisecond), restored.Round(time.Millisecond), recovered.Round(time.Millisecond))
	t.Logf("%d cards are lost; the first of them was acknowledged %s after the backup began", gone, oldest.Round(time.Millisecond))
	if recovered > 4*time.Hour {
		t.Errorf("recovery took %s", recovered)
	}
}

// compare looks for every acknowledged card: what was acknowledged before the
// backup began has to be there, unchanged; what came later may be there. It
// returns how many are lost, and how long after the beginning of the backup the
// first of those was acknowledged.
func compare(t *testing.T, s *service, told []acknowledged, began time.Time) (gone int, oldest time.Duration) {
	t.Helper()
	for _, a := range told {
		c, err := s.card(a.name)
		switch {
		case err == nil && c != a.card:
			t.Errorf("%s is %+v, and was %+v", a.name, c, a.card)
		case err != nil && a.at.Before(began):
			t.Errorf("%s was acknowledged before the backup: %v", a.name, err)
		case err != nil:
			if gone++; gone == 1 {
				oldest = a.at.Sub(began)
			}
		}
	}
	if gone == 0 {
		t.Error("nothing is lost, although cards were written after the backup: the drill did not lose the database")
	}
	return gone, oldest
}

// drop removes the database with whoever is connected, and leaves an empty one
// of its name, which the end of the test drops.
func drop(t *testing.T, database string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	conn, err := pgx.Connect(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	quoted := pgx.Identifier{name}.Sanitize()
	for _, statement := range []string{"DROP DATABASE " + quoted + " WITH (FORCE)", "CREATE DATABASE " + quoted} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func size(t *testing.T, dir string) int64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v in the place for backups, %v", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
