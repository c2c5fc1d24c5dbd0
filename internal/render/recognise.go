package render

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// recogniser is a format of JSON documents that is known by its content.
type recogniser struct {
	// marks are keys, one of which such a document has. They are looked for in
	// the bytes first, so that a card document costs no second parser.
	marks []string
	// knows decides by the members of the document.
	knows func(members map[string]json.RawMessage) bool
	read  func(src []byte, id string) (*card.Document, []Loss, error)
}

// recognisers are asked in this order; what none knows is a card document.
var recognisers = []recogniser{
	{googleMarks, knowsGoogle, ReadGoogle},
	{[]string{"bomFormat"}, knowsCycloneDX, readCycloneDX},
}

// recognise finds the reader of a JSON document, nil for a card document.
func recognise(src []byte) func(src []byte, id string) (*card.Document, []Loss, error) {
	for _, r := range recognisers {
		if marked(src, r.marks) && r.knows(membersOf(src)) {
			return r.read
		}
	}
	return nil
}

func marked(src []byte, marks []string) bool {
	return slices.ContainsFunc(marks, func(key string) bool { return bytes.Contains(src, []byte(`"`+key+`"`)) })
}

// membersOf are the members of a JSON object, none where the document is not
// one; its reader says then what is wrong.
func membersOf(src []byte) map[string]json.RawMessage {
	if len(src) > card.MaxDocument {
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(src, []byte("\uFEFF")), &members); err != nil {
		return nil
	}
	return members
}

var googleMarks = []string{"model_details", "model_parameters", "quantitative_analysis", "schema_version"}

// knowsGoogle recognises the Model Card Toolkit by the keys that a card
// document has not, or, where a document has only those that both have, by a
// version of its schema.
func knowsGoogle(members map[string]json.RawMessage) bool {
	for _, key := range googleMarks[:3] {
		if _, ok := members[key]; ok {
			return true
		}
	}
	var version string
	err := json.Unmarshal(members["schema_version"], &version)
	return err == nil && slices.Contains(googleVersions, version)
}
