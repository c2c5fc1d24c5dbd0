package drift

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

func read(t *testing.T, results string) *card.Card {
	t.Helper()
	doc, err := card.ReadYAML([]byte("model: {name: M}\nevaluation:\n  results:\n" + results))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card
}

// one is a card with one metric, given as flow YAML.
func one(t *testing.T, metric string) *card.Card {
	t.Helper()
	return read(t, "  - {task: {type: t}, dataset: {type: d, name: d}, metrics: [{"+metric+"}]}\n")
}

func TestCompareOne(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, new string
		request        map[string]card.Number
		change         card.Number
		status         Status
		drift          bool
		severity       Severity
		bound          Threshold // the last one
	}{
		{"at the threshold", "type: accuracy, value: 0.92", "type: accuracy, value: 0.90", nil, "-0.02", Worse, false, None, Threshold{FromDefault, Absolute, "0.02", false}},
		{"over it", "type: accuracy, value: 0.92", "type: accuracy, value: 0.899", nil, "-0.021", Worse, true, Medium, Threshold{FromDefault, Absolute, "0.02", true}},
		{"high", "type: f1, value: 0.9", "type: f1_score, value: 0.84", nil, "-0.06", Worse, true, High, Threshold{FromDefault, Absolute, "0.02", true}},
		{"critical", "type: recall, value: 0.9", "type: recall, value: 0.7", nil, "-0.2", Worse, true, Critical, Threshold{FromDefault, Absolute, "0.02", true}},
		{"better", "type: accuracy, value: 0.8", "type: accuracy, value: 0.95", nil, "0.15", Improved, false, None, Threshold{FromDefault, Absolute, "0.02", true}},
		{"loss up", "type: loss, value: 1.0", "type: val_loss, value: 1.0", nil, "", Missing, false, Low, Threshold{}},
		{"loss", "type: loss, value: 2.0", "type: loss, value: 2.2", nil, "0.2", Worse, true, Medium, Threshold{FromDefault, Relative, "0.05", true}},
		{"loss a lot", "type: eval_loss, value: 2.0", "type: loss, value: 2.5", nil, "0.5", Worse, true, High, Threshold{FromDefault, Relative, "0.05", true}},
		{"loss down", "type: loss, value: 2.0", "type: loss, value: 1.0", nil, "-1.0", Improved, false, None, Threshold{FromDefault, Relative, "0.05", true}},
		{"milliseconds", "type: inference_time_ms, value: 100", "type: inference_time_ms, value: 149", nil, "49.0", Worse, false, None, Threshold{FromDefault, Absolute, "50", false}},
		{"seconds", "type: inference_time, value: 0.2", "type: inference_time, value: 0.5", nil, "0.3", Worse, true, High, Threshold{FromDefault, Absolute, "0.1", true}},
		{"latency", "type: latency_p95, value: 100", "type: latency_p95, value: 109", nil, "9.0", Worse, false, None, Threshold{FromDefault, Relative, "0.1", false}},
		{"throughput", "type: tokens_per_second, value: 100", "type: tokens_per_second, value: 80", nil, "-20.0", Worse, true, Medium, Threshold{FromDefault, Relative, "0.1", true}},
		{"error rate", "type: word_error_rate, value: 0.1", "type: wer, value: 0.1", nil, "", Missing, false, Low, Threshold{}},
		{"percent", "type: accuracy, value: 95.2", "type: accuracy, value: 94.0", nil, "-1.2", Worse, false, None, Threshold{FromDefault, Absolute, "2.0", false}},
		{"percent over", "type: accuracy, value: 95.2", "type: accuracy, value: 85.0", nil, "-10.2", Worse, true, Critical, Threshold{FromDefault, Absolute, "2.0", true}},
		{"scales", "type: accuracy, value: 0.95", "type: accuracy, value: 94.0", nil, "", Incomparable, true, Medium, Threshold{}},
		{"unknown", "type: quux, value: 0.5", "type: quux, value: 0.6", nil, "0.1", Changed, true, Low, Threshold{FromDefault, Absolute, "0.05", true}},
		{"unknown and large", "type: quux, value: 100", "type: quux, value: 103", nil, "3.0", Changed, false, None, Threshold{FromDefault, Relative, "0.05", false}},
		{"request", "type: accuracy, value: 0.9", "type: accuracy, value: 0.85", map[string]card.Number{"Accuracy": "0.1"}, "-0.05", Worse, false, None, Threshold{FromRequest, Absolute, "0.1", false}},
		{"card's limit", "type: accuracy, value: 0.92, threshold: 0.92", "type: accuracy, value: 0.91", nil, "-0.01", Worse, true, High, Threshold{FromDefault, Absolute, "0.02", false}},
		{"limit of a loss", "type: loss, value: 1.0, threshold: 1.01", "type: loss, value: 1.02", nil, "0.02", Worse, true, High, Threshold{FromDefault, Relative, "0.05", false}},
		{"under the limit as before", "type: accuracy, value: 0.9, threshold: 0.92", "type: accuracy, value: 0.9", nil, "0.0", Unchanged, false, None, Threshold{FromDefault, Absolute, "0.02", false}},
		{"from zero", "type: loss, value: 0", "type: loss, value: 0.5", nil, "0.5", Worse, true, Critical, Threshold{FromDefault, Relative, "0.05", true}},
		{"text with a sign", "type: bleu, value: 20.0 ± 1.2", "type: bleu, value: 20.5", nil, "0.5", Improved, false, None, Threshold{FromDefault, Relative, "0.05", false}},
		{"text", "type: bleu, value: good", "type: bleu, value: bad", nil, "", Incomparable, true, Medium, Threshold{}},
		{"the same text", "type: bleu, value: good", "type: bleu, value: good", nil, "", Unchanged, false, None, Threshold{}},
		{"units", "type: latency, value: 1, unit: s", "type: latency, value: 900, unit: ms", nil, "", Incomparable, true, Medium, Threshold{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := Compare(one(t, tt.old), one(t, tt.new), Options{Thresholds: tt.request})
			m := r.Metrics[0]
			var change card.Number
			if m.Change != nil {
				change = *m.Change
			}
			var bound Threshold
			if n := len(m.Thresholds); n > 0 {
				bound = m.Thresholds[n-1]
			}
			if m.Status != tt.status || m.Drift != tt.drift || m.Severity != tt.severity || change != tt.change || bound != tt.bound {
				t.Errorf("got %+v, change %q, bound %+v", m, change, bound)
			}
			if r.Drift != tt.drift {
				t.Errorf("the verdict is %v", r.Drift)
			}
		})
	}
}

