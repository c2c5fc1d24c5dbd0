package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Place is where archives are kept. Names are those of archiveName; a place
// shows no others.
type Place interface {
	// Spool is the folder in which to write a file for Put; empty for that of
	// temporary files.
	Spool() string
	// Put makes the local file an archive of the place, whole or not at all. It
	// may move the file away.
	Put(ctx context.Context, name, path string) error
	// Open reads an archive. Errors: ErrNone.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// List returns the names of all archives, oldest first.
	List(ctx context.Context) ([]string, error)
	// Remove removes an archive.
	Remove(ctx context.Context, name string) error
}

// An archive's name says when it was made, in UTC.
const (
	archivePrefix = "mcg-backup-"
	archiveTime   = "20060102T150405Z"
	archiveSuffix = ".tar.zst"

	partialPrefix = ".mcg-backup-"
	partialSuffix = ".partial"
	partialAge    = 24 * time.Hour // after which nobody writes a partial file any more
)

func archiveName(at time.Time) string {
	return archivePrefix + at.UTC().Format(archiveTime) + archiveSuffix
}

// archivedAt is when an archive was made, by its name.
func archivedAt(name string) (time.Time, bool) {
	stamp, isArchive := strings.CutPrefix(name, archivePrefix)
	stamp, ends := strings.CutSuffix(stamp, archiveSuffix)
	at, err := time.Parse(archiveTime, stamp)
	return at, isArchive && ends && err == nil
}

// Latest returns the name of the newest archive. Errors: ErrNone.
func Latest(ctx context.Context, place Place) (string, error) {
	names, err := place.List(ctx)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", ErrNone
	}
	return names[len(names)-1], nil
}

// prune removes archives made before the given time, but never the one just
// made.
func prune(ctx context.Context, place Place, made string, before time.Time, wanted bool) ([]string, error) {
	if !wanted {
		return nil, nil
	}
	names, err := place.List(ctx)
	if err != nil {
		return nil, err
	}
	var removed []string
	for _, name := range names {
		at, _ := archivedAt(name)
		if name == made || !at.Before(before) {
			continue
		}
		if err := place.Remove(ctx, name); err != nil {
			return removed, err
		}
		removed = append(removed, name)
	}
	return removed, nil
}

// Folder is a Place in the file system.
type Folder struct{ dir string }

// NewFolder makes the folder if it is missing, for the owner's eyes only:
// archives hold hashes of keys. Partial files of runs that were killed go.
func NewFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	stale, err := filepath.Glob(filepath.Join(dir, partialPrefix+"*"+partialSuffix))
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	for _, path := range stale {
		if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > partialAge {
			_ = os.Remove(path) // the next run tries again
		}
	}
	return &Folder{dir}, nil
}

// Spool implements Place.
func (f *Folder) Spool() string { return f.dir }

// Put implements Place: the file is of this folder already, so it only gets
// its name, and the folder is synced.
func (f *Folder) Put(_ context.Context, name, path string) error {
	if err := os.Rename(path, filepath.Join(f.dir, name)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	dir, err := os.Open(f.dir)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// Open implements Place.
func (f *Folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	file, err := os.Open(filepath.Join(f.dir, filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return file, nil
}

// List implements Place.
func (f *Folder) List(context.Context) ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if _, ok := archivedAt(entry.Name()); ok && entry.Type().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names) // by time, since names are of one length
	return names, nil
}

// Remove implements Place.
func (f *Folder) Remove(_ context.Context, name string) error {
	if err := os.Remove(filepath.Join(f.dir, name)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}
