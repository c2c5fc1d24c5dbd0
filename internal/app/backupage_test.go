package app

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/terragonlabs/modelcard-generator/internal/backup"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

func TestBackupIsSeenInMetrics(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	loaded, err := config.Load(config.LoadOptions{Environ: []string{"MCG_DATA_DIR=" + dir}, ForFiles: true})
	if err != nil {
		t.Fatal(err)
	}
	db, err := OpenStore(t.Context(), &loaded.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	gauge := func() float64 {
		registry := prometheus.NewRegistry()
		age, err := telemetry.NewBackupAge(registry)
		if err != nil {
			t.Fatal(err)
		}
		once, cancel := context.WithCancel(t.Context())
		look := watchBackups(db, age, time.Now)
		time.AfterFunc(200*time.Millisecond, cancel)
		look(once)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		return families[0].GetMetric()[0].GetGauge().GetValue()
	}
	if at := gauge(); at != 0 {
		t.Errorf("without a backup the metric is %v, want 0", at)
	}
	before := time.Now()
	place, err := backup.NewFolder(filepath.Join(dir, "backups"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Backup(t.Context(), loaded, "test", place, 0); err != nil {
		t.Fatal(err)
	}
	if at := gauge(); at < float64(before.Unix()) || at > float64(time.Now().Unix()+1) {
		t.Errorf("the metric is %v, want about %d", at, before.Unix())
	}
}
