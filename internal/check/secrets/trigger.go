package secrets

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
	"unicode/utf8"
)

// lazily compiles an expression at its first use. That all of them compile is
// for a test to show, since they are embedded.
func lazily(text string) expression {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// trigger is what every match of an expression has in it: one of a few texts,
// and from there on a match of a shorter expression of bounded length. To look
// for it first keeps the search linear, and cheap in a text without secrets.
// Lengths are in bytes.
type trigger struct {
	literals []string   // in lower case
	atWord   bool       // the literal begins a word
	tail     expression // from the literal on
	core     expression // the whole from the literal on; nil where the tail is that
	length   int        // what the tail looks at, at most
	before   int        // of a match before the literal, at most
	total    int        // of a match from the literal on, at most; -1 is unbounded
}

// triggerOf derives the trigger of an expression; nil where its matches have no
// text in common that they begin with.
func triggerOf(text string) (*trigger, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	core, before, atWord := splitLead(parts(tree))
	literals := literalsOf(core)
	if literals == nil || before < 0 {
		return nil, nil //nolint:nilnil // having no trigger is no error
	}
	tail, cut := bounded(concat(core))
	t := &trigger{
		literals: literals, atWord: atWord && startWithWord(literals), tail: lazily("^(?:" + tail.String() + ")"),
		length: (maxLength(tail) + 1) * utf8.UTFMax, before: (before + 1) * utf8.UTFMax, total: -1,
	}
	if n := maxLength(concat(core)); n >= 0 {
		t.total = (n + 1) * utf8.UTFMax
	}
	if cut {
		t.core = lazily("^(?:" + concat(core).String() + ")")
	}
	return t, nil
}

func parts(re *syntax.Regexp) []*syntax.Regexp {
	if re.Op == syntax.OpConcat {
		return re.Sub
	}
	return []*syntax.Regexp{re}
}

func concat(nodes []*syntax.Regexp) *syntax.Regexp {
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: nodes}
}

// splitLead takes off what may be empty at the beginning of an expression; the
// length of it is -1 where it is unbounded. atWord is true if what is left
// begins at the boundary of a word.
func splitLead(nodes []*syntax.Regexp) (core []*syntax.Regexp, length int, atWord bool) {
	for len(nodes) > 0 && minLength(nodes[0]) == 0 {
		n := maxLength(nodes[0])
		if n < 0 {
			return nil, -1, false
		}
		length += n
		atWord = nodes[0].Op == syntax.OpWordBoundary
		nodes = nodes[1:]
	}
	return nodes, length, atWord
}

// minLength is the length of the shortest match, in characters.
func minLength(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return minLength(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * minLength(re.Sub[0])
	case syntax.OpConcat:
		sum := 0
		for _, sub := range re.Sub {
			sum += minLength(sub)
		}
		return sum
	case syntax.OpAlternate:
		least := minLength(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			least = min(least, minLength(sub))
		}
		return least
	}
	return 0
}

// maxLength is the length of the longest match, in characters; -1 is unbounded.
func maxLength(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		return -1
	case syntax.OpRepeat:
		n := maxLength(re.Sub[0])
		if re.Max < 0 || n < 0 {
			return -1
		}
		return re.Max * n
	case syntax.OpCapture, syntax.OpQuest:
		return maxLength(re.Sub[0])
	case syntax.OpConcat, syntax.OpAlternate:
		return maxOfMany(re)
	}
	return minLength(re)
}

func maxOfMany(re *syntax.Regexp) int {
	longest := 0
	for _, sub := range re.Sub {
		n := maxLength(sub)
		switch {
		case n < 0:
			return -1
		case re.Op == syntax.OpConcat:
			longest += n
		default:
			longest = max(longest, n)
		}
	}
	return longest
}

// maxRepeat is the most repetitions that a tail has: a small expression is
// much faster to run.
const maxRepeat = 100

// isLong tells an expression with a repetition that is unbounded or long.
func isLong(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		return true
	case syntax.OpRepeat:
		if re.Max < 0 || re.Max > maxRepeat && re.Max > re.Min {
			return true
		}
	}
	return slices.ContainsFunc(re.Sub, isLong)
}

// bounded is the beginning of an expression up to its first long repetition, of
// which only the least number is asked for. cut is true where something was
// left out.
func bounded(re *syntax.Regexp) (prefix *syntax.Regexp, cut bool) {
	if !isLong(re) {
		return re, false
	}
	switch re.Op {
	case syntax.OpPlus:
		prefix, _ = bounded(re.Sub[0])
		return prefix, true
	case syntax.OpRepeat:
		if re.Min > 0 && !isLong(re.Sub[0]) {
			return &syntax.Regexp{Op: syntax.OpRepeat, Min: re.Min, Max: re.Min, Sub: re.Sub, Flags: re.Flags}, true
		}
	case syntax.OpCapture:
		return bounded(re.Sub[0])
	case syntax.OpConcat:
		return boundedConcat(re)
	case syntax.OpAlternate:
		all := &syntax.Regexp{Op: syntax.OpAlternate, Flags: re.Flags}
		for _, sub := range re.Sub {
			one, _ := bounded(sub)
			all.Sub = append(all.Sub, one)
		}
		return all, true
	}
	return &syntax.Regexp{Op: syntax.OpEmptyMatch}, true
}

func boundedConcat(re *syntax.Regexp) (prefix *syntax.Regexp, cut bool) {
	prefix = &syntax.Regexp{Op: syntax.OpConcat, Flags: re.Flags}
	for _, sub := range re.Sub {
		one, stop := bounded(sub)
		prefix.Sub = append(prefix.Sub, one)
		if stop {
			return prefix, true
		}
	}
	return prefix, false
}
