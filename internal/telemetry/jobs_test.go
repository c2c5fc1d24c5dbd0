package telemetry

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestJobMetrics(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m, err := NewJobMetrics(reg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewJobMetrics(reg); err == nil {
		t.Error("registered twice")
	}
	m.JobEnded("batch_chunk", "done", 30*time.Millisecond)
	m.ItemSettled("created")
	m.Queue(7, 2, 1, 1500*time.Millisecond)
	m.Corrupt()
	text := scrape(t, reg)
	for _, want := range []string{
		`mcg_jobs_total{kind="batch_chunk",outcome="done"} 1`, `mcg_job_seconds_bucket{kind="batch_chunk",le="0.05"} 1`,
		`mcg_batch_items_total{outcome="created"} 1`, `mcg_queue_jobs{state="waiting"} 7`, `mcg_queue_jobs{state="running"} 2`,
		`mcg_queue_jobs{state="discarded"} 1`, "mcg_queue_oldest_seconds 1.5", "mcg_corrupt_revisions_total 1",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
