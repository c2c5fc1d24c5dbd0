package integration

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// flat lists what a reading has as pointer = value, without the whole lists.
func flat(r *Reading) []string {
	lines := []string{}
	if e := r.Values.Evaluation; e != nil {
		for _, result := range e.Results {
			d := result.Dataset
			where := strings.Join(strings.Fields(strings.Join([]string{result.Task.Type, d.Type, d.Name, d.Config, d.Split}, " ")), " ")
			for _, m := range result.Metrics {
				lines = append(lines, strings.TrimSpace(where+" "+metricLine(m)))
			}
		}
	}
	if t := r.Values.Training; t != nil {
		if t.Hyperparameters != nil {
			for _, e := range t.Hyperparameters.Entries {
				lines = append(lines, "parameter "+e.Key+"="+card.Text(e.Value))
			}
		}
		if t.SpeedsSizesTimes != "" {
			lines = append(lines, "progress "+t.SpeedsSizesTimes)
		}
		for _, d := range t.Datasets {
			lines = append(lines, "dataset "+d.Name+": "+d.Description)
		}
	}
	return append(lines, technicalLines(r.Values)...)
}

func technicalLines(c *card.Card) []string {
	var lines []string
	if t := c.Technical; t != nil {
		for name, n := range map[string]*card.Number{"parameters": t.Parameters} {
			if n != nil {
				lines = append(lines, name+" "+string(*n))
			}
		}
		if t.ContextLength != nil {
			lines = append(lines, "context "+string(*t.ContextLength))
		}
		if t.TrainingFLOPs != nil {
			lines = append(lines, "flops "+string(*t.TrainingFLOPs))
		}
		for _, s := range []string{t.Architecture, t.ArchitectureFamily, t.Overview} {
			if s != "" {
				lines = append(lines, s)
			}
		}
	}
	for _, s := range []string{c.Model.Name, c.Model.PipelineTag, c.Model.LibraryName} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	return lines
}

