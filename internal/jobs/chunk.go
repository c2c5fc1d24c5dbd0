package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
)

// unknownVersion is how long a job waits that a newer program has written.
const unknownVersion = time.Minute

// chunkWorker works chunks of batches.
type chunkWorker struct {
	river.WorkerDefaults[generator.ChunkJob]
	w *Workers
}

// NextRetry implements river.Worker.
func (c *chunkWorker) NextRetry(job *river.Job[generator.ChunkJob]) time.Time {
	return c.w.retryAt(job.Attempt)
}

// Work implements river.Worker. A job of another version is left for a worker
// that knows it: during an update both are there.
func (c *chunkWorker) Work(ctx context.Context, job *river.Job[generator.ChunkJob]) error {
	if job.Args.Version != generator.ChunkVersion {
		c.w.o.Logger.Warn().Int("version", job.Args.Version).Int64("job", job.ID).Str("batch", job.Args.Batch).
			Msg("a job is of another version of mcg; it is left for a worker that knows it")
		return river.JobSnooze(unknownVersion)
	}
	done, err := c.w.o.Generator.WorkChunk(ctx, job.Args, job.Attempt > 1, c.w.goOn())
	if err == nil && !done {
		return river.JobSnooze(0)
	}
	return err
}
