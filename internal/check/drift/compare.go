package drift

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Options are what a request asks for.
type Options struct {
	// Thresholds are the changes, by a metric's name, that are no drift yet.
	// They are absolute, whatever the default for the metric is.
	Thresholds map[string]card.Number
}

// Compare holds a card against new results. The bounds are, for the change of
// a metric, the request's or else the default for metrics of its name, and for
// the value itself the threshold that the card gives.
func Compare(before, after *card.Card, o Options) Report {
	o = o.folded()
	old, fresh := entriesOf(before), entriesOf(after)
	matches, open := pair(old, fresh)
	r := Report{Severity: None, Metrics: []Metric{}}
	for i := range old {
		switch {
		case matches[i] >= 0:
			r.add(compare(&old[i], &fresh[matches[i]], o))
		case open[i]:
			r.add(undecided(&old[i]))
		default:
			m := described(&old[i])
			m.Pointer, m.Old, m.Status, m.Severity = old[i].pointer, old[i].metric.Value, Missing, Low
			r.add(m)
		}
	}
	for i := range fresh {
		if !fresh[i].used {
			m := described(&fresh[i])
			m.NewPointer, m.New, m.Status = fresh[i].pointer, fresh[i].metric.Value, New
			r.add(m)
		}
	}
	return r
}

// ErrThreshold says that a threshold is not metric=value.
var ErrThreshold = errors.New("drift: a threshold is metric=value with a value of 0 or more, such as accuracy=0.05")

// MaxThresholds is the most thresholds of a request.
const MaxThresholds = 100

// ParseThresholds reads thresholds as people type them, metric=value.
func ParseThresholds(texts []string) (map[string]card.Number, error) {
	if len(texts) > MaxThresholds {
		return nil, fmt.Errorf("%w; %d of them are too many", ErrThreshold, len(texts))
	}
	thresholds := make(map[string]card.Number, len(texts))
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		number, err := card.ParseNumber(strings.TrimSpace(value))
		if err != nil || strings.TrimSpace(name) == "" || number.Float64() < 0 {
			return nil, fmt.Errorf("%w: %.100q", ErrThreshold, text)
		}
		thresholds[canonicalName(name)] = number
	}
	return thresholds, nil
}

func (o Options) folded() Options {
	thresholds := make(map[string]card.Number, len(o.Thresholds))
	for name, value := range o.Thresholds {
		thresholds[canonicalName(name)] = value
	}
	return Options{thresholds}
}

func described(e *entry) Metric {
	return Metric{
		Name: e.metric.Type, Task: e.task, Dataset: e.dataset, Slice: e.metric.Slice, Unit: e.metric.Unit,
		Better: familyOf(e.name).better, Severity: None,
	}
}

// undecided is a metric that the new results have, but not for which data set.
func undecided(e *entry) Metric {
	m := described(e)
	m.Pointer, m.Old, m.Status, m.Severity, m.Drift = e.pointer, e.metric.Value, Incomparable, Medium, true
	m.Detail = "several metrics have this name; the new results must name task, data set and slice"
	return m
}

