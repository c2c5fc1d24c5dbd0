package render

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// ReadHuggingFace reads a README.md of the Hugging Face Hub to a card: known
// keys of the front matter and known sections to their fields, all other keys
// to metadata and all other sections to sections, in their order. The losses
// name what had no place. The error is a [*card.Error].
//
// The card need not have a name or an identifier yet: name is given to it where
// it has neither.
func ReadHuggingFace(src []byte, name string) (*card.Document, []Loss, error) {
	fm, err := card.ReadFrontMatter(src)
	if err != nil {
		return nil, nil, err
	}
	r := &readmeReader{fm: fm, card: allSections(), places: map[string]card.Place{}}
	if err := r.readMetadata(); err != nil {
		return nil, nil, err
	}
	r.readBody(normalizeBody(fm.Body))
	r.nameByTitle()
	r.dropMarkers()
	if r.card.Model.Name == "" && r.card.Model.ID == "" {
		r.card.Model.ID = name
	}
	origins := r.origins() // before empty sections go
	doc := card.NewReadme(r.card, fm, r.places, origins)
	if err := r.card.Normalize(); err != nil {
		return nil, nil, doc.Locate(explainNameless(err))
	}
	r.keepSpelling()
	return doc, r.losses, nil
}

// explainNameless says what to do about a README without a heading in the
// words of a README.
func explainNameless(err error) error {
	var e *card.Error
	if errors.As(err, &e) && len(e.Problems) == 1 && e.Problems[0].Pointer == "/model" {
		return card.Invalidate("/model", "required", "nothing in the document names the model",
			"begin it with a heading, or name the card from outside (?id=namespace/name, --id)")
	}
	return err
}

func normalizeBody(body []byte) []byte {
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(body, []byte("\r"), []byte("\n"))
}

// allSections is a card that has every section, to be filled and normalised.
func allSections() *card.Card {
	return &card.Card{
		IntendedUse: &card.IntendedUse{}, Training: &card.Training{}, Evaluation: &card.Evaluation{},
		Considerations: &card.Considerations{}, Environment: &card.Environment{}, Technical: &card.Technical{},
		Citation: &card.Citation{}, Contact: &card.Contact{}, Metadata: &card.Map{},
		NotApplicable: map[string]string{},
	}
}

type readmeReader struct {
	fm     *card.FrontMatter
	card   *card.Card
	places map[string]card.Place
	losses []Loss
	// spelled is the model-index as huggingface_hub writes it, or nil.
	spelled any
}

// readMetadata puts the keys of the front matter in their fields. A value that
// does not fit its field stays in metadata as it is, for checks to talk about.
func (r *readmeReader) readMetadata() error {
	for _, e := range entriesOf(r.fm.Values) {
		switch {
		case e.Value == nil || e.Key == modelIndexKey:
			// huggingface_hub writes no key whose value is null, and model-index
			// last.
		case r.setKey(e):
			r.card.Metadata.Set(e.Key, nil)
		default:
			r.card.Metadata.Set(e.Key, e.Value)
		}
	}
	r.card.MetadataAliases = r.aliases()
	if index, ok := r.fm.Values.Get(modelIndexKey); ok {
		return r.readModelIndex(index)
	}
	return nil
}

// aliases are the aliases of the front matter in what is written again: not in
// a model_name beside a model-index, nor in the values of tags that are a
// mapping.
func (r *readmeReader) aliases() []card.Alias {
	indexed := r.isIndexed()
	_, tagsMapped := first(r.fm.Values.Get(tagsKey)).(*card.Map)
	return r.fm.Aliases(func(pointer string) bool {
		return isRebuilt(pointer) || indexed && isUnder(pointer, modelNameKey) || tagsMapped && isUnder(pointer, tagsKey)
	})
}

