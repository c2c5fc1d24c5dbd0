package pdf

import (
	_ "embed"
	"slices"
	"sync"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts/DejaVuSans.ttf
var regularTTF []byte

//go:embed fonts/DejaVuSans-Bold.ttf
var boldTTF []byte

//go:embed fonts/DejaVuSans-Oblique.ttf
var obliqueTTF []byte

//go:embed fonts/DejaVuSansMono.ttf
var monoTTF []byte

// face is one of the embedded fonts.
type face int

const (
	regular face = iota
	bold
	oblique
	mono
)

const faces = 4

// family is a font as the library knows it.
type family struct {
	name, style string
	ttf         []byte
}

func (f face) family() family {
	return [faces]family{{"dejavu", "", regularTTF}, {"dejavu", "B", boldTTF}, {"dejavu", "I", obliqueTTF}, {"mono", "", monoTTF}}[f]
}

// coverage is the set of the characters of the Basic Multilingual Plane that a
// font has a glyph for. The library can print no others.
type coverage [0x10000 / 64]uint64

func (c *coverage) has(r rune) bool { return r < 0x10000 && c[r/64]&(1<<(r%64)) != 0 }

var coverages = sync.OnceValue(func() *[faces]coverage {
	var all [faces]coverage
	for f := range all {
		parsed, err := sfnt.Parse(face(f).family().ttf)
		if err != nil {
			panic(err) // the fonts are part of the program
		}
		var buffer sfnt.Buffer
		for r := rune(0x20); r < 0x10000; r++ {
			if glyph, err := parsed.GlyphIndex(&buffer, r); err == nil && glyph != 0 {
				all[f][r/64] |= 1 << (r % 64)
			}
		}
	}
	return &all
})

// replacement is printed where a character has no glyph.
const replacement = '\uFFFD'

// HasGlyph tells whether a character can be printed. Characters that are not
// seen anyway, such as joiners, count as printable.
func HasGlyph(r rune) bool {
	return invisible(r) || unicode.IsSpace(r) || coverages()[regular].has(r)
}

// Missing lists the characters of a text that cannot be printed, each once, in
// their order.
func Missing(s string) []rune {
	var missing []rune
	seen := map[rune]bool{}
	for _, r := range norm.NFC.String(s) {
		if !HasGlyph(r) && !seen[r] {
			seen[r] = true
			missing = append(missing, r)
		}
	}
	return missing
}

// invisible characters steer the layout or the choice of glyphs, and are left
// out.
func invisible(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xad || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
}

// faceFor is the font to print a character in: the wanted one, or the regular
// one, which has the most glyphs.
func faceFor(r rune, wanted face) (face, rune) {
	switch all := coverages(); {
	case all[wanted].has(r):
		return wanted, r
	case all[regular].has(r):
		return regular, r
	}
	return regular, replacement
}

// printable is a text as it can stand in the file's properties.
func printable(s string) string {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if !invisible(r) && !unicode.Is(unicode.Co, r) {
			out = append(out, r)
		}
	}
	return string(out)
}

// use makes a font, size and colour the current ones.
func (w *writer) use(f face, size float64, c color) {
	if f != w.face || size != w.size {
		known := f.family()
		if !w.fonts[f] {
			// A copy: the library writes into the font when it makes the subset.
			w.f.AddUTF8FontFromBytes(known.name, known.style, slices.Clone(known.ttf))
			w.fonts[f] = true
		}
		w.f.SetFont(known.name, known.style, size)
		w.face, w.size = f, size
	}
	if c != w.color {
		w.f.SetTextColor(c.r, c.g, c.b)
		w.color = c
	}
}
