package render

import (
	"net/mail"
	"net/url"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// writeJSONLD writes a card as linked data (JSON-LD 1.1): an MLModel of FAIR4ML
// 0.1.0 with the properties that FAIR4ML defines, those that it takes from
// schema.org, and CodeMeta's referencePublication. The context stands in the
// document, so that a processor needs no network.
func writeJSONLD(c *card.Card) ([]byte, []Loss, error) {
	out, err := indentJSON(jsonldModel(c))
	return out, jsonldCarriage.losses(c, "schema.org and FAIR4ML have no term for it"), err
}

// fair4mlTerms are the terms of FAIR4ML that are used; all others are
// schema.org's.
var fair4mlTerms = []string{
	"MLModel", "MLModelEvaluation", "ethicalSocial", "evaluatedOn", "evaluationDataset", "evaluationMetrics", "evaluationResults", "fineTunedFrom",
	"hasCO2eEmissions", "hasEvaluation", "intendedUse", "mlTask", "modelCategory", "modelRisksBiasLimitations", "sharedBy", "testedOn",
	"trainedOn", "usageInstructions", "validatedOn",
}

func jsonldContext() *card.Map {
	context := objectOf(
		member{"@vocab", "http://schema.org/"},
		member{"fair4ml", "https://w3id.org/fair4ml#"},
		member{"referencePublication", "https://w3id.org/codemeta/referencePublication"},
	)
	for _, term := range fair4mlTerms {
		context.Set(term, "fair4ml:"+term)
	}
	return context
}

func jsonldModel(c *card.Card) *card.Map {
	c = withAllSections(c)
	model := objectOf(member{"@context", jsonldContext()}, member{"@type", "MLModel"})
	for _, part := range []*card.Map{jsonldIdentity(&c.Model), jsonldOrigin(c), jsonldUse(c), jsonldData(c), jsonldImpact(c)} {
		model.Entries = append(model.Entries, entriesOf(part)...)
	}
	return model
}

func jsonldIdentity(m *card.Model) *card.Map {
	return objectOf(
		member{"name", firstOf(m.Name, m.ID)},
		member{"identifier", m.ID},
		member{"headline", m.Title},
		member{"version", m.Version},
		member{"datePublished", m.Date},
		member{"releaseNotes", m.Changes},
		member{"abstract", m.Summary},
		member{"description", m.Description},
		member{"softwareHelp", jsonldNode("CreativeWork", member{"text", m.Documentation})},
		member{"author", objectOf(member{"name", m.Developers})},
		member{"funder", objectOf(member{"name", m.FundedBy})},
		member{"sharedBy", objectOf(member{"name", m.SharedBy})},
		member{"maintainer", itemsOf(m.Owners, jsonldParty)},
		member{"inLanguage", textsOf(m.Language.Values...)},
		member{"license", jsonldLicense(m)},
		member{"keywords", textsOf(m.Tags...)},
	)
}

// relationFinetune is the relation to a base model that has a term.
const relationFinetune = "finetune"

func jsonldOrigin(c *card.Card) *card.Map {
	m := &c.Model
	base := "isBasedOn"
	if m.BaseModelRelation == relationFinetune {
		base = "fineTunedFrom"
	}
	return objectOf(
		member{base, itemsOf(m.BaseModel.Values, func(id string) *card.Map { return jsonldNode("MLModel", member{"identifier", id}) })},
		member{"codeRepository", jsonldLink(m.Repository)},
		member{"referencePublication", jsonldLink(m.Paper)},
		member{"workExample", jsonldNode("CreativeWork", member{"url", jsonldLink(m.Demo)})},
		member{"citation", itemsOf(m.References, func(r card.Reference) *card.Map {
			return jsonldNode("CreativeWork", member{"name", r.Title}, member{"url", jsonldLink(r.URL)})
		})},
		member{"distribution", jsonldNode("DataDownload", member{"contentUrl", jsonldLink(m.Path)})},
		member{"creditText", jsonldCredit(c.Citation)},
	)
}

func jsonldUse(c *card.Card) *card.Map {
	use, risks := c.IntendedUse, c.Considerations
	return objectOf(
		member{"modelCategory", jsonldTexts(c.Model.Type, c.Technical.ArchitectureFamily, c.Technical.Approach)},
		member{"mlTask", jsonldTexts(c.Model.PipelineTag, c.Technical.Task)},
		member{"intendedUse", jsonldTexts(append([]string{use.Overview, use.DirectUse, use.DownstreamUse}, use.UseCases...)...)},
		member{"audience", itemsOf(withoutEmpty(use.Users), func(s string) *card.Map { return jsonldNode("Audience", member{"audienceType", s}) })},
		member{"usageInstructions", use.GetStarted},
		member{"modelRisksBiasLimitations", jsonldTexts(append(append([]string{
			risks.Overview, risks.Recommendations, use.OutOfScopeUse,
		}, risks.Limitations...), risks.Tradeoffs...)...)},
		member{"ethicalSocial", jsonldRisks(risks.Ethical)},
	)
}

func jsonldImpact(c *card.Card) *card.Map {
	emissions := ""
	if co2 := c.Environment.CO2; co2 != nil && co2.Grams != "" {
		emissions = string(co2.Grams) + " g"
	}
	return objectOf(
		member{"hasCO2eEmissions", jsonldTexts(emissions, c.Environment.CarbonEmitted)},
		member{"softwareRequirements", jsonldTexts(c.Model.LibraryName, c.Technical.Software)},
		member{"processorRequirements", c.Technical.Hardware},
	)
}

// jsonldNode is a node of a type, nil where it would say nothing else.
func jsonldNode(kind string, members ...member) *card.Map {
	node := objectOf(members...)
	if node == nil {
		return nil
	}
	node.Entries = append([]card.Entry{{Key: "@type", Value: kind}}, node.Entries...)
	return node
}

func jsonldTexts(texts ...string) []any { return textsOf(withoutEmpty(texts)...) }

// jsonldLink is a reference to an address, or text where it is none: as a
// reference it would be read relative to where the document happens to be.
func jsonldLink(s string) any {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(s, " <>\"{}|\\^`") {
		return s
	}
	return objectOf(member{"@id", s})
}

// jsonldParty has no type: a card does not say whether it is a person.
func jsonldParty(p card.Party) *card.Map {
	contact := member{"url", jsonldLink(p.Contact)}
	if address, err := mail.ParseAddress(p.Contact); err == nil && address.Address == p.Contact {
		contact = member{"email", p.Contact}
	}
	return objectOf(member{"name", p.Name}, contact, member{"jobTitle", p.Role})
}

func jsonldLicense(m *card.Model) *card.Map {
	same := ""
	if id, listed := toSPDX(m.License); listed {
		same = "https://spdx.org/licenses/" + id
	}
	return jsonldNode("CreativeWork",
		member{"identifier", m.License}, member{"sameAs", jsonldLink(same)}, member{"name", m.LicenseName},
		member{"url", jsonldLink(m.LicenseLink)}, member{"text", m.LicenseText},
	)
}

func jsonldCredit(c *card.Citation) []any {
	credits := []string{c.Text, c.BibTeX, c.APA}
	for _, e := range c.Others {
		credits = append(credits, e.Citation)
	}
	return jsonldTexts(credits...)
}

func jsonldRisks(risks []card.Risk) []any {
	texts := make([]string, 0, len(risks))
	for _, r := range risks {
		if r.Mitigation != "" {
			r.Name = strings.TrimPrefix(r.Name+"\n\nMitigation: "+r.Mitigation, "\n\n")
		}
		texts = append(texts, r.Name)
	}
	return jsonldTexts(texts...)
}
