package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
)

var everywhere = store.AllNamespaces()

func id(name string) store.ID { return store.ID{Namespace: "acme", Name: name} }

func draft() store.Draft { return store.Draft{Digest: "d", Author: "alice"} }

// open opens a migrated database and returns a plain connection to it, too.
func open(t *testing.T) (*postgres.Store, *pgx.Conn) {
	t.Helper()
	database := postgrestest.MigratedURL(t)
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return postgrestest.Open(t, database, time.Now), conn
}

func create(t *testing.T, s *postgres.Store, names ...string) {
	t.Helper()
	err := s.Update(t.Context(), everywhere, func(ctx context.Context, tx store.Tx) error {
		for _, name := range names {
			if _, err := tx.CreateCard(ctx, id(name), draft()); err != nil {
				return err
			}
		}
		return tx.AppendAudit(ctx, store.AuditEvent{Principal: "alice", Action: "a", Namespace: "acme"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAppendOnly(t *testing.T) {
	t.Parallel()
	s, conn := open(t)
	create(t, s, "m")
	for _, statement := range []string{
		`UPDATE revisions SET digest = 'x'`, `DELETE FROM revisions`, `TRUNCATE revisions`,
		`UPDATE audit SET principal = 'x'`, `DELETE FROM audit`, `TRUNCATE audit`,
		`INSERT INTO revisions SELECT * FROM revisions ON CONFLICT (card_id, number) DO UPDATE SET digest = 'x'`,
	} {
		_, err := conn.Exec(t.Context(), statement)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "23001" { // restrict_violation
			t.Errorf("%s: error %v", statement, err)
		}
	}
}

// Two updates that lock two cards the other way round: Postgres ends one of
// them, and it is run again.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	create(t, s, "a", "b")
	var both, group sync.WaitGroup
	both.Add(2)
	runs := make([]int, 2)
	for i, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		group.Go(func() {
			err := s.Update(t.Context(), everywhere, func(ctx context.Context, tx store.Tx) error {
				runs[i]++
				_, err := tx.AppendRevision(ctx, id(order[0]), draft())
				if runs[i] == 1 {
					both.Done()
					both.Wait()
				}
				if err != nil {
					return err
				}
				_, err = tx.AppendRevision(ctx, id(order[1]), draft())
				return err
			})
			if err != nil {
				t.Errorf("update %d: %v", i, err)
			}
		})
	}
	group.Wait()
	if runs[0]+runs[1] < 3 {
		t.Errorf("the closures ran %v times: there was no deadlock", runs)
	}
	for _, name := range []string{"a", "b"} {
		if head, err := s.Head(t.Context(), everywhere, id(name)); err != nil || head.Revision != 3 {
			t.Errorf("%s: %+v, %v", name, head, err)
		}
	}
}

// The server is away, the program starts all the same, and nobody reads the
// password in a log.
func TestServerAway(t *testing.T) {
	t.Parallel()
	s := openURL(t, "postgresql://mcg:s3cret-pass@127.0.0.1:1/mcg")
	nothing := func(context.Context, store.Tx) error { return nil }
	_, head := s.Head(t.Context(), everywhere, id("m"))
	_, _, version := s.SchemaVersion(t.Context())
	for name, err := range map[string]error{
		"Ping": s.Ping(t.Context()), "Head": head, "SchemaVersion": version,
		"Migrate": s.Migrate(t.Context()), "Update": s.Update(t.Context(), everywhere, nothing),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: error %v", name, err)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s tells the password: %v", name, err)
		}
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(postgrestest.EmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("mcg", "s3cret-pass")
	err = openURL(t, u.String()).Ping(t.Context())
	if !errors.Is(err, store.ErrUnavailable) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %v", err)
	}
}

func TestBadURL(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"postgresql://mcg:s3cret-pass@host:port/db", "postgresql://mcg:s3cret-pass@[::1/db", "postgresql://mcg:s3cret-pass%zz@host/db",
		"postgresql://mcg:s3cret-pass@host/db?sslmode=sometimes", "host=h password=s3cret-pass port=x",
		"postgresql://mcg:s3cret-pass@host/db?pool_max_conns=many",
	} {
		s, err := postgres.Open(t.Context(), postgres.Options{URL: bad, Clock: time.Now})
		if err == nil {
			_ = s.Close()
		}
		if !errors.Is(err, store.ErrInvalid) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("Open(%q): error %v", bad, err)
		}
	}
}

