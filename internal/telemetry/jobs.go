package telemetry

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// JobMetrics are the measurements of the job queue and of batches. Kinds and
// outcomes are of fixed sets.
type JobMetrics struct {
	jobs    *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	items   *prometheus.CounterVec
	depth   *prometheus.GaugeVec
	oldest  prometheus.Gauge
	corrupt prometheus.Counter
}

// NewJobMetrics makes the metrics and registers them. It fails if the registry
// has them already.
func NewJobMetrics(reg prometheus.Registerer) (*JobMetrics, error) {
	m := &JobMetrics{
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mcg_jobs_total",
			Help: "Runs of jobs by how they ended: done, returned to the queue unfinished, or failed, to be tried again.",
		}, []string{"kind", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "mcg_job_seconds",
			Help:    "Time of one run of a job.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20},
		}, []string{"kind"}),
		items: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mcg_batch_items_total",
			Help: "Documents of batches by what became of them: created, revised, unchanged or failed.",
		}, []string{"outcome"}),
		depth: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "mcg_queue_jobs",
			Help: "Jobs in the queue that all processes share: waiting, running, or discarded after too many attempts.",
		}, []string{"state"}),
		oldest: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "mcg_queue_oldest_seconds",
			Help: "How long the oldest job has waited that could run.",
		}),
		corrupt: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mcg_corrupt_revisions_total",
			Help: "Stored revisions that were found not to be what their digest says.",
		}),
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.jobs, m.seconds, m.items, m.depth, m.oldest, m.corrupt} {
		errs = append(errs, reg.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("telemetry: register metrics: %w", err)
	}
	return m, nil
}

// JobEnded records one run of a job.
func (m *JobMetrics) JobEnded(kind, outcome string, took time.Duration) {
	m.jobs.WithLabelValues(kind, outcome).Inc()
	m.seconds.WithLabelValues(kind).Observe(took.Seconds())
}

// ItemSettled counts one document of a batch.
func (m *JobMetrics) ItemSettled(outcome string) { m.items.WithLabelValues(outcome).Inc() }

// Queue records the state of the queue.
func (m *JobMetrics) Queue(waiting, running, discarded int64, oldest time.Duration) {
	for state, jobs := range map[string]int64{"waiting": waiting, "running": running, "discarded": discarded} {
		m.depth.WithLabelValues(state).Set(float64(jobs))
	}
	m.oldest.Set(oldest.Seconds())
}

// Corrupt counts a revision that is not what its digest says.
func (m *JobMetrics) Corrupt() { m.corrupt.Inc() }
