// Package backup writes everything that a service holds into one archive, in a
// folder or an S3 bucket, and brings it back into a store of either engine. An
// archive is a tar in zstd whose last member, the manifest, has the SHA-256 of
// every other; it knows no engine, so it is also the road from SQLite to
// Postgres and back.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Why an archive is refused. Nothing of a refused archive is restored.
var (
	// ErrNotArchive says that the file is no archive of mcg.
	ErrNotArchive = errors.New("backup: not an archive of mcg")
	// ErrVersion says that the archive's format is one that this program does
	// not know.
	ErrVersion = errors.New("backup: the archive is of an unknown format")
	// ErrCut says that the end of the archive is missing.
	ErrCut = errors.New("backup: the archive is cut off")
	// ErrDamaged says that the archive is not what was written.
	ErrDamaged = errors.New("backup: the archive is damaged")
)

// ErrNone says that there is no archive at a place.
var ErrNone = errors.New("backup: no archive there")

// Source is what goes into an archive.
type Source struct {
	Store store.Store
	// OutputDir is the folder of rendered files; empty for none. Symbolic links
	// in it are not followed, and not kept.
	OutputDir string
	// Config is the configuration in force, without its secrets, for people.
	Config []byte
	// Version is the program's.
	Version string
	Clock   func() time.Time
}

// Result says what was written or read.
type Result struct {
	Name     string // of the archive at its place
	Size     int64  // bytes
	Manifest Manifest
	Removed  []string // archives over the age to keep
}

// Run writes an archive to the place, reads it back to verify it, and then
// removes archives older than keep; zero keeps all. The database's snapshot is
// held only while the rows go to a local file.
func Run(ctx context.Context, source Source, to Place, keep time.Duration) (Result, error) {
	at := source.Clock().UTC().Truncate(time.Second)
	spool, err := os.CreateTemp(to.Spool(), partialPrefix+"*"+partialSuffix)
	if err != nil {
		return Result{}, fmt.Errorf("backup: %w", err)
	}
	defer os.Remove(spool.Name()) //nolint:errcheck // a folder has moved it away
	err = source.write(ctx, spool, at)
	if err == nil {
		err = spool.Sync()
	}
	if err = errors.Join(err, spool.Close()); err != nil {
		return Result{}, err
	}
	name := archiveName(at)
	if err := to.Put(ctx, name, spool.Name()); err != nil {
		return Result{}, err
	}
	result, err := verifyAt(ctx, to, name)
	if err != nil {
		return Result{}, fmt.Errorf("%w (reading %s back)", err, name)
	}
	result.Removed, err = prune(ctx, to, name, at.Add(-keep), keep > 0)
	return result, err
}

// Verify reads a whole archive and writes nothing: every digest is compared,
// and every row is one that a store takes.
func Verify(ctx context.Context, archive io.Reader) (Manifest, error) {
	var order store.ImportOrder
	manifest, err := walk(ctx, archive, visitor{entry: order.Check})
	if errors.Is(err, store.ErrInvalid) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return manifest, err
}

func verifyAt(ctx context.Context, place Place, name string) (Result, error) {
	archive, err := place.Open(ctx, name)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = archive.Close() }()
	counted := &counter{r: archive}
	manifest, err := Verify(ctx, counted)
	return Result{Name: name, Size: counted.n, Manifest: manifest}, err
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