// dropMarkers removes the places of known keys where the front matter would be
// written in this order without them, and that of model_name beside a
// model-index.
func (r *readmeReader) dropMarkers() {
	m := r.card.Metadata
	_, named := m.Get(modelNameKey)
	switch {
	case r.isIndexed():
		if v, _ := m.Get(modelNameKey); v != nil {
			r.losses = append(r.losses, Loss{"/" + modelNameKey, "the model-index has the name"})
		}
		m.Entries = slices.DeleteFunc(m.Entries, func(e card.Entry) bool { return e.Key == modelNameKey })
	case named && !hasOtherTitle(r.card):
		return
	}
	if isDefaultOrder(m) {
		m.Entries = slices.DeleteFunc(m.Entries, func(e card.Entry) bool { return e.Value == nil })
	}
}

// keepSpelling keeps a model-index in metadata whose results do not say all of
// it, such as one with numbers for names.
func (r *readmeReader) keepSpelling() {
	c := forHub(r.card)
	if r.spelled == nil || same(modelIndex(c), r.spelled) {
		return
	}
	if r.card.Metadata == nil {
		r.card.Metadata = &card.Map{}
	}
	r.card.Metadata.Set(modelIndexKey, r.spelled)
}

func (r *readmeReader) setKey(e card.Entry) bool {
	for _, k := range keys {
		if k.name == e.Key {
			r.places[k.pointer] = r.fm.Place("/" + e.Key)
			if e.Key == tagsKey {
				return k.set(r.card, uniqueTags(e.Value))
			}
			return k.set(r.card, e.Value)
		}
	}
	return false
}

// isDefaultOrder tells whether the front matter would be written in this order
// without markers for its known keys.
func isDefaultOrder(metadata *card.Map) bool {
	free := false
	next := 0
	for _, e := range metadata.Entries {
		if e.Value != nil {
			free = true
			continue
		}
		if free {
			return false
		}
		for next < len(keys) && keys[next].name != e.Key {
			next++
		}
		if next == len(keys) {
			return false
		}
	}
	return true
}

// isIndexed tells whether the front matter has a model-index.
func (r *readmeReader) isIndexed() bool { return !isEmptyIndex(first(r.fm.Values.Get(modelIndexKey))) }

// isEmptyIndex tells whether huggingface_hub drops a model-index.
func isEmptyIndex(value any) bool {
	list, ok := value.([]any)
	return value == nil || ok && len(list) == 0
}

func (r *readmeReader) readModelIndex(value any) error {
	if isEmptyIndex(value) {
		return nil
	}
	r.spelled, _ = hubIndex(value) // a copy: the card is normalised later
	index := &indexReader{card: r.card}
	index.read(value)
	r.losses = append(r.losses, index.losses...)
	if len(index.problems) == 0 {
		r.places["/evaluation/results"] = r.fm.Place("/" + modelIndexKey)
		return nil
	}
	for i := range index.problems {
		place := r.fm.Place(index.problems[i].Pointer)
		index.problems[i].Line, index.problems[i].Column = place.Line, place.Column
	}
	return &card.Error{Kind: card.Invalid, Problems: index.problems}
}

// heading is a heading of the body with the text below it and the headings
// under it.
type heading struct {
	card.Block
	line     string // as it is written
	text     string
	children []*heading
}

// readBody puts the sections of the body in their fields.
func (r *readmeReader) readBody(body []byte) {
	preamble, title, sections := outline(body)
	templated := slices.ContainsFunc(sections, func(h *heading) bool { return normalTitle(h.Title) == "model details" })
	if templated && title != nil {
		sections = title.takeDeeper(sections)
	}
	r.readTitle(title, preamble)
	used := map[*part]bool{}
	for _, h := range sections {
		p := findPart(topParts, h.Title)
		if p == nil && !templated {
			p = findAlias(h.Title, used)
		}
		if p == nil || used[p] || !r.readPart(h, p, used) {
			r.card.Sections = append(r.card.Sections, r.section(h))
		}
	}
}

