package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Periodic says what is done from time to time. One worker of all that share
// the database does it.
type Periodic struct {
	// KeepDeleted is how long a deleted card can be restored; after it the card
	// goes with its revisions. 0 keeps it.
	KeepDeleted time.Duration
	// KeepBatches is how long a batch that has ended can be asked about; 0 keeps
	// it.
	KeepBatches time.Duration
	// SweepCache removes what is too old from this machine's disk cache; nil
	// where there is none.
	SweepCache func(ctx context.Context) error
	// CheckDigests is how often every revision is compared with its digest; 0
	// never does it.
	CheckDigests time.Duration
	// Corrupt is told of a revision that is not what its digest says.
	Corrupt func(store.RevisionInfo)
}

const (
	purgeEvery = time.Hour
	sweepEvery = time.Hour
	// purgeLimit is how much is removed in one transaction.
	purgeLimit = 500
	// receivingFor is how long a batch may be received; one that is older was
	// left behind by a server that died.
	receivingFor = time.Hour
	// scanLimit is how many revisions are read at once.
	scanLimit = 50
)

// The arguments of periodic jobs, by their kinds.
type (
	expiredJob struct{}
	cardsJob   struct{}
	cacheJob   struct{}
	digestJob  struct {
		After store.ScanMark `json:"after"`
	}
)

func (expiredJob) Kind() string { return "purge_expired" }
func (cardsJob) Kind() string   { return "purge_cards" }
func (cacheJob) Kind() string   { return "sweep_cache" }
func (digestJob) Kind() string  { return "check_digests" }

// jobs are the periodic jobs that are asked for. They also run when a worker
// becomes the leader, since River forgets its schedule then; the period keeps
// that from being more often than asked for.
func (p Periodic) jobs() []*river.PeriodicJob {
	every := func(period time.Duration, args river.JobArgs) *river.PeriodicJob {
		return river.NewPeriodicJob(river.PeriodicInterval(period), func() (river.JobArgs, *river.InsertOpts) {
			return args, &river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByPeriod: period}}
		}, &river.PeriodicJobOpts{ID: args.Kind(), RunOnStart: true})
	}
	list := []*river.PeriodicJob{every(purgeEvery, expiredJob{})}
	if p.KeepDeleted > 0 {
		list = append(list, every(purgeEvery, cardsJob{}))
	}
	if p.SweepCache != nil {
		list = append(list, every(sweepEvery, cacheJob{}))
	}
	if p.CheckDigests > 0 {
		list = append(list, every(p.CheckDigests, digestJob{}))
	}
	return list
}

// expiredWorker removes idempotency records and batches that count no more.
type expiredWorker struct {
	river.WorkerDefaults[expiredJob]
	w *Workers
}

// Work implements river.Worker.
func (e *expiredWorker) Work(ctx context.Context, _ *river.Job[expiredJob]) error {
	err := e.w.purge(ctx, func(ctx context.Context, tx store.Tx) (int64, error) {
		return tx.PurgeIdempotency(ctx, purgeLimit)
	})
	if err != nil {
		return err
	}
	finished := time.Time{} // before which no batch has ended
	if keep := e.w.o.Periodic.KeepBatches; keep > 0 {
		finished = e.w.o.Now().Add(-keep)
	}
	return e.w.purge(ctx, func(ctx context.Context, tx store.Tx) (int64, error) {
		return tx.PurgeBatches(ctx, e.w.o.Now().Add(-receivingFor), finished, purgeLimit)
	})
}

// purge runs a step until it finds nothing more or the time is up; the next run
// goes on.
func (w *Workers) purge(ctx context.Context, step func(ctx context.Context, tx store.Tx) (int64, error)) error {
	goOn := w.goOn()
	for removed := int64(purgeLimit); removed >= purgeLimit && goOn(); {
		err := w.o.Store.Update(ctx, store.AllNamespaces(), func(ctx context.Context, tx store.Tx) (err error) {
			removed, err = step(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// purger is whom the audit trail names for what was purged.
const purger = "mcg purge"

// cardsWorker removes cards that were deleted long ago.
type cardsWorker struct {
	river.WorkerDefaults[cardsJob]
	w *Workers
}

// Work implements river.Worker.
func (c *cardsWorker) Work(ctx context.Context, _ *river.Job[cardsJob]) error {
	keep := c.w.o.Periodic.KeepDeleted
	if keep == 0 {
		return nil // it was switched off after the job was queued
	}
	before := c.w.o.Now().Add(-keep)
	return c.w.purge(ctx, func(ctx context.Context, tx store.Tx) (int64, error) {
		ids, err := tx.PurgeCards(ctx, before, purgeLimit)
		for _, id := range ids {
			if err == nil {
				err = tx.AppendAudit(ctx, store.AuditEvent{Principal: purger, Action: "card.purge", Namespace: id.Namespace, Name: id.Name})
			}
		}
		return int64(len(ids)), err
	})
}

// cacheWorker sweeps the disk cache of the machine it runs on.
type cacheWorker struct {
	river.WorkerDefaults[cacheJob]
	w *Workers
}

// Work implements river.Worker.
func (c *cacheWorker) Work(ctx context.Context, _ *river.Job[cacheJob]) error {
	if c.w.o.Periodic.SweepCache == nil {
		return nil // another worker has one
	}
	return c.w.o.Periodic.SweepCache(ctx)
}

// digestWorker compares every revision with its digest. A run does what it has
// time for and queues the next.
type digestWorker struct {
	river.WorkerDefaults[digestJob]
	w *Workers
}

// Work implements river.Worker.
func (d *digestWorker) Work(ctx context.Context, job *river.Job[digestJob]) error {
	goOn := d.w.goOn()
	after := job.Args.After
	for goOn() {
		list, next, err := d.w.o.Store.ScanRevisions(ctx, store.AllNamespaces(), after, scanLimit)
		if err != nil {
			return err
		}
		for _, revision := range list {
			d.check(revision)
		}
		if len(list) < scanLimit {
			return nil
		}
		after = next
	}
	return d.w.o.Store.Update(ctx, store.AllNamespaces(), func(ctx context.Context, tx store.Tx) error {
		return tx.Enqueue(ctx, digestJob{}.Kind(), digestJob{after})
	})
}

func (d *digestWorker) check(revision store.Revision) {
	if card.Digest(revision.Canonical) == revision.Digest {
		return
	}
	d.w.o.Logger.Error().Str("card", revision.ID.String()).Int64("revision", revision.Number).Str("digest", revision.Digest).
		Msg("a stored revision is not what its digest says; restore it from a backup")
	if corrupt := d.w.o.Periodic.Corrupt; corrupt != nil {
		corrupt(revision.RevisionInfo)
	}
}
