package generator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	// freshFor is how far behind another process's writes a pointer may be.
	freshFor = time.Second
	// MaxStale is how long the last known pointer serves while the database is
	// away.
	MaxStale = 24 * time.Hour
	// patience is how long a reader waits for the database while there is a
	// pointer that could serve instead.
	patience = 250 * time.Millisecond
	// headTimeout bounds one read of a card's row.
	headTimeout = 10 * time.Second
	// maxPointers bounds the memory that pointers take, about 200 bytes each.
	maxPointers = 100_000
)

// Latest is which revision of a card is the latest one.
type Latest struct {
	store.ID
	Number int64
	Digest string
	// Canonical is the card's canonical form where it was read on the way, so
	// that a card nobody asked for before is read once; nil otherwise.
	Canonical []byte
	// Age is how long ago the database said so, where it can't be asked now; 0
	// otherwise.
	Age time.Duration
}

// pointer is what is known of a card's latest revision. A number of 0 is the
// mark that this process wrote the card and does not know the outcome, or
// deleted it: it keeps a read that began before from bringing back what was.
type pointer struct {
	number  int64
	digest  string
	checked time.Time // when the database said so
	retry   time.Time // while the database is away: when it is asked again
	write   uint64    // the write of this process that it comes from, or 0
}

// Latest is the latest revision of a card, as it was at most a second ago, or
// exactly if the caller asks for that. What this process wrote is always exact.
// While the database is away it is what was last known, with its Age, for at
// most [MaxStale]. Errors: those of store.Reader.Head.
func (g *Generator) Latest(ctx context.Context, scope store.Scope, id store.ID, exact bool) (Latest, error) {
	if err := scope.Readable(id); err != nil {
		return Latest{}, err
	}
	return g.latest.latest(ctx, id, exact)
}

// pointers remember the latest revision of each card for a second: exactly for
// what this process wrote, and so that a crowd of readers asks the database
// once. Misses are not remembered.
type pointers struct {
	reader store.Reader
	now    func() time.Time
	known  *otter.Cache[store.ID, pointer]
	reads  singleflight.Group
	writes atomic.Uint64
	mu     sync.Mutex // orders what is put
}

func newPointers(reader store.Reader, now func() time.Time) *pointers {
	return &pointers{reader: reader, now: now, known: otter.Must(&otter.Options[store.ID, pointer]{MaximumSize: maxPointers})}
}

// latest is the latest revision of a card that the caller may read. exact goes
// past what is remembered.
func (p *pointers) latest(ctx context.Context, id store.ID, exact bool) (Latest, error) {
	if exact {
		read, err := p.read(ctx, id, false)
		return read.latest(id), err
	}
	known, ok := p.known.GetIfPresent(id)
	ok = ok && known.number > 0
	now := p.now()
	switch {
	case ok && now.Sub(known.checked) <= freshFor:
		return known.latest(id), nil
	case ok && now.Before(known.retry):
		return known.stale(id, now), nil
	}
	// Readers who come together share one read, which outlives each of them.
	result := p.reads.DoChan(id.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), headTimeout)
		defer cancel()
		return p.read(ctx, id, !ok)
	})
	return p.await(ctx, id, known, ok, result)
}

// await waits for a shared read, and falls back on what is known while the
// database does not answer.
func (p *pointers) await(ctx context.Context, id store.ID, known pointer, ok bool, result <-chan singleflight.Result) (Latest, error) {
	var enough <-chan time.Time
	usable := ok && p.now().Sub(known.checked) <= MaxStale
	if usable {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case r := <-result:
		if r.Err == nil {
			return r.Val.(found).latest(id), nil //nolint:forcetypeassert // read returns nothing else
		}
		if !usable || !errors.Is(r.Err, store.ErrUnavailable) {
			return Latest{}, r.Err
		}
	case <-enough:
	case <-ctx.Done():
		return Latest{}, fmt.Errorf("generator: latest revision: %w", ctx.Err())
	}
	p.postpone(id, known)
	return known.stale(id, p.now()), nil
}

// found is a pointer as it was read, with the canonical form if that was too.
type found struct {
	pointer
	canonical []byte
}

func (f found) latest(id store.ID) Latest {
	l := f.pointer.latest(id)
	l.Canonical = f.canonical
	return l
}

// ask asks the database. Of a card that was not asked for before, what will be
// rendered is read at once.
func (p *pointers) ask(ctx context.Context, id store.ID, whole bool) (found, error) {
	if whole {
		rev, err := p.reader.Revision(ctx, store.AllNamespaces(), id, 0)
		return found{pointer{number: rev.Number, digest: rev.Digest}, rev.Canonical}, err
	}
	head, err := p.reader.Head(ctx, store.AllNamespaces(), id)
	return found{pointer{number: head.Revision, digest: head.Digest}, nil}, err
}

// read asks the database and remembers what it says.
func (p *pointers) read(ctx context.Context, id store.ID, whole bool) (found, error) {
	before := p.writes.Load()
	now := p.now()
	read, err := p.ask(ctx, id, whole)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return found{}, err
	}
	read.checked = now
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.known.GetIfPresent(id)
	switch {
	case ok && known.write > before: // written here while the database was read
		if known.number > 0 {
			return found{pointer: known}, nil
		}
	case err != nil:
		p.known.Invalidate(id)
	default:
		p.known.Set(id, read.pointer)
	}
	return read, err
}

// wrote remembers what this process has just committed.
func (p *pointers) wrote(id store.ID, number int64, digest string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.Set(id, pointer{number: number, digest: digest, checked: p.now(), write: p.writes.Add(1)})
}

// forget marks a card as one that this process deleted, or wrote with an
// outcome that it does not know.
func (p *pointers) forget(id store.ID) { p.wrote(id, 0, "") }

// postpone lets the readers of the next second do without the database.
func (p *pointers) postpone(id store.ID, known pointer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now, ok := p.known.GetIfPresent(id); ok && now == known {
		known.retry = p.now().Add(freshFor)
		p.known.Set(id, known)
	}
}

func (p pointer) latest(id store.ID) Latest {
	return Latest{ID: id, Number: p.number, Digest: p.digest}
}

func (p pointer) stale(id store.ID, now time.Time) Latest {
	l := p.latest(id)
	l.Age = now.Sub(p.checked)
	return l
}
