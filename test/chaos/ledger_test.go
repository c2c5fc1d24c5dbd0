//go:build chaos && linux

package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// revision is one that a server acknowledged.
type revision struct {
	id     string
	number int64
	digest string
}

// ledger is what writers were promised.
type ledger struct {
	mu      sync.Mutex
	acked   []revision
	sent    map[string]int // documents sent, by card
	refused atomic.Int64   // 503
	broken  atomic.Int64   // connections that broke
	strange atomic.Int64   // any other answer
	slowest atomic.Int64   // refusal, in nanoseconds
	last    atomic.Value   // strange answer
	away    atomic.Value   // refusal or broken connection
}

func newLedger() *ledger { return &ledger{sent: map[string]int{}} }

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// write posts revisions of a writer's cards, each until it is acknowledged,
// until the group ends. One in four is a new card.
func (l *ledger) write(g *group, writer int, url func() string) {
	for n := 0; g.running(); n++ {
		id := fmt.Sprintf("chaos/w%d-%d", writer, n/4)
		l.mu.Lock()
		l.sent[id]++
		l.mu.Unlock()
		document := fmt.Sprintf("model: {id: %s, name: W%d, license: mit, description: %q}\n", id, writer, fmt.Sprintf("revision %d: %s", n, bytes.Repeat([]byte("x"), rand.N(2000))))
		key := fmt.Sprintf("key-%d-%d", writer, n)
		for !l.post(id, document, key, url()) {
			time.Sleep(time.Duration(5+rand.N(20)) * time.Millisecond)
			if !g.running() {
				return // sent, and perhaps stored; never acknowledged
			}
		}
	}
}

func (l *ledger) post(id, document, key, url string) (acknowledged bool) {
	a := do(http.MethodPost, url+"/v1/cards", document, map[string]string{"Idempotency-Key": key})
	switch a.status {
	case http.StatusOK, http.StatusCreated:
		var body struct {
			ID       string
			Revision int64
			Digest   string
		}
		if err := json.Unmarshal(a.body, &body); err != nil || body.ID != id {
			l.strange.Add(1)
			l.last.Store(string(a.body))
			return true
		}
		l.mu.Lock()
		l.acked = append(l.acked, revision{body.ID, body.Revision, body.Digest})
		l.mu.Unlock()
		return true
	case 0:
		l.broken.Add(1)
		l.away.Store(fmt.Sprint(a.err))
	case http.StatusServiceUnavailable:
		l.refused.Add(1)
		l.away.Store(string(a.body))
		raise(&l.slowest, int64(a.took))
		if a.header.Get("Retry-After") == "" {
			l.strange.Add(1)
			l.last.Store("503 without Retry-After")
		}
	case http.StatusConflict: // the killed server's transaction still holds the key
	default:
		l.strange.Add(1)
		l.last.Store(fmt.Sprintf("%d %s", a.status, a.body))
	}
	return false
}

func raise(most *atomic.Int64, value int64) {
	for {
		old := most.Load()
		if value <= old || most.CompareAndSwap(old, value) {
			return
		}
	}
}

// audit compares the database with the ledger: what was acknowledged and is not
// there, and what is there by half.
func (l *ledger) audit(t *testing.T, p *postgres) (lost, half int) {
	t.Helper()
	l.mu.Lock()
	acked := slices.Clone(l.acked) // before the database is asked, since writers may go on
	l.mu.Unlock()
	conn, err := p.dial()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, `SELECT c.namespace || '/' || c.name, r.number, r.digest, r.canonical FROM cards c JOIN revisions r ON r.card_id = c.id WHERE c.name LIKE 'w%'`)
	if err != nil {
		t.Fatal(err)
	}
	stored, perCard := map[revision]bool{}, map[string]int{}
	for rows.Next() {
		var r revision
		var canonical []byte
		if err := rows.Scan(&r.id, &r.number, &r.digest, &canonical); err != nil {
			t.Fatal(err)
		}
		if card.Digest(canonical) != r.digest {
			half++
		}
		stored[r] = true
		perCard[r.id]++
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	for _, r := range acked {
		if !stored[r] {
			lost++
			t.Logf("not there: %+v", r)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, n := range perCard { // a retry that made a second revision
		if n > l.sent[id] {
			half += n - l.sent[id]
		}
	}
	var odd int
	err = conn.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM cards c WHERE c.revision <> (SELECT count(*) FROM revisions r WHERE r.card_id = c.id)
			OR c.digest <> (SELECT digest FROM revisions r WHERE r.card_id = c.id AND r.number = c.revision))
		+ abs((SELECT count(*) FROM revisions) - (SELECT count(*) FROM audit))
		+ abs((SELECT count(*) FROM revisions r JOIN cards c ON r.card_id = c.id WHERE c.name LIKE 'w%') - (SELECT count(*) FROM idempotency))`).Scan(&odd)
	if err != nil {
		t.Fatal(err)
	}
	return lost, half + odd
}

// read asks for what was acknowledged and compares the bytes.
func (l *ledger) read(g *group, url func() string, wrong *atomic.Int64, reads *atomic.Int64) {
	for g.running() {
		l.mu.Lock()
		if len(l.acked) == 0 {
			l.mu.Unlock()
			time.Sleep(10 * time.Millisecond)
			continue
		}
		r := l.acked[rand.N(len(l.acked))]
		l.mu.Unlock()
		a := get(fmt.Sprintf("%s/v1/cards/%s/revisions/%d?format=mcg", url(), r.id, r.number))
		if a.status == http.StatusOK {
			reads.Add(1)
			if card.Digest(bytes.TrimSuffix(a.body, []byte("\n"))) != r.digest {
				wrong.Add(1)
				l.last.Store(fmt.Sprintf("%+v: %.300q", r, a.body))
			}
		} else if a.status == http.StatusNotFound {
			wrong.Add(1)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
