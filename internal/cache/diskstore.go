package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// sweepEvery is how often the directory is compared with the index and freed
// of expired entries. Other processes may remove files at any time.
const sweepEvery = time.Hour

// diskStore is a Disk that is kept within its bounds.
type diskStore struct {
	disk  *Disk
	index *index
	ttl   time.Duration
	limit int64
}

func newDiskStore(o DiskOptions, now func() time.Time) *diskStore {
	return &diskStore{
		disk:  &Disk{path: o.Dir, create: true, now: now},
		index: newIndex(o.MaxBytes, o.MaxEntries),
		ttl:   o.TTL,
		limit: entryLimit(o.MaxBytes),
	}
}

func (s *diskStore) get(_ context.Context, i id) ([]byte, error) {
	raw, err := s.disk.read(i, s.limit)
	switch {
	case err == nil:
		s.index.use(i, wholeBlocks(int64(len(raw))))
	case errors.Is(err, errMiss):
		s.index.remove(i)
	case !errors.Is(err, errCorrupt):
		return nil, s.failed("disk read", err)
	}
	return raw, err
}

func (s *diskStore) put(_ context.Context, i id, raw []byte) error {
	if err := s.disk.write(i, raw); err != nil {
		return s.failed("disk write", err)
	}
	s.index.use(i, wholeBlocks(int64(len(raw))))
	return s.shrink()
}

// shrink removes the entries used longest ago until the bounds hold.
func (s *diskStore) shrink() error {
	for {
		victim, ok := s.index.evict()
		if !ok {
			return nil
		}
		if err := s.disk.remove(victim); err != nil {
			return s.failed("disk evict", err)
		}
	}
}

func (s *diskStore) drop(i id) {
	s.index.remove(i)
	_ = s.disk.remove(i) // it will be found bad again, and the next write replaces it
}

func (s *diskStore) probeRead(context.Context) error {
	root, err := s.disk.open()
	if err == nil {
		_, err = root.Stat(".")
	}
	if err != nil {
		return s.failed("disk read", err)
	}
	return nil
}

// probeWrite writes and removes an entry that no key has.
func (s *diskStore) probeWrite(context.Context) error {
	if err := s.disk.write(id{}, make([]byte, blockBytes)); err != nil {
		return s.failed("disk write", err)
	}
	if err := s.disk.remove(id{}); err != nil {
		return s.failed("disk remove", err)
	}
	return nil
}

func (s *diskStore) failed(what string, err error) error {
	s.disk.reopen()
	return fmt.Errorf("%s: %w", what, err)
}

func (s *diskStore) close() error { return s.disk.Close() }

// maintain rebuilds the index and then sweeps now and again, until ctx ends.
// Reads and writes go on meanwhile.
func (s *diskStore) maintain(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		// A directory that can't be walked is met by the next read or write
		// too, which counts and reports it.
		_ = s.sweep(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// sweep brings the index into line with the directory.
func (s *diskStore) sweep(ctx context.Context) error {
	s.index.beginSweep()
	unknown, err := s.survey(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(unknown, func(a, b diskFile) int { return b.written.Compare(a.written) })
	for _, f := range unknown {
		s.index.found(f.id, f.size)
	}
	s.index.endSweep()
	return s.shrink()
}

// survey removes what expired and returns what the index doesn't know, at most
// as many as the index may hold: those over that number are removed.
func (s *diskStore) survey(ctx context.Context) ([]diskFile, error) {
	var unknown []diskFile
	expired := s.disk.now().Add(-s.ttl)
	err := s.disk.walk(ctx, func(f diskFile) error {
		switch {
		case f.written.Before(expired):
			s.index.remove(f.id)
			return ignore(s.disk.remove(f.id), fs.ErrNotExist)
		case s.index.knows(f.id):
			s.index.found(f.id, f.size)
		case len(unknown) >= s.index.maxEntries:
			return s.disk.remove(f.id)
		default:
			unknown = append(unknown, f)
		}
		return nil
	})
	return unknown, err
}

func (s *diskStore) clean(ctx context.Context, olderThan time.Duration) (CleanStats, error) {
	return s.disk.clean(ctx, olderThan, s.index.remove)
}
