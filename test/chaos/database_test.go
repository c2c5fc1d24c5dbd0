//go:build chaos && linux

package chaos

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// outage is what clients see while the database is away: cached pages are
// read, writes are refused in time.
type outage struct {
	db       *postgres
	s        *server
	pages    []page
	l        *load
	g        *group
	writes   *ledger
	degraded time.Duration
	back     time.Duration
	n        int
}

// allowed is how long a refused write may take: the guard's three seconds, and
// a busy machine.
const allowed = 3500 * time.Millisecond

func newOutage(t *testing.T, db *postgres, s *server, prefix string) *outage {
	t.Helper()
	o := &outage{db: db, s: s, g: newGroup(), writes: newLedger()}
	o.pages = seed(t, s, prefix, 20)
	url := func() string { return s.url }
	o.l = readers(50, o.pages, url)
	for w := range 4 {
		o.g.Go(func() { o.writes.write(o.g, w, url) })
	}
	return o
}

// once harms, waits until it shows, holds on, heals, and waits until a write
// goes through.
func (o *outage) once(t *testing.T, hold time.Duration, harm, heal func()) {
	t.Helper()
	o.n++
	before := o.writes.count()
	eventually(t, "writes go through before", 20*time.Second, func() bool { return o.writes.count() > before+4 })
	refused := o.writes.refused.Load()
	harm()
	o.degraded = max(o.degraded, eventually(t, "a write is refused", 20*time.Second, func() bool { return o.writes.refused.Load() > refused }))
	time.Sleep(hold)
	heal()
	before = o.writes.count()
	o.back = max(o.back, eventually(t, "writes go through again", time.Minute, func() bool { return o.writes.count() > before+4 }))
}

func (o *outage) report(t *testing.T, row, fault, note string) {
	t.Helper()
	eventually(t, "the service is healthy", 20*time.Second, o.s.healthy)
	o.l.end()
	o.g.end()
	lost, half := o.writes.audit(t, o.db)
	slow := time.Duration(o.writes.slowest.Load())
	errors := o.l.errors + int(o.writes.strange.Load())
	if slow > allowed {
		errors++
	}
	_, p99, _ := o.l.reset()
	table.add(t, line{row: row, fault: fault, n: o.n, acked: o.writes.count(), lost: lost, wrong: o.l.wrong + half, errors: errors, degraded: o.degraded, recovered: o.back,
		control: fmt.Sprintf("%d writes refused", o.writes.refused.Load()),
		note:    fmt.Sprintf("slowest refusal %s, cached reads p99 %s; %s %s %v", ms(slow), ms(p99), note, o.l.last, o.writes.last.Load())})
}

// Row 2: the whole of Postgres is stopped, and goes on later.
func TestPostgresStopped(t *testing.T) {
	together(t)
	dir := folder(t)
	db := newPostgres(t, dir+"/pg")
	s := newServer(t, dir, "a", "MCG_DATABASE_URL="+db.url)
	s.start(t)
	o := newOutage(t, db, s, "stopped")
	most := 0.0
	for range times(20) {
		o.once(t, 4*time.Second, func() { db.signal(syscall.SIGSTOP) }, func() {
			most = max(most, s.metric("go_goroutines"))
			db.signal(syscall.SIGCONT)
		})
	}
	o.report(t, "2", "Postgres SIGSTOP 4 s and more", fmt.Sprintf("at most %.0f goroutines;", most))
}

// Row 3: the pool is held up by a lock, and then the server's connections are taken by others.
func TestPoolExhausted(t *testing.T) {
	together(t)
	dir := folder(t)
	db := newPostgres(t, dir+"/pg", "max_connections=20", "superuser_reserved_connections=3")
	s := newServer(t, dir, "a", "MCG_DATABASE_URL="+db.url, "MCG_DATABASE_MAX_CONNECTIONS=4")
	s.start(t)
	o := newOutage(t, db, s, "pool")
	ctx := context.Background()
	for range times(10) {
		conn, err := db.dial()
		if err != nil {
			t.Fatal(err)
		}
		o.once(t, time.Second, func() {
			if _, err := conn.Exec(ctx, `BEGIN; LOCK TABLE cards IN ACCESS EXCLUSIVE MODE`); err != nil {
				t.Fatal(err)
			}
		}, func() { _ = conn.Close(ctx) })
	}
	db.exec(t, `CREATE ROLE crowd LOGIN; ALTER ROLE mcg CONNECTION LIMIT -1`)
	for range times(10) {
		var crowd []*pgx.Conn
		var wait sync.WaitGroup
		o.once(t, time.Second, func() {
			admin, err := db.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = admin.Close(ctx) }()
			deadline := time.Now().Add(5 * time.Second)
			for len(crowd) < 25 && time.Now().Before(deadline) {
				conn, err := db.dial()
				if err != nil { // full: end the service's own, and take their places
					if _, err := admin.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mcg'`); err != nil {
						t.Fatal(err)
					}
					for range 8 {
						if conn, err := db.dial(); err == nil {
							crowd = append(crowd, conn)
						}
					}
					if db.mine(admin) == 0 {
						break
					}
					continue
				}
				crowd = append(crowd, conn)
			}
		}, func() {
			for _, conn := range crowd {
				wait.Go(func() { _ = conn.Close(ctx) })
			}
			wait.Wait()
		})
	}
	o.report(t, "3", "pool held by a lock; all connections taken", "")
}

// mine is how many connections the service has.
func (*postgres) mine(conn *pgx.Conn) (n int) {
	_ = conn.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mcg'`).Scan(&n)
	return n
}

// Row 4: the disk under PGDATA is full.
func TestDatabaseDiskFull(t *testing.T) {
	together(t)
	if os.Geteuid() != 0 {
		t.Fatal("mounting needs root")
	}
	dir := folder(t)
	mount := filepath.Join(dir, "pg")
	if err := os.Mkdir(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, "size=192m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(mount, syscall.MNT_DETACH) })
	db := newPostgres(t, mount, "max_wal_size=64MB", "min_wal_size=32MB")
	s := newServer(t, dir, "a", "MCG_DATABASE_URL="+db.url)
	s.start(t)
	o := newOutage(t, db, s, "full")
	filler := filepath.Join(mount, "filler")
	restarts := 0
	for range times(5) {
		stop := newGroup()
		o.once(t, time.Second, func() {
			stop.Go(func() { // whatever Postgres frees is taken
				for stop.running() {
					if file, err := os.OpenFile(filler, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
						for err == nil {
							_, err = file.Write(make([]byte, 64<<10))
						}
						for _, size := range []int{4096, 1} {
							for err = nil; err == nil && size > 1; {
								_, err = file.Write(make([]byte, size))
							}
						}
						_ = file.Close()
					}
					time.Sleep(20 * time.Millisecond)
				}
			})
		}, func() {
			stop.end()
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			time.Sleep(200 * time.Millisecond)
			if !db.alive() { // it gave up, as it may: its supervisor starts it again
				restarts++
				db.start(t)
			}
		})
	}
	if a := get(s.url + "/v1/cards"); a.status != http.StatusOK {
		t.Errorf("list: %d", a.status)
	}
	o.report(t, "4", "disk full under PGDATA", fmt.Sprintf("Postgres gave up %d times;", restarts))
}
