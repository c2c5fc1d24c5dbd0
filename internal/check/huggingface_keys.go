package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

var hubKeyRules = []Rule{
	{ID: "huggingface/key-type", Severity: Error,
		Title: "keys of the specification have values of their kind",
		Hint:  "a text, a list of texts, a number or a mapping, as the specification has it",
		Bad:   "---\nlicense: {id: mit}\n---\n# Example\n", Good: "---\nlicense: mit\n---\n# Example\n",
		find: findKeyTypes},
	{ID: "huggingface/list-as-text", Severity: Warning, Fixable: true,
		Title: "keys that take a list have a list", Hint: "huggingface_hub takes a text in place of a list apart, letter by letter",
		Bad: "---\ntags: nlp\n---\n# Example\n", Good: "---\ntags: [nlp]\n---\n# Example\n",
		find: findTextsForLists},
	{ID: "huggingface/list-item", Severity: Error, Fixable: true,
		Title: "the items of a list are texts, and none is empty", Hint: "take the empty item away, or quote a number",
		Bad: "---\ndatasets: [squad, null]\n---\n# Example\n", Good: "---\ndatasets: [squad]\n---\n# Example\n",
		find: findListItems},
	{ID: "huggingface/empty-key", Severity: Warning, Fixable: true,
		Title: "a key that stands in the front matter has a value", Hint: "take the key away, or give it a value",
		Bad: "---\nlicense: mit\nthumbnail:\n---\n# Example\n", Good: "---\nlicense: mit\n---\n# Example\n",
		find: findEmptyKeys},
	{ID: "huggingface/misspelt-key", Severity: Warning,
		Title: "no key is a misspelling of one that the Hub knows", Hint: "the Hub keeps a key that it does not know and does nothing with it",
		Bad: "---\nlicence: mit\n---\n# Example\n", Good: "---\nlicense: mit\n---\n# Example\n",
		find: findMisspeltKeys},
	{ID: "huggingface/extra-type", Severity: Warning,
		Reference: "Hugging Face Hub, model cards (thumbnail, widget, inference, gated models, co2_eq_emissions)",
		Title:     "further keys that the Hub knows have values of their kind",
		Bad:       "---\nwidget: a text\n---\n# Example\n", Good: "---\nwidget: [{text: a text}]\n---\n# Example\n",
		find: findExtraTypes},
	{ID: "huggingface/thumbnail", Severity: Warning, Reference: "Hugging Face Hub, model cards (thumbnail)",
		Title: "thumbnail is an https address",
		Bad:   "---\nthumbnail: picture.png\n---\n# Example\n", Good: "---\nthumbnail: https://example.com/picture.png\n---\n# Example\n",
		find: eachText("thumbnail", func(_ *subject, link, _ string) *hit {
			if absoluteLink.MatchString(link) {
				return nil
			}
			return &hit{message: fmt.Sprintf("thumbnail %q is no address", link)}
		})},
	{ID: "huggingface/dataset-key", Severity: Info, Reference: "Hugging Face Hub, dataset card metadata (datasetcard.md)",
		Title: "a model's card has no keys of a data set's card", Hint: "the Hub reads it on data sets alone; for models it is pipeline_tag, tags or datasets",
		Bad: "---\ntask_categories: [question-answering]\n---\n# Example\n", Good: "---\npipeline_tag: question-answering\n---\n# Example\n",
		find: func(s *subject) []hit {
			return metadataHits(s, func(e card.Entry) string {
				if slices.Contains(datasetKeys, e.Key) {
					return e.Key + " is a key of data set cards"
				}
				return ""
			})
		}},
}

var datasetKeys = strings.Fields("annotations_creators language_creators language_details multilinguality size_categories source_datasets task_categories task_ids paperswithcode_id configs dataset_info train-eval-index")

// metadataHits is a hit for every key that complain has words for.
func metadataHits(s *subject, complain func(e card.Entry) string) []hit {
	raw := s.raw()
	if raw == nil {
		return nil
	}
	var hits []hit
	for _, e := range raw.Entries {
		if message := complain(e); message != "" {
			hits = append(hits, hit{pointer: card.Pointer("metadata", e.Key), message: message})
		}
	}
	return hits
}

func keyOf(name string) *hubKey {
	for i := range hubKeys {
		if hubKeys[i].name == name {
			return &hubKeys[i]
		}
	}
	return nil
}

func findKeyTypes(s *subject) []hit {
	return metadataHits(s, func(e card.Entry) string {
		k := keyOf(e.Key)
		if k == nil {
			return ""
		}
		_, isText := e.Value.(string)
		_, isList := e.Value.([]any)
		switch {
		case e.Value == nil, isText && (k.text || k.list), isList && (k.list || k.name == "license"):
			return ""
		case k.list:
			return e.Key + " is " + kindOf(e.Value) + " where a list of texts is wanted"
		}
		return e.Key + " is " + kindOf(e.Value) + " where a text is wanted"
	})
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case bool:
		return "true or false"
	case card.Number:
		return "a number"
	case string:
		return "a text"
	case []any:
		return "a list"
	}
	return "a mapping"
}

