package render

import (
	"regexp"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pyyaml"
)

// File is a file of a repository on the Hub.
type File struct {
	// Name is the path in the repository.
	Name    string
	Content []byte
}

// evalResultsFolder is where the Hub looks for evaluation results.
const evalResultsFolder = ".eval_results/"

// Keys of an entry of .eval_results/*.yaml that a result of a card has in the
// arguments of its metric.
var evalArgs = []string{"date", "notes", "user", "org"}

// WriteEvalResults writes the evaluation results of a card as the Hub's
// .eval_results/*.yaml, a file for each data set, sorted by name and laid out as
// huggingface_hub's eval_result_entries_to_yaml. The losses name the results
// that have no place there, and what the others lose.
func WriteEvalResults(c *card.Card) ([]File, []Loss) {
	var (
		results []card.Result
		losses  []Loss
		entries = map[string][]any{} // by data set
	)
	if c.Evaluation != nil {
		results = c.Evaluation.Results
	}
	for i := range results {
		r := &results[i]
		at := card.Pointer("evaluation", "results", itoa(i))
		if r.Dataset.Type == "" || r.Task.Type == "" {
			losses = append(losses, Loss{at, "evaluation results need dataset.type and task.type"})
			continue
		}
		losses = append(losses, resultLosses(r, at)...)
		for j := range r.Metrics {
			m := &r.Metrics[j]
			metricAt := at + card.Pointer("metrics", itoa(j))
			if m.Slice != "" {
				losses = append(losses, Loss{metricAt, "evaluation results have no place for a slice of the data"})
				continue
			}
			losses = append(losses, metricLosses(r, m, metricAt)...)
			entries[r.Dataset.Type] = append(entries[r.Dataset.Type], evalEntry(r, m))
		}
	}
	return evalFiles(entries), losses
}

// evalFiles names a file by the data set, and by its owner too where two data
// sets have one name.
func evalFiles(entries map[string][]any) []File {
	names := map[string]int{}
	for id := range entries {
		names[evalFileName(id)]++
	}
	files := make([]File, 0, len(entries))
	for id, list := range entries {
		name := evalFileName(id)
		if names[name] > 1 {
			name = unsafeInName.ReplaceAllString(strings.ReplaceAll(id, "/", "--"), "-")
		}
		files = append(files, File{evalResultsFolder + name + ".yaml", pyyaml.Append(nil, list, "\n")})
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files
}

var unsafeInName = regexp.MustCompile(`[^A-Za-z0-9._-]|^\.`)

func evalFileName(id string) string {
	return unsafeInName.ReplaceAllString(id[strings.LastIndexByte(id, '/')+1:], "-")
}

// evalEntry is one metric, its keys in huggingface_hub's order.
func evalEntry(r *card.Result, m *card.Metric) any {
	entry := &card.Map{}
	entry.Set("dataset", textMap("id", r.Dataset.Type, "task_id", r.Task.Type, "revision", r.Dataset.Revision))
	entry.Set("value", m.Value)
	args, _ := m.Args.(*card.Map)
	text := func(key string) string {
		s, _ := first(args.Get(key)).(string)
		return s
	}
	setText := func(m *card.Map, key, s string) {
		if s != "" {
			m.Set(key, s)
		}
	}
	setText(entry, "verifyToken", m.VerifyToken)
	setText(entry, "date", text("date"))
	if r.Source != nil {
		entry.Set("source", textMap("url", r.Source.URL, "name", r.Source.Name, "user", text("user"), "org", text("org")))
	}
	setText(entry, "notes", text("notes"))
	return entry
}

func resultLosses(r *card.Result, at string) []Loss {
	var losses []Loss
	lose := func(has bool, pointer string) {
		if has {
			losses = append(losses, Loss{at + pointer, "evaluation results have no place for it"})
		}
	}
	lose(r.Task.Name != "", "/task/name")
	lose(r.Dataset.Name != "" && r.Dataset.Name != r.Dataset.Type, "/dataset/name")
	lose(r.Dataset.Config != "", "/dataset/config")
	lose(r.Dataset.Split != "", "/dataset/split")
	lose(r.Dataset.Args != nil, "/dataset/args")
	return losses
}

func metricLosses(r *card.Result, m *card.Metric, at string) []Loss {
	var losses []Loss
	lose := func(has bool, pointer string) {
		if has {
			losses = append(losses, Loss{at + pointer, "evaluation results have no place for it"})
		}
	}
	lose(m.Type != r.Task.Type, "/type")
	lose(m.Name != "", "/name")
	lose(m.Config != "", "/config")
	lose(m.ConfidenceInterval != nil, "/confidence_interval")
	lose(m.Threshold != nil, "/threshold")
	lose(m.SampleSize != nil, "/sample_size")
	lose(m.Unit != "", "/unit")
	lose(m.Verified != nil, "/verified")
	lose(m.Args != nil && !isEvalArgs(m.Args, r.Source != nil), "/args")
	return losses
}

// isEvalArgs tells whether an entry has a key for each argument.
func isEvalArgs(v any, sourced bool) bool {
	args, ok := v.(*card.Map)
	for _, e := range entriesOf(args) {
		s, text := e.Value.(string)
		ok = ok && text && s != "" && slices.Contains(evalArgs, e.Key) && (sourced || e.Key == "date" || e.Key == "notes")
	}
	return ok
}
