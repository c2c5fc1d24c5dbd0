package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

var hubLanguageRules = []Rule{
	{ID: "huggingface/language", Severity: Error, Fixable: true, Reference: hubSpec + ", language; ISO 639-1, 639-2, 639-3",
		Title: "language is an ISO 639 code in lower case, code or multilingual",
		Hint:  "write the code of two or three letters; a BCP 47 tag has its place in language_bcp47",
		Bad:   "model: {name: Example, language: [en, zh-CN]}\n", Good: "model: {name: Example, language: [en, zh]}\n",
		find: eachText("language", wantLanguage)},
	{ID: "huggingface/language-missing", Severity: Info,
		Title: "the card names its language", Hint: "add language: en, or whichever; leave it out for models without text",
		Fields: []string{"/model/language"}, Good: "model: {name: Example, language: en}\n",
		find: func(s *subject) []hit {
			if s.has("/model/language") || len(s.items("language")) > 0 {
				return nil
			}
			return []hit{{pointer: "/model/language", message: "missing: language"}}
		}},
}

// special are the values of language that are no language.
var special = []string{"code", "multilingual"}

// added are codes of ISO 639-3 that are younger than the IANA registry that
// golang.org/x/text has.
var added = []string{"cls", "hnm", "isv", "luh", "oak", "rrm", "sjc", "vsn", "ynb"}

var languageCode = regexp.MustCompile(`^[a-z]{2,3}$`)

// isLanguage tells whether a text is a code of ISO 639-1, 639-2 or 639-3, by
// the IANA language subtag registry in golang.org/x/text.
func isLanguage(code string) bool {
	if !languageCode.MatchString(code) {
		return false
	}
	_, err := language.ParseBase(code)
	return err == nil || slices.Contains(added, code)
}

func wantLanguage(_ *subject, text, pointer string) *hit {
	if isLanguage(text) || slices.Contains(special, text) {
		return nil
	}
	h := &hit{message: fmt.Sprintf("language %q is no ISO 639 code", text)}
	if meant := meantLanguage(text); meant != "" {
		h.hint, h.fix = "write "+meant, setTo(pointer, meant)
	}
	return h
}

// meantLanguage is the code for a language that is written as a name or as a
// BCP 47 tag, or "".
func meantLanguage(text string) string {
	folded := strings.ToLower(strings.TrimSpace(text))
	if code, ok := languageNames()[folded]; ok {
		return code
	}
	base, _, _ := strings.Cut(strings.ReplaceAll(folded, "_", "-"), "-")
	if base != folded && isLanguage(base) || isLanguage(folded) {
		return base
	}
	if slices.Contains(special, folded) {
		return folded
	}
	return ""
}

// languageNames are the English names of the languages of ISO 639-1, from CLDR.
var languageNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{"bengali": "bn", "norwegian": "no", "oriya": "or"}
	namer := display.English.Languages()
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			base, err := language.ParseBase(string([]rune{a, b}))
			if err != nil {
				continue
			}
			name := strings.ToLower(namer.Name(base))
			if current, taken := names[name]; name != "" && (!taken || base.String() == canonicalBase(current)) {
				names[name] = base.String()
			}
		}
	}
	return names
})

// canonicalBase is the code that replaces a withdrawn one, such as he for iw.
func canonicalBase(code string) string {
	tag, err := language.All.Canonicalize(language.Make(code))
	if err != nil {
		return code
	}
	base, _ := tag.Base()
	return base.String()
}