// A pool whose connections are all in use refuses within its bound.
func TestPoolExhausted(t *testing.T) {
	t.Parallel()
	s, err := postgres.Open(t.Context(), postgres.Options{
		URL: postgrestest.MigratedURL(t), Clock: time.Now, MaxConns: 1, Wait: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	err = s.Update(t.Context(), everywhere, func(context.Context, store.Tx) error {
		start := time.Now()
		if err := s.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Ping: error %v", err)
		}
		if waited := time.Since(start); waited > 20*time.Second {
			t.Errorf("waited %v", waited)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping after: %v", err)
	}
}

// Connections that the server ends: the update that has one fails, nothing of it
// stays, and the next needs no restart.
func TestConnectionsLost(t *testing.T) {
	t.Parallel()
	s, conn := open(t)
	create(t, s, "m")
	err := s.Update(t.Context(), everywhere, func(ctx context.Context, tx store.Tx) error {
		if _, err := tx.AppendRevision(ctx, id("m"), draft()); err != nil {
			return err
		}
		const others = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`
		if _, err := conn.Exec(t.Context(), others); err != nil {
			t.Error(err)
		}
		_, err := tx.AppendRevision(ctx, id("m"), draft())
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("AppendRevision: error %v", err)
		}
		return nil
	})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Update: error %v", err)
	}
	if head, err := s.Head(t.Context(), everywhere, id("m")); err != nil || head.Revision != 1 {
		t.Errorf("after: %+v, %v", head, err)
	}
}

// Connections that died while nobody used them cost nothing: what reads is run
// again, and so is an update of which nothing was sent. The pool itself notices
// only when a connection was idle for a second.
func TestDeadConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	s, conn := open(t)
	create(t, s, "m")
	end := func() {
		t.Helper()
		const others = `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`
		if _, err := conn.Exec(t.Context(), others); err != nil {
			t.Fatal(err)
		}
	}
	end()
	if _, err := s.Head(t.Context(), everywhere, id("m")); err != nil {
		t.Errorf("Head: %v", err)
	}
	end()
	runs := 0
	err := s.Update(t.Context(), everywhere, func(ctx context.Context, tx store.Tx) error {
		runs++
		_, err := tx.AppendRevision(ctx, id("m"), draft())
		return err
	})
	if err != nil || runs != 1 {
		t.Errorf("Update: %v after %d runs", err, runs)
	}
	runs = 0
	err = s.Update(t.Context(), everywhere, func(ctx context.Context, tx store.Tx) error {
		runs++
		if _, err := tx.AppendRevision(ctx, id("m"), draft()); err != nil {
			return err
		}
		end()
		return nil // the commit finds out, and must not be repeated
	})
	if !errors.Is(err, store.ErrUnavailable) || runs != 1 {
		t.Errorf("Update that loses its connection: %v after %d runs", err, runs)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	refused := errors.New("left alone")
	open := true
	s, err := postgres.Open(t.Context(), postgres.Options{
		URL: postgrestest.MigratedURL(t), Clock: time.Now,
		Guard: func(ctx context.Context, call func(context.Context) error) error {
			if open {
				return refused
			}
			return call(ctx)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	_, head := s.Head(t.Context(), everywhere, id("m"))
	update := s.Update(t.Context(), everywhere, func(context.Context, store.Tx) error { return nil })
	if !errors.Is(head, refused) || !errors.Is(update, refused) {
		t.Errorf("guarded: %v, %v", head, update)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	open = false
	create(t, s, "m")
}

// A network that breaks without a word: unavailable while it does, and no
// restart is needed after.
func TestNetworkLost(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(postgrestest.MigratedURL(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := startProxy(t, u.Host)
	u.Host = proxy.Addr().String()
	s := postgrestest.Open(t, u.String(), time.Now)
	create(t, s, "m")
	err = s.Update(t.Context(), everywhere, func(ctx context.Context, tx store.Tx) error {
		proxy.cut()
		_, err := tx.AppendRevision(ctx, id("m"), draft())
		return err
	})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Update: error %v", err)
	}
	if head, err := s.Head(t.Context(), everywhere, id("m")); err != nil || head.Revision != 1 {
		t.Errorf("after: %+v, %v", head, err)
	}
}

// proxy passes bytes to a server until it is cut.
type proxy struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func startProxy(t *testing.T, server string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: listener}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			backend, err := net.Dial("tcp", server)
			if err != nil {
				t.Error(err)
				_ = client.Close()
				return
			}
			p.mu.Lock()
			p.conns = append(p.conns, client, backend)
			p.mu.Unlock()
			group.Go(func() { _, _ = io.Copy(client, backend); _ = client.Close() })
			group.Go(func() { _, _ = io.Copy(backend, client); _ = backend.Close() })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.cut()
		group.Wait()
	})
	return p
}

// cut ends every connection there is; new ones may come.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		_ = conn.Close()
	}
	p.conns = nil
}

// A refused write (a 412, say) must not cost a new connection each time.
func TestGivenUpUpdateKeepsItsConnection(t *testing.T) {
	t.Parallel()
	s, conn := open(t)
	errGivenUp := errors.New("given up")
	backends := map[uint32]bool{}
	for range 3 {
		err := s.Update(t.Context(), everywhere, func(ctx context.Context, tx store.Tx) error {
			_, err := tx.CreateCard(ctx, id("m"), draft())
			var pid uint32
			query := `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mcg' AND state = 'idle in transaction'`
			if err := conn.QueryRow(ctx, query).Scan(&pid); err != nil {
				t.Error(err)
			}
			backends[pid] = true
			return errors.Join(err, errGivenUp)
		})
		if !errors.Is(err, errGivenUp) {
			t.Errorf("Update: error %v", err)
		}
	}
	if len(backends) != 1 {
		t.Errorf("%d connections for three updates", len(backends))
	}
}

// A statement that waits for ever, as one of a stopped server does, ends with
// its context.
func TestStatementDeadline(t *testing.T) {
	t.Parallel()
	s, conn := open(t)
	create(t, s, "m")
	blocker, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blocker.Exec(t.Context(), `LOCK TABLE cards IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = s.Head(ctx, everywhere, id("m"))
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Head: error %v", err)
	}
	if err := blocker.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Head(t.Context(), everywhere, id("m")); err != nil {
		t.Errorf("Head after: %v", err)
	}
}

// Searches and first pages must not read the whole table.
func TestIndexesAreUsed(t *testing.T) {
	t.Parallel()
	s, conn := open(t)
	create(t, s, "m")
	for query, index := range map[string]string{
		`search @@ '''word'''::tsquery`: "cards_by_word", `tags @> '{x}'`: "cards_by_tag",
		`license = 'mit' ORDER BY updated_at DESC LIMIT 1`: "cards_by_license",
		`TRUE ORDER BY updated_at DESC LIMIT 1`:            "cards_by_update",
	} {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), `SET LOCAL enable_seqscan = off`); err != nil { // the table is tiny
			t.Fatal(err)
		}
		rows, err := tx.Query(t.Context(), `EXPLAIN SELECT id FROM cards WHERE `+query)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || !strings.Contains(fmt.Sprint(lines), index) {
			t.Errorf("%s doesn't use %s: %v, %v", query, index, lines, err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func openURL(t *testing.T, database string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: database, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
