package telemetry

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// BackupAge is the metric of when the last backup was made.
type BackupAge struct{ at prometheus.Gauge }

// NewBackupAge makes the metric and registers it. It fails if the registry has it already.
func NewBackupAge(reg prometheus.Registerer) (*BackupAge, error) {
	b := &BackupAge{prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "mcg_backup_last_success_timestamp_seconds",
		Help: "When the last backup was made and verified, in seconds since 1970; 0 while none of the last week is known.",
	})}
	if err := reg.Register(b.at); err != nil {
		return nil, fmt.Errorf("telemetry: register metrics: %w", err)
	}
	return b, nil
}

// Made records when the last backup was made.
func (b *BackupAge) Made(at time.Time) { b.at.Set(float64(at.UnixMilli()) / 1000) }
