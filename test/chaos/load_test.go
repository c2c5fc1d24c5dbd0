//go:build chaos && linux

package chaos

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// page is an address and the bytes that it must answer with.
type page struct {
	path string
	body []byte
}

// seed stores cards and reads their pages once.
func seed(t *testing.T, s *server, prefix string, n int) []page {
	t.Helper()
	pages := make([]page, n)
	for i := range pages {
		id := fmt.Sprintf("chaos/%s-%d", prefix, i)
		document := fmt.Sprintf("model: {id: %s, name: Page %d, license: mit, description: %q}\n", id, i, strings.Repeat(fmt.Sprintf("Words of card %d. ", i), 40))
		if a := do(http.MethodPost, s.url+"/v1/cards", document, nil); a.status != http.StatusCreated {
			t.Fatalf("seed: %d %s", a.status, a.body)
		}
		pages[i].path = "/v1/cards/" + id + "?format=html"
		a := get(s.url + pages[i].path)
		if a.status != http.StatusOK {
			t.Fatalf("seed: %d %s", a.status, a.body)
		}
		pages[i].body = a.body
	}
	return pages
}

// load is readers at a steady rate, and what they saw.
type load struct {
	*group
	mu            sync.Mutex
	took          []time.Duration
	errors, wrong int
	last          string
}

// readers ask for pages, perSecond of them in all, whether the last ones were
// answered or not.
func readers(perSecond int, pages []page, url func() string) *load {
	l := &load{group: newGroup()}
	l.Go(func() {
		ticker := time.NewTicker(time.Second / time.Duration(perSecond))
		defer ticker.Stop()
		for {
			select {
			case <-l.ctx.Done():
				return
			case <-ticker.C:
				l.Go(func() { l.note(pages[rand.N(len(pages))], url()) })
			}
		}
	})
	return l
}

func (l *load) note(p page, url string) {
	a := get(url + p.path)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, a.took)
	switch {
	case a.status != http.StatusOK:
		l.errors++
		l.last = fmt.Sprintf("%d %v %.200s", a.status, a.err, a.body)
	case !bytes.Equal(a.body, p.body):
		l.wrong++
	}
}

// reset returns the percentiles since the last reset.
func (l *load) reset() (p50, p99, most time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p50, p99, most = percentiles(l.took)
	l.took = nil
	return p50, p99, most
}

func percentiles(took []time.Duration) (p50, p99, most time.Duration) {
	if len(took) == 0 {
		return 0, 0, 0
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100], took[len(took)-1]
}

// healthy reports what /health says as a whole.
func (s *server) healthy() bool {
	return strings.HasPrefix(string(get(s.url+"/health").body), `{"status":"healthy"`)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
