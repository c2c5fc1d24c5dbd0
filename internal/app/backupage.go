package app

import (
	"context"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

const (
	backupAgeEvery = time.Minute
	backupAgeSince = 7 * 24 * time.Hour // further back the audit trail is not searched
)

// watchBackups keeps the metric of the last backup. Backups run as processes of
// their own, which nobody scrapes; the audit trail has what they did.
func watchBackups(db store.Reader, age *telemetry.BackupAge, now func() time.Time) func(context.Context) {
	return func(ctx context.Context) {
		every(ctx, backupAgeEvery, func() bool {
			page, err := db.Audit(ctx, store.AllNamespaces(), store.AuditFilter{
				Action: actionBackup, Since: now().Add(-backupAgeSince), PageRequest: store.PageRequest{Limit: 1},
			})
			if err == nil && len(page.Items) > 0 {
				age.Made(page.Items[0].At)
			}
			return true // the database's absence is told by others
		})
	}
}
