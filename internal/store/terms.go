package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of what is indexed of one card and asked for by one query.
const (
	maxTerm      = 64     // bytes of one word; the rest of a longer one is cut
	maxCardTerms = 10_000 // words of one card
	maxTerms     = 32     // words of one query
)

// unspaced are the scripts written without spaces between words: each of their
// characters is a term of its own.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// Terms splits a search query into the words that all have to be found: runs of
// letters, digits and marks, compatibility-normalised (NFKC) and in lower case.
// Symbols such as emoji and the characters of scripts without spaces count as
// words; anything else, so every operator of every engine, only separates.
//
// The engines index and find exactly these words, by no tokenizer of their own,
// so that both find the same cards and no input can be a syntax error.
func Terms(query string) []string {
	return Distinct(terms(query, maxTerms))
}

// SearchText is what a card is found by, as words separated by spaces, in order
// of weight: who it is, how it is labelled, what it says.
type SearchText struct {
	Identity string
	Labels   string
	Body     string
}

// SearchText returns the words that the draft's card is found by.
func (d Draft) SearchText(id ID) SearchText {
	labels := append([]string{d.License, d.Task, d.Library}, d.Tags...)
	join := func(parts ...string) string {
		return strings.Join(terms(strings.Join(parts, " "), maxCardTerms), " ")
	}
	return SearchText{Identity: join(id.Namespace, id.Name, d.Title), Labels: join(labels...), Body: join(d.Text)}
}

func terms(s string, limit int) []string {
	s = strings.ToLower(norm.NFKC.String(s))
	var found []string
	start := -1
	flush := func(end int) {
		if start >= 0 {
			found = append(found, shorten(s[start:end]))
			start = -1
		}
	}
	for i, r := range s {
		if len(found) >= limit {
			return found[:limit]
		}
		switch {
		case unicode.Is(unicode.So, r) || unicode.In(r, unspaced...):
			flush(i)
			found = append(found, string(r))
		case unicode.IsLetter(r) || unicode.IsNumber(r) || (start >= 0 && unicode.IsMark(r)):
			if start < 0 {
				start = i
			}
		default:
			flush(i)
		}
	}
	flush(len(s))
	return found[:min(len(found), limit)]
}

// shorten cuts a word to maxTerm bytes at a character's border.
func shorten(word string) string {
	if len(word) <= maxTerm {
		return word
	}
	end := maxTerm
	for !utf8.RuneStart(word[end]) {
		end--
	}
	return word[:end]
}
