package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/integration"
	"github.com/terragonlabs/modelcard-generator/internal/integration/remote"
)

const (
	historyPage  = 1000
	historyPages = 25 // of one metric
	histories    = 50 // metrics of a run whose history is read
)

func (c *Client) run(ctx context.Context, id string) (*run, error) {
	var answer struct {
		Run run `json:"run"`
	}
	if err := c.get(ctx, "runs/get", url.Values{"run_id": {id}}, &answer); err != nil {
		return nil, err
	}
	if answer.Run.Info.RunID != id {
		return nil, c.remote.Refuse(remote.ErrAnswer, "it answered with another run than "+quote(id), "whether the address is that of MLflow")
	}
	return &answer.Run, nil
}

func (c *Client) readRun(ctx context.Context, run *run, r *integration.Reading) error {
	if err := c.readMetrics(ctx, run, r); err != nil {
		return err
	}
	readParams(run.Data.Params, r)
	readTags(run.Data.Tags, r)
	readInputs(run, r)
	t := training(r)
	t.Overview = overview(run)
	if run.Info.EndTime > run.Info.StartTime && run.Info.StartTime > 0 {
		t.SpeedsSizesTimes = fmt.Sprintf("%.1f s", float64(run.Info.EndTime-run.Info.StartTime)/1000)
	}
	return nil
}

func training(r *integration.Reading) *card.Training {
	if r.Values.Training == nil {
		r.Values.Training = &card.Training{}
	}
	return r.Values.Training
}

// overview says which run it was, of which code.
func overview(run *run) string {
	text := "MLflow run `" + code(run.Info.RunID) + "`"
	if run.Info.Name != "" {
		text += " (`" + code(run.Info.Name) + "`)"
	}
	if commit := run.Data.Tags.get("mlflow.source.git.commit"); commit != "" {
		text += " of commit `" + code(commit) + "`"
	}
	return text + "."
}

// code takes out of a text what would end its code marks or its line.
func code(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.Map(func(r rune) rune {
		if r == '`' || r < ' ' {
			return ' '
		}
		return r
	}, s)
}

// readMetrics takes the last value of each metric, and over its history how
// many values there were and in which range.
func (c *Client) readMetrics(ctx context.Context, run *run, r *integration.Reading) error {
	slices.SortFunc(run.Data.Metrics, func(a, b metric) int { return strings.Compare(a.Key, b.Key) })
	read := 0
	for i := range run.Data.Metrics {
		m := &run.Data.Metrics[i]
		split, one, ok := cardMetric(m)
		if !ok {
			r.AddNote(card.Pointer("metrics", m.Key), "its value is no number")
			continue
		}
		if m.Step > 0 {
			args := &card.Map{}
			args.Set("step", card.Int(int64(m.Step)))
			if read++; read <= histories {
				history, err := c.history(ctx, run.Info.RunID, m.Key)
				if err != nil {
					return err
				}
				history.addTo(args)
			}
			one.Args = args
		}
		r.AddMetric(split, one)
	}
	return nil
}

func cardMetric(m *metric) (split string, one card.Metric, ok bool) {
	value, ok := m.value()
	split, name := integration.SplitOfMetric(m.Key)
	return split, card.Metric{Type: name, Value: value}, ok
}

// history is a metric over the steps of a run.
type history struct {
	points   int
	min, max card.Number
}

func (h *history) add(m *metric) {
	h.points++
	value, _ := m.value()
	n, ok := value.(card.Number)
	if !ok {
		return
	}
	if h.min == "" || n.Float64() < h.min.Float64() {
		h.min = n
	}
	if h.max == "" || n.Float64() > h.max.Float64() {
		h.max = n
	}
}

func (h *history) addTo(args *card.Map) {
	args.Set("values", card.Int(int64(h.points)))
	if h.points > 1 && h.min != "" {
		args.Set("min", h.min)
		args.Set("max", h.max)
	}
}

// history reads all pages of a metric, up to a bound. A server that gives the
// same page again and again is found out by its token.
func (c *Client) history(ctx context.Context, runID, key string) (*history, error) {
	h := &history{}
	query := url.Values{"run_id": {runID}, "metric_key": {key}, "max_results": {fmt.Sprint(historyPage)}}
	for range historyPages {
		var page struct {
			Metrics []metric `json:"metrics"`
			Next    string   `json:"next_page_token"`
		}
		if err := c.get(ctx, "metrics/get-history", query, &page); err != nil {
			return nil, err
		}
		for i := range page.Metrics {
			h.add(&page.Metrics[i])
		}
		if page.Next == "" {
			return h, nil
		}
		if page.Next == query.Get("page_token") {
			return nil, c.remote.Refuse(remote.ErrAnswer, "its pages of the metric "+quote(key)+" have no end", "the log of MLflow")
		}
		query.Set("page_token", page.Next)
	}
	return h, nil
}

