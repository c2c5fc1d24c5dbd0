package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

const hubSpec = "Hugging Face Hub, model card metadata (modelcard.md)"

// huggingFacePack holds a card to the Hub's metadata specification without
// asking the Hub. Errors are what the Hub refuses.
var huggingFacePack = Pack{
	Name: "huggingface", Title: "Hugging Face Hub metadata", Default: true,
	About:     "What the Hugging Face Hub makes of the metadata when the card is pushed: errors are what it refuses, warnings what it cannot use, infos what it would like to have.",
	Reference: hubSpec,
	Rules: slices.Concat(hubLicenseRules, hubLanguageRules, hubKeyRules, hubListRules, hubModelRules, hubTaskRules,
		[]Rule{modelIndexRule}, hubResultRules),
}

// hubKey is a key of the Hub's metadata that a card has a field for.
type hubKey struct {
	name, pointer string
	list          bool // takes a list of texts
	text          bool // takes a text
}

var hubKeys = []hubKey{
	{"language", "/model/language", true, true},
	{"license", "/model/license", false, true},
	{"license_name", "/model/license_name", false, true},
	{"license_link", "/model/license_link", false, true},
	{"library_name", "/model/library_name", false, true},
	{"tags", "/model/tags", true, false},
	{"datasets", "/training/datasets", true, false},
	{"metrics", "/evaluation/metrics", true, false},
	{"base_model", "/model/base_model", true, true},
	{"base_model_relation", "/model/base_model_relation", false, true},
	{"new_version", "/model/new_version", false, true},
	{"pipeline_tag", "/model/pipeline_tag", false, true},
	{"buckets", "/metadata/buckets", true, false},
}

// item is one value of a key with its pointer.
type item struct {
	pointer string
	value   any
}

// raw is the free keys of the metadata, all of them as they were written where
// the document has front matter: a field may hold less than that.
func (s *subject) raw() *card.Map {
	if front := s.doc.FrontMatter(); front != nil {
		return front
	}
	return s.Metadata
}

// items lists the values of a key: of its field, or as they stand in metadata
// where they do not fit the field. Lists are taken apart.
func (s *subject) items(name string) []item {
	at := card.Pointer("metadata", name)
	if k := keyOf(name); k != nil {
		if s.doc.FrontMatter() == nil {
			if found := s.fieldItems(k); len(found) > 0 {
				return found
			}
		}
		at = k.pointer
	}
	raw, _ := s.raw().Get(name)
	list, isList := raw.([]any)
	switch {
	case isList:
		items := make([]item, len(list))
		for i, v := range list {
			items[i] = item{at + "/" + itoa(i), v}
		}
		return items
	case raw != nil:
		return []item{{at, raw}}
	}
	return nil
}

func (s *subject) fieldItems(k *hubKey) []item {
	if k.name == "datasets" {
		return s.datasetItems()
	}
	if strings.HasPrefix(k.pointer, "/metadata/") {
		return nil
	}
	v, ok := s.value(k.pointer)
	if !ok {
		return nil
	}
	switch v := v.Interface().(type) {
	case string:
		if v != "" {
			return []item{{k.pointer, v}}
		}
	case []string:
		return textItems(k.pointer, v)
	case card.OneOrMany:
		if v.Single {
			return []item{{k.pointer, v.Values[0]}}
		}
		return textItems(k.pointer, v.Values)
	}
	return nil
}

func (s *subject) datasetItems() []item {
	if s.Training == nil {
		return nil
	}
	var items []item
	for i := range s.Training.Datasets {
		if id := s.Training.Datasets[i].ID; id != "" {
			items = append(items, item{"/training/datasets/" + itoa(i) + "/id", id})
		}
	}
	return items
}

func textItems(pointer string, values []string) []item {
	items := make([]item, len(values))
	for i, v := range values {
		items[i] = item{pointer + "/" + itoa(i), v}
	}
	return items
}

// eachText looks at every text among the values of a key.
func eachText(name string, look func(s *subject, text, pointer string) *hit) func(*subject) []hit {
	return func(s *subject) []hit {
		var hits []hit
		for _, it := range s.items(name) {
			text, ok := it.value.(string)
			if !ok {
				continue
			}
			if h := look(s, text, it.pointer); h != nil {
				h.pointer = it.pointer
				hits = append(hits, *h)
			}
		}
		return hits
	}
}

// hubID is an identifier of a repository on the Hub, with or without its
// namespace.
var hubID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?$`)

func isHubID(id string) bool {
	return hubID.MatchString(id) && !strings.Contains(id, "--") && !strings.Contains(id, "..") && !strings.HasSuffix(id, ".git")
}

// wantID refuses what is no identifier on the Hub. A link to it is mended.
func wantID(what string) func(*subject, string, string) *hit {
	return func(_ *subject, id, pointer string) *hit {
		if isHubID(id) {
			return nil
		}
		h := &hit{message: fmt.Sprintf("%q is no id of a %s on the Hub", id, what)}
		if linked := idOfLink(id); linked != "" {
			h.hint, h.fix = "write the id alone: "+linked, setTo(pointer, linked)
		}
		return h
	}
}

// idOfLink is the identifier in a link to the Hub, or "".
func idOfLink(link string) string {
	for _, prefix := range []string{"https://huggingface.co/", "http://huggingface.co/", "https://hf.co/", "huggingface.co/"} {
		rest, ok := strings.CutPrefix(link, prefix)
		if !ok {
			continue
		}
		rest = strings.Trim(strings.TrimPrefix(rest, "datasets/"), "/")
		if isHubID(rest) {
			return rest
		}
	}
	return ""
}
