package pyyaml_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render/pyyaml"
)

// corpusCase is a line of the corpus: a value and what PyYAML and
// huggingface_hub made of it. The end-to-end test of test/peers/pyyaml writes
// and checks the file.
type corpusCase struct {
	FrontMatter bool            `json:"front_matter"`
	LineBreak   string          `json:"line_break"`
	Value       json.RawMessage `json:"value"`
	YAML        string          `json:"yaml"`
}

func TestCorpus(t *testing.T) {
	t.Parallel()
	cases := readCorpus(t)
	if len(cases) < 300 {
		t.Fatalf("the corpus has %d cases only", len(cases))
	}
	for i, c := range cases {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			v := decode(t, c.Value)
			if c.FrontMatter {
				same(t, c.YAML, pyyaml.AppendFrontMatter(nil, v.(*card.Map), c.LineBreak))
			} else {
				same(t, c.YAML, pyyaml.Append(nil, v, c.LineBreak))
			}
		})
	}
}

func readCorpus(t *testing.T) []corpusCase {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "corpus.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []corpusCase
	decoder := json.NewDecoder(bufio.NewReader(f))
	for decoder.More() {
		var c corpusCase
		if err := decoder.Decode(&c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// decode reads JSON as a free value, keys in their order.
func decode(t *testing.T, src json.RawMessage) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(src)))
	decoder.UseNumber()
	return decodeValue(t, decoder)
}

func decodeValue(t *testing.T, decoder *json.Decoder) any {
	t.Helper()
	switch token := next(t, decoder).(type) {
	case json.Number:
		n, err := card.ParseNumber(token.String())
		if err != nil {
			t.Fatal(err)
		}
		return n
	case json.Delim:
		defer next(t, decoder) // the other end
		if token == '{' {
			return decodeMap(t, decoder)
		}
		items := []any{}
		for decoder.More() {
			items = append(items, decodeValue(t, decoder))
		}
		return items
	default:
		return token
	}
}

func decodeMap(t *testing.T, decoder *json.Decoder) *card.Map {
	t.Helper()
	m := &card.Map{}
	for decoder.More() {
		key := fmt.Sprint(next(t, decoder))
		m.Set(key, decodeValue(t, decoder))
	}
	return m
}

func next(t *testing.T, decoder *json.Decoder) json.Token {
	t.Helper()
	token, err := decoder.Token()
	if err != nil {
		t.Fatal(err)
	}
	return token
}