func metricLine(m card.Metric) string {
	s := m.Type
	for _, part := range []string{m.Config, m.Slice, m.Name, m.Unit} {
		if part != "" {
			s += "[" + part + "]"
		}
	}
	if m.Args != nil {
		s += card.Text(m.Args)
	}
	if m.SampleSize != nil {
		s += " of " + string(*m.SampleSize)
	}
	if m.ConfidenceInterval != nil {
		s += fmt.Sprintf(" (%s..%s)", m.ConfidenceInterval.LowerBound, m.ConfidenceInterval.UpperBound)
	}
	return s + "=" + card.Text(m.Value)
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, kind string
		role       Role
		text       string
		want       []string
	}{
		{"flat JSON", "metrics", Evaluation, `{"model_name": "m", "accuracy": 0.95, "f1": 1}`, []string{"accuracy=0.95", "f1=1", "m"}},
		{"NaN as Python writes it", "metrics", Evaluation, `{"loss": NaN, "a": -Infinity, "big": 1e400}`, []string{"loss=NaN", "a=-Infinity"}},
		{"nested YAML", "metrics", Evaluation, "model: {name: m}\ndataset: {name: imdb, split: test}\ntask: text-classification\nmetrics:\n  accuracy: {value: 0.9, confidence_interval: [0.88, 0.92], n: 500}\n  cat: {precision: 0.5}\n  texts: ['0.25', abc]\n  recall: '0.5'\n",
			[]string{"text-classification imdb test accuracy of 500 (0.88..0.92)=0.9", "text-classification imdb test precision[cat]=0.5", "text-classification imdb test recall=0.5", "m"}},
		{"splits", "metrics", Evaluation, `{"train": {"acc": 0.99}, "test": {"acc": 0.9}, "step": 10}`, []string{"train acc=0.99", "test acc=0.9"}},
		{"list of metrics", "metrics", Evaluation, `{"metrics": [{"name": "bleu", "value": 30.5, "slice": "de", "unit": "points"}]}`, []string{"bleu[de][points]=30.5"}},
		{
			"classification report", "scikit-learn classification report", Evaluation,
			`{"cat": {"precision": 1.0, "recall": 0.5, "f1-score": 0.6666666666666666, "support": 2.0}, "accuracy": 0.75, "macro avg": {"precision": 0.8, "recall": 0.7, "f1-score": 0.7, "support": 4.0}}`,
			[]string{"precision[cat] of 2.0=1.0", "recall[cat] of 2.0=0.5", "f1[cat] of 2.0=0.6666666666666666", "accuracy=0.75",
				`precision[macro avg precision]{"average":"macro"} of 4.0=0.8`, `recall[macro avg recall]{"average":"macro"} of 4.0=0.7`, `f1[macro avg f1-score]{"average":"macro"} of 4.0=0.7`},
		},
		{
			"harness", "lm-evaluation-harness results", Evaluation,
			`{"results": {"arc": {"alias": "arc", "acc,none": 0.25, "acc_stderr,none": 0.01, "exact_match,strict": 0.5, "exact_match_stderr,strict": "N/A"}}, "configs": {"arc": {"dataset_path": "ai2_arc", "dataset_name": "ARC-Easy", "test_split": "test"}}, "n-shot": {"arc": 5}, "n-samples": {"arc": {"original": 100, "effective": 10}}, "config": {"model": "hf", "model_num_parameters": 124439808}, "model_name": "gpt2"}`,
			[]string{`text-generation ai2_arc arc ARC-Easy test acc{"num_fewshot":5,"stderr":0.01} of 10=0.25`, `text-generation ai2_arc arc ARC-Easy test exact_match[strict]{"num_fewshot":5} of 10=0.5`, "parameters 124439808", "gpt2"},
		},
		{
			"trainer state", "Hugging Face trainer state", Training,
			`{"global_step": 20, "epoch": 2.0, "num_train_epochs": 2, "max_steps": 20, "train_batch_size": 8, "total_flos": 1e12, "best_metric": 0.9, "log_history": [{"loss": 0.7, "learning_rate": 1e-5, "epoch": 1.0, "step": 10}, {"eval_loss": 0.6, "eval_accuracy": 0.8, "eval_runtime": 1.5, "epoch": 1.0, "step": 10}, {"loss": 0.5, "epoch": 2.0, "step": 20}, {"eval_loss": 0.4, "eval_accuracy": 0.9, "eval_runtime": 1.4, "epoch": 2.0, "step": 20}, {"train_loss": 0.6, "train_runtime": 10, "total_flos": 1e12, "epoch": 2.0}]}`,
			[]string{"train loss=0.5", "train loss=0.6", "train runtime[s]=10", "loss=0.4", "accuracy=0.9", "runtime[s]=1.4",
				"parameter num_train_epochs=2", "parameter max_steps=20", "parameter train_batch_size=8", "progress 20 steps, 2.0 epochs, best value of the metric 0.9", "flops 1000000000000.0"},
		},
		{"all_results", "Hugging Face trainer results", Evaluation, `{"epoch": 3.0, "eval_accuracy": 0.9, "eval_runtime": 2.5, "train_loss": 0.1}`,
			[]string{"accuracy=0.9", "runtime[s]=2.5", "train loss=0.1", "progress 3.0 epochs"}},
		{"eval_results of the Hub", "Hugging Face evaluation results", Evaluation, "- dataset: {id: cais/hle, task_id: default}\n  value: 20.9\n  source: {url: 'https://example.org', name: x}\n", []string{"cais/hle cais/hle default=20.9"}},
		{"DVC parameters", "hyperparameters", Training, "train: {lr: 1e-3, layers: [1, 2]}\nseed: 42\n", []string{"parameter train.lr=0.001", "parameter train.layers=[1,2]", "parameter seed=42"}},
		{"parameters among which is a metric", "hyperparameters", Training, `{"lr": 0.1, "val_accuracy": 0.5}`, []string{"validation accuracy=0.5", "parameter lr=0.1"}},
		{"key=value log", "training log", Training, "2026-01-02 10:30:22 INFO epoch=1 loss=0.9 lr=0.1\nbanner\nepoch=2 loss=0.5, val_acc=93.5% lr=0.01\n",
			[]string{"train loss=0.5", "validation acc[%]=93.5", "progress last epoch 2, last lr 0.01"}},
		{"log of Keras", "training log", Training, "Epoch 1/2\n10/10 - 0s - loss: 0.7 - accuracy: 0.5 - val_loss: 0.6\nEpoch 2/2\n10/10 - 0s - loss: 0.3 - accuracy: 0.75 - val_loss: 0.4\n",
			[]string{"train loss=0.3", "train accuracy=0.75", "validation loss=0.4", "progress last epoch 2"}},
		{"JSON lines", "training log", Training, "{\"step\": 1, \"train/loss\": 0.9}\n{\"step\": 2, \"train/loss\": 0.4, \"valid.f1\": 0.5}\n", []string{"train loss=0.4", "validation f1=0.5", "progress last step 2"}},
		{"history in lists", "training log", Evaluation, `{"validation_0": {"logloss": [0.6, 0.5]}, "test": {"auc": [0.7, 0.8]}}`, []string{"validation logloss=0.5", "test auc=0.8"}},
		{"CSV history", "training log", Training, "epoch,step,train_loss,val_acc\n0,10,0.5,\n0,10,,0.8\n", []string{"train loss=0.5", "validation acc=0.8", "progress last epoch 0, last step 10"}},
		{"CSV of metrics", "table of metrics", Evaluation, "metric,value,dataset,split\naccuracy,0.9,imdb,test\nf1,0.8,imdb,test\n", []string{"imdb test accuracy=0.9", "imdb test f1=0.8"}},
		{"CSV with classes", "table of metrics", Evaluation, "class;precision;recall\ncat;0.5;0.25\ndog;1;0\n", []string{"precision[cat]=0.5", "recall[cat]=0.25", "precision[dog]=1", "recall[dog]=0"}},
		{"CSV of one row", "table of metrics", Evaluation, "accuracy\tf1\n0.9\t0.8\n", []string{"accuracy=0.9", "f1=0.8"}},
		{"description of a data set", "data set statistics", Dataset, `{"name": "reviews", "description": "Reviews.", "rows": 10, "classes": {"a": 4, "b": 6}}`, []string{"dataset reviews: Reviews.\n\n- rows: 10\n- classes: a 4, b 6"}},
		{"dataset_info", "Hugging Face data set description", Dataset, `{"dataset_name": "imdb", "features": {"text": {}, "label": {}}, "splits": {"train": {"num_examples": 25000}}}`, []string{"dataset imdb: train: 25000 examples\n\nFeatures: `text`, `label`."}},
		{"describe of pandas", "data set statistics", Dataset, ",age\ncount,3\nmean,2\nstd,1\nmin,1\nmax,3\n", []string{"dataset : - count: age 3\n- mean: age 2\n- std: age 1\n- min: age 1\n- max: age 3"}},
		{"data themselves", "data set statistics", Dataset, "text,label\nhello,1\nbye,0\n", []string{"dataset : 2 rows; columns: `text`, `label`."}},
		{
			"model configuration", "Hugging Face model configuration", Evaluation,
			`{"architectures": ["BertForSequenceClassification"], "model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12, "max_position_embeddings": 512, "transformers_version": "5.0", "torch_dtype": "float32", "id2label": {"0": "no", "1": "yes"}}`,
			[]string{"context 512", "BertForSequenceClassification: hidden size 768, layers 12, weights in float32", "bert", "text-classification", "transformers"},
		},
		{"index of weights", "index of safetensors", Evaluation, `{"metadata": {"total_size": 400, "total_parameters": 100}, "weight_map": {"a": "x", "b": "y"}}`, []string{"parameters 100", "400 bytes of weights in 2 tensors."}},
		{"weights", "safetensors header", Evaluation, weights(`{"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "b": {"dtype": "BF16", "shape": [], "data_offsets": [24, 26]}}`), []string{"parameters 7", "Parameters by type: 6 in F32, 1 in BF16; 2 tensors."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := ReadFile(strings.NewReader(tt.text), tt.role)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, flat(r)); diff != "" || r.Kind != tt.kind {
				t.Errorf("%s, want %s (-want +got):\n%s", r.Kind, tt.kind, diff)
			}
		})
	}
}

