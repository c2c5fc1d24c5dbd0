package render

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// EvalResults are the evaluation results of one of the Hub's
// .eval_results/*.yaml files: each entry is a result with one metric. The
// identifier of the task is the type of both, since the format has no other
// word for what is measured; date, notes, and user and organisation of the
// source are the metric's arguments. The error is a [*card.Error].
func EvalResults(src []byte) ([]card.Result, []Loss, error) {
	results, _, losses, err := readEvalResults(src)
	return results, losses, err
}

// ReadEvalResults is [EvalResults] as a card, which has the identifier given.
func ReadEvalResults(src []byte, id string) (*card.Document, []Loss, error) {
	results, values, losses, err := readEvalResults(src)
	if err != nil {
		return nil, nil, err
	}
	c := &card.Card{Evaluation: &card.Evaluation{Results: results}}
	c.Model.ID = id
	doc := card.NewDocument(c, values.Warnings, nil)
	if err := c.Normalize(); err != nil {
		return nil, nil, doc.Locate(nameEvalResults(err))
	}
	return doc, losses, nil
}

func nameEvalResults(err error) error {
	var e *card.Error
	if errors.As(err, &e) && len(e.Problems) == 1 && e.Problems[0].Pointer == "/model" {
		return card.Invalidate("/model", "required", "evaluation results do not name the model", "name it from outside (?id=namespace/name, --id)")
	}
	return err
}

// evalResultsStart matches the start of a YAML list, after comments.
var evalResultsStart = regexp.MustCompile(`^(?:\s|#[^\r\n]*|---\s)*-\s`)

// looksLikeEvalResults recognises a file of evaluation results by its content:
// a card document is never a list.
func looksLikeEvalResults(src []byte) bool {
	return evalResultsStart.Match(bytes.TrimPrefix(src, []byte("\uFEFF"))) &&
		bytes.Contains(src, []byte("dataset")) && bytes.Contains(src, []byte("task_id"))
}

type evalReader struct {
	problems []card.Problem
	losses   []Loss
	results  []card.Result
}

func readEvalResults(src []byte) ([]card.Result, *card.Values, []Loss, error) {
	values, err := card.ReadValues(src)
	if err != nil {
		return nil, nil, nil, err
	}
	r := &evalReader{}
	if list, ok := values.Value.([]any); ok {
		for i, item := range list {
			r.item(item, card.Pointer(itoa(i)))
		}
	} else {
		r.refuse("", "evaluation results are a list", "write a list of {dataset, value}")
	}
	for i := range r.problems {
		place := values.Place(r.problems[i].Pointer)
		r.problems[i].Line, r.problems[i].Column = place.Line, place.Column
	}
	if len(r.problems) > 0 {
		return nil, nil, nil, &card.Error{Kind: card.Invalid, Problems: r.problems}
	}
	return r.results, values, r.losses, nil
}

// item reads one entry, which may be wrapped in data, as the Hub's API has it.
func (r *evalReader) item(v any, at string) {
	entry, ok := v.(*card.Map)
	if !ok {
		r.refuse(at, "is not a mapping", "write {dataset, value}")
		return
	}
	if reason, failed := entry.Get("error"); failed {
		r.losses = append(r.losses, Loss{at, "the Hub has refused these results: " + card.Text(reason)})
		return
	}
	if data, ok := first(entry.Get("data")).(*card.Map); ok {
		entry, at = data, at+"/data"
	}
	r.entry(entry, at)
}

func (r *evalReader) entry(entry *card.Map, at string) {
	dataset, ok := first(entry.Get("dataset")).(*card.Map)
	if !ok {
		r.refuse(at, `missing "dataset"`, "write dataset: {id, task_id}")
		return
	}
	id, task := r.text(dataset, at+"/dataset", "id", true), r.text(dataset, at+"/dataset", "task_id", true)
	metric := card.Metric{Type: task, Value: first(entry.Get("value")), VerifyToken: r.text(entry, at, "verifyToken", false)}
	if metric.Value == nil {
		r.refuse(at, `missing "value"`, "an entry has a value")
	}
	result := card.Result{
		Task:    card.Task{Type: task},
		Dataset: card.ResultDataset{Type: id, Name: id, Revision: r.text(dataset, at+"/dataset", "revision", false)},
	}
	args := &card.Map{}
	r.argument(args, entry, at, "date")
	if source, ok := first(entry.Get("source")).(*card.Map); ok {
		result.Source = &card.ResultSource{URL: r.text(source, at+"/source", "url", true), Name: r.text(source, at+"/source", "name", false)}
		r.argument(args, source, at+"/source", "user")
		r.argument(args, source, at+"/source", "org")
		r.unknown(source, at+"/source", "url", "name", "user", "org")
	}
	r.argument(args, entry, at, "notes")
	if args.Len() > 0 {
		metric.Args = args
	}
	r.unknown(entry, at, "dataset", "value", "verifyToken", "date", "source", "notes")
	r.unknown(dataset, at+"/dataset", "id", "task_id", "revision")
	result.Metrics = []card.Metric{metric}
	r.results = append(r.results, result)
}

func (r *evalReader) argument(args, m *card.Map, at, name string) {
	v, ok := m.Get(name)
	if !ok || v == nil {
		return
	}
	if s, text := v.(string); !text || s == "" {
		r.losses = append(r.losses, Loss{at + "/" + name, "is not a text"})
	} else {
		args.Set(name, s)
	}
}

// text is a line of text; anything else in its place is taken as it is written.
func (r *evalReader) text(m *card.Map, at, name string, required bool) string {
	v, ok := m.Get(name)
	if !ok || v == nil {
		if required {
			r.refuse(at, fmt.Sprintf("missing %q", name), "the Hub's specification requires it")
		}
		return ""
	}
	line := oneLine(card.Text(v))
	if line != v {
		r.losses = append(r.losses, Loss{at + "/" + name, "is not a line of text; its text is kept"})
	}
	if line == "" && required {
		r.refuse(at, fmt.Sprintf("empty %q", name), "the Hub's specification requires it")
	}
	return line
}

func (r *evalReader) unknown(m *card.Map, at string, known ...string) {
	for _, key := range unknownKeys(m, known) {
		r.losses = append(r.losses, Loss{at + card.Pointer(key), "evaluation results have no such key"})
	}
}

func (r *evalReader) refuse(at, detail, hint string) {
	r.problems = append(r.problems, card.Problem{Pointer: at, Code: "eval_results", Detail: "evaluation results: " + detail, Hint: hint})
}
