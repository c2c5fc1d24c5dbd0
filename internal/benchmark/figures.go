package benchmark

import (
	"math"
	"slices"
	"time"
)

// Figures are those of many equal requests.
type Figures struct {
	Requests  int     `json:"requests"`
	Failed    int     `json:"failed"` // not in the other figures
	Failure   string  `json:"failure,omitempty"`
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50_ms"`
	P95       float64 `json:"p95_ms"`
	P99       float64 `json:"p99_ms"`
	Bytes     int64   `json:"bytes"` // of one answer's body
}

// samples are what was seen of requests.
type samples struct {
	took    []time.Duration // of each that was answered well
	failed  int
	failure string // the first one
	bytes   int64  // of the last answer
	elapsed time.Duration
}

func (s *samples) fail(err error) {
	if s.failed == 0 {
		s.failure = err.Error()
	}
	s.failed++
}

// merge adds what another client saw meanwhile.
func (s *samples) merge(other samples) {
	s.took = append(s.took, other.took...)
	if s.failed == 0 {
		s.failure = other.failure
	}
	s.failed += other.failed
	s.bytes = max(s.bytes, other.bytes)
}

// add adds what was seen afterwards.
func (s *samples) add(later samples) {
	s.merge(later)
	s.elapsed += later.elapsed
}

func (s *samples) figures() Figures {
	slices.Sort(s.took)
	f := Figures{
		Requests: len(s.took), Failed: s.failed, Failure: s.failure, Bytes: s.bytes,
		P50: percentile(s.took, 50), P95: percentile(s.took, 95), P99: percentile(s.took, 99),
	}
	if s.elapsed > 0 {
		f.PerSecond = round(float64(len(s.took)) / s.elapsed.Seconds())
	}
	return f
}

// percentile is the nearest rank: the smallest of sorted times that p of a
// hundred do not exceed, in milliseconds.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*p + 99) / 100
	return round(float64(sorted[max(rank, 1)-1]) / float64(time.Millisecond))
}

// round keeps what a measurement is good for.
func round(v float64) float64 { return math.Round(v*1000) / 1000 }