// takeDeeper puts headings that stand above the first section, and are below
// its level, in the text under the title. It returns the other sections.
func (h *heading) takeDeeper(sections []*heading) []*heading {
	for len(sections) > 0 && sections[0].Level > 2 {
		h.text += sections[0].markdown(0)
		sections = sections[1:]
	}
	return sections
}

// outline is the text before the first section, the title, and the sections
// with what is nested below them.
func outline(body []byte) (preamble string, title *heading, sections []*heading) {
	blocks := card.Headings(body)
	if len(blocks) == 0 {
		return string(body), nil, nil
	}
	preamble = string(body[:blocks[0].Start])
	var stack []*heading
	for i, block := range blocks {
		end := len(body)
		if i+1 < len(blocks) {
			end = blocks[i+1].Start
		}
		h := &heading{Block: block, line: string(body[block.Start:block.End]), text: string(body[block.End:end])}
		if i == 0 && block.Level == 1 && block.Title != "" {
			title = h
			continue
		}
		for len(stack) > 0 && stack[len(stack)-1].Level >= h.Level {
			stack = stack[:len(stack)-1]
		}
		if len(stack) == 0 {
			sections = append(sections, h)
		} else {
			parent := stack[len(stack)-1]
			parent.children = append(parent.children, h)
		}
		stack = append(stack, h)
	}
	return preamble, title, sections
}

// readTitle takes the heading of the document. The Hub's template has "Model
// Card for" and a name in it; any other heading is kept as a title.
func (r *readmeReader) readTitle(title *heading, preamble string) {
	r.card.Model.Summary = joinTexts(withoutBoilerplate(preamble), "")
	if title == nil {
		return
	}
	r.card.Model.Summary = joinTexts(r.card.Model.Summary, withoutBoilerplate(title.text))
	r.places["/model/summary"] = r.place(title)
	text := oneLine(headingText(title.Title))
	name, templated := strings.CutPrefix(text, titlePrefix)
	switch {
	case templated && (name == "Model ID" || name == ""):
		return // an unfilled template names nothing
	case templated && r.card.Model.Name == "":
		r.card.Model.Name = name
	case templated && r.card.Model.Name == name:
	default:
		r.card.Model.Title = text
	}
	r.places["/model/name"] = r.place(title)
}

// nameByTitle names a card that nothing else names by its heading.
func (r *readmeReader) nameByTitle() {
	if m := &r.card.Model; m.Name == "" && m.ID == "" {
		m.Name = m.Title
	}
}

func (r *readmeReader) place(h *heading) card.Place {
	line := r.fm.BodyLine + bytes.Count(normalizeBody(r.fm.Body)[:h.Start], []byte{'\n'})
	return card.Place{Line: line, Column: 1}
}

// readPart reads a section of the template with what is nested in it; false
// means that it is not one after all.
func (r *readmeReader) readPart(h *heading, p *part, used map[*part]bool) bool {
	used[p] = true
	text := withoutBoilerplate(h.text)
	for _, child := range h.children {
		cp := findPart(p.children(), child.Title)
		if cp == nil || !r.readPart(child, cp, used) {
			text += child.markdown(p.level - h.Level)
		}
	}
	if p.block != nil {
		text = p.block.takeFrom(r.card, strings.Trim(text, "\n"))
	}
	if p.extra && p.text == nil {
		return strings.TrimSpace(text) == ""
	}
	text = r.takeBullets(p, text)
	r.takeText(h, p, text)
	return true
}

// takeText keeps the text of a part. A part without a field for its text gives
// it to the section that it is in.
func (r *readmeReader) takeText(h *heading, p *part, text string) {
	field, pointer := p.text, p.pointer
	if field == nil {
		parent := p.parent()
		field, pointer = parent.text, parent.pointer
	}
	r.places[pointer] = r.place(h)
	takeField(r.card, field(r.card), pointer, text)
}

