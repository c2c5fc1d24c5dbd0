package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3Options say which S3 service, and who asks.
type S3Options struct {
	// Endpoint is the service's URL; https://s3.amazonaws.com if empty.
	Endpoint string
	// Region is the bucket's; the service is asked if empty.
	Region                             string
	AccessKey, SecretKey, SessionToken string
}

// S3 is a Place in a bucket of S3 or a service that speaks its protocol.
type S3 struct {
	client         *minio.Client
	bucket, prefix string
}

// NewS3 takes s3://bucket/prefix. It connects to nothing.
func NewS3(location string, o S3Options) (*S3, error) {
	target, err := url.Parse(location)
	if err != nil || target.Scheme != "s3" || target.Host == "" {
		return nil, fmt.Errorf("backup: %q is not s3://bucket/prefix", location)
	}
	if o.Endpoint == "" {
		o.Endpoint = "https://s3.amazonaws.com"
	}
	endpoint, err := url.Parse(o.Endpoint)
	if err != nil || endpoint.Host == "" || endpoint.Scheme != "https" && endpoint.Scheme != "http" {
		return nil, errors.New("backup: the S3 endpoint is not an http or https URL")
	}
	if o.AccessKey == "" || o.SecretKey == "" {
		return nil, errors.New("backup: S3 needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(o.AccessKey, o.SecretKey, o.SessionToken),
		Secure: endpoint.Scheme == "https", Region: o.Region,
	})
	if err != nil {
		return nil, fmt.Errorf("backup: S3: %w", err)
	}
	return &S3{client, target.Host, strings.Trim(target.Path, "/")}, nil
}

func (s *S3) key(name string) string { return path.Join(s.prefix, name) }

// Spool implements Place.
func (s *S3) Spool() string { return "" }

// Put implements Place. An object appears when its last part has arrived.
func (s *S3) Put(ctx context.Context, name, file string) error {
	_, err := s.client.FPutObject(ctx, s.bucket, s.key(name), file, minio.PutObjectOptions{ContentType: "application/zstd"})
	return s.named(err)
}

// Open implements Place.
func (s *S3) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	object, err := s.client.GetObject(ctx, s.bucket, s.key(name), minio.GetObjectOptions{})
	if err != nil {
		return nil, s.named(err)
	}
	if _, err := object.Stat(); err != nil { // the request is made only now
		_ = object.Close()
		return nil, s.named(err)
	}
	return object, nil
}

// List implements Place.
func (s *S3) List(ctx context.Context) ([]string, error) {
	prefix := archivePrefix
	if s.prefix != "" {
		prefix = s.prefix + "/" + archivePrefix
	}
	var names []string
	for object := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix}) {
		if object.Err != nil {
			return nil, s.named(object.Err)
		}
		name := path.Base(object.Key)
		if _, ok := archivedAt(name); ok && s.key(name) == object.Key {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Remove implements Place.
func (s *S3) Remove(ctx context.Context, name string) error {
	return s.named(s.client.RemoveObject(ctx, s.bucket, s.key(name), minio.RemoveObjectOptions{}))
}

func (s *S3) named(err error) error {
	if err == nil {
		return nil
	}
	if response := minio.ToErrorResponse(err); response.StatusCode == http.StatusNotFound && response.Code == minio.NoSuchKey {
		return fmt.Errorf("%w: S3: %w", ErrNone, err)
	}
	return fmt.Errorf("backup: S3: bucket %s: %w", s.bucket, err)
}