// weights is a safetensors file without its tensors.
func weights(header string) string {
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))) + header
}

func TestReadFileRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       error
		says       string
	}{
		{"prose", "Nothing to see here, no numbers.", ErrUnknown, ""},
		{"empty", "", ErrUnknown, ""},
		{"broken JSON", "{\"a\": 1,\n \"b\": }", ErrUnknown, "line 2"},
		{"binary", "\x00\x01\x02", ErrUnknown, "UTF-8"},
		{"deep", strings.Repeat("[", 100), ErrTooLarge, "levels"},
		{"large", strings.Repeat(" ", MaxFile+1), ErrTooLarge, "bytes"},
		{"many metrics", "{" + strings.TrimSuffix(manyMetrics(MaxMetrics+1), ",") + "}", ErrTooLarge, "metrics"},
		{"endless weights", string(binary.LittleEndian.AppendUint64(nil, MaxHeader+1)) + "{", ErrTooLarge, "header"},
		{"cut weights", weights(`{"a":{}}`)[:14], ErrUnknown, "too early"},
		{"weights without shape", weights(`{"a":{"dtype":"F32"}}`), ErrUnknown, "shape"},
		{"weights of a lie", weights(`{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807]}}`), ErrUnknown, "shape"},
		{"weights with negative shape", weights(`{"a":{"dtype":"F32","shape":[-1]}}`), ErrUnknown, "shape"},
		{"weights of nothing", weights(`{}`), ErrUnknown, "no tensor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadFile(strings.NewReader(tt.text), Evaluation)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %v with %q", err, tt.want, tt.says)
			}
		})
	}
}

