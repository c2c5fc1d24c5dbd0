package render

import (
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Names of properties begin with this; see docs/formats.md.
const propertyPrefix = "mcg:"

// bomProperty is a short fact of a card that CycloneDX has no field for: a
// property of the component, named by the path of the field in the card.
type bomProperty struct {
	pointer string
	text    func(c *card.Card) *string
	number  func(c *card.Card) **card.Number
}

func (p *bomProperty) name() string { return propertyName(p.pointer) }

// propertyName is the name of the property for the field at a pointer.
func propertyName(pointer string) string {
	return propertyPrefix + strings.ReplaceAll(pointer[1:], "/", ".")
}

const (
	languagePointer  = "/model/language"
	baseModelPointer = "/model/base_model"
	metricsPointer   = "/evaluation/metrics"
	emissionsPointer = "/environment/co2_eq_emissions"

	// propertyList names a field that is a list in the card, although it has one
	// entry and could be a text.
	propertyList = propertyPrefix + "list"

	// A hyperparameter is a property of the model card, which has this and its
	// name for a name.
	hyperparameterPrefix = propertyPrefix + "hyperparameter:"
)

// bomProperties serve the writer and the reader. The languages and the metrics
// are properties too, one for each, and the emissions in grams.
var bomProperties = []bomProperty{
	{pointer: "/model/title", text: func(c *card.Card) *string { return &c.Model.Title }},
	{pointer: "/model/date", text: func(c *card.Card) *string { return &c.Model.Date }},
	{pointer: "/model/summary", text: func(c *card.Card) *string { return &c.Model.Summary }},
	{pointer: "/model/funded_by", text: func(c *card.Card) *string { return &c.Model.FundedBy }},
	{pointer: "/model/type", text: func(c *card.Card) *string { return &c.Model.Type }},
	{pointer: "/model/base_model_relation", text: func(c *card.Card) *string { return &c.Model.BaseModelRelation }},
	{pointer: "/model/new_version", text: func(c *card.Card) *string { return &c.Model.NewVersion }},
	{pointer: "/model/library_name", text: func(c *card.Card) *string { return &c.Model.LibraryName }},
	{pointer: "/model/pipeline_tag", text: func(c *card.Card) *string { return &c.Model.PipelineTag }},
	{pointer: "/training/regime", text: func(c *card.Card) *string { return &c.Training.Regime }},
	{pointer: "/environment/hardware_type", text: func(c *card.Card) *string { return &c.Environment.HardwareType }},
	{pointer: "/environment/hours_used", text: func(c *card.Card) *string { return &c.Environment.HoursUsed }},
	{pointer: "/environment/cloud_provider", text: func(c *card.Card) *string { return &c.Environment.CloudProvider }},
	{pointer: "/environment/cloud_region", text: func(c *card.Card) *string { return &c.Environment.CloudRegion }},
	{pointer: "/environment/carbon_emitted", text: func(c *card.Card) *string { return &c.Environment.CarbonEmitted }},
	{pointer: emissionsPointer + "/source", text: func(c *card.Card) *string { return &emissionsOf(c).Source }},
	{pointer: emissionsPointer + "/training_type", text: func(c *card.Card) *string { return &emissionsOf(c).TrainingType }},
	{pointer: emissionsPointer + "/geographical_location", text: func(c *card.Card) *string { return &emissionsOf(c).Location }},
	{pointer: emissionsPointer + "/hardware_used", text: func(c *card.Card) *string { return &emissionsOf(c).Hardware }},
	{pointer: "/technical/parameters", number: func(c *card.Card) **card.Number { return &c.Technical.Parameters }},
	{pointer: "/technical/training_flops", number: func(c *card.Card) **card.Number { return &c.Technical.TrainingFLOPs }},
	{pointer: "/technical/context_length", number: func(c *card.Card) **card.Number { return &c.Technical.ContextLength }},
}

// emissionsOf are those of the card, or ones that say nothing.
func emissionsOf(c *card.Card) *card.Emissions {
	return orEmpty(c.Environment.CO2, &card.Emissions{})
}

func (w *bomWriter) properties() []cdx.Property {
	var list []cdx.Property
	add := func(pointer, value string) {
		if value != "" {
			list = append(list, cdx.Property{Name: propertyName(pointer), Value: value})
		}
	}
	if w.card.Model.ID != "" {
		add("/model/name", w.card.Model.Name)
	}
	for i := range bomProperties {
		p := &bomProperties[i]
		if p.text != nil {
			add(p.pointer, *p.text(w.card))
		} else if n := *p.number(w.card); n != nil {
			add(p.pointer, string(*n))
		}
	}
	co2 := emissionsOf(w.card)
	add(emissionsPointer, string(co2.Grams))
	w.loseIf(!co2.Plain && *co2 == card.Emissions{Grams: co2.Grams} && co2.Grams != "", emissionsPointer, "a mapping of emissions alone reads back as a number")
	list = appendProperties(list, languagePointer, w.card.Model.Language.Values)
	list = appendListOfOne(list, languagePointer, w.card.Model.Language)
	list = appendListOfOne(list, baseModelPointer, w.card.Model.BaseModel)
	return appendProperties(list, metricsPointer, w.card.Evaluation.Metrics)
}

func appendListOfOne(list []cdx.Property, pointer string, o card.OneOrMany) []cdx.Property {
	if o.Single || len(o.Values) != 1 {
		return list
	}
	return append(list, cdx.Property{Name: propertyList, Value: pointer[1:]})
}

// appendProperties appends a property for each value of a list.
func appendProperties(list []cdx.Property, pointer string, values []string) []cdx.Property {
	for _, v := range values {
		list = append(list, cdx.Property{Name: propertyName(pointer), Value: v})
	}
	return list
}

// hyperparameters are properties of the model card, their values texts or JSON.
func (w *bomWriter) hyperparameters() []cdx.Property {
	var list []cdx.Property
	for _, e := range entriesOf(w.card.Training.Hyperparameters) {
		list = append(list, cdx.Property{Name: hyperparameterPrefix + e.Key, Value: string(card.AppendPlain(nil, e.Value))})
	}
	return list
}

// readProperties reads the properties of a component that are ours.
func (r *bomReader) readProperties(c *bomObject) {
	for _, item := range c.objects("properties") {
		name, value := item.text("name"), item.text("value")
		if !strings.HasPrefix(name, propertyPrefix) || !r.takeProperty(name, value) {
			r.lose(item.at, noField)
			item.drop()
			continue
		}
		r.found("/"+strings.ReplaceAll(strings.TrimPrefix(name, propertyPrefix), ".", "/"), item.at)
	}
}

// takeProperty puts a property in its field; false means that there is no such
// property, or that its field has a value or cannot have this one.
func (r *bomReader) takeProperty(name, value string) bool {
	c := r.card
	switch name {
	case propertyList:
		if value != languagePointer[1:] && value != baseModelPointer[1:] {
			return false
		}
		r.lists["/"+value] = true
		return true
	case propertyName("/model/name"):
		return setText(&c.Model.Name, value)
	case propertyName(languagePointer):
		c.Model.Language.Values = append(c.Model.Language.Values, value)
		return true
	case propertyName(metricsPointer):
		c.Evaluation.Metrics = append(c.Evaluation.Metrics, value)
		return true
	case propertyName(emissionsPointer):
		return setNumber(&c.Environment.CO2.Grams, value)
	}
	for i := range bomProperties {
		p := &bomProperties[i]
		switch {
		case p.name() != name:
		case p.text != nil:
			return setText(p.text(c), value)
		default:
			var n card.Number
			if *p.number(c) != nil || !setNumber(&n, value) {
				return false
			}
			*p.number(c) = &n
			return true
		}
	}
	return false
}

func setText(field *string, value string) bool {
	if *field != "" {
		return false
	}
	*field = value
	return true
}

// setNumber sets a number that cannot be negative.
func setNumber(field *card.Number, value string) bool {
	n, err := card.ParseNumber(value)
	if err != nil || n.Float64() < 0 || *field != "" {
		return false
	}
	*field = n
	return true
}

func (r *bomReader) readHyperparameters(modelCard *bomObject) {
	parameters := &card.Map{}
	for _, item := range modelCard.objects("properties") {
		name, ours := strings.CutPrefix(item.text("name"), hyperparameterPrefix)
		if _, double := parameters.Get(name); double || !ours {
			r.lose(item.at, noField)
			item.drop()
			continue
		}
		parameters.Set(name, card.ParseValue(item.text("value")))
	}
	r.card.Training.Hyperparameters = parameters
}
