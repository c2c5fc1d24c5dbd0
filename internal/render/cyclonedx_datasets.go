package render

import (
	"regexp"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Properties of a data component, which CycloneDX has no fields for.
const (
	propertySplit   = propertyPrefix + "dataset.split"
	propertyUsedFor = propertyPrefix + "dataset.used_for"

	usedForTraining   = "training"
	usedForEvaluation = "evaluation"
)

// dataComponents are the data sets of training, then those of the evaluation.
func (w *bomWriter) dataComponents() []cdx.Component {
	var list []cdx.Component
	for i := range w.card.Training.Datasets {
		list = append(list, w.dataset(&w.card.Training.Datasets[i], "/training/datasets/"+itoa(i), len(list)+1, usedForTraining))
	}
	for i := range w.card.Evaluation.Datasets {
		list = append(list, w.dataset(&w.card.Evaluation.Datasets[i], "/evaluation/datasets/"+itoa(i), len(list)+1, usedForEvaluation))
	}
	return list
}

// dataset is a data set as a component: its identifier is the component's name,
// its name that of the data in it. Without an identifier both have the name;
// without either the component, which must have one, is named by its bom-ref.
func (w *bomWriter) dataset(d *card.Dataset, at string, number int, usedFor string) cdx.Component {
	data := cdx.ComponentData{
		Type: cdx.ComponentDataTypeDataset, Name: d.Name,
		Classification: d.Classification, SensitiveData: libraryList(d.SensitiveData), Description: d.Description,
		Governance: w.governance(d.Governance, at+"/governance"), Graphics: w.graphics(d.Graphics, at+"/graphics"),
	}
	if d.Link != "" && w.isAddress(d.Link, at+"/link") {
		data.Contents = &cdx.ComponentDataContents{URL: d.Link}
	}
	c := cdx.Component{BOMRef: "data-" + itoa(number), Type: cdx.ComponentTypeData, Data: &[]cdx.ComponentData{data}}
	switch {
	case d.ID != "":
		c.Group, c.Name = splitName(d.ID)
		w.loseIf(d.ID == d.Name || d.ID == c.BOMRef && d.Name == "", at+"/id", "it is the name of the data too, and reads back as the name alone")
	default:
		c.Name = firstOf(d.Name, c.BOMRef)
	}
	properties := []cdx.Property{{Name: propertyUsedFor, Value: usedFor}}
	if d.Split != "" {
		properties = append(properties, cdx.Property{Name: propertySplit, Value: d.Split})
	}
	c.Properties = &properties
	return c
}

func (w *bomWriter) governance(g *card.Governance, at string) *cdx.DataGovernance {
	if g == nil {
		return nil
	}
	return &cdx.DataGovernance{
		Custodians: w.parties(g.Custodians, at+"/custodians"),
		Stewards:   w.parties(g.Stewards, at+"/stewards"),
		Owners:     w.parties(g.Owners, at+"/owners"),
	}
}

func (w *bomWriter) parties(parties []card.Party, at string) *[]cdx.ComponentDataGovernanceResponsibleParty {
	var list []cdx.ComponentDataGovernanceResponsibleParty
	for i, p := range parties {
		here := at + "/" + itoa(i)
		w.loseIf(p.Role != "", here+"/role", noPlace)
		list = append(list, w.party(p, here))
	}
	return libraryList(list)
}

// party is a person where the card has an email address, and an organisation
// otherwise.
func (w *bomWriter) party(p card.Party, at string) cdx.ComponentDataGovernanceResponsibleParty {
	if isEmail(p.Contact) {
		return cdx.ComponentDataGovernanceResponsibleParty{Contact: &cdx.OrganizationalContact{Name: p.Name, Email: p.Contact}}
	}
	o := &cdx.OrganizationalEntity{Name: p.Name}
	if p.Contact != "" && w.isAddress(p.Contact, at+"/contact") {
		o.URL = &[]string{p.Contact}
	}
	return cdx.ComponentDataGovernanceResponsibleParty{Organization: o}
}

// email is narrower than RFC 6531, so that every validator takes what it
// matches.
var email = regexp.MustCompile(`^[A-Za-z0-9_%+-]+(\.[A-Za-z0-9_%+-]+)*@[A-Za-z0-9]+(-[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-[A-Za-z0-9]+)*)+$`)

func isEmail(s string) bool { return len(s) <= 254 && email.MatchString(s) }

func (w *bomWriter) graphics(g *card.Graphics, at string) *cdx.ComponentDataGraphics {
	if g == nil {
		return nil
	}
	var list []cdx.ComponentDataGraphic
	for i := range g.Collection {
		graphic := cdx.ComponentDataGraphic{Name: g.Collection[i].Name}
		if image := g.Collection[i].Image; image != "" {
			graphic.Image = &cdx.AttachedText{Content: image, ContentType: g.Collection[i].ContentType, Encoding: base64Encoding}
		} else {
			w.loseIf(g.Collection[i].ContentType != "", at+"/collection/"+itoa(i)+"/content_type", "CycloneDX has it with the picture alone")
		}
		list = append(list, graphic)
	}
	return &cdx.ComponentDataGraphics{Description: g.Description, Collection: libraryList(list)}
}

const base64Encoding = "base64"

// base64Text is what a card takes for a picture in Base64.
var base64Text = regexp.MustCompile(`^[A-Za-z0-9+/\r\n]*={0,2}\s*$`)

// readDatasets reads data sets that stand in the model card, or that it refers
// to.
func (r *bomReader) readDatasets(parameters *bomObject) {
	for _, item := range parameters.objects("datasets") {
		ref := item.text("ref")
		if ref == "" {
			r.addDataset(r.readDataset(item), "")
			continue
		}
		c, ok := r.data[ref]
		if !ok {
			item.lose("ref", "no component of type data has this bom-ref")
			continue
		}
		delete(r.data, ref) // what is left has no reader
		r.readDataComponent(c, ref)
	}
}

func (r *bomReader) addDataset(d card.Dataset, usedFor string) {
	if usedFor == usedForEvaluation {
		r.card.Evaluation.Datasets = append(r.card.Evaluation.Datasets, d)
		return
	}
	r.card.Training.Datasets = append(r.card.Training.Datasets, d)
}

// readDataComponent reads the first data of a component.
func (r *bomReader) readDataComponent(c *bomObject, ref string) {
	c.take("type")
	var d card.Dataset
	for i, item := range c.objects("data") {
		if i > 0 {
			r.lose(item.at, "a data set of a card is one piece of data; the first is read")
			item.drop()
			continue
		}
		d = r.readDataset(item)
	}
	if name := joinName(c.text("group"), c.text("name")); name != d.Name && (name != ref || d.Name != "") {
		d.ID = name
	}
	if text := c.text("description"); d.Description == "" {
		d.Description = text
	} else if text != "" {
		c.lose("description", "the data in the component has a description of its own")
	}
	usedFor := ""
	for _, p := range c.objects("properties") {
		switch name := p.text("name"); {
		case name == propertySplit && d.Split == "":
			d.Split = p.text("value")
		case name == propertyUsedFor && usedFor == "":
			usedFor = p.text("value")
		default:
			r.lose(p.at, noField)
			p.drop()
		}
	}
	r.addDataset(d, usedFor)
}

func (r *bomReader) readDataset(o *bomObject) card.Dataset {
	if kind := o.text("type"); kind != string(cdx.ComponentDataTypeDataset) && kind != "" {
		o.lose("type", "a card has data sets alone")
	}
	return card.Dataset{
		Name: o.text("name"), Link: o.object("contents").text("url"),
		Classification: o.text("classification"), SensitiveData: o.texts("sensitiveData"), Description: o.text("description"),
		Governance: r.readGovernance(o.object("governance")), Graphics: r.readGraphics(o.object("graphics")),
	}
}

func (r *bomReader) readGovernance(o *bomObject) *card.Governance {
	return &card.Governance{
		Custodians: r.readParties(o, "custodians"), Stewards: r.readParties(o, "stewards"), Owners: r.readParties(o, "owners"),
	}
}

func (r *bomReader) readParties(o *bomObject, key string) []card.Party {
	var list []card.Party
	for _, item := range o.objects(key) {
		organization, contact := item.object("organization"), item.object("contact")
		p := card.Party{Name: firstOf(organization.text("name"), contact.text("name")), Contact: contact.text("email")}
		if p.Contact == "" {
			p.Contact = contact.text("phone")
		}
		for i, url := range organization.texts("url") {
			if p.Contact == "" {
				p.Contact = url
			} else {
				r.lose(organization.at+"/url/"+itoa(i), "a card has one contact of a party")
			}
		}
		list = append(list, p)
	}
	return list
}

func (r *bomReader) readGraphics(o *bomObject) *card.Graphics {
	g := &card.Graphics{Description: o.text("description")}
	for _, item := range o.objects("collection") {
		image := item.object("image")
		g.Collection = append(g.Collection, card.Graphic{
			Name: item.text("name"), Image: image.attachment(), ContentType: image.text("contentType"),
		})
	}
	return g
}
