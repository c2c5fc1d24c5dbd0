package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxTag = 100

var hubListRules = []Rule{
	{ID: "huggingface/tag-length", Severity: Warning,
		Title: "a tag is a word or two", Hint: "a sentence has its place in the text of the card",
		Bad: "model: {name: Example, tags: [" + strings.Repeat("very-", 25) + "long]}\n", Good: "model: {name: Example, tags: [nlp]}\n",
		find: eachText("tags", func(_ *subject, tag, _ string) *hit {
			if n := utf8.RuneCountInString(tag); n > maxTag {
				return &hit{message: fmt.Sprintf("a tag of %d characters; the most that can be read as one is %d", n, maxTag)}
			}
			return nil
		})},
	{ID: "huggingface/tag-duplicate", Severity: Info, Fixable: true,
		Title: "a tag stands once in the list", Hint: "huggingface_hub drops the second",
		Bad: "model: {name: Example, tags: [nlp, nlp]}\n", Good: "model: {name: Example, tags: [nlp]}\n",
		find: findDuplicateTags},
	{ID: "huggingface/tag-arxiv", Severity: Warning,
		Title: "a tag arxiv:<id> names a paper on arXiv", Hint: "write arxiv: and the number, as in arxiv:1910.01108",
		Bad: "model: {name: Example, tags: [\"arxiv:distilbert\"]}\n", Good: "model: {name: Example, tags: [\"arxiv:1910.01108\"]}\n",
		find: eachText("tags", func(_ *subject, tag, _ string) *hit {
			if id, ok := strings.CutPrefix(tag, "arxiv:"); ok && !arxivID.MatchString(id) {
				return &hit{message: fmt.Sprintf("%q is no paper on arXiv", tag)}
			}
			return nil
		})},
	{ID: "huggingface/dataset-id", Severity: Error, Fixable: true,
		Title: "datasets are ids of data sets on the Hub", Hint: "prose and links have their place in training.data",
		Bad: "---\ndatasets: [the web of 2019]\n---\n# Example\n", Good: "---\ndatasets: [rajpurkar/squad_v2]\n---\n# Example\n",
		find: eachText("datasets", wantID("data set"))},
	{ID: "huggingface/bucket-id", Severity: Warning,
		Title: "buckets are ids of storage buckets on the Hub", Hint: "namespace/name",
		Bad: "---\nbuckets: [my bucket]\n---\n# Example\n", Good: "---\nbuckets: [acme/my-bucket]\n---\n# Example\n",
		find: eachText("buckets", wantID("bucket"))},
	{ID: "huggingface/metric", Severity: Info, Fixable: true, Reference: "Hugging Face, metrics of the evaluate library (hf.co/metrics)",
		Title: "metrics are ids of metrics on the Hub",
		Bad:   "model: {name: Example}\nevaluation: {metrics: [F1]}\n", Good: "model: {name: Example}\nevaluation: {metrics: [f1]}\n",
		find: eachText("metrics", wantMetric)},
}

// arxivID has the form of identifiers since April 2007 and before.
var arxivID = regexp.MustCompile(`^(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?$`)

// metricIDs are the metrics of the evaluate library, and those that cards use
// beside them.
var metricIDs = strings.Fields(`
accuracy bertscore bleu bleurt brier_score cer character charcut_mt chrf code_eval comet competition_math confusion_matrix coval cuad
exact_match f1 frugalscore glue google_bleu indic_glue mae mahalanobis mape mase matthews_correlation mauve mean_iou meteor mse nist_mt
pearsonr perplexity poseval precision r_squared recall rl_reliability roc_auc rouge sacrebleu sari seqeval smape spearmanr squad squad_v2
super_glue ter trec_eval wer wiki_split xnli xtreme_s rmse map mrr ndcg loss mean_reward pass@1 fid auc`)

func wantMetric(_ *subject, id, pointer string) *hit {
	if slices.Contains(metricIDs, id) {
		return nil
	}
	h := &hit{message: fmt.Sprintf("%q is no metric that the Hub has a page for", id)}
	folded := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(id))
	if slices.Contains(metricIDs, folded) {
		h.hint, h.fix = "write "+folded, setTo(pointer, folded)
	}
	return h
}

func findDuplicateTags(s *subject) []hit {
	var hits []hit
	seen := map[string]bool{}
	for _, it := range s.items("tags") {
		tag, ok := it.value.(string)
		if ok && seen[tag] {
			hits = append(hits, hit{pointer: it.pointer, message: fmt.Sprintf("tag %q stands here a second time", tag), fix: remove(it.pointer)})
		}
		seen[tag] = true
	}
	return hits
}
