package check

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/check/secrets"
)

// secretsPack finds what must not be published. It looks at the text of the
// document, comments and all, where that is known, and at the card otherwise.
var secretsPack = Pack{
	Name: "secrets", Title: "Secrets and personal data", Default: true,
	About:     "Keys, tokens, private keys and passwords anywhere in the document; e-mail addresses and telephone numbers where nobody is to be reached. What is found is never shown in full.",
	Reference: "the rules of gitleaks " + secrets.GitleaksVersion + ", and of mcg",
	Rules: []Rule{
		{ID: "secrets/key", Severity: Error,
			Title: "no key, token, private key or password is in the document", Hint: "revoke it, then take it out: whoever had the file has it",
			Bad:  smallest + "training: {data: \"Read from postgres://mcg:hunter22@db.acme.com/reviews.\"}\n",
			Good: smallest + "training: {data: \"Read from postgres://db.acme.com/reviews; the tokenizer is at commit 3f1c9b6.\"}\n",
			find: findKeys},
		{ID: "secrets/email", Severity: Warning, Reference: "GDPR, Art. 5(1)(c)",
			Title: "e-mail addresses stand where somebody is to be reached", Hint: "move it to contact or citation, or take it out",
			Bad:  smallest + "training: {data: \"Letters, such as one by jane.roe@acme.com.\"}\n",
			Good: smallest + "training: {data: Letters to the editor.}\ncontact: {contact: jane.roe@acme.com}\n",
			find: func(s *subject) []hit { return findPersonal(s, secrets.RuleEmail) }},
		{ID: "secrets/phone", Severity: Warning, Reference: "GDPR, Art. 5(1)(c)",
			Title: "telephone numbers stand where somebody is to be reached", Hint: "move it to contact, or take it out",
			Bad:  smallest + "evaluation: {testing_data: \"Calls, such as one from +49 30 9999 1234.\"}\n",
			Good: smallest + "evaluation: {testing_data: Calls to 4 offices in 2024.}\n",
			find: func(s *subject) []hit { return findPersonal(s, secrets.RulePhone) }},
	},
}

func findKeys(s *subject) []hit {
	found := look(s, secrets.Scan)
	hits := make([]hit, len(found))
	for i, f := range found {
		hits[i] = f.hit()
	}
	return hits
}

func findPersonal(s *subject, rule string) []hit {
	var hits []hit
	for _, f := range lookForPeople(s) {
		if f.RuleID == rule && f.pointer != "" && !mayReach(s.Card, f.pointer) && !speaksOfPeople(f.text, f.Start) {
			hits = append(hits, f.hit())
		}
	}
	return hits
}

// lookForPeople looks once for the rules that ask.
func lookForPeople(s *subject) []found {
	if !s.sought {
		s.people, s.sought = look(s, secrets.Personal), true
	}
	return s.people
}

// found is a finding with the text that it is in, and the field.
type found struct {
	secrets.Finding
	text    []byte
	source  bool // the text is the document's own
	pointer string
}

func (f *found) secret() string { return string(f.text[f.Start:f.End]) }

// isIn tells whether another finding is of the same secret.
func (f *found) isIn(other found) bool {
	return strings.Contains(other.secret(), f.secret()) || other.RuleID == f.RuleID && other.pointer == f.pointer
}

// hit is the place of a finding: by line where the text is the document's own.
func (f *found) hit() hit {
	h := hit{message: strings.TrimSuffix(f.Description, ".") + ": " + f.Redacted, pointer: f.pointer, secret: f.secret()}
	if f.source {
		h.line, h.column = f.Line, f.Column
	}
	return h
}

// look searches the text of the document, with its comments, and what the card
// makes of it where that may be more: where the text has escapes or brackets,
// in or before which a key is not seen for one.
func look(s *subject, search func([]byte) []secrets.Finding) []found {
	var source []byte
	if s.doc != nil {
		source = s.doc.Source
	}
	if len(source) == 0 || json.Valid(source) {
		return lookAtCard(flatten(s.Card), search)
	}
	flat := sync.OnceValue(func() *flatText { return flatten(s.Card) })
	var all []found
	for _, f := range search(source) {
		one := found{Finding: f, text: source, source: true}
		one.pointer = flat().pointerOf(one.secret())
		all = append(all, one)
	}
	if !mayHide(structured(source)) {
		return all
	}
	for _, f := range lookAtCard(flat(), search) {
		if slices.ContainsFunc(all, f.isIn) {
			continue
		}
		all = slices.DeleteFunc(all, func(o found) bool { // the same, with its escapes
			return o.RuleID == f.RuleID && o.pointer == "" && strings.Contains(o.secret(), "\\")
		})
		all = append(all, f)
	}
	return all
}

