package render

import (
	"slices"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// key is one key of the Hub's metadata specification that a card has a field
// for. The keys stand in the order in which huggingface_hub's ModelCardData
// writes them; model-index always comes last.
type key struct {
	name    string
	pointer string
	get     func(c *card.Card) any             // nil where the card has no value
	set     func(c *card.Card, value any) bool // false where the value does not fit
}

var keys = []key{
	{"base_model", "/model/base_model", func(c *card.Card) any { return oneOrMany(c.Model.BaseModel) },
		func(c *card.Card, v any) bool { return setOneOrMany(&c.Model.BaseModel, v) }},
	{"datasets", "/training/datasets", getDatasets, setDatasets},
	{"language", "/model/language", func(c *card.Card) any { return oneOrMany(c.Model.Language) },
		func(c *card.Card, v any) bool { return setOneOrMany(&c.Model.Language, v) }},
	textKey("library_name", "/model/library_name", func(c *card.Card) *string { return &c.Model.LibraryName }),
	textKey("license", "/model/license", func(c *card.Card) *string { return &c.Model.License }),
	textKey("license_name", "/model/license_name", func(c *card.Card) *string { return &c.Model.LicenseName }),
	textKey("license_link", "/model/license_link", func(c *card.Card) *string { return &c.Model.LicenseLink }),
	listKey("metrics", "/evaluation/metrics", func(c *card.Card) *[]string { return &c.Evaluation.Metrics }),
	{modelNameKey, "/model/name", getModelName, setModelName},
	textKey("pipeline_tag", "/model/pipeline_tag", func(c *card.Card) *string { return &c.Model.PipelineTag }),
	listKey(tagsKey, "/model/tags", func(c *card.Card) *[]string { return &c.Model.Tags }),
	textKey("base_model_relation", "/model/base_model_relation", func(c *card.Card) *string { return &c.Model.BaseModelRelation }),
	textKey("new_version", "/model/new_version", func(c *card.Card) *string { return &c.Model.NewVersion }),
	{"co2_eq_emissions", "/environment/co2_eq_emissions", getEmissions, setEmissions},
}

// Keys that huggingface_hub treats in a way of their own.
const (
	modelIndexKey = "model-index"
	modelNameKey  = "model_name"
	tagsKey       = "tags"
)

func textKey(name, pointer string, field func(c *card.Card) *string) key {
	return key{name, pointer,
		func(c *card.Card) any {
			if s := *field(c); s != "" {
				return s
			}
			return nil
		},
		func(c *card.Card, v any) bool {
			s, ok := lineOf(v)
			if ok {
				*field(c) = s
			}
			return ok
		},
	}
}

func listKey(name, pointer string, field func(c *card.Card) *[]string) key {
	return key{name, pointer,
		func(c *card.Card) any {
			if list := *field(c); len(list) > 0 {
				return anyList(list)
			}
			return nil
		},
		func(c *card.Card, v any) bool {
			list, ok := linesOf(v)
			if ok {
				*field(c) = list
			}
			return ok
		},
	}
}

// frontMatter is the metadata of a card in the order in which it is written:
// where metadata fixes the place of a key, there; otherwise known keys in
// huggingface_hub's order, then the free keys, then model-index.
func frontMatter(c *card.Card) *card.Map {
	c = forHub(c)
	index := hubModelIndex(c)
	known := knownKeys(c)
	out := &card.Map{}
	for _, e := range known.Entries {
		if _, placed := c.Metadata.Get(e.Key); !placed {
			out.Entries = append(out.Entries, e)
		}
	}
	for _, e := range entriesOf(c.Metadata) {
		if v, ok := known.Get(e.Key); ok {
			out.Set(e.Key, v)
		} else if e.Value != nil && e.Key != modelIndexKey {
			out.Set(e.Key, e.Value)
		}
	}
	if index != nil { // it has the name
		out.Entries = slices.DeleteFunc(out.Entries, func(e card.Entry) bool { return e.Key == modelNameKey })
	}
	if tags, ok := out.Get(tagsKey); ok {
		out.Set(tagsKey, uniqueTags(tags))
	}
	if index != nil {
		out.Set(modelIndexKey, index) // and comes last
	}
	return shareAliases(out, c.MetadataAliases)
}

// knownKeys are the keys that the card has fields for.
func knownKeys(c *card.Card) *card.Map {
	known := &card.Map{}
	for _, k := range keys {
		if v := k.get(c); v != nil {
			known.Set(k.name, v)
		}
	}
	return known
}

// hubModelIndex is the model-index as it is written, or nil: that of the card's
// results or, where metadata has one of the same results, that one, which has
// what the fields of a result do not hold, such as a number for a name.
func hubModelIndex(c *card.Card) any {
	index := modelIndex(c)
	raw, ok := c.Metadata.Get(modelIndexKey)
	if !ok || raw == nil {
		return index
	}
	spelled, ok := hubIndex(raw)
	switch {
	case !ok && index == nil:
		return raw // written by hand, for checks to talk about
	case ok && (index == nil || same(index, modelIndex(readSpelled(raw, c)))):
		return spelled
	}
	return index
}

// readSpelled is a card with the results of a model-index. Its name is that of
// the card where the index has none to read.
func readSpelled(raw any, of *card.Card) *card.Card {
	c := &card.Card{Evaluation: &card.Evaluation{}}
	(&indexReader{card: c}).read(copyFree(raw))
	_ = c.Normalize() // as a card is that was read; whether it has a name is not asked
	c.Model.Name = firstOf(c.Model.Name, firstOf(of.Model.Name, of.Model.ID))
	return forHub(c)
}

func oneOrMany(o card.OneOrMany) any {
	switch {
	case o.IsZero():
		return nil
	case o.Single:
		return o.Values[0]
	}
	return anyList(o.Values)
}

func setOneOrMany(field *card.OneOrMany, v any) bool {
	if s, ok := lineOf(v); ok {
		*field = card.One(s)
		return true
	}
	list, ok := linesOf(v)
	if ok {
		*field = card.Many(list...)
	}
	return ok
}

func getDatasets(c *card.Card) any {
	var ids []any
	for _, d := range c.Training.Datasets {
		if d.ID != "" {
			ids = append(ids, d.ID)
		}
	}
	if ids == nil {
		return nil
	}
	return ids
}

func setDatasets(c *card.Card, v any) bool {
	ids, ok := linesOf(v)
	if !ok {
		return false
	}
	for _, id := range ids {
		c.Training.Datasets = append(c.Training.Datasets, card.Dataset{ID: id})
	}
	return true
}

// getModelName is the name, where the heading has another one or metadata
// fixes a place for it, but has no value of its own.
func getModelName(c *card.Card) any {
	own, placed := c.Metadata.Get(modelNameKey)
	if c.Model.Name == "" || own != nil || !placed && !hasOtherTitle(c) {
		return nil
	}
	return c.Model.Name
}

func hasOtherTitle(c *card.Card) bool { return c.Model.Title != "" && c.Model.Title != c.Model.Name }

func setModelName(c *card.Card, v any) bool {
	s, ok := lineOf(v)
	if ok {
		c.Model.Name = s
	}
	return ok
}

func getEmissions(c *card.Card) any {
	e := c.Environment.CO2
	switch {
	case e == nil:
		return nil
	case e.Plain:
		return e.Grams
	}
	m := &card.Map{}
	if e.Grams != "" {
		m.Set("emissions", e.Grams)
	}
	for _, field := range emissionTexts(e) {
		if *field.value != "" {
			m.Set(field.name, *field.value)
		}
	}
	return m
}

type namedText struct {
	name  string
	value *string
}

func emissionTexts(e *card.Emissions) []namedText {
	return []namedText{
		{"source", &e.Source}, {"training_type", &e.TrainingType},
		{"geographical_location", &e.Location}, {"hardware_used", &e.Hardware},
	}
}

// setEmissions takes a number of grams or the specified mapping in the
// specified order; anything else stays in metadata as it is.
func setEmissions(c *card.Card, v any) bool {
	e := &card.Emissions{}
	switch v := v.(type) {
	case card.Number:
		e.Plain, e.Grams = true, v
	case *card.Map:
		e.Grams, _ = card.AsNumber(first(v.Get("emissions")))
		for _, field := range emissionTexts(e) {
			if s, ok := lineOf(first(v.Get(field.name))); ok {
				*field.value = s
			}
		}
	}
	c.Environment.CO2 = e
	if *e != (card.Emissions{}) && same(getEmissions(c), v) && (e.Grams == "" || e.Grams.Float64() >= 0) {
		return true
	}
	c.Environment.CO2 = nil
	return false
}

func first(v any, _ bool) any { return v }

// same tells whether two free values are written alike.
func same(a, b any) bool { return string(card.AppendPlain(nil, a)) == string(card.AppendPlain(nil, b)) }

// lineOf is a value as a line of text, if it is one and nothing of it would be
// lost.
func lineOf(v any) (string, bool) {
	s, ok := v.(string)
	return s, ok && s != "" && s == oneLine(s)
}

func linesOf(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, false
	}
	lines := make([]string, len(list))
	for i, item := range list {
		if lines[i], ok = lineOf(item); !ok {
			return nil, false
		}
	}
	return lines, true
}

func anyList(values []string) []any {
	list := make([]any, len(values))
	for i, s := range values {
		list[i] = s
	}
	return list
}

func entriesOf(m *card.Map) []card.Entry {
	if m == nil {
		return nil
	}
	return m.Entries
}
