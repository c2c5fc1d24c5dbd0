package cache

import "sync"

// Bounds of one tier's queue of writes.
const (
	queueEntries = 1024
	queueBytes   = 32 << 20
)

// queued is an envelope on its way to a store.
type queued struct {
	id  id
	raw []byte
}

// queue holds writes for one background writer, bounded in number and bytes. A
// write that finds it full is lost: it costs a later render, and waiting for
// room would cost this request.
type queue struct {
	writes chan queued

	mu    sync.Mutex
	bytes int
	// waiting are the entries on their way. The same id is the same bytes, so a
	// page that is made again before its write has happened is not queued twice.
	waiting map[id]struct{}
}

func newQueue() *queue {
	return &queue{writes: make(chan queued, queueEntries), waiting: make(map[id]struct{})}
}

// offer reports whether the write was taken, or is on its way already.
func (q *queue) offer(w queued) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, ok := q.waiting[w.id]; ok {
		return true
	}
	if q.bytes+len(w.raw) > queueBytes {
		return false
	}
	select {
	case q.writes <- w:
		q.bytes += len(w.raw)
		q.waiting[w.id] = struct{}{}
		return true
	default:
		return false
	}
}

// done gives back the room of a write that was taken from the channel.
func (q *queue) done(w queued) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes -= len(w.raw)
	delete(q.waiting, w.id)
}
