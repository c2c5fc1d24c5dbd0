package pyyaml_test

import (
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pyyaml"
)

func BenchmarkAppend(b *testing.B) {
	value, buffer := benchFrontMatter(), make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buffer = pyyaml.Append(buffer[:0], value, "\n")
	}
}

func BenchmarkAppendFrontMatter(b *testing.B) {
	value, buffer := benchFrontMatter(), make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buffer = pyyaml.AppendFrontMatter(buffer[:0], value, "\n")
	}
}

// benchFrontMatter is a typical one of some 35 lines.
func benchFrontMatter() *card.Map {
	return object(
		"base_model", "google-bert/bert-base-uncased",
		"datasets", list("stanfordnlp/imdb", "nyu-mll/glue"),
		"language", list("en", "no"),
		"library_name", "transformers",
		"license", "apache-2.0",
		"license_link", "https://www.apache.org/licenses/LICENSE-2.0",
		"metrics", list("accuracy", "f1"),
		"pipeline_tag", "text-classification",
		"tags", list("sentiment", "text-classification", "generated_from_trainer", "arxiv:1810.04805"),
		"model-index", list(object("name", "bert-imdb", "results", list(object(
			"task", object("type", "text-classification", "name", "Text Classification"),
			"dataset", object("name", "IMDB", "type", "stanfordnlp/imdb", "split", "test"),
			"metrics", list(object("type", "accuracy", "value", card.Float(0.9321)), object("type", "f1", "value", card.Float(0.9318))),
			"source", object("url", "https://example.com/leaderboard", "name", "Leaderboard"),
		)))),
	)
}