func compare(before, after *entry, o Options) Metric {
	m := described(before)
	m.Pointer, m.NewPointer, m.Old, m.New = before.pointer, after.pointer, before.metric.Value, after.metric.Value
	m.Task, m.Dataset = firstOf(before.task, after.task), firstOf(before.dataset, after.dataset)
	from, to := measure(before), measure(after)
	f := familyOf(before.name)
	if why := incomparable(f, before, after, from, to); why != "" {
		m.Status, m.Severity, m.Drift, m.Detail = Incomparable, Medium, true, why
		if card.Text(m.Old) == card.Text(m.New) {
			m.Status, m.Severity, m.Drift = Unchanged, None, false
		}
		return m
	}
	c := comparison{family: f, from: from, to: to, change: new(big.Rat).Sub(to.value, from.value)}
	c.percent = f.proportion && (from.percent || to.percent || isOver1(from.value) || isOver1(to.value))
	m.Change, m.Relative = number(c.change), number(c.relative())
	m.Thresholds = append(c.limits(before.metric.Threshold), c.allowed(before.name, o))
	m.Significance = significance(&c, before, after)
	m.Status = c.status()
	m.judge(&c)
	return m
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// incomparable says why two values cannot be compared, or "".
func incomparable(f family, before, after *entry, from, to *measurement) string {
	switch {
	case from == nil || to == nil:
		return "a value is no number"
	case before.metric.Unit != "" && after.metric.Unit != "" && before.metric.Unit != after.metric.Unit:
		return fmt.Sprintf("the units are %s and %s", before.metric.Unit, after.metric.Unit)
	case f.proportion && isOver1(from.value) != isOver1(to.value) && from.value.Sign() != 0 && to.value.Sign() != 0 && isFarOff(from.value, to.value):
		return "one value is a share and the other in percent"
	}
	return ""
}

// isFarOff tells values that differ by more than a factor of 20.
func isFarOff(a, b *big.Rat) bool {
	x, y := new(big.Rat).Abs(a), new(big.Rat).Abs(b)
	if x.Cmp(y) > 0 {
		x, y = y, x
	}
	return y.Cmp(x.Mul(x, big.NewRat(20, 1))) > 0
}

func isOver1(r *big.Rat) bool { return new(big.Rat).Abs(r).Cmp(big.NewRat(1, 1)) > 0 }

// comparison is one metric, before and after, in exact numbers.
type comparison struct {
	family   family
	from, to *measurement
	change   *big.Rat
	percent  bool // the values are shares in percent
}

// relative is the change as a share of the old value; nil if that is 0.
func (c *comparison) relative() *big.Rat {
	if c.from.value.Sign() == 0 {
		return nil
	}
	return new(big.Rat).Quo(c.change, new(big.Rat).Abs(c.from.value))
}

// allowed is the bound on the change.
func (c *comparison) allowed(name string, o Options) Threshold {
	if value, ok := o.Thresholds[name]; ok {
		return c.bound(Threshold{Source: FromRequest, Kind: Absolute, Value: value}, rational(value))
	}
	t := Threshold{Source: FromDefault, Kind: Absolute, Value: card.Number(c.family.allowed)}
	bound := rational(t.Value)
	switch {
	case c.family.relative || c.family.name == unknown.name && isOver1(c.from.value):
		t.Kind = Relative // 0.05 of a metric that counts to a hundred says nothing
	case c.percent:
		bound.Mul(bound, big.NewRat(100, 1))
		t.Value = *number(bound)
	}
	return c.bound(t, bound)
}

func (c *comparison) bound(t Threshold, bound *big.Rat) Threshold {
	size := new(big.Rat).Abs(c.change)
	if t.Kind == Relative {
		if r := c.relative(); r != nil {
			size = r.Abs(r)
		}
	}
	t.Exceeded = bound != nil && size.Cmp(bound) > 0
	return t
}

// limits is the value that the card says the metric has to reach.
func (c *comparison) limits(limit *card.Number) []Threshold {
	if limit == nil || c.family.better == Unknown {
		return nil
	}
	bound := rational(*limit)
	if bound == nil {
		return nil
	}
	order := c.to.value.Cmp(bound)
	missed := c.family.better == Higher && order < 0 || c.family.better == Lower && order > 0
	return []Threshold{{Source: FromCard, Kind: Limit, Value: *limit, Exceeded: missed}}
}

func (c *comparison) status() Status {
	sign := c.change.Sign()
	switch {
	case sign == 0:
		return Unchanged
	case c.family.better == Unknown:
		return Changed
	case (sign > 0) == (c.family.better == Higher):
		return Improved
	}
	return Worse
}

// judge decides on drift and severity. A bound on the value holds for every
// change; a bound on the change is for changes that are not for the better and
// not chance.
func (m *Metric) judge(c *comparison) {
	chance := m.Significance != nil && !m.Significance.Significant
	for _, t := range m.Thresholds {
		switch {
		case !t.Exceeded:
		case t.Kind == Limit:
			m.Detail = "the value does not reach what the card asks for"
			if m.Status != Unchanged {
				m.Drift, m.Severity = true, worst(m.Severity, High)
			}
		case m.Status != Worse && m.Status != Changed:
		case chance:
			m.Detail = firstOf(m.Detail, "the change can be chance")
		default:
			m.Drift, m.Severity = true, worst(m.Severity, c.severity())
		}
	}
}

func (c *comparison) severity() Severity {
	change, _ := new(big.Rat).Abs(c.change).Float64()
	if c.percent {
		change /= 100
	}
	relative := math.Inf(1)
	if r := c.relative(); r != nil {
		relative, _ = r.Abs(r).Float64()
	}
	return c.family.severityOf(change, relative)
}
