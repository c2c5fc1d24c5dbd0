package render

import (
	"slices"
	"strconv"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

type (
	mlEnvironment struct {
		EnergyConsumptions []energyConsumption `json:"energyConsumptions"`
	}
	energyConsumption struct {
		Activity           string           `json:"activity"`
		EnergyProviders    []energyProvider `json:"energyProviders"`
		ActivityEnergyCost measure          `json:"activityEnergyCost"`
		CO2CostEquivalent  *measure         `json:"co2CostEquivalent,omitempty"`
		CO2CostOffset      *measure         `json:"co2CostOffset,omitempty"`
	}
	energyProvider struct {
		Description    string                   `json:"description,omitempty"`
		Organization   cdx.OrganizationalEntity `json:"organization"`
		EnergySource   string                   `json:"energySource"`
		EnergyProvided measure                  `json:"energyProvided"`
	}
	measure struct {
		Value card.Number `json:"value"`
		Unit  string      `json:"unit"`
	}
)

// The only units that CycloneDX has.
const (
	unitKWh    = string(cdx.MLModelEnergyUnitKWH)
	unitTonnes = string(cdx.MLModelCO2UnitTCO2Eq)
)

// environment writes the energy of each activity, which is new in CycloneDX
// 1.6.
func (w *bomWriter) environment() *mlEnvironment {
	energy := w.card.Environment.Energy
	if len(energy) == 0 {
		return nil
	}
	if w.version < cdx.SpecVersion1_6 {
		w.lose("/environment/energy", "CycloneDX "+w.version.String()+" has no environmental considerations")
		return nil
	}
	out := &mlEnvironment{}
	for i := range energy {
		out.EnergyConsumptions = append(out.EnergyConsumptions, w.consumption(&energy[i], "/environment/energy/"+itoa(i)))
	}
	return out
}

func (w *bomWriter) consumption(e *card.Energy, at string) energyConsumption {
	out := energyConsumption{
		Activity:           e.Activity,
		EnergyProviders:    []energyProvider{},
		ActivityEnergyCost: measure{e.KWh, unitKWh},
		CO2CostEquivalent:  w.tonnes(e.CO2Grams, at+"/co2_eq_grams"),
		CO2CostOffset:      w.tonnes(e.OffsetGrams, at+"/co2_eq_offset_grams"),
	}
	for _, p := range e.Providers {
		out.EnergyProviders = append(out.EnergyProviders, energyProvider{
			p.Description, cdx.OrganizationalEntity{Name: p.Organization}, p.Source, measure{p.KWh, unitKWh},
		})
	}
	return out
}

// tonnes converts grams of CO2 equivalent to tonnes.
func (w *bomWriter) tonnes(grams *card.Number, at string) *measure {
	if grams == nil {
		return nil
	}
	tonnes, err := shiftDecimal(*grams, -gramsDigits)
	if err != nil {
		w.lose(at, "CycloneDX has emissions in tonnes, in which this is too long a number")
		return nil
	}
	back, err := gramsOf(tonnes)
	if err != nil {
		w.lose(at, "CycloneDX has emissions in tonnes, from which this does not read back")
		return nil
	}
	w.loseIf(back != *grams, at, "CycloneDX has emissions in tonnes, from which it reads back as "+string(back)+" grams")
	return &measure{tonnes, unitTonnes}
}

// gramsDigits: a tonne has a million grams.
const gramsDigits = 6

// gramsOf converts tonnes to grams: an integer where it is a whole number of
// ordinary size.
func gramsOf(tonnes card.Number) (card.Number, error) {
	grams, err := shiftDecimal(tonnes, gramsDigits)
	if err != nil {
		return "", err
	}
	const exact = 1 << 53 // whole numbers up to here are exact in a float64
	if f := grams.Float64(); f == float64(int64(f)) && f > -exact && f < exact {
		return card.Int(int64(f)), nil
	}
	return grams, nil
}

// shiftDecimal multiplies a number by a power of ten in its decimal digits, so
// that only the nearest float64 of the result is taken and nothing is rounded
// on the way.
func shiftDecimal(n card.Number, digits int) (card.Number, error) {
	mantissa, exponent, _ := strings.Cut(string(n), "e")
	e, _ := strconv.Atoi(exponent) // none is 0
	return card.ParseNumber(mantissa + "e" + strconv.Itoa(e+digits))
}

var (
	energyActivities = []string{"design", "data-collection", "data-preparation", "training", "fine-tuning", "validation", "deployment", "inference", "other"}
	energySources    = []string{"coal", "oil", "natural-gas", "nuclear", "wind", "solar", "geothermal", "hydropower", "biofuel", "unknown", "other"}
)

// readEnvironment reads what each activity used.
func (r *bomReader) readEnvironment(o *bomObject) {
	for _, item := range o.objects("energyConsumptions") {
		activity := item.oneOf("activity", energyActivities)
		kWh := item.measure("activityEnergyCost", unitKWh)
		if activity == "" || kWh == "" {
			r.lose(item.at, "an energy consumption needs an activity and its energy in kWh")
			item.drop()
			continue
		}
		r.card.Environment.Energy = append(r.card.Environment.Energy, card.Energy{
			Activity: activity, KWh: kWh,
			CO2Grams: item.grams("co2CostEquivalent"), OffsetGrams: item.grams("co2CostOffset"),
			Providers: r.readProviders(item),
		})
	}
}

func (r *bomReader) readProviders(o *bomObject) []card.EnergyProvider {
	var list []card.EnergyProvider
	for _, item := range o.objects("energyProviders") {
		p := card.EnergyProvider{
			Organization: item.object("organization").text("name"),
			Source:       item.oneOf("energySource", energySources),
			KWh:          item.measure("energyProvided", unitKWh),
			Description:  item.text("description"),
		}
		if p.Source == "" || p.KWh == "" {
			r.lose(item.at, "a provider of energy needs its source and its energy in kWh")
			item.drop()
			continue
		}
		list = append(list, p)
	}
	return list
}

// oneOf is a text that is one of a list, or "".
func (o *bomObject) oneOf(key string, words []string) string {
	word := o.text(key)
	if word != "" && !slices.Contains(words, word) {
		o.lose(key, "it is none of "+strings.Join(words, ", "))
		return ""
	}
	return word
}

// measure is a quantity in a unit, or "".
func (o *bomObject) measure(key, unit string) card.Number {
	m := o.object(key)
	value, _ := m.take("value")
	n, ok := card.AsNumber(value)
	switch given := m.text("unit"); {
	case value == nil && given == "":
		return ""
	case !ok || n.Float64() < 0 || given != unit:
		o.lose(key, "it is no quantity in "+unit)
		return ""
	}
	return n
}

func (o *bomObject) grams(key string) *card.Number {
	tonnes := o.measure(key, unitTonnes)
	if tonnes == "" {
		return nil
	}
	grams, err := gramsOf(tonnes)
	if err != nil {
		o.lose(key, "it is too large in grams")
		return nil
	}
	return &grams
}