func TestSignificance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, old, new, test string
		p                    card.Number
		significant, drift   bool
	}{
		// Known figures: z = 2.430 and 0.478.
		{"z-test", "type: accuracy, value: 0.90, sample_size: 1000", "type: accuracy, value: 0.865, sample_size: 1000", "two-proportion z-test", "0.015082", true, true},
		{"z-test of few", "type: accuracy, value: 0.90, sample_size: 20", "type: accuracy, value: 0.85, sample_size: 20", "two-proportion z-test", "0.632585", false, false},
		{"z-test in percent", "type: accuracy, value: 90.0, sample_size: 1000", "type: accuracy, value: 86.5, sample_size: 1000", "two-proportion z-test", "0.015082", true, true},
		{"no z-test of f1", "type: f1, value: 0.90, sample_size: 20", "type: f1, value: 0.85, sample_size: 20", "", "", false, true},
		{"intervals apart", "type: f1, value: 0.9, confidence_interval: {lower_bound: 0.89, upper_bound: 0.91}", "type: f1, value: 0.85, confidence_interval: {lower_bound: 0.84, upper_bound: 0.86}", "interval overlap", "", true, true},
		{"intervals meet", "type: f1, value: 0.9, confidence_interval: {lower_bound: 0.86, upper_bound: 0.94}", "type: f1, value: 0.85, confidence_interval: {lower_bound: 0.8, upper_bound: 0.9}", "interval overlap", "", false, false},
		{"value in the interval", "type: f1, value: 0.9, confidence_interval: {lower_bound: 0.84, upper_bound: 0.96}", "type: f1, value: 0.85", "value in interval", "", false, false},
		{"value outside", "type: f1, value: 0.9", "type: f1, value: 0.85, confidence_interval: {lower_bound: 0.84, upper_bound: 0.86}", "value in interval", "", true, true},
		{"interval in the text", "type: wer, value: 0.10 ± 0.05", "type: wer, value: 0.14", "value in interval", "", false, false},
		{"chance does not help under the limit", "type: f1, value: 0.9, threshold: 0.88, confidence_interval: {lower_bound: 0.84, upper_bound: 0.96}", "type: f1, value: 0.85", "value in interval", "", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := Compare(one(t, tt.old), one(t, tt.new), Options{}).Metrics[0]
			var test string
			var p card.Number
			var significant bool
			if s := m.Significance; s != nil {
				test, significant = s.Test, s.Significant
				if s.PValue != nil {
					p = *s.PValue
				}
			}
			if test != tt.test || p != tt.p || significant != tt.significant || m.Drift != tt.drift {
				t.Errorf("%q, p %q, significant %v, drift %v", test, p, significant, m.Drift)
			}
		})
	}
}

