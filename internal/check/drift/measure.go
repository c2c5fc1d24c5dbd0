package drift

import (
	"math/big"
	"regexp"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// measurement is a metric's value in exact numbers, since 0.92 less 0.90 is
// more than 0.02 in binary ones.
type measurement struct {
	value    *big.Rat
	low, top *big.Rat // of the confidence interval; nil if there is none
	percent  bool     // it is written with a percent sign
}

// written takes "93.1 %" and "20.0 ± 1.2".
var written = regexp.MustCompile(`^([+-]?\d{1,20}(?:\.\d{1,20})?)\s*(%?)\s*(?:(?:±|\+/-)\s*(\d{1,20}(?:\.\d{1,20})?))?\s*(%?)$`)

// measure is the value of a metric; nil where it is no number.
func measure(e *entry) *measurement {
	m := &measurement{percent: e.metric.Unit == "%"}
	switch v := e.metric.Value.(type) {
	case card.Number:
		m.value = rational(v)
	case string:
		groups := written.FindStringSubmatch(strings.TrimSpace(v))
		if groups == nil {
			return nil
		}
		m.value = rational(card.Number(groups[1]))
		m.percent = m.percent || groups[2]+groups[4] != ""
		if half := rational(card.Number(groups[3])); half != nil {
			m.low, m.top = new(big.Rat).Sub(m.value, half), new(big.Rat).Add(m.value, half)
		}
	}
	if m.value == nil {
		return nil
	}
	if ci := e.metric.ConfidenceInterval; ci != nil {
		m.low, m.top = rational(ci.LowerBound), rational(ci.UpperBound)
	}
	return m
}

// rational is a number exactly; nil for the empty one.
func rational(n card.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return nil
	}
	return r
}

// number is the nearest float64 of an exact number.
func number(r *big.Rat) *card.Number {
	if r == nil {
		return nil
	}
	f, _ := r.Float64()
	n := card.Float(f)
	return &n
}
