package secrets

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// scanner is all rules, ready to run; it does not change.
type scanner struct {
	rules  []rule
	global []allowlist
	index  index
	// whole are the rules without a trigger.
	whole []int
}

var embedded = sync.OnceValue(func() *scanner {
	s, err := newScanner()
	if err != nil {
		panic(err) // embedded files; a test reads them
	}
	return s
})

func newScanner() (*scanner, error) {
	rules, global, err := load()
	if err != nil {
		return nil, err
	}
	s := &scanner{rules: rules, global: global}
	for i, r := range rules {
		if r.trigger == nil {
			s.whole = append(s.whole, i)
			continue
		}
		for _, literal := range r.trigger.literals {
			s.index.add(literal, i)
		}
	}
	return s, nil
}

// Scan finds the secrets of a text, in the order in which they stand. A line
// that says gitleaks:allow is passed over, as gitleaks does. The time it takes
// is linear in the length of the text, at worst.
func Scan(src []byte) []Finding {
	return embedded().scan(src)
}

func (s *scanner) scan(src []byte) []Finding {
	text := &scanned{src: src}
	runs := make([]run, len(s.rules))
	s.index.each(src, func(at int, rules []int) {
		for _, i := range rules {
			s.try(text, &s.rules[i], &runs[i], at)
		}
	})
	for _, i := range s.whole {
		if text.hasAny(s.rules[i].keywords) {
			s.search(text, &s.rules[i], &runs[i], 0, len(src))
		}
	}
	return locate(src, distinct(text.hits))
}

// scanned is a text with what was found in it.
type scanned struct {
	src   []byte
	lower []byte // made when it is first needed
	hits  []hit
}

type hit struct {
	rule       *rule
	start, end int
}

// run is how far a rule has come in a text.
type run struct {
	next  int  // where its next match may begin
	cores int  // how often its core was tried in vain
	vain  int  // how many of its matches were no secrets
	done  bool // there is no further match
}

// maxCores is how often the core of a trigger is tried in vain: each may look
// through the rest of the text.
const maxCores = 8

// maxVain is how many matches of a rule may turn out to be no secrets; a text
// with more is made to keep us busy.
const maxVain = 500

// holds tells whether a match may have its literal at a place.
func (t *trigger) holds(src []byte, at int, state *run) bool {
	if t.atWord && at > 0 && isWord(src[at-1]) || !t.tail().Match(src[at:min(at+t.length, len(src))]) {
		return false
	}
	if t.core == nil || state.cores == maxCores || t.core().Match(src[at:]) {
		return true
	}
	state.cores++
	return false
}

// try looks whether a rule matches around a literal of its trigger.
func (s *scanner) try(text *scanned, r *rule, state *run, at int) {
	t := r.trigger
	if state.done || at < state.next || len(text.hits) >= MaxFindings || !t.holds(text.src, at, state) {
		return
	}
	if !text.hasAny(r.keywords) {
		state.done = true
		return
	}
	from, to := max(state.next, at-t.before), len(text.src)
	if t.total >= 0 {
		to = min(at+t.total, to)
	}
	for from < at && !utf8.RuneStart(text.src[from]) {
		from++
	}
	s.search(text, r, state, from, to)
	// An expression without bound has looked through the rest of the text: it
	// is asked again only after a match.
	state.done = state.done || state.next <= at && t.total < 0
}

// search adds the matches of a rule in a part of the text.
func (s *scanner) search(text *scanned, r *rule, state *run, from, to int) {
	for from < to && len(text.hits) < MaxFindings {
		match := r.regex().FindIndex(text.src[from:to])
		if match == nil {
			return
		}
		start, end := from+match[0], from+match[1]
		state.next = max(end, start+1)
		if secret, ok := s.secret(text, r, start, end); ok {
			text.hits = append(text.hits, secret)
		} else if state.vain++; state.vain == maxVain {
			state.done = true
		}
		if r.trigger != nil || state.done {
			return // the next literal goes on
		}
		from = state.next
	}
}

// secret is the secret of a match, unless an allowlist or its entropy says
// that it is none.
func (s *scanner) secret(text *scanned, r *rule, start, end int) (hit, bool) {
	match := bytes.Trim(text.src[start:end], "\n")
	start += bytes.Index(text.src[start:end], match)
	end = start + len(match)
	h := hit{r, start, end}
	if groups := r.regex().FindSubmatchIndex(match); groups != nil {
		h.start, h.end = groupOf(groups, r.group)
		h.start, h.end = h.start+start, h.end+start
	}
	found, line := string(text.src[h.start:h.end]), text.linesOf(start, end)
	if r.entropy > 0 && entropy(found) <= r.entropy || strings.Contains(line, "gitleaks:allow") {
		return h, false
	}
	for _, lists := range [][]allowlist{s.global, r.allowed} {
		for i := range lists {
			if lists[i].allows(found, string(match), line) {
				return h, false
			}
		}
	}
	return h, true
}

// groupOf is the group that holds the secret: the one asked for, or the first
// that is not empty.
func groupOf(groups []int, group int) (start, end int) {
	if group > 0 {
		return groups[2*group], groups[2*group+1]
	}
	for i := 2; i < len(groups); i += 2 {
		if groups[i+1] > groups[i] {
			return groups[i], groups[i+1]
		}
	}
	return groups[0], groups[1]
}

// hasAny tells whether one of the keywords is in the text; a rule without
// keywords always runs.
func (t *scanned) hasAny(keywords []string) bool {
	if len(keywords) == 0 {
		return true
	}
	if t.lower == nil {
		t.lower = make([]byte, len(t.src))
		for i, c := range t.src {
			t.lower[i] = lowerByte(c)
		}
	}
	return slices.ContainsFunc(keywords, func(k string) bool { return bytes.Contains(t.lower, []byte(k)) })
}

// maxLine is how far the line around a match is looked at, in bytes to either
// side: a text may be one line.
const maxLine = 1 << 10

// linesOf are the lines from start to end.
func (t *scanned) linesOf(start, end int) string {
	from, to := max(start-maxLine, 0), min(end+maxLine, len(t.src))
	from += bytes.LastIndexByte(t.src[from:start], '\n') + 1
	if n := bytes.IndexByte(t.src[end:to], '\n'); n >= 0 {
		to = end + n
	}
	return string(t.src[from:to])
}

// entropy is the Shannon entropy of a text in bits a character, as gitleaks
// computes it.
func entropy(s string) float64 {
	counts := map[rune]int{}
	for _, r := range s {
		counts[r]++
	}
	sum := 0.0
	for _, n := range counts {
		share := float64(n) / float64(len(s))
		sum -= share * math.Log2(share)
	}
	return sum
}
