package secrets

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"
)

// MaxFindings is the most findings of one text.
const MaxFindings = 100

// Finding is a secret, or a piece of personal data, in a text.
type Finding struct {
	// RuleID and Description are the rule's.
	RuleID      string
	Description string
	// Start and End are the byte offsets of what was found.
	Start, End int
	// Redacted shows what was found without giving it away.
	Redacted string
	// Line and Column count from 1, in characters.
	Line, Column int
}

// distinct drops what another finding covers: a generic one goes behind a
// specific one, a shorter one behind a longer.
func distinct(hits []hit) []hit {
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(compareBool(a.rule.generic(), b.rule.generic()), b.end-b.start-(a.end-a.start))
	})
	var kept []hit
	for _, h := range hits {
		if !slices.ContainsFunc(kept, func(k hit) bool { return h.start < k.end && k.start < h.end }) {
			kept = append(kept, h)
		}
	}
	slices.SortFunc(kept, func(a, b hit) int { return a.start - b.start })
	return kept
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// locate makes findings of hits that are in the order of the text.
func locate(src []byte, hits []hit) []Finding {
	var findings []Finding
	line, lineStart, seen := 1, 0, 0
	for _, h := range hits {
		line += bytes.Count(src[seen:h.start], []byte{'\n'})
		if n := bytes.LastIndexByte(src[seen:h.start], '\n'); n >= 0 {
			lineStart = seen + n + 1
		}
		seen = h.start
		findings = append(findings, Finding{
			RuleID: h.rule.id, Description: h.rule.description, Start: h.start, End: h.end,
			Redacted: Redact(string(src[h.start:h.end])), Line: line, Column: utf8.RuneCount(src[lineStart:h.start]) + 1,
		})
	}
	return findings
}

// Redact shows that something is there without giving it away: at most the
// first four and the last two characters, and these of a long text alone.
func Redact(secret string) string {
	runes := []rune(secret)
	switch {
	case len(runes) >= 24:
		return string(runes[:4]) + "…" + string(runes[len(runes)-2:])
	case len(runes) >= 12:
		return string(runes[:2]) + "…"
	}
	return "…"
}
