package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/backup"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Actions of the audit trail.
const (
	actionBackup  = "backup.create"
	actionRestore = "backup.restore"
)

// Backup writes an archive of a configuration's service to the place, and
// removes archives older than keep; zero keeps all. The audit trail says when
// the last one was made, from which the service's metric is.
func Backup(ctx context.Context, loaded *config.Loaded, version string, to backup.Place, keep time.Duration) (backup.Result, error) {
	db, err := openStore(ctx, &loaded.Config, nil, nil)
	if err != nil {
		return backup.Result{}, err
	}
	defer func() { _ = db.Close() }()
	var settings bytes.Buffer
	if err := loaded.Write(&settings); err != nil {
		return backup.Result{}, err
	}
	source := backup.Source{
		Store: db, OutputDir: loaded.Config.Storage.OutputDir, Config: settings.Bytes(), Version: version, Clock: time.Now,
	}
	result, err := backup.Run(ctx, source, to, keep)
	if err != nil {
		return result, err
	}
	return result, record(ctx, db, actionBackup, result.Name)
}

// Restore brings an archive into a configuration's empty database, and its
// files into storage.output_dir.
func Restore(ctx context.Context, c *config.Config, name string, archive io.ReadSeeker) (backup.Manifest, error) {
	db, err := openStore(ctx, c, nil, nil)
	if err != nil {
		return backup.Manifest{}, err
	}
	defer func() { _ = db.Close() }()
	target := backup.Target{Store: db, OutputDir: c.Storage.OutputDir, Words: generator.Words}
	manifest, err := backup.Restore(ctx, archive, target)
	if err != nil {
		return manifest, err
	}
	return manifest, record(ctx, db, actionRestore, name)
}

func record(ctx context.Context, db store.Store, action, object string) error {
	event := store.AuditEvent{Principal: Operator().Principal.Subject, Action: action, Object: object}
	return db.Update(ctx, store.AllNamespaces(), func(ctx context.Context, tx store.Tx) error {
		return tx.AppendAudit(ctx, event)
	})
}

// BackupPlace opens a folder, or a bucket by s3://bucket/prefix. The bucket's
// endpoint, region and keys are those of the variables that AWS's own tools
// read.
func BackupPlace(location string, environ []string) (backup.Place, error) {
	if !strings.HasPrefix(location, "s3://") {
		return backup.NewFolder(location)
	}
	env := make(map[string]string, len(environ))
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	endpoint := env["AWS_ENDPOINT_URL_S3"]
	if endpoint == "" {
		endpoint = env["AWS_ENDPOINT_URL"]
	}
	return backup.NewS3(location, backup.S3Options{
		Endpoint: endpoint, Region: env["AWS_REGION"],
		AccessKey: env["AWS_ACCESS_KEY_ID"], SecretKey: env["AWS_SECRET_ACCESS_KEY"], SessionToken: env["AWS_SESSION_TOKEN"],
	})
}

// OpenArchive opens the archive that location names, a file, a folder or a
// bucket; of a folder or a prefix the newest. One in a bucket is copied to a
// temporary file first, which close removes.
func OpenArchive(ctx context.Context, location string, environ []string) (name string, file *os.File, closeFile func(), err error) {
	dir, name := location, ""
	if strings.HasSuffix(location, ".zst") {
		dir, name = location[:strings.LastIndexByte("/"+location, '/')], filepath.Base(location)
	}
	if dir == "" {
		dir = "."
	}
	if !strings.HasPrefix(location, "s3://") {
		if _, err := os.Stat(dir); err != nil { // a place would be made
			return "", nil, nil, fmt.Errorf("%w: %w", backup.ErrNone, err)
		}
	}
	place, err := BackupPlace(dir, environ)
	if err != nil {
		return "", nil, nil, err
	}
	if name == "" {
		if name, err = backup.Latest(ctx, place); err != nil {
			return "", nil, nil, err
		}
	}
	archive, err := place.Open(ctx, name)
	if err != nil {
		return "", nil, nil, err
	}
	if file, ok := archive.(*os.File); ok {
		return name, file, func() { _ = file.Close() }, nil
	}
	defer func() { _ = archive.Close() }()
	file, closeFile, err = spool(archive)
	return name, file, closeFile, err
}

// spool copies to a temporary file.
func spool(from io.Reader) (*os.File, func(), error) {
	file, err := os.CreateTemp("", "mcg-restore-*")
	if err != nil {
		return nil, nil, fmt.Errorf("restore: %w", err)
	}
	remove := func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}
	_, err = io.Copy(file, from)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		remove()
		return nil, nil, fmt.Errorf("restore: %w", err)
	}
	return file, remove, nil
}
