package render

import (
	"fmt"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// googleVersion is the version of the Model Card Toolkit's schema that is
// written: its last.
const googleVersion = "0.0.2"

// writeGoogle writes a card as the Model Card Toolkit's ModelCard.to_json does:
// JSON by its schema 0.0.2, two spaces a level, the version last. It has no key
// that the toolkit does not know, since its reader refuses those.
func writeGoogle(c *card.Card) ([]byte, []Loss, error) {
	tree := googleTree(c)
	losses, err := googleLosses(c, tree)
	if err != nil {
		return nil, nil, err
	}
	out, err := indentJSON(tree)
	return out, losses, err
}

// googleLosses lists the fields that the reader of this format does not find
// in the document as the card has them.
func googleLosses(c *card.Card, tree *card.Map) ([]Loss, error) {
	r := newForeignReader(func(string) card.Place { return card.Place{} })
	r.readGoogle(tree)
	if len(r.problems) > 0 {
		return nil, fmt.Errorf("render: the Model Card Toolkit document is not one: %w", &card.Error{Kind: card.Invalid, Problems: r.problems})
	}
	if err := r.card.Normalize(); err != nil {
		return nil, fmt.Errorf("render: the Model Card Toolkit document is no card: %w", err)
	}
	return lossesBetween(c, r.card, "the Model Card Toolkit"), nil
}

// googleTree is the document. Its order is that of the toolkit's own classes.
func googleTree(c *card.Card) *card.Map {
	c = withAllSections(c)
	return objectOf(
		member{"model_details", googleDetails(c)},
		member{"model_parameters", googleParameters(c)},
		member{"quantitative_analysis", objectOf(
			member{"performance_metrics", googleMetrics(c.Evaluation.Results)},
			member{"graphics", googleGraphics(c.Evaluation.Graphics)},
		)},
		member{"considerations", googleConsiderations(c)},
		member{"schema_version", googleVersion},
	)
}

func googleDetails(c *card.Card) *card.Map {
	m := &c.Model
	return objectOf(
		member{"name", firstOf(m.Name, m.ID)},
		member{"overview", m.Summary},
		member{"documentation", m.Documentation},
		member{"owners", itemsOf(m.Owners, func(p card.Party) *card.Map {
			return objectOf(member{"name", p.Name}, member{"contact", p.Contact})
		})},
		member{"version", objectOf(member{"name", m.Version}, member{"date", m.Date}, member{"diff", m.Changes})},
		member{"licenses", googleLicenses(m)},
		member{"references", itemsOf(m.References, func(r card.Reference) *card.Map {
			return objectOf(member{"reference", r.URL})
		})},
		member{"citations", itemsOf(googleCitations(c.Citation), func(e card.CitationEntry) *card.Map {
			return objectOf(member{"style", e.Style}, member{"citation", e.Citation})
		})},
		member{"path", m.Path},
	)
}

// googleLicenses has an identifier and a text as two licences: the schema
// allows one of the two in each.
func googleLicenses(m *card.Model) []any {
	var list []any
	if m.License != "" {
		id, _ := toSPDX(m.License)
		list = append(list, objectOf(member{"identifier", id}))
	}
	if m.LicenseText != "" {
		list = append(list, objectOf(member{"custom_text", m.LicenseText}))
	}
	return list
}

// The styles of the citations that have a field of their own.
const (
	styleBibTeX = "BibTeX"
	styleAPA    = "APA"
)

func googleCitations(c *card.Citation) []card.CitationEntry {
	var list []card.CitationEntry
	for _, e := range []card.CitationEntry{{Citation: c.Text}, {Style: styleBibTeX, Citation: c.BibTeX}, {Style: styleAPA, Citation: c.APA}} {
		if e.Citation != "" {
			list = append(list, e)
		}
	}
	return append(list, c.Others...)
}

func googleParameters(c *card.Card) *card.Map {
	input, inputs := googlePorts(c.Technical.Inputs)
	output, outputs := googlePorts(c.Technical.Outputs)
	data := append(googleData(c.Training.Datasets, false), googleData(c.Evaluation.Datasets, true)...)
	return objectOf(
		member{"model_architecture", c.Technical.Architecture},
		member{"data", data},
		member{"input_format", input},
		member{"input_format_map", inputs},
		member{"output_format", output},
		member{"output_format_map", outputs},
	)
}

// googlePorts is the format of a first port without a name, and all others as
// keys with their values.
func googlePorts(ports []card.Port) (format string, keyed []any) {
	if len(ports) > 0 && ports[0].Name == "" && ports[0].Format != "" {
		format, ports = ports[0].Format, ports[1:]
	}
	return format, itemsOf(ports, func(p card.Port) *card.Map {
		return objectOf(member{"key", p.Name}, member{"value", p.Format})
	})
}

func googleData(datasets []card.Dataset, evaluation bool) []any {
	return itemsOf(datasets, func(d card.Dataset) *card.Map {
		return objectOf(
			member{"name", markUse(firstOf(d.Name, d.ID), evaluation)},
			member{"link", firstOf(d.Link, hubLink(d.ID))},
			member{"sensitive", objectOf(member{"sensitive_data", textsOf(d.SensitiveData...)})},
			member{"graphics", googleGraphics(d.Graphics)},
			member{"description", d.Description},
		)
	})
}

// The toolkit has one list of data sets for training and evaluation, in which
// a name tells them apart; one that does not gets one of these behind it.
const (
	markEvaluation = "(evaluation)"
	markTraining   = "(training)"
)

func markUse(name string, evaluation bool) string {
	mark := markTraining
	if evaluation {
		mark = markEvaluation
	}
	if got, unmarked := datasetUse(name); got == evaluation && unmarked == name {
		return name
	}
	return strings.TrimPrefix(name+" "+mark, " ")
}

// hubDatasets is where data sets of the Hugging Face Hub are.
const hubDatasets = "https://huggingface.co/datasets/"

// hubLink is the address of a data set of the Hub, "" for what is no
// identifier of one.
func hubLink(id string) string {
	if !isHubID(id) {
		return ""
	}
	return hubDatasets + id
}

// isHubID tells whether a text is an identifier on the Hub, with a namespace
// or, as the oldest data sets, without.
func isHubID(id string) bool {
	_, err := card.ParseID(id)
	return err == nil
}

func googleGraphics(g *card.Graphics) *card.Map {
	if g == nil {
		return nil
	}
	return objectOf(
		member{"description", g.Description},
		member{"collection", itemsOf(g.Collection, func(g card.Graphic) *card.Map {
			return objectOf(member{"name", g.Name}, member{"image", g.Image})
		})},
	)
}

// googleMetrics is one list of the metrics of all results. Where there are
// several, a metric says in its slice which data set it is from.
func googleMetrics(results []card.Result) []any {
	var list []any
	for i := range results {
		dataset := ""
		if len(results) > 1 {
			dataset = firstOf(results[i].Dataset.Name, results[i].Dataset.Type)
		}
		list = append(list, itemsOf(results[i].Metrics, func(m card.Metric) *card.Map {
			return objectOf(
				member{"type", m.Type},
				member{"value", card.Text(m.Value)},
				member{"slice", firstOf(m.Slice, dataset)},
				member{"confidence_interval", googleInterval(m.ConfidenceInterval)},
			)
		})...)
	}
	return list
}

func googleInterval(i *card.Interval) *card.Map {
	if i == nil {
		return nil
	}
	return objectOf(member{"lower_bound", string(i.LowerBound)}, member{"upper_bound", string(i.UpperBound)})
}

func googleConsiderations(c *card.Card) *card.Map {
	described := func(s string) *card.Map { return objectOf(member{"description", s}) }
	return objectOf(
		member{"users", itemsOf(c.IntendedUse.Users, described)},
		member{"use_cases", itemsOf(c.IntendedUse.UseCases, described)},
		member{"limitations", itemsOf(c.Considerations.Limitations, described)},
		member{"tradeoffs", itemsOf(c.Considerations.Tradeoffs, described)},
		member{"ethical_considerations", itemsOf(c.Considerations.Ethical, func(r card.Risk) *card.Map {
			return objectOf(member{"name", r.Name}, member{"mitigation_strategy", r.Mitigation})
		})},
	)
}
