package secrets

import (
	"regexp/syntax"
	"unicode/utf8"
)

const (
	maxLiterals = 64 // texts of one trigger
	maxLiteral  = 12 // bytes of one
	minLiteral  = 2
)

// literalsOf are the texts, in lower case, one of which begins each match of
// an expression; nil where there are too many, or one is too short.
func literalsOf(nodes []*syntax.Regexp) []string {
	if len(nodes) == 0 {
		return nil
	}
	set, _ := beginnings(concat(nodes))
	for _, s := range set {
		if len(s) < minLiteral {
			return nil
		}
	}
	return set
}

// beginnings are the texts that matches begin with; whole is true if the
// matches are these texts and no more.
func beginnings(re *syntax.Regexp) (set []string, whole bool) {
	switch re.Op {
	case syntax.OpLiteral:
		text, whole := lower(re.Rune)
		return []string{text}, whole
	case syntax.OpCharClass:
		return classBeginnings(re.Rune)
	case syntax.OpCapture:
		return beginnings(re.Sub[0])
	case syntax.OpPlus:
		set, _ = beginnings(re.Sub[0])
		return set, false
	case syntax.OpRepeat:
		if re.Min > 0 {
			set, _ = beginnings(re.Sub[0])
			return set, false
		}
	case syntax.OpConcat:
		return concatBeginnings(re.Sub)
	case syntax.OpAlternate:
		return alternateBeginnings(re.Sub)
	case syntax.OpEmptyMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText:
		return []string{""}, true
	}
	return []string{""}, false
}

// lower is the text of ASCII letters and signs, as far as it is that.
func lower(runes []rune) (text string, whole bool) {
	b := make([]byte, 0, len(runes))
	for _, r := range runes {
		if r >= utf8.RuneSelf || len(b) == maxLiteral {
			return string(b), false
		}
		b = append(b, lowerByte(byte(r))) //nolint:gosec // it is ASCII
	}
	return string(b), true
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// classBeginnings takes the ranges of a character class. Characters beyond
// ASCII that fold to a letter (the Kelvin sign, the long s) are let go: no key
// has them.
func classBeginnings(ranges []rune) (set []string, whole bool) {
	seen := map[byte]bool{}
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1] && r < utf8.RuneSelf; r++ {
			if c := lowerByte(byte(r)); !seen[c] { //nolint:gosec // it is ASCII
				seen[c] = true
				set = append(set, string(rune(c)))
			}
		}
	}
	if len(set) == 0 || len(set) > 8 {
		return []string{""}, false
	}
	return set, true
}

func concatBeginnings(nodes []*syntax.Regexp) (set []string, whole bool) {
	set = []string{""}
	for _, node := range nodes {
		next, nextWhole := beginnings(node)
		if len(set)*len(next) > maxLiterals {
			return set, false
		}
		product, cut := cross(set, next)
		set = product
		if !nextWhole || cut {
			return set, false
		}
	}
	return set, true
}

func cross(first, second []string) (set []string, cut bool) {
	seen := map[string]bool{}
	for _, a := range first {
		for _, b := range second {
			s := a + b
			if len(s) > maxLiteral {
				s, cut = s[:maxLiteral], true
			}
			if !seen[s] {
				seen[s] = true
				set = append(set, s)
			}
		}
	}
	return set, cut
}

func alternateBeginnings(nodes []*syntax.Regexp) (set []string, whole bool) {
	whole = true
	for _, node := range nodes {
		next, nextWhole := beginnings(node)
		set = append(set, next...)
		whole = whole && nextWhole
	}
	if len(set) > maxLiterals {
		return []string{""}, false
	}
	return set, whole
}

// startWithWord tells whether all texts begin with a character of a word.
func startWithWord(texts []string) bool {
	for _, s := range texts {
		if !isWord(s[0]) {
			return false
		}
	}
	return true
}

// isWord tells a character of a word as \b takes it.
func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
