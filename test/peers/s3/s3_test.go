//go:build e2e

// Package s3_test backs up to a real S3 server, versitygw, and restores from it.
package s3_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/backup"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	versitygw = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
	bucket    = "backups"
	accessKey = "test-access"
	secretKey = "test-secret-0123456789"
)

func TestBackupToS3(t *testing.T) {
	server := startServer(t)
	ctx := t.Context()
	environ := []string{
		"AWS_ENDPOINT_URL=http://" + server.address, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey,
	}
	place, err := app.BackupPlace("s3://"+bucket+"/mcg/prod", environ)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Latest(ctx, place); !errors.Is(err, backup.ErrNone) {
		t.Errorf("the newest of none: %v", err)
	}
	first := load(t)
	fill(t, first)
	made, err := app.Backup(ctx, first, "test", place, 30*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if made.Size < 20<<20 {
		t.Errorf("the archive has %d bytes, too few to go up in parts", made.Size)
	}
	server.plant(t, "mcg/prod/mcg-backup-20200101T000000Z.tar.zst", "mcg/prod/notes.md", "mcg/prod/deeper/mcg-backup-20200101T000000Z.tar.zst",
		"mcg-backup-20200101T000000Z.tar.zst")
	time.Sleep(time.Second) // names are a second apart
	again, err := app.Backup(ctx, first, "test", place, 30*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"mcg-backup-20200101T000000Z.tar.zst"}; !slices.Equal(again.Removed, want) {
		t.Errorf("removed %v, want %v", again.Removed, want)
	}
	want := []string{"mcg-backup-20200101T000000Z.tar.zst", "mcg/prod/deeper/mcg-backup-20200101T000000Z.tar.zst",
		"mcg/prod/" + made.Name, "mcg/prod/" + again.Name, "mcg/prod/notes.md"}
	if got := server.keys(t); !slices.Equal(got, want) {
		t.Errorf("the bucket holds %v, want %v", got, want)
	}

	second := load(t)
	name, archive, closeArchive, err := app.OpenArchive(ctx, "s3://"+bucket+"/mcg/prod", environ)
	if err != nil {
		t.Fatal(err)
	}
	defer closeArchive()
	manifest, err := app.Restore(ctx, &second.Config, name, archive)
	if err != nil || name != again.Name || manifest.Content != again.Manifest.Content {
		t.Errorf("restored %s with %s (%v), want %s with %s", name, manifest.Content, err, again.Name, again.Manifest.Content)
	}
	_, _, _, err = app.OpenArchive(ctx, "s3://"+bucket+"/mcg/prod/mcg-backup-20300101T000000Z.tar.zst", environ)
	if !errors.Is(err, backup.ErrNone) {
		t.Errorf("an archive that is not there: %v", err)
	}
}

func TestRefusedByS3(t *testing.T) {
	server := startServer(t)
	for name, c := range map[string]struct{ bucket, secret string }{
		"wrong secret": {bucket, "wrong-secret-0123456789"}, "no bucket": {"absent", secretKey},
	} {
		place, err := backup.NewS3("s3://"+c.bucket, backup.S3Options{
			Endpoint: "http://" + server.address, Region: "us-east-1", AccessKey: accessKey, SecretKey: c.secret,
		})
		if err != nil {
			t.Fatal(err)
		}
		loaded := load(t)
		_, err = app.Backup(t.Context(), loaded, "test", place, 0)
		if err == nil || errors.Is(err, backup.ErrNone) || strings.Contains(err.Error(), c.secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if keys := server.keys(t); len(keys) != 0 {
		t.Errorf("the bucket holds %v", keys)
	}
}

// load is the configuration of a service with a database of its own.
func load(t *testing.T) *config.Loaded {
	t.Helper()
	loaded, err := config.Load(config.LoadOptions{Environ: []string{"MCG_DATA_DIR=" + t.TempDir()}, ForFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, loaded)
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return loaded
}

func open(t *testing.T, loaded *config.Loaded) store.Store {
	t.Helper()
	db, err := app.OpenStore(t.Context(), &loaded.Config)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// fill stores what does not compress below the size at which an upload goes in
// parts.
func fill(t *testing.T, loaded *config.Loaded) {
	t.Helper()
	db := open(t, loaded)
	defer func() { _ = db.Close() }()
	random := noise(24 << 20)
	for i := range 3 {
		draft := store.Draft{
			Digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", Canonical: []byte("{}"),
			Source: random[i*8<<20 : (i+1)*8<<20], Author: "alice",
		}
		err := db.Update(t.Context(), store.AllNamespaces(), func(ctx context.Context, tx store.Tx) error {
			_, err := tx.CreateCard(ctx, store.ID{Namespace: "acme", Name: string(rune('a' + i))}, draft)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

type server struct {
	address string
	client  *minio.Client
}

// startServer installs versitygw if it is not there, and starts it with a
// bucket.
func startServer(t *testing.T) *server {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.Addr().String()
	_ = probe.Close()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, bucket), 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(install(t), "--port", address, "posix", "--sidecar", t.TempDir(), dir)
	command.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey)
	var log bytes.Buffer
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	client, err := minio.New(address, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		exists, err := client.BucketExists(t.Context(), bucket)
		if exists {
			return &server{address, client}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the S3 server does not answer: %v\n%s", err, log.String())
		}
	}
}

func install(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(cache, "mcg-test", versitygw[strings.LastIndexByte(versitygw, '@')+1:])
	path := filepath.Join(bin, "versitygw")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	command := exec.Command("go", "install", versitygw)
	command.Env = append(os.Environ(), "GOBIN="+bin, "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go install %s: %v\n%s", versitygw, err, out)
	}
	return path
}

// plant makes objects.
func (s *server) plant(t *testing.T, keys ...string) {
	t.Helper()
	for _, key := range keys {
		_, err := s.client.PutObject(t.Context(), bucket, key, strings.NewReader("x"), 1, minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// keys lists the bucket, sorted.
func (s *server) keys(t *testing.T) []string {
	t.Helper()
	var keys []string
	for object := range s.client.ListObjectsIter(t.Context(), bucket, minio.ListObjectsOptions{Recursive: true}) {
		if object.Err != nil {
			t.Fatal(object.Err)
		}
		keys = append(keys, object.Key)
	}
	slices.Sort(keys)
	return keys
}
