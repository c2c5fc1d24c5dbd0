package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// knowsCycloneDX recognises a BOM by the first key that the specification
// requires.
func knowsCycloneDX(members map[string]json.RawMessage) bool {
	return string(members["bomFormat"]) == `"`+cdx.BOMFormat+`"`
}

// readVersions are the versions of CycloneDX that have model cards.
var readVersions = []string{cdx.SpecVersion1_5.String(), cdx.SpecVersion1_6.String(), cdx.SpecVersion1_7.String()}

// readCycloneDX reads a CycloneDX BOM in JSON, version 1.5, 1.6 or 1.7, to the
// card of the model in it. The model is metadata.component where that is one,
// or else the only component of type machine-learning-model; a BOM with several
// is refused, since a card is about one. The losses name what the card has no
// field for, unknown keys and other components among it. The error is a
// [*card.Error].
func readCycloneDX(src []byte, _ string) (*card.Document, []Loss, error) {
	document, err := card.ReadForeignJSON(src)
	if err != nil {
		return nil, nil, err
	}
	r := &bomReader{
		card: allSections(), place: document.Place,
		places: map[string]card.Place{}, data: map[string]*bomObject{}, lists: map[string]bool{},
	}
	r.card.Environment.CO2 = &card.Emissions{}
	root, ok := document.Value.(*card.Map)
	if !ok {
		return nil, nil, r.refuse("", "not_cyclonedx", "a BOM is an object", "")
	}
	if err := r.readBOM(r.newObject(root, "")); err != nil {
		return nil, nil, err
	}
	doc := card.NewDocument(r.card, nil, r.places)
	if err := r.card.Normalize(); err != nil {
		return nil, nil, doc.Locate(err)
	}
	if err := r.checkLimits(); err != nil {
		return nil, nil, err
	}
	return doc, r.allLosses(), nil
}

// checkLimits refuses a card that is over the limits of a card document: what a
// BOM has in Base64, or in JSON within a text, is larger and deeper in a card.
func (r *bomReader) checkLimits() error {
	_, err := card.ReadJSON(r.card.Canonical())
	var e *card.Error
	if !errors.As(err, &e) || len(e.Problems) == 0 {
		return err
	}
	return r.refuse("", "over_limit", "the card of this BOM cannot be kept: "+e.Problems[0].Detail, e.Problems[0].Hint)
}

// bomReader reads a BOM key by key. What of an object is not read at the end
// is a loss.
type bomReader struct {
	card    *card.Card
	place   func(pointer string) card.Place
	places  map[string]card.Place
	losses  []Loss
	objects []*bomObject
	data    map[string]*bomObject // data components that nobody has read, by bom-ref
	lists   map[string]bool       // fields that are lists, although they have one entry
	encoded int                   // bytes of attachments that were not in Base64
}

func (r *bomReader) lose(pointer, detail string) {
	r.losses = append(r.losses, Loss{pointer, detail})
}

// found says where in the BOM a field of the card is.
func (r *bomReader) found(field, pointer string) { r.places[field] = r.place(pointer) }

// refuse is the refusal of a BOM that can be read, but not to a card.
func (r *bomReader) refuse(pointer, code, detail, hint string) error {
	at := r.place(pointer)
	return &card.Error{Kind: card.Invalid, Problems: []card.Problem{{
		Pointer: pointer, Line: at.Line, Column: at.Column, Code: code, Detail: detail, Hint: hint,
	}}}
}

// readBOM reads the document and the model in it.
func (r *bomReader) readBOM(bom *bomObject) error {
	// These are of the document, and not of what it describes.
	bom.take("$schema")
	bom.take("serialNumber")
	bom.take("version")
	if format := bom.text("bomFormat"); format != cdx.BOMFormat {
		return r.refuse("/bomFormat", "not_cyclonedx", "the document is no CycloneDX BOM", `it has "bomFormat": "CycloneDX"`)
	}
	if version := bom.text("specVersion"); !slices.Contains(readVersions, version) {
		return r.refuse("/specVersion", "unsupported_version", fmt.Sprintf("version %q of CycloneDX cannot be read", version),
			"model cards are read from versions "+strings.Join(readVersions, ", "))
	}
	metadata := bom.object("metadata")
	r.card.Contact.Authors = strings.Join(r.names(metadata, "authors"), ", ")
	model, err := r.findModel(bom, metadata)
	if err != nil {
		return err
	}
	return r.readModel(model)
}

// located is a component before anything of it is read.
type located struct {
	component *card.Map
	at        string
}

func (l located) is(kind cdx.ComponentType) bool {
	value, _ := l.component.Get("type")
	return value == string(kind)
}

// componentsBelow lists the components of an object, each followed by those in
// it.
func componentsBelow(m *card.Map, at string) []located {
	value, _ := m.Get("components")
	list, _ := value.([]any)
	var all []located
	for i, item := range list {
		if c, ok := item.(*card.Map); ok {
			here := at + "/components/" + itoa(i)
			all = append(append(all, located{c, here}), componentsBelow(c, here)...)
		}
	}
	return all
}

