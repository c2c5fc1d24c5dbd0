//go:build (e2e || chaos) && linux

package batches

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/store/postgres/postgrestest"
)

// rescue is when a killed worker's jobs are tried again, and slack what River
// takes to see it: a new leader in 15 s, and a look every 30 s.
const (
	rescue = 20 * time.Second
	slack  = 3 * time.Minute
)

// counts is what a database holds after a run.
type counts struct {
	cards, revisions, highest, audit   int // highest revision of a card
	pending, done, failed, maxAttempts int // of items
	again, discarded, jobAttempts      int // jobs begun more than once, given up; the most attempts at one
}

const countQuery = `SELECT
	(SELECT count(*) FROM cards), (SELECT count(*) FROM revisions), (SELECT coalesce(max(number), 0) FROM revisions),
	(SELECT count(*) FROM audit),
	(SELECT count(*) FROM batch_items WHERE state = 'pending'), (SELECT count(*) FROM batch_items WHERE state = 'done'),
	(SELECT count(*) FROM batch_items WHERE state = 'failed'), (SELECT coalesce(max(attempts), 0) FROM batch_items),
	(SELECT count(*) FROM river_job WHERE kind = 'batch_chunk' AND attempt > 1), (SELECT count(*) FROM river_job WHERE state = 'discarded'),
	(SELECT max(attempt) FROM river_job WHERE kind = 'batch_chunk')`

func (c *counts) into() []any {
	return []any{&c.cards, &c.revisions, &c.highest, &c.audit, &c.pending, &c.done, &c.failed, &c.maxAttempts, &c.again, &c.discarded, &c.jobAttempts}
}

// check holds the promises: none lost, none done twice, the poison alone failed.
func (c *counts) check(t *testing.T, items, poison, kills int) {
	t.Helper()
	t.Logf("%+v", *c)
	good := items - poison
	if c.pending != 0 || c.done != good || c.cards != good {
		t.Errorf("lost: %d of %d items are stored, %d cards, %d pending", c.done, good, c.cards, c.pending)
	}
	if c.revisions != good || c.highest != 1 || c.audit != good {
		t.Errorf("done twice: %d revisions, up to number %d, and %d audit rows of %d items", c.revisions, c.highest, c.audit, good)
	}
	if c.failed != poison {
		t.Errorf("%d items failed, %d were to", c.failed, poison)
	}
	if c.maxAttempts > generator.MaxItemAttempts || c.jobAttempts > store.MaxJobAttempts || c.discarded != 0 {
		t.Errorf("attempts out of bounds")
	}
	if c.again < kills/10 {
		t.Errorf("%d kills interrupted only %d jobs: nothing is shown", kills, c.again)
	}
}

// waves cuts the items of a run into batches, one for each kill, with a poison
// document in every third.
func waves(items, kills int) (documents [][]byte, poison int) {
	size := items / kills
	for wave := range kills {
		var text strings.Builder
		for n := range size {
			if wave%3 == 0 && n == size/2 {
				text.WriteString("model: {nane: poison}\n---\n")
				poison++
				continue
			}
			text.WriteString(document(fmt.Sprintf("acme/m%d-%d", wave, n)))
		}
		documents = append(documents, []byte(text.String()))
	}
	return documents, poison
}

func TestWorkersAreKilledOnPostgres(t *testing.T) {
	database := postgrestest.EmptyURL(t)
	env := []string{
		"MCG_DATABASE_URL=" + database, "MCG_PORT=0", "MCG_METRICS_PORT=0", "MCG_DATA_DIR=" + t.TempDir(), "MCG_LOG_LEVEL=warning",
		fmt.Sprintf("MCG_WORKER_RESCUE_AFTER=%s", rescue), "MCG_MAX_WORKERS=4",
	}
	service := newProcess(t, "service", env, "serve")
	url := service.url()
	workers := []*process{newProcess(t, "worker-0", env, "worker"), newProcess(t, "worker-1", env, "worker")}
	documents, poison := waves(postgresItems, postgresKills)
	random := rand.New(rand.NewPCG(11, 26))
	var stopped sync.WaitGroup
	var batches []batch
	for wave, body := range documents {
		victim := workers[random.IntN(2)]
		batches = append(batches, post(t, func() string { return url }, fmt.Sprintf("wave-%d", wave), body))
		// Somewhere between before the first commit and after the last one.
		time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
		if every := postgresKills / postgresStops; wave%every == every-1 && wave < postgresKills-1 {
			// Paused past the rescue: what it commits late must be refused.
			paused := newProcess(t, fmt.Sprintf("paused-%d", wave), env, "worker")
			batches = append(batches, post(t, func() string { return url }, fmt.Sprintf("pause-%d", wave), []byte(document(fmt.Sprintf("acme/p%d", wave)))))
			time.Sleep(time.Duration(300+random.IntN(200)) * time.Millisecond)
			paused.signal(syscall.SIGSTOP)
			stopped.Go(func() {
				time.Sleep(rescue + 15*time.Second)
				paused.signal(syscall.SIGCONT)
				time.Sleep(time.Second)
				paused.kill()
			})
		}
		victim.kill()
		victim.start()
	}
	stopped.Wait()
	for _, b := range batches {
		await(t, url, b.ID, slack)
	}
	for _, w := range workers {
		w.terminate()
	}
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var c counts
	if err := conn.QueryRow(t.Context(), countQuery).Scan(c.into()...); err != nil {
		t.Fatal(err)
	}
	c.check(t, postgresItems/postgresKills*postgresKills+len(batches)-postgresKills, poison, postgresKills)
}

