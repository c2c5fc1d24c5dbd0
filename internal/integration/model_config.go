package integration

import (
	"fmt"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// fitsModelConfig recognises config.json of a model on the Hub.
func fitsModelConfig(f *file) bool {
	m := f.mapping()
	return has(m, "model_type") && (has(m, "architectures") || has(m, "transformers_version")) || has(m, "architectures", "transformers_version")
}

func readModelConfig(f *file, r *Reading) error {
	r.Values = ConfigCard(f.mapping())
	return nil
}

// contextKeys name the longest input, in the words of one architecture or
// another.
var contextKeys = []string{"max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len", "seq_length", "n_ctx"}

// architectureFacts are the figures of a configuration that describe the model.
var architectureFacts = []struct{ key, label string }{
	{"hidden_size", "hidden size"}, {"d_model", "hidden size"}, {"n_embd", "hidden size"}, {"dim", "hidden size"},
	{"num_hidden_layers", "layers"}, {"n_layer", "layers"}, {"n_layers", "layers"}, {"num_layers", "layers"},
	{"num_attention_heads", "attention heads"}, {"n_head", "attention heads"}, {"n_heads", "attention heads"}, {"num_heads", "attention heads"},
	{"num_key_value_heads", "key-value heads"}, {"intermediate_size", "intermediate size"},
	{"num_local_experts", "experts"}, {"num_experts", "experts"}, {"num_experts_per_tok", "experts a token"}, {"vocab_size", "vocabulary"},
}

// tasks are the Hub's tasks by the last part of a transformers class name, the
// longer before the shorter.
var tasks = []struct{ suffix, task string }{
	{"ForCausalLM", "text-generation"}, {"LMHeadModel", "text-generation"}, {"ForSequenceClassification", "text-classification"},
	{"ForTokenClassification", "token-classification"}, {"ForQuestionAnswering", "question-answering"},
	{"ForMaskedLM", "fill-mask"}, {"ForImageClassification", "image-classification"}, {"ForObjectDetection", "object-detection"},
	{"ForSemanticSegmentation", "image-segmentation"}, {"ForAudioClassification", "audio-classification"},
	{"ForSpeechSeq2Seq", "automatic-speech-recognition"}, {"ForCTC", "automatic-speech-recognition"},
	{"ForImageTextToText", "image-text-to-text"},
}

// ConfigCard is what the config.json of a model says.
func ConfigCard(m *card.Map) *card.Card {
	c := &card.Card{Technical: &card.Technical{ArchitectureFamily: textOf(m, "model_type")}}
	text := m
	if inner := mapAt(m, "text_config"); inner.Len() > 0 {
		text = inner // of a model with several kinds of input
	}
	class := ""
	if list, ok := valueAt(m, "architectures").([]any); ok && len(list) > 0 {
		class, _ = list[0].(string)
	}
	if has(m, "transformers_version") {
		c.Model.LibraryName = "transformers"
	}
	for _, t := range tasks {
		if strings.HasSuffix(class, t.suffix) {
			c.Model.PipelineTag = t.task
			break
		}
	}
	for _, key := range contextKeys {
		if n, ok := numberOf(valueAt(text, key)); ok && n.Float64() > 0 {
			c.Technical.ContextLength = &n
			break
		}
	}
	c.Technical.Architecture = architectureText(class, text, m)
	if labels := labelsOf(m); labels != "" {
		c.Technical.Outputs = []card.Port{{Format: "label", Description: labels}}
	}
	return c
}

func architectureText(class string, text, root *card.Map) string {
	var parts []string
	said := map[string]bool{}
	for _, fact := range architectureFacts {
		if n, ok := numberOf(valueAt(text, fact.key)); ok && !said[fact.label] {
			said[fact.label] = true
			parts = append(parts, fact.label+" "+string(n))
		}
	}
	if dtype := firstText(root, "dtype", "torch_dtype"); dtype != "" {
		parts = append(parts, "weights in "+dtype)
	}
	facts := strings.Join(parts, ", ")
	switch {
	case class == "":
		return facts
	case facts == "":
		return class
	}
	return class + ": " + facts
}

// labelsOf lists the classes of a classifier; LABEL_0 and its like say nothing.
func labelsOf(m *card.Map) string {
	const most = 100
	var labels []string
	for _, e := range mapAt(m, "id2label").Entries {
		label, ok := e.Value.(string)
		if ok && label != "LABEL_"+e.Key {
			labels = append(labels, label)
		}
	}
	if len(labels) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(labels[:most], ", "), len(labels)-most)
	}
	return strings.Join(labels, ", ")
}