func manyMetrics(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\"m%d\": %d,", i, i)
	}
	return b.String()
}

// TestNotes checks that what is left out is said.
func TestNotes(t *testing.T) {
	t.Parallel()
	r, err := ReadFile(strings.NewReader(`{"accuracy": 1, "confusion": [[1, 0], [0, 1]], "who": "me", "done": true}`), Evaluation)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range r.Notes {
		got = append(got, n.Pointer)
	}
	if diff := cmp.Diff([]string{"/confusion/0", "/who", "/done"}, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzReadFile(f *testing.F) {
	for _, seed := range []string{
		`{"accuracy": 0.95, "x": {"value": NaN, "ci": [1, 2]}}`, `{"results": {"a": {"acc,none": 1}}, "configs": {}}`, "a,b\n1,2\n", "epoch=1 loss=0.5\n",
		"{\"step\":1}\n{\"step\":2}\n", "train: {lr: 0.1}\n", weights(`{"a": {"dtype": "F32", "shape": [1]}}`), `[{"dataset": {"id": "a/b"}, "value": 1}]`,
		`{"log_history": [{"eval_loss": 1}], "global_step": 1}`, `{"a": {"precision": 1, "recall": 1, "f1-score": 1}, "macro avg": {"precision": 1, "recall": 1, "f1-score": 1}}`,
	} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(1))
		f.Add([]byte(seed), uint8(2))
	}
	named := &card.Card{Model: card.Model{Name: "m"}}
	f.Fuzz(func(t *testing.T, src []byte, role uint8) {
		r, err := ReadFile(strings.NewReader(string(src)), []Role{Evaluation, Training, Dataset}[role%3])
		if err != nil {
			return
		}
		r.Source = card.Source{Type: "evaluation", Path: "f"}
		merged, _, err := Merge(named, r)
		if err != nil {
			var refused *card.Error
			if !errors.As(err, &refused) {
				t.Fatalf("merge: %v", err)
			}
			return
		}
		again, conflicts, err := Merge(merged, r)
		if err != nil || len(conflicts) > 0 || again.Digest() != merged.Digest() {
			t.Errorf("a second reading changes the card: %v %v\n%s\n%s", err, conflicts, merged.Canonical(), again.Canonical())
		}
	})
}