func TestServiceIsKilledOnSQLite(t *testing.T) {
	dir := t.TempDir()
	env := []string{
		"MCG_DATABASE_URL=", "MCG_PORT=0", "MCG_METRICS_PORT=0", "MCG_DATA_DIR=" + dir, "MCG_LOG_LEVEL=warning",
		fmt.Sprintf("MCG_WORKER_RESCUE_AFTER=%s", rescue), "MCG_MAX_WORKERS=4",
	}
	service := newProcess(t, "service", env, "serve")
	documents, poison := waves(sqliteItems, sqliteKills)
	random := rand.New(rand.NewPCG(11, 26))
	var batches []batch
	for wave, body := range documents {
		batches = append(batches, post(t, service.url, fmt.Sprintf("wave-%d", wave), body))
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		service.kill()
		service.start()
	}
	url := service.url()
	for _, b := range batches {
		await(t, url, b.ID, slack)
	}
	service.terminate()
	db, err := sql.Open("sqlite", filepath.Join(dir, "mcg.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var c counts
	if err := db.QueryRowContext(t.Context(), countQuery).Scan(c.into()...); err != nil {
		t.Fatal(err)
	}
	c.check(t, sqliteItems/sqliteKills*sqliteKills, poison, sqliteKills)
}

// cancels cancels a batch that is being worked, and sees that no more is done.
func cancels(t *testing.T, url, id string) {
	t.Helper()
	for now, ok := ask(url, id); !ok || now.Succeeded == 0; now, ok = ask(url, id) {
		time.Sleep(5 * time.Millisecond)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, url+"/v1/batches/"+id, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	sent := time.Now()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	took := time.Since(sent)
	then, _ := ask(url, id)
	t.Logf("cancelled in %v, at %d of %d", took, then.Succeeded, then.Total)
	if took > time.Second || then.Status != "cancelled" || then.Succeeded == then.Total {
		t.Errorf("%d in %v: %+v", answer.StatusCode, took, then)
	}
	time.Sleep(500 * time.Millisecond)
	if later, ok := ask(url, id); !ok || later.Succeeded != then.Succeeded {
		t.Errorf("%d were stored when it was cancelled, and %d later", then.Succeeded, later.Succeeded)
	}
}

// A batch of the largest number of documents costs neither process more than
// 64 MB, is cancelled in a second, and its first result is there in one.
func TestLargeBatch(t *testing.T) {
	const large, bound = 10_000, 64 << 20
	env := []string{
		"MCG_DATABASE_URL=" + postgrestest.EmptyURL(t), "MCG_PORT=0", "MCG_METRICS_PORT=0", "MCG_DATA_DIR=" + t.TempDir(), "MCG_LOG_LEVEL=warning",
	}
	service := newProcess(t, "service", env, "serve")
	url := service.url()
	worker := newProcess(t, "worker", env, "worker")
	body := func(prefix string, count int) []byte {
		var text strings.Builder
		for n := range count {
			text.WriteString(document(fmt.Sprintf("acme/%s%d", prefix, n)))
		}
		return []byte(text.String())
	}
	here := func() string { return url }
	await(t, url, post(t, here, "warm", body("w", 300)).ID, slack)
	processes := map[string]*process{"service": service, "worker": worker}
	base := map[string]int64{}
	for name, p := range processes {
		p.resetPeak()
		base[name] = p.memory("VmRSS")
	}
	cancels(t, url, post(t, here, "cancelled", body("c", 2000)).ID)
	documents := body("m", large)
	sent := time.Now()
	b := post(t, here, "large", documents)
	received := time.Now()
	first := time.Duration(0)
	for first == 0 {
		if now, ok := ask(url, b.ID); ok && now.Succeeded > 0 {
			first = time.Since(received)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if first > time.Second {
		t.Errorf("the first result was there %v after the 202", first)
	}
	end := await(t, url, b.ID, slack)
	took := time.Since(received)
	if end.Succeeded != large {
		t.Errorf("batch %+v", end)
	}
	for name, p := range processes {
		more := p.memory("VmHWM") - base[name]
		t.Logf("%s: base %d MB, peak +%d MB", name, base[name]>>20, more>>20)
		if more > bound {
			t.Errorf("the %s took %d bytes more for a batch", name, more)
		}
	}
	t.Logf("%d documents of %d bytes: received in %v, first result after %v, all after %v: %.0f/s",
		large, len(documents), received.Sub(sent), first, took, large/took.Seconds())
}
