package render

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// googleVersions are the versions of the schema that are read.
var googleVersions = []string{"0.0.1", googleVersion}

// ReadGoogle reads a model card of Google's Model Card Toolkit, of schema 0.0.1
// or 0.0.2. The two are told apart by the shape of each value and not by the
// version, which documents often lack or have wrong. The losses name, by their
// pointers in the document, what the card has no field for. The error is a
// [*card.Error].
//
// The card need not have a name: name is given to it where it has none.
func ReadGoogle(src []byte, name string) (*card.Document, []Loss, error) {
	foreign, err := card.ReadForeignJSON(src)
	if err != nil {
		return nil, nil, err
	}
	r := newForeignReader(foreign.Place)
	r.readGoogle(foreign.Value)
	return r.result(name)
}

func (r *foreignReader) readGoogle(document any) {
	root := r.object("", document)
	r.checkGoogleVersion(root)
	r.readGoogleDetails(root.object("model_details"))
	r.readGoogleParameters(root.object("model_parameters"))
	r.readGoogleAnalysis(root.object("quantitative_analysis"))
	r.readGoogleConsiderations(root.object("considerations"))
	r.refuseRest(root)
}

// refuseRest refuses the keys that nobody took, where the schema does.
func (r *foreignReader) refuseRest(o *object) {
	for _, e := range entriesOf(o.m) {
		if !slices.Contains(o.taken, e.Key) {
			r.refuse(o.at+card.Pointer(e.Key), "unknown_key", "the Model Card Toolkit's schema has no such key", "the keys are "+strings.Join(o.taken, ", "))
		}
	}
}

func (r *foreignReader) checkGoogleVersion(root *object) {
	v, at := root.take("schema_version")
	version, ok := v.(string)
	switch {
	case v == nil:
	case !ok:
		r.refuseType(at, v, "text")
	case !slices.Contains(googleVersions, version):
		r.refuse(at, "schema_version", "the versions of the schema that can be read are "+strings.Join(googleVersions, " and "), "")
	}
}

func (r *foreignReader) readGoogleDetails(o *object) {
	m := &r.card.Model
	r.readGoogleName(o)
	m.Summary = o.text("overview", "/model/summary")
	m.Documentation = o.text("documentation", "/model/documentation")
	o.each("owners", "/model/owners", func(_ int, at string, v any) {
		owner, field := r.object(at, v), "/model/owners/"+itoa(len(m.Owners))
		m.Owners = append(m.Owners, card.Party{Name: owner.text("name", field+"/name"), Contact: owner.text("contact", field+"/contact")})
		owner.rest()
	})
	version := o.object("version")
	m.Version = version.text("name", "/model/version")
	m.Date = version.text("date", "/model/date")
	m.Changes = version.text("diff", "/model/changes")
	version.rest()
	r.readGoogleLicenses(o)
	o.each("references", "/model/references", func(i int, at string, v any) {
		m.References = append(m.References, card.Reference{URL: r.wrapped(at, v, "reference", "/model/references/"+itoa(i)+"/url")})
	})
	r.readGoogleCitations(o)
	m.Path = o.text("path", "/model/path")
	o.rest()
}

// readGoogleName takes a name of the form namespace/name for an identifier:
// it is how a card without a name is written.
func (r *foreignReader) readGoogleName(o *object) {
	name := o.text("name", "/model/name")
	if isHubID(name) && strings.Contains(name, "/") {
		r.places["/model/id"] = r.places["/model/name"]
		r.card.Model.ID = name
		return
	}
	r.card.Model.Name = name
}

// readGoogleLicenses reads the licences of 0.0.2 and the one licence of 0.0.1,
// which is an identifier or a text. The toolkit itself makes of the latter a
// custom text, so a text that is an identifier is one where there is no other.
func (r *foreignReader) readGoogleLicenses(o *object) {
	license, at := o.take("license")
	r.readGoogleLicense(at, r.text(at, license, "/model/license"))
	o.each("licenses", "/model/license", func(_ int, at string, v any) {
		l := r.object(at, v)
		identifier, text := l.text("identifier", "/model/license"), l.text("custom_text", "/model/license_text")
		l.rest()
		if identifier != "" {
			hub, _ := fromSPDX(identifier)
			r.setLicense(at+"/identifier", &r.card.Model.License, hub)
		}
		r.readGoogleLicense(at+"/custom_text", text)
	})
}

