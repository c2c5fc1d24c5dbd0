package portal

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/maypok86/otter/v2"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	charted     = 20  // revisions that a history goes back
	maxSeries   = 24  // metrics that have a chart
	maxMeasured = 200 // metrics that are read of one revision
	knownFigure = 4_000
)

// The chart of a history, in the units of its SVG.
const (
	historyWidth, historyHeight         = 320, 96
	historyLeft, historyRight           = 44, 312
	historyTop, historyBottom   float64 = 10, 74
)

// measured is one metric of one revision.
type measured struct {
	name, about      string // what it is called, and on what it was measured
	value, threshold float64
	limited          bool // it has a threshold
}

type figures = otter.Cache[place, []measured]

func newFigures() *figures {
	return otter.Must(&otter.Options[place, []measured]{MaximumSize: knownFigure})
}

// series is one metric over the revisions of a card.
type series struct {
	Name, About string
	Label       string // the chart in words
	Line, Limit string // paths; Limit is "" where no revision has a threshold
	Dots        []dot
	Low, High   string // the ends of the scale
	First, Last int64  // the revisions at the ends
	Points      []point
}

type dot struct{ X, Y, Title string }

// point is the value of a metric in one revision.
type point struct {
	Number    int64
	Value     string
	Threshold string
	x, y      float64
	limit     float64
	limited   bool
}

// history is the metrics that more than one of the revisions has, in the order
// of the latest one that has them. It reads each revision once while it is
// remembered.
func (p *Portal) history(ctx context.Context, scope store.Scope, infos []store.RevisionInfo) ([]series, error) {
	all := map[measured][]point{} // by name and about alone
	var order []measured
	for _, info := range infos[:min(len(infos), charted)] {
		list, err := p.figuresOf(ctx, scope, info)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			key := measured{name: m.name, about: m.about}
			if all[key] == nil {
				order = append(order, key)
			}
			if n := len(all[key]); n > 0 && all[key][n-1].Number == info.Number {
				continue // a metric that the card has twice
			}
			all[key] = append(all[key], pointOf(info.Number, m))
		}
	}
	var shown []series
	for _, key := range order {
		if points := all[key]; len(points) > 1 && len(shown) < maxSeries {
			slices.Reverse(points)
			shown = append(shown, seriesOf(key, points))
		}
	}
	return shown, nil
}

func pointOf(number int64, m measured) point {
	pt := point{Number: number, Value: shortNumber(asNumber(m.value)), y: m.value, limit: m.threshold, limited: m.limited}
	if m.limited {
		pt.Threshold = shortNumber(asNumber(m.threshold))
	}
	return pt
}

func asNumber(f float64) card.Number { return card.Number(strconv.FormatFloat(f, 'g', -1, 64)) }

// figuresOf are the metrics of a revision that are numbers.
func (p *Portal) figuresOf(ctx context.Context, scope store.Scope, info store.RevisionInfo) ([]measured, error) {
	at := place{info.ID, info.Number, info.Digest}
	if list, ok := p.figures.GetIfPresent(at); ok {
		return list, nil
	}
	rev, err := p.o.Store.Revision(ctx, scope, info.ID, info.Number)
	if err != nil {
		return nil, err
	}
	doc, err := card.ReadJSON(rev.Canonical)
	if err != nil {
		return nil, err
	}
	list := measuredIn(doc.Card)
	p.figures.Set(at, list)
	return list, nil
}

func measuredIn(c *card.Card) []measured {
	var list []measured
	if c.Evaluation == nil {
		return nil
	}
	for i := range c.Evaluation.Results {
		r := &c.Evaluation.Results[i]
		on := withoutEmpty(firstOf(r.Task.Name, r.Task.Type), firstOf(r.Dataset.Name, r.Dataset.Type), r.Dataset.Config, r.Dataset.Split)
		for j := range r.Metrics {
			m := &r.Metrics[j]
			if all := figuresOf(m); len(all) > 0 && len(list) < maxMeasured {
				about := clip(strings.Join(append(slices.Clone(on), withoutEmpty(m.Config, m.Slice)...), ", "))
				one := measured{name: clip(firstOf(m.Name, m.Type)), about: about, value: all[0]}
				if m.Threshold != nil {
					one.threshold, one.limited = all[len(all)-1], true
				}
				list = append(list, one)
			}
		}
	}
	return list
}

// seriesOf draws the points, which are from the oldest revision to the latest.
func seriesOf(key measured, points []point) series {
	first, last := points[0].Number, points[len(points)-1].Number
	low, high := math.Inf(1), math.Inf(-1)
	for _, pt := range points {
		low, high = min(low, pt.y), max(high, pt.y)
		if pt.limited {
			low, high = min(low, pt.limit), max(high, pt.limit)
		}
	}
	sc := scaleOf(low, high)
	s := series{Name: key.name, About: key.about, First: first, Last: last, Low: end(sc.low), High: end(sc.high), Points: points}
	for i := range points {
		pt := &points[i]
		pt.x = historyLeft + float64(pt.Number-first)/float64(last-first)*(historyRight-historyLeft)
		s.Dots = append(s.Dots, dot{coordinate(pt.x), coordinate(sc.height(pt.y)), pt.title()})
	}
	s.Line, s.Limit = lineOf(points, sc), limitOf(points, sc)
	s.Label = s.Name + " over the revisions: " + points[0].title() + " to " + points[len(points)-1].title()
	return s
}

func (p *point) title() string {
	title := p.Value + " in revision " + strconv.FormatInt(p.Number, 10)
	if p.limited {
		title += ", threshold " + p.Threshold
	}
	return title
}

func (s scale) height(f float64) float64 {
	return historyBottom - (f-s.low)/(s.high-s.low)*(historyBottom-historyTop)
}

func lineOf(points []point, sc scale) string {
	var b strings.Builder
	for i, pt := range points {
		b.WriteString(move(i == 0) + coordinate(pt.x) + " " + coordinate(sc.height(pt.y)))
	}
	return b.String()
}

// limitOf is the threshold, from each revision that has one to the next.
func limitOf(points []point, sc scale) string {
	var b strings.Builder
	for i, pt := range points {
		if !pt.limited {
			continue
		}
		to := pt.x
		if i+1 < len(points) {
			to = points[i+1].x
		} else if i > 0 {
			to = min(pt.x+4, historyWidth)
		}
		y := coordinate(sc.height(pt.limit))
		b.WriteString("M" + coordinate(pt.x) + " " + y + "L" + coordinate(to) + " " + y)
	}
	return b.String()
}

func move(first bool) string {
	if first {
		return "M"
	}
	return "L"
}