// findModel finds the model that the BOM is about. All components but it and
// the data that it refers to are losses.
func (r *bomReader) findModel(bom, metadata *bomObject) (*bomObject, error) {
	components := componentsBelow(bom.m, "")
	var models []located
	if value, _ := metadata.m.Get("component"); value != nil {
		main, _ := value.(*card.Map)
		if l := (located{main, "/metadata/component"}); main != nil && l.is(cdx.ComponentTypeMachineLearningModel) {
			models = append(models, l)
			metadata.take("component")
		}
	}
	if len(models) == 0 {
		for _, l := range components {
			if l.is(cdx.ComponentTypeMachineLearningModel) {
				models = append(models, l)
			}
		}
	}
	switch len(models) {
	case 0:
		return nil, r.refuse("", "no_model", "the BOM has no component of type machine-learning-model", "")
	case 1:
	default:
		return nil, r.refuse(models[1].at, "several_models", fmt.Sprintf("the BOM has %d models, and a card is about one", len(models)),
			"name the one that is meant as metadata.component")
	}
	r.sortComponents(bom, components, models[0])
	return r.newObject(models[0].component, models[0].at), nil
}

// sortComponents keeps the data components for the model to refer to, and
// reports the others.
func (r *bomReader) sortComponents(bom *bomObject, components []located, model located) {
	bom.take("components")
	for _, l := range components {
		ref, _ := l.component.Get("bom-ref")
		name, _ := ref.(string)
		switch nested := strings.Contains(strings.TrimPrefix(l.at, "/components/"), "/"); {
		case l.at == model.at:
		case l.is(cdx.ComponentTypeData) && name != "" && r.data[name] == nil:
			r.data[name] = r.newObject(l.component, l.at)
		case !nested:
			r.lose(l.at, "a card is about one model; of other components only the data that it refers to is read")
		}
	}
}

// readModel reads the component of the model.
func (r *bomReader) readModel(c *bomObject) error {
	c.take("type")
	if strings.TrimSpace(c.text("name")) == "" {
		return r.refuse(c.at, "required", "the component of the model has no name", "CycloneDX requires one")
	}
	r.readName(c)
	m := &r.card.Model
	m.Version = c.text("version")
	m.Tags = c.texts("tags")
	r.readPeople(c)
	r.readLicenses(c)
	r.readReferences(c)
	r.readProperties(c)
	if co2 := r.card.Environment.CO2; co2.Grams != "" {
		co2.Plain = *co2 == card.Emissions{Grams: co2.Grams}
	}
	m.Language.Single = len(m.Language.Values) == 1 && !r.lists[languagePointer]
	if text := c.text("description"); text != m.Summary { // else the summary stands in for it
		m.Description = text
		r.found("/model/description", c.at+"/description")
	}
	r.readPedigree(c.object("pedigree"))
	r.readModelCard(c.object("modelCard"))
	for _, left := range r.data {
		r.lose(left.at, "the model does not refer to this data")
		left.drop()
	}
	return nil
}

// readName reads group and name to the identifier where they are one.
func (r *bomReader) readName(c *bomObject) {
	m := &r.card.Model
	group, name := c.text("group"), c.text("name")
	r.found("/model", c.at)
	if id, err := card.ParseID(joinName(group, name)); group != "" && err == nil {
		m.ID = id.String()
		r.found("/model/id", c.at+"/name")
		return
	}
	m.Name = name
	r.found("/model/name", c.at+"/name")
	if group != "" {
		c.lose("group", "group and name do not make an identifier of a card")
	}
}

// readPeople reads who made the model and who shares it. CycloneDX has several
// fields for each; the first that is given is read.
func (r *bomReader) readPeople(c *bomObject) {
	m := &r.card.Model
	m.Developers = strings.Join(r.names(c, "authors"), ", ")
	for _, maker := range []struct {
		key, name string
	}{{"author", c.text("author")}, {"manufacturer", c.object("manufacturer").text("name")}} {
		if maker.name != "" && !setText(&m.Developers, maker.name) {
			c.lose(maker.key, "who developed the model is read from authors")
		}
	}
	m.SharedBy = c.object("supplier").text("name")
	if publisher := c.text("publisher"); publisher != "" && !setText(&m.SharedBy, publisher) {
		c.lose("publisher", "who shares the model is read from its supplier")
	}
}

// names are the names of a list of contacts.
func (r *bomReader) names(o *bomObject, key string) []string {
	var names []string
	for _, contact := range o.objects(key) {
		if name := contact.text("name"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// readPedigree reads the ancestors to the base models.
func (r *bomReader) readPedigree(o *bomObject) {
	base := &r.card.Model.BaseModel
	for _, item := range o.objects("ancestors") {
		item.take("type")
		base.Values = append(base.Values, joinName(item.text("group"), item.text("name")))
	}
	base.Single = len(base.Values) == 1 && !r.lists[baseModelPointer]
}