// takeField puts a text that was found in a field: nothing for a gap, the
// reason where it says that the field is not applicable.
func takeField(c *card.Card, field *string, pointer, text string) {
	if isGap(text) {
		return
	}
	if reason, ok := strings.CutPrefix(strings.TrimSpace(text), notApplicableTag); ok && !strings.Contains(reason, "\n") && strings.TrimSpace(reason) != "" && *field == "" {
		c.NotApplicable[pointer] = oneLine(reason)
		return
	}
	delete(c.NotApplicable, pointer)
	*field = joinTexts(*field, text)
}

func isGap(text string) bool {
	folded := strings.ToLower(strings.Trim(strings.TrimSpace(text), "[].*_"))
	return folded == "" || folded == "more information needed"
}

// labelledLine is a line such as "- **Developed by:** somebody".
var labelledLine = regexp.MustCompile(`^[-*+] \*\*([^*]+?):?\*\*:?\s*(.*)$`)

// takeBullets reads labelled lines. Of several lines with one label the last
// counts, since that is where the template has it.
func (r *readmeReader) takeBullets(p *part, text string) string {
	if len(p.bullets) == 0 || !strings.Contains(text, "**") {
		return text
	}
	last := map[*bullet]string{}
	left := map[*bullet]int{}
	takeLines(text, func(line string) bool {
		if b, value := p.bullet(line); b != nil && !isGap(value) {
			last[b] = value
			left[b]++
		}
		return false
	})
	return takeLines(text, func(line string) bool {
		b, value := p.bullet(line)
		if b == nil || isGap(value) {
			return b != nil
		}
		left[b]--
		return left[b] == 0 && r.takeBullet(b, last[b])
	})
}

// takeBullet keeps the value of a labelled line; false leaves the line in the
// text. A value that is made from the front matter is not kept twice.
func (r *readmeReader) takeBullet(b *bullet, value string) bool {
	if reason, ok := strings.CutPrefix(value, notApplicableTag); ok && reason != "" {
		r.card.NotApplicable[b.pointer] = reason
		return true
	}
	if b.derive != nil && value == string(b.derive(nil, r.card)) {
		return true
	}
	if b.field == nil {
		return false
	}
	if field := b.field(r.card); *field == "" {
		*field = value
	}
	return *b.field(r.card) == value
}

// bullet finds which of the part's labelled lines a line is.
func (p *part) bullet(line string) (*bullet, string) {
	match := labelledLine.FindStringSubmatch(line)
	if match == nil {
		return nil, ""
	}
	for i := range p.bullets {
		if normalTitle(p.bullets[i].label) == normalTitle(match[1]) {
			return &p.bullets[i], oneLine(withoutBoilerplate(match[2]))
		}
	}
	return nil, ""
}

// section is a section of the team's own.
func (r *readmeReader) section(h *heading) card.Section {
	text := h.text
	for _, child := range h.children {
		text += child.markdown(2 - h.Level)
	}
	r.places[card.Pointer("sections", itoa(len(r.card.Sections)))] = r.place(h)
	return card.Section{Title: oneLine(headingText(h.Title)), Text: text}
}

// markdown is a heading with all below it, moved by so many levels: as it was
// written, where it need not be moved.
func (h *heading) markdown(by int) string {
	line := h.line
	if by != 0 {
		line = hashes[:min(max(h.Level+by, 1), len(hashes))] + " " + h.Title + "\n"
	}
	text := line + h.text
	for _, child := range h.children {
		text += child.markdown(by)
	}
	return text
}

func joinTexts(a, b string) string {
	a, b = strings.TrimRight(a, "\n \t"), strings.TrimRight(strings.TrimLeft(b, "\n"), "\n \t")
	switch {
	case strings.TrimSpace(a) == "":
		return b
	case b == "":
		return a
	}
	return a + "\n\n" + b
}

// withoutBoilerplate removes the standing texts of the Hub's template.
func withoutBoilerplate(text string) string {
	for _, standing := range boilerplate {
		if strings.Contains(text, standing) {
			text = strings.ReplaceAll(text, standing, "")
		}
	}
	return text
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
