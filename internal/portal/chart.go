package portal

import (
	"math"
	"strconv"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// The chart of a metric, in the units of its SVG.
const (
	chartWidth  = 160
	chartHeight = 20
	chartMargin = 6
)

// chart is one metric on a line: a dot for the value, a bar for its confidence
// interval, a mark for the threshold. Coordinates are in its SVG.
type chart struct {
	Label     string // what it shows, in words
	Value     string
	Low, Wide string // of the interval; Wide is "" where there is none
	Threshold string // "" where there is none
}

// scale is the line that metrics of one type share, so that slices can be
// compared by eye.
type scale struct{ low, high float64 }

// scalesOf finds a scale for each type of metric: 0 to 1 where all is in it, or
// what the figures span.
func scalesOf(metrics []card.Metric) map[string]scale {
	scales := map[string]scale{}
	for i := range metrics {
		for _, f := range figuresOf(&metrics[i]) {
			s, seen := scales[metrics[i].Type]
			if !seen {
				s = scale{0, 1}
			}
			scales[metrics[i].Type] = scale{min(s.low, f), max(s.high, f)}
		}
	}
	return scales
}

// figuresOf are all numbers of a metric that its chart shows, none where it has
// no value to show.
func figuresOf(m *card.Metric) []float64 {
	value, ok := finite(m.Value)
	if !ok {
		return nil
	}
	figures := []float64{value}
	if i := m.ConfidenceInterval; i != nil {
		figures = append(figures, i.LowerBound.Float64(), i.UpperBound.Float64())
	}
	if m.Threshold != nil {
		figures = append(figures, m.Threshold.Float64())
	}
	for _, f := range figures {
		if math.IsNaN(f) || math.Abs(f) > 1e100 { // the span of two would not be a number
			return nil
		}
	}
	return figures
}

// chart is the chart of a metric, nil for one whose value is no number.
func (s scale) chart(m *card.Metric, r *row) *chart {
	figures := figuresOf(m)
	if len(figures) == 0 {
		return nil
	}
	c := &chart{Value: s.at(figures[0]), Label: r.Name + " " + r.Value}
	if r.Slice != "" {
		c.Label += ", " + r.Slice
	}
	if r.Interval != "" {
		low, high := s.position(figures[1]), s.position(figures[2])
		c.Low, c.Wide = coordinate(min(low, high)), coordinate(math.Abs(high-low))
		c.Label += ", confidence interval " + r.Interval
	}
	if r.Threshold != "" {
		c.Threshold = s.at(figures[len(figures)-1])
		c.Label += ", threshold " + r.Threshold
	}
	c.Label += ", on a line from " + shortNumber(card.Float(s.low)) + " to " + shortNumber(card.Float(s.high))
	return c
}

func (s scale) position(f float64) float64 {
	return chartMargin + (f-s.low)/(s.high-s.low)*(chartWidth-2*chartMargin)
}

func (s scale) at(f float64) string { return coordinate(s.position(f)) }

func coordinate(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
