package secrets

import "unicode/utf8"

// index finds many ASCII texts at once, whatever their case: by their first two
// characters, and then by comparing.
type index struct {
	// heads has, by pair, the place of its list; 0 is none.
	heads [1 << 14]uint16
	lists [][]literal
}

type literal struct {
	text  string // in lower case
	rules []int
}

func pairOf(first, second byte) int { return int(first)<<7 | int(second) }

func (x *index) add(text string, rule int) {
	head := &x.heads[pairOf(text[0], text[1])]
	if *head == 0 {
		x.lists = append(x.lists, nil)
		*head = uint16(len(x.lists)) //nolint:gosec // there are far fewer rules
	}
	list := &x.lists[*head-1]
	for i := range *list {
		if l := &(*list)[i]; l.text == text {
			l.rules = append(l.rules, rule)
			return
		}
	}
	*list = append(*list, literal{text, []int{rule}})
}

// each calls found for every place where one of the texts begins.
func (x *index) each(src []byte, found func(at int, rules []int)) {
	if len(src) < minLiteral {
		return
	}
	first := lowerByte(src[0])
	for at := range len(src) - 1 {
		second := lowerByte(src[at+1])
		if first|second < utf8.RuneSelf {
			if head := x.heads[pairOf(first, second)]; head > 0 {
				x.compare(src, at, x.lists[head-1], found)
			}
		}
		first = second
	}
}

func (x *index) compare(src []byte, at int, list []literal, found func(at int, rules []int)) {
	for i := range list {
		if startsWith(src[at:], list[i].text) {
			found(at, list[i].rules)
		}
	}
}

// startsWith compares with a text in lower case.
func startsWith(src []byte, text string) bool {
	if len(src) < len(text) {
		return false
	}
	for i := range len(text) {
		if lowerByte(src[i]) != text[i] {
			return false
		}
	}
	return true
}
