package backup

import (
	"archive/tar"
	"bufio"
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
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// visitor is told of what an archive holds; a nil function is not interested.
// What it was told counts only after walk has returned nil: the manifest comes
// last. Its errors end the walk and are returned as they are.
type visitor struct {
	entry func(store.Entry) error
	file  func(path string, body io.Reader) error // of the output folder
}

// walk reads an archive once, checks all of it, and returns the manifest.
func walk(ctx context.Context, archive io.Reader, visit visitor) (Manifest, error) {
	raw := &source{r: archive}
	plain, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	defer plain.Close()
	r := &reader{ctx: ctx, raw: raw, plain: plain, visit: visit, content: sha256.New()}
	r.tar = tar.NewReader(plain)
	for {
		last, err := r.next()
		if err != nil {
			return Manifest{}, err
		}
		if last != nil {
			return *last, r.atEnd()
		}
	}
}

// reader is an archive that is being read.
type reader struct {
	ctx     context.Context //nolint:containedctx // of the one walk it lives for
	raw     *source
	plain   io.Reader
	tar     *tar.Reader
	visit   visitor
	content hash.Hash
	counts  Counts
	members []Member
}

// next reads a member; of the manifest it returns what it says.
func (r *reader) next() (*Manifest, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	header, err := r.tar.Next()
	if err != nil {
		return nil, r.refuse(err)
	}
	if header.Typeflag != tar.TypeReg || len(r.members) >= maxMembers {
		return nil, fmt.Errorf("%w: %q is not a file, or one too many", r.strange(), header.Name)
	}
	if header.Name == manifestName {
		return r.manifest()
	}
	digest := sha256.New()
	body := &source{r: io.TeeReader(r.tar, digest)}
	err = r.member(header.Name, body)
	if err == nil {
		_, err = io.Copy(io.Discard, body)
	}
	if body.err != nil { // the archive's own fault comes before what it led to
		return nil, r.refuse(body.err)
	}
	if err != nil {
		return nil, err
	}
	r.members = append(r.members, Member{header.Name, header.Size, hex.EncodeToString(digest.Sum(nil))})
	return nil, nil
}

// source remembers why reading failed.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func (r *reader) member(name string, body io.Reader) error {
	switch {
	case strings.HasPrefix(name, databaseDir):
		return r.rows(body)
	case strings.HasPrefix(name, outputDir):
		path := strings.TrimPrefix(name, outputDir)
		if !fs.ValidPath(path) || path == "." || strings.Contains(path, "\\") {
			return fmt.Errorf("%w: the path %q leads out of the folder", ErrDamaged, path)
		}
		r.counts.Files++
		if r.visit.file != nil {
			return r.visit.file(path, body)
		}
		return nil
	case name == configName:
		if n, err := io.Copy(io.Discard, io.LimitReader(body, maxConfig+1)); err != nil || n > maxConfig {
			return fmt.Errorf("%w: the configuration is too long", ErrDamaged)
		}
		return nil
	}
	return fmt.Errorf("%w: it has a file %q", r.strange(), name)
}

// rows reads a member of rows, one line at a time.
func (r *reader) rows(body io.Reader) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, maxRow)
	lines.Split(wholeLines)
	for lines.Scan() {
		r.content.Write(lines.Bytes())
		entry, err := decodeRow(lines.Bytes())
		if err != nil {
			return err
		}
		r.counts.add(entry)
		if r.visit.entry == nil {
			continue
		}
		if err := r.visit.entry(entry); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: a row can't be read: %w", ErrDamaged, err)
	}
	return nil
}

// wholeLines is a bufio.SplitFunc of lines with their ends.
func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errors.New("a line without an end")
	}
	return 0, nil, nil
}

// manifest reads the manifest and compares it with what came before.
func (r *reader) manifest() (*Manifest, error) {
	body, err := io.ReadAll(io.LimitReader(r.tar, maxManifest+1))
	if err != nil {
		return nil, r.refuse(err)
	}
	var m Manifest
	if len(body) > maxManifest || json.Unmarshal(body, &m) != nil {
		return nil, fmt.Errorf("%w: the manifest can't be read", ErrDamaged)
	}
	if m.Format != format {
		return nil, fmt.Errorf("%w: it is of %.40q, and this program reads %s", ErrVersion, m.Format, format)
	}
	if err := r.compare(m); err != nil {
		return nil, err
	}
	return &m, nil
}

func (r *reader) compare(m Manifest) error {
	for i, member := range r.members {
		if i >= len(m.Members) || m.Members[i] != member {
			return fmt.Errorf("%w: %s is not what the manifest says", ErrDamaged, member.Name)
		}
	}
	if !slices.Equal(m.Members, r.members) {
		return fmt.Errorf("%w: %s of the manifest is missing", ErrDamaged, m.Members[len(r.members)].Name)
	}
	if m.Counts != r.counts || m.Content != hex.EncodeToString(r.content.Sum(nil)) {
		return fmt.Errorf("%w: the rows are not those of the manifest", ErrDamaged)
	}
	return nil
}

// atEnd looks whether anything follows the manifest.
func (r *reader) atEnd() error {
	_, err := r.tar.Next()
	if err == nil {
		return fmt.Errorf("%w: something follows the manifest", ErrDamaged)
	}
	if !errors.Is(err, io.EOF) {
		return r.refuse(err)
	}
	n, err := io.Copy(io.Discard, r.plain)
	if err != nil {
		return r.refuse(err)
	}
	if n > 0 {
		return fmt.Errorf("%w: something follows the manifest", ErrDamaged)
	}
	return nil
}

// strange is what to say of something that no archive has: before anything
// known was seen, it is another file.
func (r *reader) strange() error {
	if len(r.members) == 0 {
		return ErrNotArchive
	}
	return ErrDamaged
}

// refuse names what is wrong with an archive that can't be read on.
func (r *reader) refuse(err error) error {
	switch {
	case r.raw.err != nil: // a disk or a network, not the archive
		return fmt.Errorf("backup: read the archive: %w", r.raw.err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends after %d files, without a manifest or in the middle", ErrCut, len(r.members))
	case len(r.members) == 0 && (errors.Is(err, zstd.ErrMagicMismatch) || errors.Is(err, tar.ErrHeader)):
		return fmt.Errorf("%w: %w", ErrNotArchive, err)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}