func readParams(params pairs, r *integration.Reading) {
	slices.SortFunc(params, func(a, b pair) int { return strings.Compare(a.Key, b.Key) })
	for _, p := range params {
		r.AddParameter(p.Key, integration.ParseParameter(p.Value))
	}
}

// readTags takes the tags whose names are fields of a card. MLflow's own say
// how the run came about.
func readTags(tags pairs, r *integration.Reading) {
	m := &r.Values.Model
	for _, tag := range tags {
		switch tag.Key {
		case "license":
			m.License = tag.Value
		case "language":
			m.Language = card.One(tag.Value)
		case "base_model":
			m.BaseModel = card.One(tag.Value)
		case "library_name":
			m.LibraryName = tag.Value
		case "task", "pipeline_tag":
			m.PipelineTag = tag.Value
		case "mlflow.source.git.repoURL":
			m.Repository = tag.Value
		case "mlflow.note.content":
			training(r).Procedure = tag.Value
		default:
			if !strings.HasPrefix(tag.Key, "mlflow.") && tag.Key != DigestTag {
				r.AddNote(card.Pointer("tags", tag.Key), "a tag that no field of a card has room for")
			}
		}
	}
}

// readInputs takes the data sets of a run; their context says what for.
func readInputs(run *run, r *integration.Reading) {
	const most = 100
	for i, in := range run.Inputs.Datasets {
		if i >= most {
			r.AddNote("/inputs", "more than 100 data sets")
			return
		}
		d := card.Dataset{Name: in.Dataset.Name, Split: in.Tags.get("mlflow.data.context"), Description: datasetText(in.Dataset.Digest, in.Dataset.Profile)}
		if in.Dataset.SourceType != "code" {
			d.Link = sourceURI(in.Dataset.Source)
		}
		switch {
		case isEvaluation(d.Split):
			if r.Values.Evaluation == nil {
				r.Values.Evaluation = &card.Evaluation{}
			}
			r.Values.Evaluation.Datasets = append(r.Values.Evaluation.Datasets, d)
		default:
			training(r).Datasets = append(training(r).Datasets, d)
		}
	}
}

// isEvaluation tells whether a data set of a context is one to evaluate on; the
// context is any word of the user's.
func isEvaluation(context string) bool {
	context = strings.ToLower(context)
	return slices.ContainsFunc([]string{"test", "eval", "val", "dev"}, func(word string) bool { return strings.HasPrefix(context, word) })
}

// sourceURI is where a data set is, out of the JSON that MLflow keeps.
func sourceURI(source string) string {
	var known struct {
		URI  string `json:"uri"`
		URL  string `json:"url"`
		Path string `json:"path"`
	}
	_ = json.Unmarshal([]byte(source), &known) // some other text has no address
	for _, s := range []string{known.URI, known.URL, known.Path} {
		if s != "" {
			return code(s)
		}
	}
	return ""
}

func datasetText(digest, profile string) string {
	var parts []string
	if digest != "" {
		parts = append(parts, "digest `"+code(digest)+"`")
	}
	var figures map[string]json.Number
	if json.Unmarshal([]byte(profile), &figures) == nil {
		keys := make([]string, 0, len(figures))
		for key := range figures {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys[:min(len(keys), 20)] {
			parts = append(parts, code(key)+" "+figures[key].String())
		}
	}
	return strings.Join(parts, ", ")
}

// readLoggedModel reads a model that was logged without a run.
func (c *Client) readLoggedModel(ctx context.Context, id string, r *integration.Reading) error {
	var answer loggedModel
	if err := c.get(ctx, "logged-models/"+url.PathEscape(id), nil, &answer); err != nil {
		return err
	}
	for i := range answer.Model.Data.Metrics {
		if split, one, ok := cardMetric(&answer.Model.Data.Metrics[i]); ok {
			r.AddMetric(split, one)
		}
	}
	readParams(answer.Model.Data.Params, r)
	readTags(answer.Model.Info.Tags, r)
	return nil
}
