package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

const (
	// blockBytes is what files are counted in: a small entry takes a whole block.
	blockBytes = 4096
	// walkBatch is how many names are read from a directory at a time.
	walkBatch = 512
	// leftoverAge is when a temporary file is taken for a dead process's.
	leftoverAge = time.Hour
)

// diskFile is an entry as its directory shows it.
type diskFile struct {
	id      id
	size    int64 // in whole blocks
	written time.Time
}

// walk calls fn for every entry, in no order. It removes links and other
// things that have an entry's name, and old temporary files, and leaves alone
// every name that isn't the cache's: the directory may have been set wrongly.
func (d *Disk) walk(ctx context.Context, fn func(diskFile) error) error {
	root, err := d.open()
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	if err := d.sweepLeftovers(ctx, root); err != nil {
		return err
	}
	for shard := range 256 {
		if err := d.walkShard(ctx, root, fmt.Sprintf("%02x", shard), fn); err != nil {
			return err
		}
	}
	return nil
}

func (d *Disk) walkShard(ctx context.Context, root *os.Root, shard string, fn func(diskFile) error) error {
	if info, err := root.Lstat(shard); err != nil || !info.IsDir() {
		return nil //nolint:nilerr // a shard that isn't there, or isn't one, holds no entries
	}
	return eachFile(ctx, root, shard, func(info fs.FileInfo) error {
		i, ok := parseID(shard + info.Name())
		switch {
		case !ok:
			return nil
		case !info.Mode().IsRegular():
			return d.remove(i)
		}
		return fn(diskFile{id: i, size: wholeBlocks(info.Size()), written: info.ModTime()})
	})
}

// sweepLeftovers removes temporary files of writers that were killed: renameio
// makes them in the root, named by a dot, the file's name and digits.
func (d *Disk) sweepLeftovers(ctx context.Context, root *os.Root) error {
	before := d.now().Add(-leftoverAge)
	return eachFile(ctx, root, ".", func(info fs.FileInfo) error {
		if isLeftover(info.Name()) && info.Mode().IsRegular() && info.ModTime().Before(before) {
			return ignore(root.Remove(info.Name()), fs.ErrNotExist)
		}
		return nil
	})
}

func isLeftover(name string) bool {
	const stem = 2*len(id{}) - 2
	rest, dotted := strings.CutPrefix(name, ".")
	if !dotted || len(rest) <= stem || strings.Trim(rest[stem:], "0123456789") != "" {
		return false
	}
	_, ok := parseID("00" + rest[:stem])
	return ok
}

// eachFile calls fn for what lies in a directory, a batch at a time, so that a
// huge directory is never in memory as a whole. What vanishes meanwhile is
// passed over.
func eachFile(ctx context.Context, root *os.Root, dir string, fn func(fs.FileInfo) error) error {
	f, err := root.Open(dir)
	if err != nil {
		return ignore(err, fs.ErrNotExist)
	}
	defer func() { _ = f.Close() }() // only read from
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch, err := f.ReadDir(walkBatch)
		for _, entry := range batch {
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				return err
			}
			if err := fn(info); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func wholeBlocks(size int64) int64 {
	return (size + blockBytes - 1) / blockBytes * blockBytes
}
