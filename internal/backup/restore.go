package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Target is where an archive is restored to.
type Target struct {
	// Store must be empty; its schema is brought up to date.
	Store store.Store
	// OutputDir is the folder of rendered files; empty to leave them in the
	// archive.
	OutputDir string
	// Words gives the words of a card's text, by its canonical form, beside its
	// name and labels.
	Words func(canonical []byte) (string, error)
}

// ErrDiffers says that the database, read back after a restore, does not hold
// what the archive does.
var ErrDiffers = errors.New("backup: the restored database is not what the archive holds")

// Restore verifies an archive, writes its rows in one transaction, reads the
// database back to compare it, and writes the files of the output folder over
// those that are there. Errors: those of Verify, store.ErrConflict (the store
// has content), ErrDiffers.
func Restore(ctx context.Context, archive io.ReadSeeker, to Target) (Manifest, error) {
	manifest, err := Verify(ctx, archive)
	if err != nil {
		return Manifest{}, err
	}
	if err := to.Store.Migrate(ctx); err != nil {
		return Manifest{}, err
	}
	if err := to.rows(ctx, archive); err != nil {
		return Manifest{}, err
	}
	content, err := digestOf(ctx, to.Store)
	if err != nil {
		return Manifest{}, err
	}
	if content != manifest.Content {
		return Manifest{}, ErrDiffers
	}
	return manifest, to.files(ctx, archive)
}

// rows imports the rows. The walk checks the archive once more, so one that was
// exchanged meanwhile is not imported either.
func (t Target) rows(ctx context.Context, archive io.ReadSeeker) error {
	return t.Store.Import(ctx, store.AllNamespaces(), func(ctx context.Context, put func(store.Entry) error) error {
		if _, err := archive.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		_, err := walk(ctx, archive, visitor{entry: func(entry store.Entry) error {
			if revision, ok := entry.(store.ArchivedRevision); ok {
				words, err := t.Words(revision.Canonical)
				if err != nil {
					return fmt.Errorf("%w: revision %d of %s: %w", ErrDamaged, revision.Number, revision.ID, err)
				}
				revision.Text = words
				entry = revision
			}
			return put(entry)
		}})
		return err
	})
}

// digestOf is the Content that an archive of the store would have.
func digestOf(ctx context.Context, from store.Store) (string, error) {
	digest := sha256.New()
	err := from.Export(ctx, store.AllNamespaces(), func(entry store.Entry) error {
		line, err := encodeRow(entry)
		digest.Write(line)
		return err
	})
	return hex.EncodeToString(digest.Sum(nil)), err
}

// files writes the output folder.
func (t Target) files(ctx context.Context, archive io.ReadSeeker) error {
	if t.OutputDir == "" {
		return nil
	}
	if err := os.MkdirAll(t.OutputDir, 0o755); err != nil { //nolint:gosec // the files are there to be read by others
		return fmt.Errorf("backup: output folder: %w", err)
	}
	root, err := os.OpenRoot(t.OutputDir)
	if err != nil {
		return fmt.Errorf("backup: output folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	_, err = walk(ctx, archive, visitor{file: func(name string, body io.Reader) error {
		if err := writeFile(root, name, body); err != nil {
			return fmt.Errorf("backup: output folder: %w", err)
		}
		return nil
	}})
	return err
}

// writeFile writes a file inside the root, whole or not at all. A symbolic link
// out of the root is an error, and one in the file's place is replaced.
func writeFile(root *os.Root, name string, body io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	partial := path.Join(path.Dir(name), partialPrefix+path.Base(name)+partialSuffix)
	if err := root.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := root.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, body)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = root.Rename(partial, name)
	}
	if err != nil {
		_ = root.Remove(partial) // the error before it is the one to tell
	}
	return err
}
