package regulation

import (
	"cmp"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// keys are the points of each set, copied from the acts and not from the tables.
var keys = map[string]string{
	"high_risk":  "art_6.2 art_22.1 art_49.1",
	"annex_iv":   "annex_iv.1a annex_iv.1b annex_iv.1c annex_iv.1d annex_iv.1e annex_iv.1f annex_iv.1g annex_iv.1h annex_iv.2a annex_iv.2b annex_iv.2c annex_iv.2d annex_iv.2e annex_iv.2f annex_iv.2g annex_iv.2h annex_iv.3 annex_iv.4 annex_iv.5 annex_iv.6 annex_iv.7 annex_iv.8 annex_iv.9",
	"art_13":     "art_13.3a art_13.3b.i art_13.3b.ii art_13.3b.iii art_13.3b.iv art_13.3b.v art_13.3b.vi art_13.3b.vii art_13.3c art_13.3d art_13.3e art_13.3f",
	"deployer":   "art_26 art_27.1",
	"annex_xi.1": "annex_xi.1.1a annex_xi.1.1b annex_xi.1.1c annex_xi.1.1d annex_xi.1.1e annex_xi.1.1f annex_xi.1.2a annex_xi.1.2b annex_xi.1.2c annex_xi.1.2d annex_xi.1.2e",
	"annex_xi.2": "annex_xi.2.1 annex_xi.2.2 annex_xi.2.3",
	"annex_xii":  "annex_xii.1a annex_xii.1b annex_xii.1c annex_xii.1d annex_xii.1e annex_xii.1f annex_xii.1g annex_xii.1h annex_xii.2a annex_xii.2b annex_xii.2c",
	"art_53":     "art_53.1c art_53.1d",
	"art_54":     "art_54.1",
	"art_50":     "art_50.1 art_50.2",
	"annex_vii":  "annex_vii.1a annex_vii.1b annex_vii.1c annex_vii.1d annex_vii.2a annex_vii.2b annex_vii.2c annex_vii.3 annex_vii.4 annex_vii.5 annex_vii.6 annex_vii.7 annex_vii.8",
	"gdpr":       "art_5.1b art_5.1c art_5.1d art_5.1e art_6.1 art_9.2 art_13.2f art_14.2f art_15.1h art_17 art_21 art_22 art_25 art_28 art_30.1a art_30.1b art_30.1c art_30.1d art_30.1e art_30.1f art_30.1g art_32 art_35.1 art_35.7a art_35.7b art_35.7c art_35.7d art_44",
}

func TestItemsAreThoseOfTheActs(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, act := range Acts() {
		for _, s := range Sets(act) {
			ids := make([]string, len(s.Items))
			for i, item := range s.Items {
				ids[i] = item.ID
			}
			got[s.ID] = strings.Join(ids, " ")
			if len(Items(s.ID)) != len(s.Items) {
				t.Errorf("Items(%q) has %d items", s.ID, len(Items(s.ID)))
			}
		}
	}
	if diff := gocmp.Diff(keys, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if Items("annex_v") != nil {
		t.Error("there are items of a set that there is not")
	}
}

// TestItemsAreWhole holds the tables to what their readers rest on.
func TestItemsAreWhole(t *testing.T) {
	t.Parallel()
	for _, act := range Acts() {
		seen := map[string]bool{}
		for _, s := range Sets(act) {
			if s.Act != act || s.Ref == "" || s.Title == "" || s.Reader == "" || len(s.Dates) == 0 {
				t.Errorf("set %s is not whole: %+v", s.ID, s)
			}
			for _, item := range s.Items {
				for _, unique := range []string{item.ID, item.Ref} {
					if unique == "" || seen[unique] {
						t.Errorf("%s: %q is empty or twice", item.ID, unique)
					}
					seen[unique] = true
				}
				if item.Title == "" || !strings.HasSuffix(item.Asks, ".") || strings.HasSuffix(item.Where, ".") {
					t.Errorf("%s: title %q, asks %q, where %q", item.ID, item.Title, item.Asks, item.Where)
				}
				if strings.Contains(strings.ToLower(item.Asks+item.Title), "compliant") {
					t.Errorf("%s speaks of being compliant", item.ID)
				}
			}
		}
	}
}

// fields lists the pointers that parts name, each once.
func fields() []string {
	var pointers []string
	for _, act := range Acts() {
		for _, s := range Sets(act) {
			for _, item := range s.Items {
				for _, p := range item.Parts {
					pointers = append(pointers, p.Fields...)
				}
			}
		}
	}
	slices.Sort(pointers)
	return slices.Compact(pointers)
}

func TestFieldsAreInTheCard(t *testing.T) {
	t.Parallel()
	pointers := fields()
	for _, act := range Acts() {
		for _, f := range Facts(&card.Card{}, act) {
			pointers = append(pointers, f.Pointer)
		}
	}
	for _, pointer := range pointers {
		if !hasField(reflect.TypeFor[card.Card](), strings.Split(pointer, "/")[1:]) {
			t.Errorf("a card has no %s", pointer)
		}
	}
}

func hasField(t reflect.Type, tokens []string) bool {
	if len(tokens) == 0 {
		return true
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == tokens[0] {
			return hasField(t.Field(i).Type, tokens[1:])
		}
	}
	return false
}

// allAsked is the scope by which all is asked that one card can be asked for.
const allAsked = `{"compliance": {
	"eu_ai_act": {"role": "provider", "risk_class": "high", "gpai": true, "systemic_risk": true},
	"eu_cra": {"role": "manufacturer"},
	"gdpr": {"personal_data": true}}}`

// candidates are values of which one fits any field.
var candidates = []string{
	`"x"`, `1`, `["x"]`, `{"name": "x"}`, `{"a": "x"}`, `[{"name": "x"}]`, `[{"format": "x"}]`, `[{"group_at_risk": "x"}]`,
	`[{"metrics": [{"type": "x", "value": 1}]}]`, `[{"activity": "training", "kwh": 1}]`, `"public/x"`,
}

// fitting are values by pointer that a card can have there.
var fitting = sync.OnceValue(func() map[string]string {
	values := map[string]string{}
	for _, pointer := range fields() {
		for _, value := range candidates {
			document := map[string]any{}
			put(document, "/model/id", `"a/b"`)
			put(document, pointer, value)
			if _, err := readDocument(document); err == nil {
				values[pointer] = value
				break
			}
		}
	}
	return values
})

// cardWith reads a card with the scope allAsked and a value at each pointer;
// answers by key are texts.
func cardWith(t *testing.T, pointers ...string) *card.Card {
	t.Helper()
	document := map[string]any{}
	if err := json.Unmarshal([]byte(allAsked), &document); err != nil {
		t.Fatal(err)
	}
	put(document, "/model/id", `"a/b"`)
	for _, pointer := range pointers {
		value, ok := fitting()[pointer]
		if !ok && !strings.Contains(pointer, "/answers/") {
			t.Fatalf("no value fits %s", pointer)
		}
		put(document, pointer, cmp.Or(value, `"x"`))
	}
	return readCard(t, document)
}

func put(document map[string]any, pointer, value string) {
	tokens := strings.Split(pointer, "/")[1:]
	for _, token := range tokens[:len(tokens)-1] {
		next, ok := document[token].(map[string]any)
		if !ok {
			next = map[string]any{}
			document[token] = next
		}
		document = next
	}
	document[tokens[len(tokens)-1]] = json.RawMessage(value)
}

func readDocument(document map[string]any) (*card.Document, error) {
	src, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return card.ReadJSON(src)
}

func readCard(t *testing.T, document map[string]any) *card.Card {
	t.Helper()
	doc, err := readDocument(document)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card
}

func readYAML(t *testing.T, src string) *card.Card {
	t.Helper()
	doc, err := card.ReadYAML([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card
}

// statuses are the statuses of the items of all acts, by act and id.
func statuses(c *card.Card) map[string]Status {
	found := map[string]Status{}
	for _, act := range Acts() {
		for _, a := range Answers(c, act) {
			found[string(act)+" "+a.Item.ID] = a.Status
		}
	}
	return found
}

// A field answers the items that name it, and no other.
func TestAFieldIsEvidenceForItsItemsAlone(t *testing.T) {
	t.Parallel()
	for _, pointer := range fields() {
		c := cardWith(t, pointer)
		for _, act := range Acts() {
			for _, a := range Answers(c, act) {
				names := slices.ContainsFunc(a.Item.Parts, func(p Part) bool { return slices.Contains(p.Fields, pointer) })
				shows := slices.ContainsFunc(a.Evidence, func(e Evidence) bool { return e.Pointer == pointer })
				if shows != (names && a.Scope.Asked == Yes) {
					t.Errorf("%s as evidence of %s: %v", pointer, a.Item.ID, shows)
				}
			}
		}
	}
}

// With one field for each part, to take one away opens exactly the items that
// rest on it.
func TestRemovingAFieldOpensItsItems(t *testing.T) {
	t.Parallel()
	var firsts []string
	for _, act := range Acts() {
		for _, s := range Sets(act) {
			for _, item := range s.Items {
				for _, p := range item.Parts {
					if len(p.Fields) > 0 {
						firsts = append(firsts, p.Fields[0])
					}
				}
			}
		}
	}
	slices.Sort(firsts)
	firsts = slices.Compact(firsts)
	full := statuses(cardWith(t, firsts...))
	for i, pointer := range firsts {
		if pointer == "/model/id" {
			continue // no card without it
		}
		rest := slices.Delete(slices.Clone(firsts), i, i+1)
		without := statuses(cardWith(t, rest...))
		for _, act := range Acts() {
			for _, s := range Sets(act) {
				for _, item := range s.Items {
					key := string(act) + " " + item.ID
					rests := slices.ContainsFunc(item.Parts, func(p Part) bool { return !p.Optional && restsOn(p, pointer, rest) })
					want := full[key]
					if rests && want != NotAsked {
						want = Partial
						if onlyPart(item, rest) {
							want = Missing
						}
					}
					if without[key] != want {
						t.Errorf("without %s, %s is %s, want %s", pointer, key, without[key], want)
					}
				}
			}
		}
	}
}

// restsOn tells whether a part has no field but one among what a card has.
func restsOn(p Part, pointer string, rest []string) bool {
	return slices.Contains(p.Fields, pointer) && !slices.ContainsFunc(p.Fields, func(f string) bool { return slices.Contains(rest, f) })
}

// onlyPart tells whether nothing of an item is left.
func onlyPart(item Item, rest []string) bool {
	return !slices.ContainsFunc(item.Parts, func(p Part) bool {
		return slices.ContainsFunc(p.Fields, func(f string) bool { return slices.Contains(rest, f) })
	})
}

// With an answer to each item, to take one away makes exactly that one missing.
func TestRemovingAnAnswerMakesItMissing(t *testing.T) {
	t.Parallel()
	var answers []string
	for _, act := range Acts() {
		for _, s := range Sets(act) {
			for _, item := range s.Items {
				answers = append(answers, s.Pointer(item))
			}
		}
	}
	full := statuses(cardWith(t, answers...))
	for i, pointer := range answers {
		token := pointer[strings.LastIndexByte(pointer, '/')+1:]
		key := strings.Split(pointer, "/")[2] + " " + token
		want := map[string]Status{}
		for k, status := range full {
			want[k] = status
			if status != Given && status != NotAsked {
				t.Fatalf("with all answers, %s is %s", k, status)
			}
		}
		switch {
		case full[key] == NotAsked:
		case token == "annex_vii.1d": // the card's id is part of it
			want[key] = Partial
		default:
			want[key] = Missing
		}
		got := statuses(cardWith(t, slices.Delete(slices.Clone(answers), i, i+1)...))
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("without %s (-want +got):\n%s", pointer, diff)
		}
	}
}
