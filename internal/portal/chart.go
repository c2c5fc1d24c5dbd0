package portal

import (
	"math"
	"slices"
	"strconv"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// The chart of a metric, in the units of its SVG.
const (
	chartWidth  = 160
	chartMargin = 6
)

// chart is one metric on a line: a dot for the value, a bar for its confidence
// interval, a mark for the threshold. Coordinates are in its SVG.
type chart struct {
	Label     string // what it shows, in words
	From, To  string // the ends of the line
	Value     string
	Low, Wide string // of the interval; Wide is "" where there is none
	Threshold string // "" where there is none
}

// scale is the line that metrics of one type share, so that slices can be
// compared by eye.
type scale struct{ low, high float64 }

// scalesOf finds a scale for each type of metric.
func scalesOf(metrics []card.Metric) map[string]scale {
	figures := map[string][]float64{}
	for i := range metrics {
		figures[metrics[i].Type] = append(figures[metrics[i].Type], figuresOf(&metrics[i])...)
	}
	scales := map[string]scale{}
	for name, all := range figures {
		if len(all) > 0 {
			scales[name] = scaleOf(slices.Min(all), slices.Max(all))
		}
	}
	return scales
}

// scaleOf is a scale for figures from low to high: what they span with a margin,
// between round numbers. Where they span nothing, and for shares, it stays
// within 0 and 1; a figure that is not negative gets no negative numbers.
func scaleOf(low, high float64) scale {
	share := low >= 0 && high <= 1
	span := high - low
	if span < 1e-9*max(math.Abs(low), math.Abs(high)) || span < 1e-100 { // no room for numbers between them
		span = 0
	}
	switch {
	case span == 0 && share:
		return scale{0, 1}
	case span == 0:
		return scale{min(0, 1.25*low), max(0, 1.25*high)}
	}
	margin := max(span/4, 0.02*max(math.Abs(low), math.Abs(high)))
	step := math.Pow(10, math.Floor(math.Log10(span+2*margin))) / 2
	s := scale{math.Floor((low-margin)/step) * step, math.Ceil((high+margin)/step) * step}
	if low >= 0 {
		s.low = max(s.low, 0)
	}
	if share {
		s.high = min(s.high, 1)
	}
	return s
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
	c.From, c.To = end(s.low), end(s.high)
	c.Label += ", on a line from " + c.From + " to " + c.To
	return c
}

// end is a round number without the noise of its arithmetic.
func end(f float64) string { return strconv.FormatFloat(f, 'g', 4, 64) }

func (s scale) position(f float64) float64 {
	return chartMargin + (f-s.low)/(s.high-s.low)*(chartWidth-2*chartMargin)
}

func (s scale) at(f float64) string { return coordinate(s.position(f)) }

func coordinate(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