func (r *foreignReader) readGoogleLicense(at, text string) {
	if hub, listed := fromSPDX(text); listed && r.card.Model.License == "" {
		r.setLicense(at, &r.card.Model.License, hub)
		return
	}
	r.setLicense(at, &r.card.Model.LicenseText, text)
}

func (r *foreignReader) setLicense(at string, field *string, value string) {
	switch {
	case value == "" || *field == value:
	case *field == "":
		*field = value
	default:
		r.lose(at, "the card has one licence, and another stands before this one")
	}
}

// wrapped is a text of 0.0.1, or the object with one text that 0.0.2 has in its
// place.
func (r *foreignReader) wrapped(at string, v any, key, field string) string {
	if _, ok := v.(string); ok {
		return r.text(at, v, field)
	}
	o := r.object(at, v)
	s := o.text(key, field)
	o.rest()
	return s
}

func (r *foreignReader) readGoogleCitations(o *object) {
	citation, at := o.take("citation")
	if _, ok := citation.(string); ok || citation == nil {
		r.card.Citation.Text = r.text(at, citation, "/citation/text")
	} else {
		r.readGoogleCitation(at, citation)
	}
	o.each("citations", "/citation", func(_ int, at string, v any) { r.readGoogleCitation(at, v) })
}

// readGoogleCitation puts a citation in the field of its style.
func (r *foreignReader) readGoogleCitation(at string, v any) {
	c, o := r.card.Citation, r.object(at, v)
	entry := card.CitationEntry{Style: o.text("style", "/citation/others/"+itoa(len(c.Others))+"/style")}
	field := "/citation/others/" + itoa(len(c.Others)) + "/citation"
	place := map[string]*string{"": &c.Text, styleBibTeX: &c.BibTeX, styleAPA: &c.APA}[entry.Style]
	if place != nil && *place == "" {
		field = map[string]string{"": "/citation/text", styleBibTeX: "/citation/bibtex", styleAPA: "/citation/apa"}[entry.Style]
	} else {
		place = nil
	}
	entry.Citation = o.text("citation", field)
	o.rest()
	if place != nil {
		*place = entry.Citation
		return
	}
	c.Others = append(c.Others, entry)
}

func (r *foreignReader) readGoogleParameters(o *object) {
	t := r.card.Technical
	t.Architecture = o.text("model_architecture", "/technical/architecture")
	r.readGoogleData(o)
	t.Inputs = r.readGooglePorts(o, "input_format", "/technical/inputs")
	t.Outputs = r.readGooglePorts(o, "output_format", "/technical/outputs")
	o.rest()
}

func (r *foreignReader) readGooglePorts(o *object, key, field string) []card.Port {
	var ports []card.Port
	if format := o.text(key, field+"/0/format"); format != "" {
		ports = append(ports, card.Port{Format: format})
	}
	o.each(key+"_map", field, func(_ int, at string, v any) {
		entry, field := r.object(at, v), field+"/"+itoa(len(ports))
		ports = append(ports, card.Port{Name: entry.text("key", field+"/name"), Format: entry.text("value", field+"/format")})
		entry.rest()
	})
	return ports
}

// readGoogleAnalysis reads all metrics to one result: the toolkit does not say
// of which task and data set they are.
func (r *foreignReader) readGoogleAnalysis(o *object) {
	var metrics []card.Metric
	o.each("performance_metrics", "/evaluation/results", func(i int, at string, v any) {
		metrics = append(metrics, r.readGoogleMetric("/evaluation/results/0/metrics/"+itoa(i), r.object(at, v)))
	})
	if len(metrics) > 0 {
		r.card.Evaluation.Results = []card.Result{{Metrics: metrics}}
	}
	r.card.Evaluation.Graphics = r.readGoogleGraphics(o.object("graphics"), "/evaluation/graphics")
	o.rest()
}

