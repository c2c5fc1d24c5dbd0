package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/google/renameio/v2"
)

// Disk is a directory of cached documents: one file for each, named by its
// key's hash, in 256 subdirectories. Files are replaced as a whole and checked
// when read, so any number of processes may use one directory, and a cleaning
// process need not tell a serving one. It is safe for concurrent use.
type Disk struct {
	path   string
	create bool // make the directory when it isn't there
	now    func() time.Time

	mu   sync.Mutex
	root *os.Root // nil until first use and after a failure
}

// OpenDisk opens the directory of a disk tier, to look at it or to clean it. A
// server may be using it. It does not make the directory; the error wraps
// [fs.ErrNotExist] then.
func OpenDisk(dir string) (*Disk, error) {
	d := &Disk{path: dir, now: time.Now}
	if _, err := d.open(); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return d, nil
}

// Close releases the directory.
func (d *Disk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.root == nil {
		return nil
	}
	err := d.root.Close()
	d.root = nil
	return err
}

// open returns the root through which every file is reached, so that no link
// in the directory leads out of it.
func (d *Disk) open() (*os.Root, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.root != nil {
		return d.root, nil
	}
	if d.create {
		if err := os.MkdirAll(d.path, 0o700); err != nil {
			return nil, err
		}
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return nil, err
	}
	d.root = root
	return root, nil
}

// reopen makes the next access open the directory again: after a failure the
// one held open may be deleted, with a new one at its path.
func (d *Disk) reopen() {
	_ = d.Close() // nothing was written through the root itself
}

// shard and file name of an entry, relative to the root.
func (i id) shard() string { return i.String()[:2] }
func (i id) path() string  { s := i.String(); return s[:2] + "/" + s[2:] }

// read returns a file's bytes, at most limit of them. Its errors are errMiss,
// errCorrupt for what can't be an entry (a link, a directory, a file of an
// impossible size), and what the file system says.
func (d *Disk) read(i id, limit int64) ([]byte, error) {
	root, err := d.open()
	if err != nil {
		return nil, err
	}
	raw, err := readRegular(root, i.path(), limit)
	switch {
	case err == nil, errors.Is(err, errCorrupt):
		return raw, err
	case errors.Is(err, fs.ErrNotExist):
		return nil, errMiss
	case shardIsOther(root, i):
		return nil, errCorrupt
	}
	return nil, err
}

func readRegular(root *os.Root, name string, limit int64) ([]byte, error) {
	named, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !named.Mode().IsRegular() || named.Size() > limit || named.Size() < int64(envelopeFrame) {
		return nil, errCorrupt
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	// A replacement between the two calls is either a link that Open followed
	// or another process's newer entry; both cost a miss and no more.
	if opened, err := f.Stat(); err != nil || !os.SameFile(named, opened) {
		return nil, errCorrupt
	}
	raw := make([]byte, named.Size())
	if _, err := io.ReadFull(f, raw); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errCorrupt
	} else if err != nil {
		return nil, err
	}
	return raw, nil
}

// shardIsOther reports whether a link or a file stands where the entry's
// subdirectory should be.
func shardIsOther(root *os.Root, i id) bool {
	info, err := root.Lstat(i.shard())
	return err == nil && !info.IsDir()
}

// write stores a file as a whole or not at all.
func (d *Disk) write(i id, raw []byte) error {
	root, err := d.open()
	if err != nil {
		return err
	}
	if err := makeShard(root, i); err != nil {
		return err
	}
	return replaceFile(root, i.path(), raw)
}

func makeShard(root *os.Root, i id) error {
	if shardIsOther(root, i) {
		if err := root.Remove(i.shard()); err != nil {
			return err
		}
	}
	return ignore(root.Mkdir(i.shard(), 0o700), fs.ErrExist)
}

func replaceFile(root *os.Root, name string, raw []byte) error {
	f, err := renameio.NewPendingFile(name, renameio.WithRoot(root), renameio.WithPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { _ = f.Cleanup() }() // what stays behind is swept by age
	if _, err := f.Write(raw); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

// remove deletes whatever has the entry's name; nothing there is not an error.
func (d *Disk) remove(i id) error {
	root, err := d.open()
	if err != nil {
		return err
	}
	if shardIsOther(root, i) {
		return root.Remove(i.shard())
	}
	return root.RemoveAll(i.path())
}

// DiskStats describe a cache directory at one moment.
type DiskStats struct {
	Entries int64
	Bytes   int64 // of disk space, in whole blocks
	Oldest  time.Time
	Newest  time.Time
}

// Stats walks the directory and counts. It reads no file's content.
func (d *Disk) Stats(ctx context.Context) (DiskStats, error) {
	var s DiskStats
	err := d.walk(ctx, func(f diskFile) error {
		s.Entries++
		s.Bytes += f.size
		if s.Oldest.IsZero() || f.written.Before(s.Oldest) {
			s.Oldest = f.written
		}
		if f.written.After(s.Newest) {
			s.Newest = f.written
		}
		return nil
	})
	return s, err
}

// CleanStats say what a cleaning removed.
type CleanStats struct {
	Entries int64
	Bytes   int64
}

// Clean removes the entries that were written longer than olderThan ago, and
// temporary files that a killed process left. A server that is using the
// directory sees misses and nothing else.
func (d *Disk) Clean(ctx context.Context, olderThan time.Duration) (CleanStats, error) {
	return d.clean(ctx, olderThan, func(id) {})
}

func (d *Disk) clean(ctx context.Context, olderThan time.Duration, removed func(id)) (CleanStats, error) {
	var s CleanStats
	before := d.now().Add(-olderThan)
	err := d.walk(ctx, func(f diskFile) error {
		if !f.written.Before(before) {
			return nil
		}
		if err := d.remove(f.id); err != nil {
			return err
		}
		removed(f.id)
		s.Entries++
		s.Bytes += f.size
		return nil
	})
	return s, err
}

// ignore returns err unless it is target.
func ignore(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}
