package jobs

import (
	"context"
	"errors"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/rs/zerolog"
)

// observer tells how long each job took and how it ended.
type observer struct {
	river.MiddlewareDefaults
	o *Options
}

// Work implements rivertype.WorkerMiddleware.
func (b *observer) Work(ctx context.Context, job *rivertype.JobRow, inner func(context.Context) error) error {
	start := b.o.Now()
	outcome := Failed // also of a panic, which passes through here
	defer func() { b.o.Observe(job.Kind, outcome, b.o.Now().Sub(start)) }()
	err := inner(ctx)
	var snooze *river.JobSnoozeError
	switch {
	case err == nil:
		outcome = Done
	case errors.As(err, &snooze):
		outcome = Returned
	}
	return err
}

// errorLog writes why a job failed. The arguments are not in it.
type errorLog struct{ log zerolog.Logger }

// HandleError implements river.ErrorHandler.
func (e *errorLog) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	e.log.Warn().Err(err).Int64("job", job.ID).Str("kind", job.Kind).Int("attempt", job.Attempt).Msg("a job failed; it is tried again")
	return nil
}

// HandlePanic implements river.ErrorHandler.
func (e *errorLog) HandlePanic(_ context.Context, job *rivertype.JobRow, v any, trace string) *river.ErrorHandlerResult {
	e.log.Error().Interface("panic", v).Int64("job", job.ID).Str("kind", job.Kind).Str("stack", trace).Msg("a job panicked; it is tried again")
	return nil
}
