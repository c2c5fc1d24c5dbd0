package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/app"
	"github.com/terragonlabs/modelcard-generator/internal/backup"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

type backupCommand struct {
	configFile
	To     string `required:"" placeholder:"DIR|s3://BUCKET/PREFIX" help:"Where archives are kept. S3 is set by AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL."`
	Keep   string `placeholder:"AGE" help:"Remove archives older than this, such as 30d; all are kept if not given."`
	Report string `enum:"text,json" default:"text" help:"text for people, or json."`
}

func (c *backupCommand) Run(p *process) error {
	var keep config.Duration
	if c.Keep != "" {
		if err := keep.UnmarshalText([]byte(c.Keep)); err != nil || keep <= 0 {
			return fmt.Errorf("--keep %q is not an age; write 30d or 12h", c.Keep)
		}
	}
	loaded, err := c.load(p, true)
	if err != nil {
		return err
	}
	place, err := app.BackupPlace(c.To, p.environ)
	if err != nil {
		return err
	}
	result, err := app.Backup(p.ctx, loaded, version, place, keep.Std())
	if err != nil {
		return archiveError(err)
	}
	return printArchive(p, c.Report, archiveReport{
		Archive: result.Name, Size: result.Size, Removed: result.Removed, Summary: summarise(result.Manifest),
	})
}

type restoreCommand struct {
	configFile
	Archive string `arg:"" help:"The archive: a file or s3://BUCKET/KEY. Of a folder or s3://BUCKET/PREFIX the newest is taken."`
	Verify  bool   `help:"Read the archive and check every digest in it, and restore nothing."`
	Report  string `enum:"text,json" default:"text" help:"text for people, or json."`
}

func (c *restoreCommand) Run(p *process) error {
	name, archive, closeArchive, err := app.OpenArchive(p.ctx, c.Archive, p.environ)
	if err != nil {
		return archiveError(err)
	}
	defer closeArchive()
	info, err := archive.Stat()
	if err != nil {
		return err
	}
	var manifest backup.Manifest
	if c.Verify {
		manifest, err = backup.Verify(p.ctx, archive)
	} else {
		loaded, loadErr := c.load(p, true)
		if loadErr != nil {
			return loadErr
		}
		manifest, err = app.Restore(p.ctx, &loaded.Config, name, archive)
	}
	if err != nil {
		return archiveError(err)
	}
	return printArchive(p, c.Report, archiveReport{Archive: name, Size: info.Size(), Summary: summarise(manifest)})
}

// archiveError says how the process ends: what can't be used is the input's
// fault, anything else that of a disk, a network or a database.
func archiveError(err error) error {
	if errors.Is(err, store.ErrConflict) {
		return errors.New("the database is not empty; restore into a new one")
	}
	for _, refused := range []error{backup.ErrNone, backup.ErrNotArchive, backup.ErrVersion, backup.ErrCut, backup.ErrDamaged} {
		if errors.Is(err, refused) {
			return err
		}
	}
	return &codeError{exitDependency, err}
}

// archiveReport is what is printed of an archive.
type archiveReport struct {
	Archive string   `json:"archive"`
	Size    int64    `json:"size"` // bytes
	Removed []string `json:"removed,omitempty"`
	Summary
}

// Summary is a manifest without its members.
type Summary struct {
	CreatedAt time.Time     `json:"created_at"`
	Version   string        `json:"version"`
	Schema    int64         `json:"schema"`
	Content   string        `json:"content"`
	Counts    backup.Counts `json:"counts"`
}

func summarise(m backup.Manifest) Summary {
	return Summary{m.CreatedAt, m.Version, m.Schema, m.Content, m.Counts}
}

func printArchive(p *process, report string, r archiveReport) error {
	if report == "json" {
		return json.NewEncoder(p.stdout).Encode(r)
	}
	n := r.Counts
	_, err := fmt.Fprintf(p.stdout, "%s  %d bytes, of %s\n%d cards, %d revisions, %d audit rows, %d keys, %d recorded answers, %d files\nevery digest verified; content %s\n",
		r.Archive, r.Size, r.CreatedAt.Format(time.RFC3339), n.Cards, n.Revisions, n.Audit, n.Keys, n.Answers, n.Files, r.Content)
	for _, name := range r.Removed {
		_, _ = fmt.Fprintln(p.stdout, "removed", name)
	}
	return err
}
