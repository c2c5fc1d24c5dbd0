package check

import (
	"fmt"
	"slices"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const (
	modelIndexCode = "model_index" // of problems that reading a README finds
	modelIndexSpec = hubSpec + ", model-index"
)

// modelIndexRule is tripped by reading: a README whose model-index breaks the
// specification cannot become a card.
var modelIndexRule = Rule{
	ID: "huggingface/model-index", Severity: Error, Reference: modelIndexSpec,
	Title: "model-index has what the specification requires",
	Hint:  "each result has task.type, dataset.type, dataset.name and metrics with type and value",
	Bad:   "---\nmodel-index:\n- name: example\n  results:\n  - task: {}\n    dataset: {type: squad, name: SQuAD}\n    metrics: [{type: f1, value: 0.9}]\n---\n# Example\n",
	Good:  "---\nmodel-index:\n- name: example\n  results:\n  - task: {type: question-answering}\n    dataset: {type: squad, name: SQuAD}\n    metrics: [{type: f1, value: 0.9}]\n---\n# Example\n",
	find:  func(*subject) []hit { return nil },
}

const (
	resultHead = smallest + "evaluation:\n  results:\n    - "
	resultTail = "\n      metrics: [{type: f1, value: 0.9}]\n"
)

var hubResultRules = []Rule{
	{ID: "huggingface/result-task", Severity: Warning, Reference: modelIndexSpec, Title: "a result names the type of its task",
		Hint: "without task.type a result has no place in the model-index",
		Bad:  resultHead + "dataset: {type: squad, name: SQuAD}" + resultTail,
		Good: resultHead + "task: {type: question-answering}\n      dataset: {type: squad, name: SQuAD}" + resultTail,
		find: eachResult(func(r *card.Result) bool { return r.Task.Type != "" }, "/task/type")},
	{ID: "huggingface/result-dataset", Severity: Warning, Reference: modelIndexSpec, Title: "a result names the id of its data set",
		Hint: "without dataset.type a result has no place in the model-index",
		Bad:  resultHead + "task: {type: question-answering}\n      dataset: {name: SQuAD}" + resultTail,
		Good: resultHead + "task: {type: question-answering}\n      dataset: {type: squad, name: SQuAD}" + resultTail,
		find: eachResult(func(r *card.Result) bool { return r.Dataset.Type != "" }, "/dataset/type")},
	{ID: "huggingface/result-dataset-name", Severity: Warning, Reference: modelIndexSpec, Title: "a result has a name for its data set",
		Hint: "without dataset.name a result has no place in the model-index",
		Bad:  resultHead + "task: {type: question-answering}\n      dataset: {type: squad}" + resultTail,
		Good: resultHead + "task: {type: question-answering}\n      dataset: {type: squad, name: SQuAD}" + resultTail,
		find: eachResult(func(r *card.Result) bool { return r.Dataset.Name != "" }, "/dataset/name")},
	{ID: "huggingface/result-task-known", Severity: Info, Fixable: true, Reference: "huggingface.js, packages/tasks/src/pipelines.ts",
		Title: "the task of a result is one that the Hub knows",
		Bad:   resultHead + "task: {type: Question Answering}\n      dataset: {type: squad, name: SQuAD}" + resultTail,
		Good:  resultHead + "task: {type: question-answering}\n      dataset: {type: squad, name: SQuAD}" + resultTail,
		find:  findUnknownTasks},
	{ID: "huggingface/result-source", Severity: Warning, Reference: modelIndexSpec, Title: "the source of a result is an address",
		Bad:  resultHead + "source: {url: leaderboard}" + resultTail,
		Good: resultHead + "source: {url: \"https://example.com/leaderboard\"}" + resultTail,
		find: eachResult(func(r *card.Result) bool { return r.Source == nil || absoluteLink.MatchString(r.Source.URL) }, "/source/url")},
}

// eachResult asks something of every result of the evaluation.
func eachResult(good func(r *card.Result) bool, below string) func(*subject) []hit {
	return func(s *subject) []hit {
		if s.Evaluation == nil {
			return nil
		}
		var hits []hit
		for i := range s.Evaluation.Results {
			at := "/evaluation/results/" + itoa(i) + below
			if !good(&s.Evaluation.Results[i]) && !s.notApplicable(at) {
				hits = append(hits, hit{pointer: at})
			}
		}
		return hits
	}
}

func findUnknownTasks(s *subject) []hit {
	if s.Evaluation == nil {
		return nil
	}
	var hits []hit
	for i := range s.Evaluation.Results {
		task := s.Evaluation.Results[i].Task.Type
		if task == "" || slices.Contains(tasks, task) || slices.Contains(subtasks, task) {
			continue
		}
		at := "/evaluation/results/" + itoa(i) + "/task/type"
		h := hit{pointer: at, message: fmt.Sprintf("task %q is not one that the Hub knows", task)}
		if meant := otherSpelling(task, tasks); meant != "" {
			h.hint, h.fix = "write "+meant, setTo(at, meant)
		}
		hits = append(hits, h)
	}
	return hits
}
