//go:build chaos && linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
)

// Rows 1 and 11: the server or Postgres is killed while sixteen writers write.
func TestKills(t *testing.T) {
	together(t)
	dir := folder(t)
	db := newPostgres(t, dir+"/pg", "max_connections=60")
	s := newServer(t, dir, "a", "MCG_DATABASE_URL="+db.url)
	s.start(t)
	l, g := newLedger(), newGroup()
	url := func() string { return s.url }
	var wrong, reads atomic.Int64
	for w := range 16 {
		g.Go(func() { l.write(g, w, url) })
	}
	for range 2 {
		g.Go(func() { l.read(g, url, &wrong, &reads) })
	}
	defer g.end()
	n, lost, half := kills(500), 0, 0
	var slowest [2]time.Duration
	var count [2]int
	for i := range n {
		before := l.count()
		eventually(t, fmt.Sprintf("writers write before kill %d; last %v", i, l.last.Load()), time.Minute, func() bool { return l.count() >= before+16 })
		time.Sleep(rand.N(30 * time.Millisecond))
		which := i % 2
		count[which]++
		var begun time.Time
		if which == 0 {
			s.kill()
			begun = time.Now()
			s.launch(t)
		} else {
			db.kill()
			time.Sleep(rand.N(300 * time.Millisecond))
			db.start(t)
			begun = time.Now() // its own recovery is its own affair
		}
		before = l.count() + 16 // answers that were on their way do not count
		eventually(t, "writers write again", time.Minute, func() bool { return l.count() >= before })
		slowest[which] = max(slowest[which], time.Since(begun))
		if i%25 == 24 || i == n-1 {
			a, b := l.audit(t, db)
			lost, half = max(lost, a), max(half, b)
		}
	}
	g.end()
	a, b := l.audit(t, db)
	lost, half = max(lost, a), max(half, b)
	if last := l.last.Load(); last != nil {
		t.Log("strange: ", last)
	}
	// The control: one revision fewer is one lost, one changed byte is one half written.
	db.exec(t, `ALTER TABLE revisions DISABLE TRIGGER USER`)
	r := l.acked[rand.N(len(l.acked))]
	db.exec(t, fmt.Sprintf(`UPDATE revisions SET canonical = canonical || 'x', digest = 'none' WHERE number = %d AND card_id = (SELECT id FROM cards WHERE namespace || '/' || name = '%s')`, r.number, r.id))
	seenLost, seenHalf := l.audit(t, db)
	control := fmt.Sprintf("1 damaged: %d lost, %d half seen", seenLost, seenHalf)
	if seenLost != 1 || seenHalf == 0 {
		t.Error(control)
	}
	note := fmt.Sprintf("%d reads checked, %d half written, 503 within %v, %d refused, %d broken", reads.Load(), half, time.Duration(l.slowest.Load()).Round(time.Millisecond), l.refused.Load(), l.broken.Load())
	table.add(t, line{row: "11", fault: "server kill -9 under 16 writers", n: count[0], acked: l.count(), lost: lost, wrong: int(wrong.Load()) + half, errors: int(l.strange.Load()), recovered: slowest[0], control: control, note: note})
	table.add(t, line{row: "1", fault: "Postgres kill -9 under 16 writers", n: count[1], acked: l.count(), lost: lost, wrong: int(wrong.Load()) + half, errors: int(l.strange.Load()), degraded: time.Duration(l.slowest.Load()), recovered: slowest[1], control: control, note: "as above"})
}
