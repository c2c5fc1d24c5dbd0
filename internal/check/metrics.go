package check

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// metricKind is what is known of the values of a metric.
type metricKind struct {
	names []string
	// share is true for values from 0 to 1, which people also write in percent.
	share bool
	// low is the least value there can be; NaN is none.
	low float64
	// better is 1 where more is better, -1 where less is, and 0 where it
	// depends.
	better int
}

var metricKinds = []metricKind{
	{names: strings.Fields(`accuracy acc balanced_accuracy top_1_accuracy top_5_accuracy exact_match em f1 f1_score f1_macro f1_micro f1_weighted macro_f1
		micro_f1 weighted_f1 precision recall sensitivity specificity auc roc_auc auroc pr_auc auprc average_precision map mean_average_precision
		ndcg mrr iou mean_iou miou dice jaccard pass@1 hit_rate`), share: true, low: 0, better: 1},
	{names: strings.Fields(`bleu sacrebleu google_bleu rouge rouge1 rouge2 rougel rougelsum chrf meteor bertscore sari mauve`), low: 0, better: 1},
	{names: strings.Fields(`matthews_correlation mcc pearsonr pearson spearmanr spearman kappa cohen_kappa`), low: math.NaN(), better: 1},
	{names: strings.Fields(`r_squared r2 mean_reward reward psnr ssim throughput`), low: math.NaN(), better: 1},
	{names: strings.Fields(`wer cer ter mer mse rmse mae mape smape mase rmsle perplexity ppl brier_score brier log_loss cross_entropy cross_entropy_loss
		nll hinge_loss eer fid latency latency_ms inference_time inference_time_ms expected_calibration_error ece hamming_loss`), low: 0, better: -1},
	{names: strings.Fields(`loss val_loss eval_loss train_loss validation_loss test_loss`), low: math.NaN(), better: -1},
}

// kindOfMetric finds a metric by its type, or nil.
func kindOfMetric(name string) *metricKind {
	folded := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(name))
	for i := range metricKinds {
		if slices.Contains(metricKinds[i].names, folded) {
			return &metricKinds[i]
		}
	}
	return nil
}

// metric is one metric of a card with its place.
type metric struct {
	*card.Metric
	result  *card.Result
	pointer string
}

// metrics lists the metrics of the evaluation.
func (s *subject) metrics() []metric {
	if s.Evaluation == nil {
		return nil
	}
	var all []metric
	for i := range s.Evaluation.Results {
		r := &s.Evaluation.Results[i]
		for j := range r.Metrics {
			all = append(all, metric{&r.Metrics[j], r, "/evaluation/results/" + itoa(i) + "/metrics/" + itoa(j)})
		}
	}
	return all
}

// number is the value as a number; a text such as "93.4%" or "20.0 ± 1.2" is
// read up to its unit or spread.
func (m metric) number() (value float64, percent, ok bool) {
	percent = m.Unit == "%" || strings.EqualFold(m.Unit, "percent")
	switch v := m.Value.(type) {
	case card.Number:
		return v.Float64(), percent, true
	case string:
		text, _, _ := strings.Cut(v, "±")
		text, hasSign := strings.CutSuffix(strings.TrimSpace(text), "%")
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return f, percent || hasSign, err == nil && !math.IsInf(f, 0)
	}
	return 0, false, false
}

// eachMetric looks at every metric of the evaluation.
func eachMetric(look func(m metric) *hit) func(*subject) []hit {
	return func(s *subject) []hit {
		var hits []hit
		for _, m := range s.metrics() {
			if h := look(m); h != nil {
				h.pointer = m.pointer + h.pointer
				if h.fix != nil {
					h.fix.Pointer = m.pointer + h.fix.Pointer
				}
				hits = append(hits, *h)
			}
		}
		return hits
	}
}
