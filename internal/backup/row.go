package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// row is a line of the database's members: exactly one field is there. These
// types are the archive's form and change only with its number; those of the
// store may change with the program.
type row struct {
	Card     *cardRow     `json:"card,omitempty"`
	Revision *revisionRow `json:"revision,omitempty"`
	Audit    *auditRow    `json:"audit,omitempty"`
	Key      *keyRow      `json:"key,omitempty"`
	Answer   *answerRow   `json:"answer,omitempty"`
}

type cardRow struct {
	Namespace string     `json:"namespace"`
	Name      string     `json:"name"`
	Title     string     `json:"title"`
	License   string     `json:"license"`
	Task      string     `json:"task"`
	Library   string     `json:"library"`
	Tags      []string   `json:"tags"`
	Revision  int64      `json:"revision"`
	Digest    string     `json:"digest"`
	Owner     string     `json:"owner"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	DeletedAt *time.Time `json:"deleted_at,omitempty"`
}

type revisionRow struct {
	Namespace  string    `json:"namespace"`
	Name       string    `json:"name"`
	Number     int64     `json:"number"`
	Digest     string    `json:"digest"`
	SourceType string    `json:"source_type"`
	Author     string    `json:"author"`
	Reason     string    `json:"reason"`
	RequestID  string    `json:"request_id"`
	CreatedAt  time.Time `json:"created_at"`
	Canonical  []byte    `json:"canonical"` // Base64, as is source: bytes, not text
	Source     []byte    `json:"source"`
}

type auditRow struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	Principal string    `json:"principal"`
	Action    string    `json:"action"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Object    string    `json:"object"`
	Revision  int64     `json:"revision"`
	RequestID string    `json:"request_id"`
	Reason    string    `json:"reason"`
	Address   string    `json:"address"`
}

type keyRow struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Hash       []byte     `json:"hash"`
	Roles      []string   `json:"roles"`
	Namespaces []string   `json:"namespaces"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
}

type answerRow struct {
	Principal   string    `json:"principal"`
	Route       string    `json:"route"`
	Key         string    `json:"key"`
	RequestHash string    `json:"request_hash"`
	Status      int       `json:"status"`
	Response    []byte    `json:"response"`
	CreatedAt   time.Time `json:"created_at"`
}

// encodeRow writes an entry as one line.
func encodeRow(entry store.Entry) ([]byte, error) {
	var r row
	switch e := entry.(type) {
	case store.Head:
		r.Card = &cardRow{e.Namespace, e.Name, e.Title, e.License, e.Task, e.Library, e.Tags, e.Revision,
			e.Digest, e.Owner, e.CreatedAt, e.UpdatedAt, e.DeletedAt}
	case store.ArchivedRevision:
		r.Revision = &revisionRow{e.Namespace, e.Name, e.Number, e.Digest, e.SourceType, e.Author, e.Reason,
			e.RequestID, e.CreatedAt, e.Canonical, e.Source}
	case store.AuditEvent:
		r.Audit = &auditRow{e.ID, e.At, e.Principal, e.Action, e.Namespace, e.Name, e.Object, e.Revision,
			e.RequestID, e.Reason, e.Address}
	case store.APIKey:
		r.Key = &keyRow{e.ID, e.Name, e.Hash, e.Roles, e.Namespaces, e.CreatedBy, e.CreatedAt, e.ExpiresAt,
			e.RevokedAt, e.LastUsedAt}
	case store.ArchivedAnswer:
		r.Answer = &answerRow{e.Principal, e.Route, e.Key, e.RequestHash, e.Status, e.Response, e.CreatedAt}
	default:
		return nil, fmt.Errorf("backup: a row of an unknown kind: %T", entry)
	}
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(r)
	return line.Bytes(), err
}

// decodeRow reads a line, and compares a revision's digest with its bytes.
func decodeRow(line []byte) (store.Entry, error) {
	var r row
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return nil, fmt.Errorf("%w: a row can't be read: %w", ErrDamaged, err)
	}
	switch {
	case r == row{Card: r.Card} && r.Card != nil:
		return r.Card.entry(), nil
	case r == row{Revision: r.Revision} && r.Revision != nil:
		return r.Revision.entry()
	case r == row{Audit: r.Audit} && r.Audit != nil:
		a := r.Audit
		return store.AuditEvent{
			ID: a.ID, At: a.At, Principal: a.Principal, Action: a.Action, Namespace: a.Namespace, Name: a.Name,
			Object: a.Object, Revision: a.Revision, RequestID: a.RequestID, Reason: a.Reason, Address: a.Address,
		}, nil
	case r == row{Key: r.Key} && r.Key != nil:
		k := r.Key
		return store.APIKey{
			ID: k.ID, Name: k.Name, Hash: k.Hash, Roles: k.Roles, Namespaces: k.Namespaces, CreatedBy: k.CreatedBy,
			CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, RevokedAt: k.RevokedAt, LastUsedAt: k.LastUsedAt,
		}, nil
	case r == row{Answer: r.Answer} && r.Answer != nil:
		a := r.Answer
		return store.ArchivedAnswer{
			IdempotencyKey:    store.IdempotencyKey{Principal: a.Principal, Route: a.Route, Key: a.Key},
			IdempotencyRecord: store.IdempotencyRecord{RequestHash: a.RequestHash, Status: a.Status, Response: a.Response, CreatedAt: a.CreatedAt},
		}, nil
	}
	return nil, fmt.Errorf("%w: a row is not of one kind", ErrDamaged)
}

func (c *cardRow) entry() store.Head {
	return store.Head{
		ID:       store.ID{Namespace: c.Namespace, Name: c.Name},
		Labels:   store.Labels{Title: c.Title, License: c.License, Task: c.Task, Library: c.Library, Tags: c.Tags},
		Revision: c.Revision, Digest: c.Digest, Owner: c.Owner,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, DeletedAt: c.DeletedAt,
	}
}

func (r *revisionRow) entry() (store.Entry, error) {
	id := store.ID{Namespace: r.Namespace, Name: r.Name}
	sum := sha256.Sum256(r.Canonical)
	if r.Digest != "sha256:"+hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("%w: the bytes of revision %d of %s do not have the digest %.80q", ErrDamaged, r.Number, id, r.Digest)
	}
	return store.ArchivedRevision{Revision: store.Revision{
		RevisionInfo: store.RevisionInfo{
			ID: id, Number: r.Number, Digest: r.Digest, SourceType: r.SourceType,
			Author: r.Author, Reason: r.Reason, RequestID: r.RequestID, CreatedAt: r.CreatedAt,
		},
		Canonical: r.Canonical, Source: r.Source,
	}}, nil
}
