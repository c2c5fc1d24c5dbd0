package cache

import "sync/atomic"

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
	bytes  atomic.Int64
}

func newQueue() *queue {
	return &queue{writes: make(chan queued, queueEntries)}
}

// offer reports whether the write was taken.
func (q *queue) offer(w queued) bool {
	size := int64(len(w.raw))
	if q.bytes.Add(size) > queueBytes {
		q.bytes.Add(-size)
		return false
	}
	select {
	case q.writes <- w:
		return true
	default:
		q.bytes.Add(-size)
		return false
	}
}

// done gives back the room of a write that was taken from the channel.
func (q *queue) done(w queued) {
	q.bytes.Add(-int64(len(w.raw)))
}