func (r *foreignReader) readGoogleMetric(field string, o *object) card.Metric {
	m := card.Metric{Type: o.text("type", field+"/type"), Slice: o.text("slice", field+"/slice")}
	m.Value = r.readGoogleValue(field+"/value", o)
	if o.has("confidence_interval") {
		m.ConfidenceInterval = r.readGoogleInterval(field+"/confidence_interval", o.object("confidence_interval"))
	}
	m.Threshold = o.number("threshold", field+"/threshold")
	o.rest()
	return m
}

// readGoogleValue is the value of a metric: a number where 0.0.1 has one or the
// text of 0.0.2 is one, else text. A metric may have none, but an interval.
func (r *foreignReader) readGoogleValue(field string, o *object) any {
	v, at := o.take("value")
	if n, ok := googleNumber(v); ok {
		r.found(field, at)
		return n
	}
	return r.text(at, v, field)
}

// googleNumber is a number, or a text that is written as JSON writes numbers.
func googleNumber(v any) (card.Number, bool) {
	s, ok := v.(string)
	if !ok {
		return card.AsNumber(v)
	}
	if s == "" || s[0] != '-' && (s[0] < '0' || s[0] > '9') || !json.Valid([]byte(s)) {
		return "", false
	}
	n, err := card.ParseNumber(s)
	return n, err == nil
}

// number takes a number, or the text of one, for a field of the card. Any other
// text is a loss.
func (o *object) number(key, field string) *card.Number {
	v, at := o.take(key)
	n, ok := googleNumber(v)
	switch _, isText := v.(string); {
	case ok:
		o.r.found(field, at)
		return &n
	case isText && v != "":
		o.r.lose(at, "it is no number, and the card has numbers alone there")
	case !isText && v != nil:
		o.r.refuseType(at, v, "a number")
	}
	return nil
}

func (r *foreignReader) readGoogleInterval(field string, o *object) *card.Interval {
	lower, upper := o.number("lower_bound", field+"/lower_bound"), o.number("upper_bound", field+"/upper_bound")
	o.rest()
	if lower != nil && upper != nil {
		return &card.Interval{LowerBound: *lower, UpperBound: *upper}
	}
	for key, bound := range map[string]*card.Number{"lower_bound": lower, "upper_bound": upper} {
		if bound != nil {
			r.lose(o.at+"/"+key, "the card has intervals with both bounds alone")
		}
	}
	return nil
}

func (r *foreignReader) readGoogleConsiderations(o *object) {
	use, c := r.card.IntendedUse, r.card.Considerations
	use.Users = r.readGoogleList(o, "users", "/intended_use/users")
	use.UseCases = r.readGoogleList(o, "use_cases", "/intended_use/use_cases")
	c.Limitations = r.readGoogleList(o, "limitations", "/considerations/limitations")
	c.Tradeoffs = r.readGoogleList(o, "tradeoffs", "/considerations/tradeoffs")
	o.each("ethical_considerations", "/considerations/ethical", func(i int, at string, v any) {
		risk, field := r.object(at, v), "/considerations/ethical/"+itoa(i)
		c.Ethical = append(c.Ethical, card.Risk{
			Name:       risk.text("name", field+"/name"),
			Mitigation: risk.text("mitigation_strategy", field+"/mitigation"),
		})
		risk.rest()
	})
	o.rest()
}

// readGoogleList is a list of texts (0.0.1) or of objects with a description
// (0.0.2).
func (r *foreignReader) readGoogleList(o *object, key, field string) []string {
	var list []string
	o.each(key, field, func(i int, at string, v any) {
		list = append(list, r.wrapped(at, v, "description", field+"/"+itoa(i)))
	})
	return list
}

// datasetUse tells by its name whether a data set is of the evaluation, and the
// name without the mark that says so.
func datasetUse(name string) (evaluation bool, unmarked string) {
	if s, ok := strings.CutSuffix(name, markEvaluation); ok {
		return true, strings.TrimSpace(s)
	}
	if s, ok := strings.CutSuffix(name, markTraining); ok {
		return false, strings.TrimSpace(s)
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(name), func(c rune) bool { return !unicode.IsLetter(c) }) {
		switch word {
		case "train", "training":
			return false, name
		case "eval", "evaluation", "test", "testing", "validation":
			evaluation = true
		}
	}
	return evaluation, name
}
