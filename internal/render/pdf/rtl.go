package pdf

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// rightToLeft tells whether a text has letters that are written from the right.
func rightToLeft(s string) bool {
	for _, r := range s {
		if r < 0x590 {
			continue
		}
		if p, _ := bidi.LookupRune(r); p.Class() == bidi.R || p.Class() == bidi.AL {
			return true
		}
	}
	return false
}

// startsRight tells whether the first letter of a text is written from the
// right: then the whole text is (Unicode Standard Annex 9, P2 and P3).
func startsRight(fragments []fragment) bool {
	for _, f := range fragments {
		for _, r := range f.text {
			switch p, _ := bidi.LookupRune(r); p.Class() {
			case bidi.R, bidi.AL:
				return true
			case bidi.L:
				return false
			}
		}
	}
	return false
}

// glyph is one character of a line with the fragment it is of.
type glyph struct {
	r    rune
	from int
}

// visual reorders a line to the order in which it is printed, by the Unicode
// Bidirectional Algorithm (Unicode Standard Annex 9).
func visual(l line) line {
	has := false
	for _, f := range l {
		has = has || rightToLeft(f.text)
	}
	if !has {
		return l
	}
	var glyphs []glyph
	for i, f := range l {
		if f.space {
			glyphs = append(glyphs, glyph{' ', i})
		}
		for _, r := range f.text {
			glyphs = append(glyphs, glyph{r, i})
		}
	}
	return regroup(l, reorder(glyphs, l[0].right))
}

// run is a stretch of one direction.
type run struct {
	glyphs []glyph
	right  bool
}

func reorder(glyphs []glyph, right bool) []glyph {
	runs := runsOf(glyphs, right)
	if right {
		slices.Reverse(runs)
	} else {
		reverseGroups(runs)
	}
	var out []glyph
	for _, r := range runs {
		if r.right {
			slices.Reverse(r.glyphs)
			mirror(r.glyphs)
		}
		out = append(out, r.glyphs...)
	}
	return out
}

func runsOf(glyphs []glyph, right bool) []run {
	text := make([]rune, len(glyphs))
	for i, g := range glyphs {
		text[i] = g.r
	}
	direction := bidi.LeftToRight
	if right {
		direction = bidi.RightToLeft
	}
	var p bidi.Paragraph
	if _, err := p.SetString(string(text), bidi.DefaultDirection(direction)); err != nil {
		return []run{{glyphs: glyphs}}
	}
	order, err := p.Order()
	if err != nil {
		return []run{{glyphs: glyphs}}
	}
	var runs []run
	for i := range order.NumRuns() {
		r := order.Run(i)
		start, end := r.Pos()
		runs = append(runs, run{slices.Clone(glyphs[start : end+1]), r.Direction() == bidi.RightToLeft})
	}
	return runs
}

// reverseGroups reverses what stands between two runs from the right: numbers
// in a text from the right are part of it.
func reverseGroups(runs []run) {
	for start := 0; start < len(runs); start++ {
		if !runs[start].right {
			continue
		}
		end := start
		for end+2 < len(runs) && !hasLetter(runs[end+1].glyphs) && runs[end+2].right {
			end += 2
		}
		slices.Reverse(runs[start : end+1])
		start = end
	}
}

func hasLetter(glyphs []glyph) bool {
	return slices.ContainsFunc(glyphs, func(g glyph) bool { return unicode.IsLetter(g.r) })
}

var mirrors = map[rune]rune{'(': ')', ')': '(', '[': ']', ']': '[', '{': '}', '}': '{', '<': '>', '>': '<', '«': '»', '»': '«'}

func mirror(glyphs []glyph) {
	for i, g := range glyphs {
		if m, ok := mirrors[g.r]; ok {
			glyphs[i].r = m
		}
	}
}

// regroup makes fragments of glyphs again.
func regroup(l line, glyphs []glyph) line {
	var out line
	for _, g := range glyphs {
		last := len(out) - 1
		if last < 0 || out[last].style != l[g.from].style || out[last].face != l[g.from].face {
			out = append(out, fragment{style: l[g.from].style, face: l[g.from].face})
			last++
		}
		out[last].text += string(g.r)
	}
	return out
}

// letters are the Arabic letters with the first of their presentation forms
// (Unicode block Arabic Presentation Forms-B): isolated, final, and for those
// that join on both sides initial and medial.
var letters = []struct {
	letter, form rune
	both         bool
}{
	{0x622, 0xfe81, false}, {0x623, 0xfe83, false}, {0x624, 0xfe85, false}, {0x625, 0xfe87, false}, {0x626, 0xfe89, true}, {0x627, 0xfe8d, false},
	{0x628, 0xfe8f, true}, {0x629, 0xfe93, false}, {0x62a, 0xfe95, true}, {0x62b, 0xfe99, true}, {0x62c, 0xfe9d, true}, {0x62d, 0xfea1, true},
	{0x62e, 0xfea5, true}, {0x62f, 0xfea9, false}, {0x630, 0xfeab, false}, {0x631, 0xfead, false}, {0x632, 0xfeaf, false}, {0x633, 0xfeb1, true},
	{0x634, 0xfeb5, true}, {0x635, 0xfeb9, true}, {0x636, 0xfebd, true}, {0x637, 0xfec1, true}, {0x638, 0xfec5, true}, {0x639, 0xfec9, true},
	{0x63a, 0xfecd, true}, {0x641, 0xfed1, true}, {0x642, 0xfed5, true}, {0x643, 0xfed9, true}, {0x644, 0xfedd, true}, {0x645, 0xfee1, true},
	{0x646, 0xfee5, true}, {0x647, 0xfee9, true}, {0x648, 0xfeed, false}, {0x649, 0xfeef, false}, {0x64a, 0xfef1, true},
}

// joining tells how an Arabic letter joins: with the letter before it, and
// with the one after it.
func joining(r rune) (form rune, before, after bool) {
	for _, l := range letters {
		if l.letter == r {
			return l.form, true, l.both
		}
	}
	return 0, false, r == 0x640 || r == 0x200d // tatweel and the joiner
}

// shape gives the letters of an Arabic word the forms that join, and drops
// joiners. Other words stay as they are.
func shape(word []rune) []rune {
	if !slices.ContainsFunc(word, func(r rune) bool { return r >= 0x600 && r <= 0x64a || r == 0x200c || r == 0x200d }) {
		return word
	}
	out := make([]rune, 0, len(word))
	for i, r := range word {
		form, before, after := joining(r)
		switch {
		case r == 0x200c || r == 0x200d:
			continue
		case form == 0:
			out = append(out, r)
			continue
		}
		joinsBefore := before && neighbourJoins(word, i, -1)
		joinsAfter := after && neighbourJoins(word, i, 1)
		switch {
		case joinsBefore && joinsAfter:
			form += 3
		case joinsAfter:
			form += 2
		case joinsBefore:
			form++
		}
		out = append(out, form)
	}
	return out
}

// neighbourJoins looks past marks for the next letter, and whether it joins.
func neighbourJoins(word []rune, i, step int) bool {
	for j := i + step; j >= 0 && j < len(word); j += step {
		if unicode.Is(unicode.Mn, word[j]) {
			continue
		}
		form, _, after := joining(word[j])
		if step < 0 {
			return after
		}
		return form != 0 || word[j] == 0x640 || word[j] == 0x200d
	}
	return false
}
