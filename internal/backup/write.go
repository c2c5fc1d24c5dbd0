package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// chunk is how many bytes of rows make a member. A tar needs a member's size
// before its bytes, and so much fits in memory.
const chunk = 4 << 20

// write writes the whole archive.
func (s Source) write(ctx context.Context, to io.Writer, at time.Time) error {
	compressed, err := zstd.NewWriter(to, zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	w := &writer{tar: tar.NewWriter(compressed), at: at, content: sha256.New()}
	w.manifest = Manifest{Format: format, CreatedAt: at, Version: s.Version, Members: []Member{}}
	err = s.fill(ctx, w)
	return errors.Join(err, w.tar.Close(), compressed.Close())
}

func (s Source) fill(ctx context.Context, w *writer) error {
	current, want, err := s.Store.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if current != want {
		return fmt.Errorf("%w: version %d, and this program has %d", store.ErrSchema, current, want)
	}
	w.manifest.Schema = current
	if err := s.Store.Export(ctx, store.AllNamespaces(), w.entry); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.member(configName, s.Config); err != nil {
		return err
	}
	if err := s.files(ctx, w); err != nil {
		return err
	}
	return w.end()
}

// files adds the output folder. A file that goes away meanwhile was not there.
func (s Source) files(ctx context.Context, w *writer) error {
	if s.OutputDir == "" {
		return nil
	}
	root, err := os.OpenRoot(s.OutputDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("backup: output folder: %w", err)
	}
	defer func() { _ = root.Close() }()
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return errors.Join(err, ctx.Err())
		}
		return errors.Join(w.file(root, path), ctx.Err())
	})
	if err != nil {
		return fmt.Errorf("backup: output folder: %w", err)
	}
	return nil
}

// writer is an archive that is being written.
type writer struct {
	tar      *tar.Writer
	at       time.Time
	rows     bytes.Buffer
	content  hash.Hash
	manifest Manifest
}

// entry adds a row.
func (w *writer) entry(entry store.Entry) error {
	line, err := encodeRow(entry)
	if err != nil {
		return err
	}
	w.manifest.Counts.add(entry)
	w.content.Write(line)
	w.rows.Write(line)
	if w.rows.Len() < chunk {
		return nil
	}
	return w.flush()
}

func (c *Counts) add(entry store.Entry) {
	switch entry.(type) {
	case store.Head:
		c.Cards++
	case store.ArchivedRevision:
		c.Revisions++
	case store.AuditEvent:
		c.Audit++
	case store.APIKey:
		c.Keys++
	case store.ArchivedAnswer:
		c.Answers++
	}
}

// flush makes a member of the rows that wait.
func (w *writer) flush() error {
	if w.rows.Len() == 0 {
		return nil
	}
	err := w.member(fmt.Sprintf("%s%06d.ndjson", databaseDir, len(w.manifest.Members)+1), w.rows.Bytes())
	w.rows.Reset()
	return err
}

func (w *writer) member(name string, body []byte) error {
	return w.stream(name, int64(len(body)), bytes.NewReader(body))
}

// file adds a file of the output folder. Its size is taken once: one that grows
// is cut there, and one that shrinks fails.
func (w *writer) file(root *os.Root, path string) error {
	f, err := root.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	w.manifest.Counts.Files++
	return w.stream(outputDir+path, info.Size(), io.LimitReader(f, info.Size()))
}

func (w *writer) stream(name string, size int64, body io.Reader) error {
	header := &tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: w.at, Typeflag: tar.TypeReg}
	if err := w.tar.WriteHeader(header); err != nil {
		return fmt.Errorf("backup: %s: %w", name, err)
	}
	digest := sha256.New()
	n, err := io.Copy(io.MultiWriter(w.tar, digest), body)
	if err == nil && n < size {
		err = errors.New("the file became shorter while it was read; run the backup again")
	}
	if err != nil {
		return fmt.Errorf("backup: %s: %w", name, err)
	}
	w.manifest.Members = append(w.manifest.Members, Member{name, size, hex.EncodeToString(digest.Sum(nil))})
	return nil
}

// end writes the manifest.
func (w *writer) end() error {
	w.manifest.Content = hex.EncodeToString(w.content.Sum(nil))
	body, err := json.MarshalIndent(w.manifest, "", " ")
	if err != nil {
		return fmt.Errorf("backup: manifest: %w", err)
	}
	return w.member(manifestName, body)
}