func TestPairing(t *testing.T) {
	t.Parallel()
	two := `  - {task: {type: t}, dataset: {type: a, name: A}, metrics: [{type: accuracy, value: 0.9}, {type: accuracy, value: 0.8, slice: young}, {type: f1, value: 0.7}]}
  - {task: {type: t}, dataset: {type: b, name: B}, metrics: [{type: accuracy, value: 0.6}]}
`
	type line struct {
		label  string
		old    any
		status Status
	}
	tests := []struct {
		name, after string
		want        []line
	}{
		{"other order", `  - {task: {type: t}, dataset: {type: b, name: B}, metrics: [{type: accuracy, value: 0.6}]}
  - {task: {type: t}, dataset: {type: a, name: A}, metrics: [{type: f1, value: 0.7}, {type: accuracy, value: 0.8, slice: young}, {type: accuracy, value: 0.9}]}
`, []line{{"accuracy on a", card.Number("0.9"), Unchanged}, {"accuracy on a [young]", card.Number("0.8"), Unchanged}, {"f1 on a", card.Number("0.7"), Unchanged}, {"accuracy on b", card.Number("0.6"), Unchanged}}},
		{"no data set", "  - {metrics: [{type: accuracy, value: 0.9}, {type: f1, value: 0.7}]}\n",
			[]line{{"accuracy on a", card.Number("0.9"), Incomparable}, {"accuracy on a [young]", card.Number("0.8"), Missing}, {"f1 on a", card.Number("0.7"), Unchanged}, {"accuracy on b", card.Number("0.6"), Incomparable}, {"accuracy", nil, New}}},
		{"another data set", "  - {task: {type: t}, dataset: {type: c, name: C}, metrics: [{type: accuracy, value: 0.9}]}\n",
			[]line{{"accuracy on a", card.Number("0.9"), Missing}, {"accuracy on a [young]", card.Number("0.8"), Missing}, {"f1 on a", card.Number("0.7"), Missing}, {"accuracy on b", card.Number("0.6"), Missing}, {"accuracy on c", nil, New}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := Compare(read(t, two), read(t, tt.after), Options{})
			var got []line
			for _, m := range r.Metrics {
				got = append(got, line{m.Label(), m.Old, m.Status})
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(line{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWithoutResults(t *testing.T) {
	t.Parallel()
	empty := &card.Card{Model: card.Model{Name: "M"}}
	if r := Compare(empty, one(t, "type: accuracy, value: 0.9"), Options{}); r.Drift || r.New != 1 {
		t.Errorf("%+v", r)
	}
	if r := Compare(one(t, "type: accuracy, value: 0.9"), empty, Options{}); r.Drift || r.Missing != 1 || r.Severity != None {
		t.Errorf("%+v", r)
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	before := one(t, "type: accuracy, value: 0.9, threshold: 0.8, verified: true, verify_token: x, confidence_interval: {lower_bound: 0.89, upper_bound: 0.91}")
	after := read(t, "  - {metrics: [{type: accuracy, value: 0.95}, {type: samples, value: 500}, {type: f1, value: 0.9}]}\n")
	r := Compare(before, after, Options{})
	digest := before.Digest()
	updated, err := Update(before, after, &r)
	if err != nil {
		t.Fatal(err)
	}
	want := one(t, "type: accuracy, value: 0.95, threshold: 0.8, sample_size: 500}, {type: f1, value: 0.9, sample_size: 500")
	if diff := cmp.Diff(string(want.Canonical()), string(updated.Canonical())); diff != "" {
		t.Error(diff)
	}
	if before.Digest() != digest {
		t.Error("the card itself has changed")
	}
	again := Compare(updated, after, Options{})
	if again.Drift || again.New != 0 || again.Improved != 0 {
		t.Errorf("the updated card against the same results: %s", again.Summary())
	}
	empty := &card.Card{Model: card.Model{Name: "M"}}
	r = Compare(empty, after, Options{})
	if updated, err = Update(empty, after, &r); err != nil || len(updated.Evaluation.Results) != 1 || len(updated.Evaluation.Results[0].Metrics) != 2 {
		t.Errorf("%+v, %v", updated.Evaluation, err)
	}
}

func TestWriteText(t *testing.T) {
	t.Parallel()
	before := one(t, "type: accuracy, value: 0.9, sample_size: 1000, threshold: 0.7}, {type: \"odd\\tname\", value: 1")
	after := one(t, "type: accuracy, value: 0.8, sample_size: 1000")
	r := Compare(before, after, Options{})
	var b strings.Builder
	if err := WriteText(&b, &r); err != nil {
		t.Fatal(err)
	}
	want := `METRIC         OLD  NEW  CHANGE         BETTER   THRESHOLD                         STATUS        SEVERITY
accuracy on d  0.9  0.8  -0.1 (-11.1%)  higher   reach 0.7 (card), 0.02 (default)  worse, drift  high
odd name on d  1    -    -              unknown  -                                 missing       low
accuracy on d: two-proportion z-test: significant, p = 0.0
drift (high): 1 compared, 1 drifted, 0 improved, 1 missing, 0 new
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestParseThresholds(t *testing.T) {
	t.Parallel()
	got, err := ParseThresholds([]string{"Accuracy=0.05", "f1_score = 0.1"})
	want := map[string]card.Number{"accuracy": "0.05", "f1": "0.1"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, bad := range []string{"accuracy", "=1", "accuracy=x", "accuracy=-1", "accuracy=NaN"} {
		if _, err := ParseThresholds([]string{bad}); !errors.Is(err, ErrThreshold) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
