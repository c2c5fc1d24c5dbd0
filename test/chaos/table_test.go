//go:build chaos && linux

package chaos

import (
	"fmt"
	"io"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// line is one row of the fault table with its figures.
type line struct {
	row, fault, control string
	n                   int
	acked, lost, wrong  int // acknowledged cards, those lost, and answers with wrong bytes
	errors              int // answers that the promise does not allow
	degraded, recovered time.Duration
	note                string
}

type results struct {
	mu    sync.Mutex
	lines []line
}

var table results

// add keeps a line and fails the test where a promise was broken.
func (r *results) add(t *testing.T, l line) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, l)
	if l.lost > 0 || l.wrong > 0 || l.errors > 0 {
		t.Errorf("row %s: %d lost, %d wrong, %d answers that should not be: %s", l.row, l.lost, l.wrong, l.errors, l.note)
	}
}

func (r *results) print(w io.Writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	_, _ = fmt.Fprintln(out, "row\t| fault\t| N\t| acked\t| lost\t| wrong\t| errors\t| degraded\t| recovered\t| control\t| figures")
	for _, l := range r.lines {
		_, _ = fmt.Fprintf(out, "%s\t| %s\t| %d\t| %d\t| %d\t| %d\t| %d\t| %v\t| %v\t| %s\t| %s\n", l.row, l.fault, l.n, l.acked, l.lost, l.wrong, l.errors,
			l.degraded.Round(time.Millisecond), l.recovered.Round(time.Millisecond), l.control, l.note)
	}
	_ = out.Flush()
}
