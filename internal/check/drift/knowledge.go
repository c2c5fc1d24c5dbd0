package drift

import (
	"slices"
	"strings"
)

// family is what is known of metrics by their names.
type family struct {
	// name tells the families apart in the table of severities.
	name string
	// words of which a metric's name has one.
	words  []string
	better Direction
	// proportion is true for shares, from 0 to 1 or in percent.
	proportion bool
	// counted is true for shares of the samples, which the z-test is for.
	counted bool
	// allowed is the change that is no drift yet.
	allowed  string
	relative bool
}

// families are asked in this order; the first that knows a name decides.
// A change of an accuracy may be 0.02, of a loss a twentieth of it: these, and
// those of inference times, are the values that earlier versions of mcg had.
var families = []family{
	{name: "loss", words: []string{"loss", "perplexity", "ppl", "nll"}, better: Lower, allowed: "0.05", relative: true},
	{name: "latency", words: []string{"latency", "time", "seconds", "ms", "duration", "ttft"}, better: Lower, allowed: "0.1", relative: true},
	{name: "error rate", words: []string{"error_rate", "fpr", "fnr", "false_positive_rate", "false_negative_rate", "eer"}, better: Lower, proportion: true, counted: true, allowed: "0.02"},
	{name: "word error", words: []string{"wer", "cer", "ter", "word_error_rate", "character_error_rate", "char_error_rate"}, better: Lower, proportion: true, allowed: "0.02"},
	{name: "error", words: []string{"error", "mse", "rmse", "mae", "mape", "rmsle", "brier", "ece", "fid", "kid", "lpips"}, better: Lower, allowed: "0.05", relative: true},
	{name: "harm", words: []string{"toxicity", "hallucination", "bias", "disparity"}, better: Lower, proportion: true, allowed: "0.02"},
	{name: "cost", words: []string{"memory", "cost", "emissions", "energy", "co2", "size", "flops"}, better: Lower, allowed: "0.1", relative: true},
	{name: "throughput", words: []string{"throughput", "per_second", "qps", "rps", "tps"}, better: Higher, allowed: "0.1", relative: true},
	{name: "accuracy", words: []string{"accuracy", "acc", "exact_match", "em", "win_rate", "success_rate", "hit_rate", "pass"}, better: Higher, proportion: true, counted: true, allowed: "0.02"},
	{name: "accuracy", words: []string{"precision", "recall", "f1", "fbeta", "auc", "auroc", "roc_auc", "auprc", "map", "mcc", "sensitivity", "specificity", "tpr", "tnr"}, better: Higher, proportion: true, allowed: "0.02"},
	{name: "share", words: []string{"iou", "miou", "dice", "jaccard", "ndcg", "mrr", "r2", "pearson", "spearman", "spearmanr", "pearsonr", "kappa", "ssim", "correlation", "squad", "glue", "mmlu"}, better: Higher, proportion: true, allowed: "0.05"},
	{name: "score", words: []string{"bleu", "sacrebleu", "rouge", "rouge1", "rouge2", "rougel", "rougelsum", "meteor", "chrf", "comet", "bertscore", "psnr", "elo", "score"}, better: Higher, allowed: "0.05", relative: true},
}

// unknown is for names that no family knows.
var unknown = family{name: "unknown", better: Unknown, allowed: "0.05"}

// compounds are names of several words, one of which alone would say something
// else: tokens_per_second is no time, error_rate no error.
var compounds = []string{
	"per_second", "error_rate", "false_positive_rate", "false_negative_rate", "word_error_rate", "character_error_rate",
	"char_error_rate", "exact_match", "win_rate", "success_rate", "hit_rate", "roc_auc",
}

// familyOf finds the family of a metric by its name.
func familyOf(name string) family {
	words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("_/.@", r) })
	for _, c := range longestFirst(compounds) {
		if strings.Contains("_"+name+"_", "_"+c+"_") {
			words = []string{c}
			break
		}
	}
	for _, f := range families {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(f.words, w) }) {
			return f.timed(name, words)
		}
	}
	return unknown
}

func longestFirst(texts []string) []string {
	sorted := slices.Clone(texts)
	slices.SortStableFunc(sorted, func(a, b string) int { return len(b) - len(a) })
	return sorted
}

// timed is the family of a time whose unit is known: 50 milliseconds are
// allowed, or a tenth of a second, whatever the time was.
func (f family) timed(name string, words []string) family {
	switch {
	case f.name != "latency":
	case slices.Contains(words, "ms"):
		f.allowed, f.relative = "50", false
	case name == "inference_time":
		f.allowed, f.relative = "0.1", false
	}
	return f
}

// canonicalName folds the spellings of a metric's name.
func canonicalName(name string) string {
	folded := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
	for _, prefix := range []string{"eval_", "test_"} {
		folded = strings.TrimPrefix(folded, prefix)
	}
	if alias, ok := aliases[folded]; ok {
		return alias
	}
	return folded
}

var aliases = map[string]string{"f1_score": "f1", "acc": "accuracy", "em": "exact_match", "auroc": "roc_auc", "ppl": "perplexity"}

// sampleSizes are numbers of a flat evaluation file that say how many samples
// its metrics are computed from.
var sampleSizes = []string{"sample_size", "samples", "num_samples", "n_samples", "eval_samples", "test_samples"}

// severityOf is how much a drift matters: shares by their change, the others
// by their relative change, in tenths, twentieths and halves.
func (f family) severityOf(change, relative float64) Severity {
	switch f.name {
	case "accuracy", "error rate", "word error", "harm":
		return step(change, 0.1, Critical, 0.05, High)
	case "share", "score", "loss", "error":
		return step(relative, 0.5, Critical, 0.1, High)
	case "latency", "throughput", "cost":
		return step(relative, 0.5, High, 0.5, High)
	}
	return Low
}

func step(size, first float64, is Severity, second float64, then Severity) Severity {
	switch {
	case size > first:
		return is
	case size > second:
		return then
	}
	return Medium
}

// Better is which way a metric is better, by its name as a card has it.
func Better(name string) Direction { return familyOf(canonicalName(name)).better }