func lookAtCard(flat *flatText, search func([]byte) []secrets.Finding) []found {
	text := []byte(flat.String())
	var all []found
	for _, f := range search(text) {
		all = append(all, found{Finding: f, text: text, pointer: flat.pointerAt(f.Start)})
	}
	return all
}

// shortestKey is the least length of a text that could be a key.
const shortestKey = 12

// mayHide tells YAML in which a key may not be seen for one: it has escapes, or
// a bracket or comma right after something as long as a key.
func mayHide(text []byte) bool {
	run := 0
	for _, c := range text {
		switch {
		case c == '\\':
			return true
		case c == '}' || c == ']' || c == ',':
			if run >= shortestKey {
				return true
			}
			run = 0
		case c <= ' ':
			run = 0
		default:
			run++
		}
	}
	return false
}

// structured is the part of a document that is YAML.
func structured(source []byte) []byte {
	if front, _, _, ok := card.SplitFrontMatter(source); ok {
		return front
	}
	return source
}

// peopleFields are fields that say whom to reach or to name.
var peopleFields = regexp.MustCompile(`^/(?:contact|citation|sources)(?:/|$)|^/model/(?:developers|funded_by|shared_by|owners|license|license_name|license_link|license_text|references|repository|paper|demo|documentation)(?:/|$)|/(?:contact|owners|custodians|stewards|providers)(?:/|$)`)

// peopleWords begin what says whom to reach or to name, in a heading or in the
// text before.
var peopleWords = regexp.MustCompile(`(?i)contact|e-?mail|author|maintain|citation|cite|credit|acknowledg|team|licen[cs]e|support|question|feedback|reach|report`)

// mayReach tells whether a field is one for persons.
func mayReach(c *card.Card, pointer string) bool {
	if peopleFields.MatchString(pointer) {
		return true
	}
	rest, ok := strings.CutPrefix(pointer, "/sections/")
	if !ok {
		return false
	}
	index, _, _ := strings.Cut(rest, "/")
	for i := range c.Sections {
		if itoa(i) == index {
			return peopleWords.MatchString(c.Sections[i].Title)
		}
	}
	return false
}

// before is how far back a word that explains an address is looked for, in bytes.
const before = 400

// speaksOfPeople tells whether the text before a place says that somebody is
// to be reached or named, back to the heading that it stands under.
func speaksOfPeople(text []byte, at int) bool {
	start := max(at-before, 0)
	return peopleWords.Match(text[start:at])
}

// flatText is all of a card on lines of "key: value", with the pointer of each
// value. Keys are in it because they say what a value is: forty hexadecimal
// digits are a commit, or a key of Weights & Biases.
type flatText struct {
	strings.Builder
	spans []span
}

type span struct {
	start   int
	pointer string
}

func flatten(c *card.Card) *flatText {
	f := &flatText{}
	tree := c.Tree()
	if c.Metadata.Len() > 0 {
		tree.Set("metadata", c.Metadata)
	}
	f.walk("", tree)
	return f
}

func (f *flatText) walk(pointer string, v any) {
	switch v := v.(type) {
	case *card.Map:
		for _, e := range v.Entries {
			f.spans = append(f.spans, span{f.Len(), pointer + card.Pointer(e.Key)})
			_, _ = f.WriteString(e.Key + ": ")
			f.walk(pointer+card.Pointer(e.Key), e.Value)
		}
	case []any:
		for i, item := range v {
			f.spans = append(f.spans, span{f.Len(), pointer + "/" + itoa(i)})
			f.walk(pointer+"/"+itoa(i), item)
		}
	default:
		_, _ = f.WriteString(card.Text(v) + "\n")
	}
}

// pointerAt is the pointer of the value at an offset.
func (f *flatText) pointerAt(offset int) string {
	i, found := slices.BinarySearchFunc(f.spans, offset, func(s span, at int) int { return s.start - at })
	if !found {
		i--
	}
	if i < 0 {
		return ""
	}
	return f.spans[i].pointer
}

// pointerOf is the pointer of the first value that has a text in it; "" where
// none has, as a comment. Lines after the first may be indented in the document.
func (f *flatText) pointerOf(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	at := strings.Index(f.String(), first)
	if at < 0 {
		return ""
	}
	return f.pointerAt(at)
}

// hideSecrets keeps what was found out of the messages of every rule, which
// may quote the document.
func (r *Result) hideSecrets() {
	var pairs []string
	for _, secret := range r.secrets {
		quoted := strconv.Quote(secret)
		pairs = append(pairs, secret, secrets.Redact(secret), quoted[1:len(quoted)-1], secrets.Redact(secret))
	}
	if len(pairs) == 0 {
		return
	}
	hide := strings.NewReplacer(pairs...)
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Message, f.Hint, f.Pointer = hide.Replace(f.Message), hide.Replace(f.Hint), hide.Replace(f.Pointer)
	}
}
