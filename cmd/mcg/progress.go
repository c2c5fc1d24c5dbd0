package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// plainEvery is how often a line says how far long work is, where no terminal
// watches.
const plainEvery = 5 * time.Second

// progress shows how far long work is: a bar on a terminal, a line now and then
// elsewhere. Its Write prints a whole message without breaking the bar. It is
// safe for concurrent use.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	bar   *progressbar.ProgressBar // nil without a terminal
	noun  string
	total int
	done  int
	last  time.Time
	now   func() time.Time
}

func newProgress(w io.Writer, total int, noun string) *progress {
	p := &progress{w: w, noun: noun, total: total, now: time.Now, last: time.Now()}
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription(noun),
			progressbar.OptionThrottle(100*time.Millisecond))
	}
	return p
}

// step counts one piece of work.
func (p *progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.bar != nil {
		_ = p.bar.Add(1)
		return
	}
	if now := p.now(); now.Sub(p.last) >= plainEvery && p.done < p.total {
		p.last = now
		_, _ = fmt.Fprintf(p.w, "%d of %d %s\n", p.done, p.total, p.noun)
	}
}

// Write prints a message above the bar.
func (p *progress) Write(message []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	return p.w.Write(message)
}

// finish takes the bar away.
func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