func findTextsForLists(s *subject) []hit {
	var hits []hit
	for i := range hubKeys {
		k := &hubKeys[i]
		v, _ := s.raw().Get(k.name)
		text, isText := v.(string)
		if isText && k.list && !k.text {
			at := card.Pointer("metadata", k.name)
			hits = append(hits, hit{pointer: at, message: k.name + " is a text where a list is wanted", fix: setTo(at, []any{text})})
		}
	}
	return hits
}

func findListItems(s *subject) []hit {
	var hits []hit
	for i := range hubKeys {
		v, _ := s.raw().Get(hubKeys[i].name)
		list, _ := v.([]any)
		for j, v := range list {
			at := card.Pointer("metadata", hubKeys[i].name, itoa(j))
			text, isText := v.(string)
			switch {
			case v == nil || isText && strings.TrimSpace(text) == "":
				hits = append(hits, hit{pointer: at, message: hubKeys[i].name + " has an empty item", fix: remove(at)})
			case !isText:
				hits = append(hits, hit{pointer: at, message: fmt.Sprintf("an item of %s is %s where a text is wanted", hubKeys[i].name, kindOf(v))})
			}
		}
	}
	return hits
}

// findEmptyKeys looks at the front matter itself, since a key without a value
// says nothing to the card.
func findEmptyKeys(s *subject) []hit {
	front := s.doc.FrontMatter()
	if front == nil {
		return nil
	}
	var hits []hit
	for _, e := range front.Entries {
		if e.Value == nil {
			at := card.Pointer("metadata", e.Key)
			hits = append(hits, hit{pointer: at, message: e.Key + " has no value", fix: remove(at)})
		}
	}
	return hits
}

// extraKeys are documented outside the specification, with the kinds of value
// that the Hub takes.
var extraKeys = map[string][]string{
	"thumbnail": {"a text"}, "widget": {"a list"}, "inference": {"true or false", "a mapping", "a text"},
	"co2_eq_emissions": {"a number", "a mapping"}, "model_name": {"a text"}, "base_model_relation": {"a text"}, "new_version": {"a text"},
	"extra_gated_prompt": {"a text"}, "extra_gated_heading": {"a text"}, "extra_gated_description": {"a text"}, "extra_gated_button_content": {"a text"},
	"extra_gated_fields": {"a mapping"}, "extra_gated_eu_disallowed": {"true or false"}, "language_bcp47": {"a text", "a list"},
}

func findExtraTypes(s *subject) []hit {
	return metadataHits(s, func(e card.Entry) string {
		kinds, known := extraKeys[e.Key]
		if !known || e.Value == nil || keyOf(e.Key) != nil {
			return ""
		}
		if e.Key == "co2_eq_emissions" {
			return badEmissions(e.Value)
		}
		if slices.Contains(kinds, kindOf(e.Value)) {
			return ""
		}
		return e.Key + " is " + kindOf(e.Value) + " where " + strings.Join(kinds, " or ") + " is wanted"
	})
}

// badEmissions says what is wrong with emissions, or "".
func badEmissions(v any) string {
	switch v := v.(type) {
	case card.Number:
		if v.Float64() >= 0 {
			return ""
		}
		return "co2_eq_emissions is less than nothing"
	case *card.Map:
		if n, ok := v.Get("emissions"); ok {
			if grams, isNumber := n.(card.Number); !isNumber || grams.Float64() < 0 {
				return "emissions is not a number of grams"
			}
		}
		return ""
	}
	return "co2_eq_emissions is " + kindOf(v) + " where a number of grams or a mapping is wanted"
}

// knownKeys are all the keys that the Hub does something with.
var knownKeys = func() []string {
	names := []string{"model-index", "model_name"}
	for i := range hubKeys {
		names = append(names, hubKeys[i].name)
	}
	for name := range extraKeys {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}()

func findMisspeltKeys(s *subject) []hit {
	var hits []hit
	for _, h := range metadataHits(s, func(e card.Entry) string {
		if len(e.Key) < 4 || slices.Contains(knownKeys, e.Key) || slices.Contains(datasetKeys, e.Key) {
			return ""
		}
		return e.Key
	}) {
		if meant := nearKey(h.message); meant != "" {
			h.message, h.hint = fmt.Sprintf("the Hub does not know the key %q", h.message), fmt.Sprintf("did you mean %q?", meant)
			hits = append(hits, h)
		}
	}
	return hits
}

// nearKey is the known key that differs from a word by its separators, its
// plural or one letter; "" for words that are only alike.
func nearKey(word string) string {
	fold := strings.NewReplacer("_", "", "-", "")
	folded := strings.ToLower(fold.Replace(word))
	for _, known := range knownKeys {
		k := fold.Replace(known)
		if k == folded || k == folded+"s" || k+"s" == folded || len(k) > 4 && oneEdit(k, folded) {
			return known
		}
	}
	return ""
}

// oneEdit tells whether one insertion, deletion, substitution or swap of
// neighbours makes one word of the other.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return len(a)+1 == len(b) && a[i:] == b[i+1:]
	}
	if i == len(a) {
		return false // equal
	}
	swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	return swapped || a[i+1:] == b[i+1:]
}
