package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/terragonlabs/modelcard-generator/internal/backup"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// good is an archive with some of everything.
func good(t testing.TB) []byte {
	t.Helper()
	s, place := newSQLite(t), newFolder(t)
	fill(t, s)
	raw, err := io.ReadAll(fetch(t, place, run(t, source(s), place).Name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// refused reports whether the error is one that names what is wrong.
func refused(err error) bool {
	for _, named := range []error{backup.ErrCut, backup.ErrDamaged, backup.ErrNotArchive, backup.ErrVersion} {
		if errors.Is(err, named) {
			return true
		}
	}
	return false
}

func TestCutArchivesAreRefused(t *testing.T) {
	t.Parallel()
	raw := good(t)
	if _, err := backup.Verify(t.Context(), bytes.NewReader(raw)); err != nil {
		t.Fatalf("the whole archive: %v", err)
	}
	into := newSQLite(t)
	for n := 0; n < len(raw); n += 1 + len(raw)/500 {
		_, err := backup.Verify(t.Context(), bytes.NewReader(raw[:n]))
		if !errors.Is(err, backup.ErrCut) {
			t.Fatalf("cut after %d of %d bytes: %v", n, len(raw), err)
		}
	}
	if _, err := backup.Restore(t.Context(), bytes.NewReader(raw[:len(raw)-1]), target(into)); !errors.Is(err, backup.ErrCut) {
		t.Errorf("restore of a cut archive: %v", err)
	}
	empty(t, into)
}

// A few bits of a zstd frame have no meaning; with those flipped, the archive is
// the same.
func TestFlippedBitsAreRefused(t *testing.T) {
	t.Parallel()
	raw := good(t)
	same := 0
	for i := 0; i < len(raw); i += 1 + len(raw)/1000 {
		wrong := bytes.Clone(raw)
		wrong[i] ^= 1 << (i % 8)
		_, err := backup.Verify(t.Context(), bytes.NewReader(wrong))
		if err == nil && bytes.Equal(inflate(t, wrong), inflate(t, raw)) {
			same++
		} else if !refused(err) {
			t.Fatalf("bit %d of byte %d flipped: %v", i%8, i, err)
		}
	}
	if same > 10 {
		t.Errorf("%d flipped bits had no meaning", same)
	}
}

func inflate(t *testing.T, raw []byte) []byte {
	t.Helper()
	plain, err := zstd.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	all, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func empty(t *testing.T, s store.Store) {
	t.Helper()
	err := s.Export(t.Context(), everywhere, func(store.Entry) error { return errors.New("a row is there") })
	if err != nil {
		t.Error(err)
	}
}

// file is a member of a made archive.
type file struct {
	header tar.Header
	body   []byte
}

// unpack reads an archive's members.
func unpack(t testing.TB, raw []byte) []file {
	t.Helper()
	plain, err := zstd.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	var files []file
	for r := tar.NewReader(plain); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file{*header, body})
	}
}

func pack(t testing.TB, files []file, trailer ...byte) []byte {
	t.Helper()
	var out bytes.Buffer
	compressed, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(compressed)
	for _, f := range files {
		f.header.Size, f.header.PAXRecords = int64(len(f.body)), nil
		if err := w.WriteHeader(&f.header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := compressed.Write(trailer); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// seal writes the manifest anew, so that only what a test changed is wrong.
func seal(t testing.TB, files []file, change func(*backup.Manifest)) []file {
	t.Helper()
	var m backup.Manifest
	last := len(files) - 1
	if err := json.Unmarshal(files[last].body, &m); err != nil {
		t.Fatal(err)
	}
	m.Members = []backup.Member{}
	content := sha256.New()
	for _, f := range files[:last] {
		sum := sha256.Sum256(f.body)
		m.Members = append(m.Members, backup.Member{Name: f.header.Name, Size: int64(len(f.body)), SHA256: hex.EncodeToString(sum[:])})
		if bytes.HasPrefix([]byte(f.header.Name), []byte("database/")) {
			content.Write(f.body)
		}
	}
	m.Content = hex.EncodeToString(content.Sum(nil))
	if change != nil {
		change(&m)
	}
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	sealed := append([]file{}, files[:last]...)
	return append(sealed, file{files[last].header, body})
}

func TestWrongArchivesAreRefused(t *testing.T) {
	t.Parallel()
	raw := good(t)
	files := unpack(t, raw)
	if _, err := backup.Verify(t.Context(), bytes.NewReader(pack(t, seal(t, files, nil)))); err != nil {
		t.Fatalf("packed again: %v", err)
	}
	with := func(name string, body string) []file {
		added := file{files[0].header, []byte(body)}
		added.header.Name = name
		return append([]file{files[0], added}, files[1:]...)
	}
	swap := func(old, replacement string) []file {
		changed := append([]file{}, files...)
		changed[0].body = bytes.Replace(files[0].body, []byte(old), []byte(replacement), 1)
		if bytes.Equal(changed[0].body, files[0].body) {
			t.Fatalf("the rows have no %q", old)
		}
		return changed
	}
	link := with("output/link", "")
	link[1].header.Typeflag, link[1].header.Linkname = tar.TypeSymlink, "/etc/passwd"
	last := len(files) - 1
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"text":                 {[]byte("# a model card\nthat is not an archive at all\n"), backup.ErrNotArchive},
		"gzip":                 {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03aaaaaaaaaaaa"), backup.ErrNotArchive},
		"another tar":          {pack(t, []file{{tar.Header{Name: "README.md", Mode: 0o600}, []byte("x")}}), backup.ErrNotArchive},
		"no manifest":          {pack(t, files[:last]), backup.ErrCut},
		"no members":           {pack(t, nil), backup.ErrCut},
		"newer format":         {pack(t, seal(t, files, func(m *backup.Manifest) { m.Format = "mcg-backup/2" })), backup.ErrVersion},
		"manifest not JSON":    {pack(t, append(append([]file{}, files[:last]...), file{files[last].header, []byte("{")})), backup.ErrDamaged},
		"member added":         {pack(t, with("output/x", "x")), backup.ErrDamaged},
		"member missing":       {pack(t, files[1:]), backup.ErrDamaged},
		"member unknown":       {pack(t, seal(t, with("etc/passwd", "x"), nil)), backup.ErrDamaged},
		"member changed":       {pack(t, swap(`"author":"alice"`, `"author":"mallo"`)), backup.ErrDamaged},
		"path out":             {pack(t, seal(t, with("output/../../x", "x"), nil)), backup.ErrDamaged},
		"path absolute":        {pack(t, seal(t, with("output//etc/x", "x"), nil)), backup.ErrDamaged},
		"path of Windows":      {pack(t, seal(t, with(`output/..\x`, "x"), nil)), backup.ErrDamaged},
		"symbolic link":        {pack(t, seal(t, link, nil)), backup.ErrDamaged},
		"manifest twice":       {pack(t, append(append([]file{}, files...), files[last])), backup.ErrDamaged},
		"bytes after the tar":  {pack(t, files, 1, 2, 3), backup.ErrDamaged},
		"bytes after the zstd": {append(bytes.Clone(raw), 1, 2, 3, 4, 5), backup.ErrDamaged},
		"counts wrong":         {pack(t, seal(t, files, func(m *backup.Manifest) { m.Counts.Cards++ })), backup.ErrDamaged},
		"digest of a revision": {pack(t, seal(t, swap(`"digest":"sha256:`, `"digest":"sha256:00`), nil)), backup.ErrDamaged},
		"revision left out":    {pack(t, seal(t, swap(`"revision":1,`, `"revision":2,`), nil)), backup.ErrDamaged},
		"row of no kind":       {pack(t, seal(t, swap(`{"card":`, `{"cards":`), nil)), backup.ErrDamaged},
		"row of two kinds":     {pack(t, seal(t, swap(`{"card":`, `{"audit":{},"card":`), nil)), backup.ErrDamaged},
		"row of nothing":       {pack(t, seal(t, with("database/x", "{}\n"), nil)), backup.ErrDamaged},
		"row without an end":   {pack(t, seal(t, with("database/x", "{}"), nil)), backup.ErrDamaged},
		"id of a path":         {pack(t, seal(t, swap(`"name":"m-00"`, `"name":"../0"`), nil)), backup.ErrDamaged},
	} {
		if _, err := backup.Verify(t.Context(), bytes.NewReader(c.raw)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		into := newSQLite(t)
		if _, err := backup.Restore(t.Context(), bytes.NewReader(c.raw), target(into)); !errors.Is(err, c.want) {
			t.Errorf("restore of %s: %v, want %v", name, err, c.want)
		}
		empty(t, into)
	}
}

// failing is a disk or a network that fails in the middle.
type failing struct {
	r io.Reader
	n int
}

var errDisk = errors.New("disk")

func (f *failing) Read(p []byte) (int, error) {
	if f.n <= 0 {
		return 0, errDisk
	}
	n, err := f.r.Read(p[:min(len(p), f.n)])
	f.n -= n
	return n, err
}

func TestFailingDiskIsNoDamage(t *testing.T) {
	t.Parallel()
	raw := good(t)
	_, err := backup.Verify(t.Context(), &failing{bytes.NewReader(raw), len(raw) / 2})
	if !errors.Is(err, errDisk) || refused(err) {
		t.Errorf("error %v, want the disk's own", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := backup.Verify(ctx, bytes.NewReader(raw)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
}

// Whatever the bytes, an archive is accepted or refused by name.
func FuzzVerify(f *testing.F) {
	raw := good(f)
	files := unpack(f, raw)
	f.Add(files[0].body, []byte("config"), []byte("file"))
	f.Add([]byte("{}\n"), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, rows, config, out []byte) {
		made := append([]file{}, files...)
		made[0].body, made[1].body = rows, config
		extra := file{files[0].header, out}
		extra.header.Name = "output/x"
		made = append(made[:2:2], extra, files[len(files)-1])
		for _, raw := range [][]byte{rows, pack(t, seal(t, made, nil))} {
			if _, err := backup.Verify(context.Background(), bytes.NewReader(raw)); err != nil && !refused(err) {
				t.Errorf("refused without a name: %v", err)
			}
		}
	})
}
