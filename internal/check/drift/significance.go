package drift

import (
	"math"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// level is the probability below which a change is not taken for chance.
const level = 0.05

// significance runs the test that the figures allow: of two shares with their
// sample sizes the z-test, of confidence intervals whether they meet. It is nil
// where there is neither.
func significance(c *comparison, before, after *entry) *Significance {
	if s := twoProportions(c, before.samples, after.samples); s != nil {
		return s
	}
	from, to := c.from, c.to
	switch {
	case from.low != nil && to.low != nil:
		return &Significance{Test: "interval overlap", Significant: from.top.Cmp(to.low) < 0 || to.top.Cmp(from.low) < 0}
	case from.low != nil:
		return &Significance{Test: "value in interval", Significant: to.value.Cmp(from.low) < 0 || to.value.Cmp(from.top) > 0}
	case to.low != nil:
		return &Significance{Test: "value in interval", Significant: from.value.Cmp(to.low) < 0 || from.value.Cmp(to.top) > 0}
	}
	return nil
}

// twoProportions is the two-sided z-test with pooled variance.
func twoProportions(c *comparison, before, after *card.Number) *Significance {
	if !c.family.counted || before == nil || after == nil {
		return nil
	}
	p1, _ := c.from.value.Float64()
	p2, _ := c.to.value.Float64()
	if c.percent {
		p1, p2 = p1/100, p2/100
	}
	n1, n2 := before.Float64(), after.Float64()
	if !(n1 >= 1 && n2 >= 1 && p1 >= 0 && p1 <= 1 && p2 >= 0 && p2 <= 1) {
		return nil
	}
	pooled := (p1*n1 + p2*n2) / (n1 + n2)
	deviation := math.Sqrt(pooled * (1 - pooled) * (1/n1 + 1/n2))
	p := 1.0 // both shares are 0, or both are 1
	if deviation > 0 {
		p = math.Erfc(math.Abs(p1-p2) / deviation / math.Sqrt2)
	}
	value := card.Float(math.Round(p*1e6) / 1e6)
	return &Significance{Test: "two-proportion z-test", PValue: &value, Significant: p < level}
}
