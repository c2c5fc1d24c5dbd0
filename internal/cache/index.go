package cache

import "sync"

// index knows which entries a directory holds and when each was used last. It
// is what bounds the directory, and only that: entries are read from the files
// whether the index knows them or not. It is safe for concurrent use.
type index struct {
	maxBytes   int64
	maxEntries int

	mu    sync.Mutex
	nodes map[id]*node
	ring  node // sentinel: ring.next was used last, ring.prev longest ago
	bytes int64
	sweep uint64 // number of the sweep that is on, or was last
}

type node struct {
	id         id
	size       int64
	sweep      uint64 // the last sweep that knew of the file
	prev, next *node
}

func newIndex(maxBytes int64, maxEntries int) *index {
	x := &index{maxBytes: maxBytes, maxEntries: maxEntries, nodes: make(map[id]*node)}
	x.ring.prev, x.ring.next = &x.ring, &x.ring
	return x
}

// use notes that a file of that size is there and was used just now.
func (x *index) use(i id, size int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := x.note(i, size)
	n.unlink()
	n.insertAfter(&x.ring)
}

// found notes a file that a sweep met. One that is new to the index counts as
// used longer ago than all others.
func (x *index) found(i id, size int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if n := x.note(i, size); n.next == nil {
		n.insertAfter(x.ring.prev)
	}
}

func (x *index) knows(i id) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, ok := x.nodes[i]
	return ok
}

func (x *index) remove(i id) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if n, ok := x.nodes[i]; ok {
		x.forget(n)
	}
}

// evict forgets the entry used longest ago if the bounds are passed. The
// caller removes its file.
func (x *index) evict() (i id, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.bytes <= x.maxBytes && len(x.nodes) <= x.maxEntries {
		return id{}, false
	}
	victim := x.ring.prev
	x.forget(victim)
	return victim.id, true
}

// beginSweep starts a sweep of the directory, endSweep forgets what it didn't
// meet: files that another process removed.
func (x *index) beginSweep() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sweep++
}

func (x *index) endSweep() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, n := range x.nodes {
		if n.sweep < x.sweep {
			x.forget(n)
		}
	}
}

func (x *index) totals() (entries, bytes int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return int64(len(x.nodes)), x.bytes
}

// note returns the entry's node, which is not linked yet if it is new.
func (x *index) note(i id, size int64) *node {
	n, ok := x.nodes[i]
	if !ok {
		n = &node{id: i}
		x.nodes[i] = n
	}
	x.bytes += size - n.size
	n.size, n.sweep = size, x.sweep
	return n
}

func (x *index) forget(n *node) {
	n.unlink()
	delete(x.nodes, n.id)
	x.bytes -= n.size
}

func (n *node) unlink() {
	if n.next == nil {
		return
	}
	n.prev.next, n.next.prev = n.next, n.prev
	n.prev, n.next = nil, nil
}

func (n *node) insertAfter(at *node) {
	n.prev, n.next = at, at.next
	at.next.prev = n
	at.next = n
}
