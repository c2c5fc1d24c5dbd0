package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/google/renameio/v2"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Folder keeps rendered cards as files beside the database:
// namespace/name/revision.ext, and latest.ext, which is the highest revision.
// Files appear whole or not at all. It is safe for concurrent use, also by
// several processes.
type Folder struct {
	dir string
	mu  sync.Mutex
}

// NewFolder makes the folder if it is not there.
func NewFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // the files are there to be read by others
		return nil, fmt.Errorf("generator: output folder: %w", err)
	}
	return &Folder{dir: dir}, nil
}

// Write writes a revision; extension has its dot. A name is safe as a path,
// since an identifier has no separators and does not begin with a dot.
func (f *Folder) Write(id store.ID, revision int64, extension string, body []byte) error {
	dir := filepath.Join(f.dir, id.Namespace, id.Name)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // as above
		return fmt.Errorf("generator: output folder: %w", err)
	}
	file := func(n int64) string { return filepath.Join(dir, strconv.FormatInt(n, 10)+extension) }
	if err := renameio.WriteFile(file(revision), body, 0o644); err != nil {
		return fmt.Errorf("generator: output: %w", err)
	}
	return f.point(filepath.Join(dir, "latest"+extension), file, revision)
}

// point makes latest the highest revision that there is. Another process may
// write one meanwhile, so it looks again after each step.
func (f *Folder) point(latest string, file func(int64) string, revision int64) error {
	for {
		for exists(file(revision + 1)) {
			revision++
		}
		body, err := os.ReadFile(file(revision))
		if err != nil {
			return fmt.Errorf("generator: output: %w", err)
		}
		if err := renameio.WriteFile(latest, body, 0o644); err != nil {
			return fmt.Errorf("generator: output: %w", err)
		}
		if !exists(file(revision + 1)) {
			return nil
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
