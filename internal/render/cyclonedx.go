package render

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// Of the library's types, those that cannot hold a card are replaced: its model
// card has no properties, and its measures are float32. See
// docs/decisions/0012-cyclonedx-types.md.
type (
	mlBOM struct {
		JSONSchema   string          `json:"$schema"`
		BOMFormat    string          `json:"bomFormat"`
		SpecVersion  cdx.SpecVersion `json:"specVersion"`
		SerialNumber string          `json:"serialNumber"`
		Version      int             `json:"version"`
		Metadata     mlMetadata      `json:"metadata"`
		Components   []cdx.Component `json:"components,omitempty"`
	}
	mlMetadata struct {
		Authors   *[]cdx.OrganizationalContact `json:"authors,omitempty"`
		Component mlComponent                  `json:"component"`
	}
	mlComponent struct {
		cdx.Component
		ModelCard mlCard `json:"modelCard"`
	}
	mlCard struct {
		ModelParameters      *cdx.MLModelParameters      `json:"modelParameters,omitempty"`
		QuantitativeAnalysis *cdx.MLQuantitativeAnalysis `json:"quantitativeAnalysis,omitempty"`
		Considerations       *mlConsiderations           `json:"considerations,omitempty"`
		Properties           *[]cdx.Property             `json:"properties,omitempty"`
	}
	mlConsiderations struct {
		cdx.MLModelCardConsiderations
		EnvironmentalConsiderations *mlEnvironment `json:"environmentalConsiderations,omitempty"`
	}
)

// modelRef is the bom-ref of the model that a BOM of ours describes.
const modelRef = "model"

// cycloneDXWriter gives the writer of CycloneDX ML-BOMs in JSON, in a version
// of the specification from 1.5 on.
func cycloneDXWriter(version cdx.SpecVersion) func(*card.Card) ([]byte, []Loss, error) {
	return func(c *card.Card) ([]byte, []Loss, error) {
		full := withAllSections(c)
		w := &bomWriter{card: full, version: version}
		bom := w.bom(c.Digest())
		w.loseUnplaced(c)
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(bom); err != nil {
			return nil, nil, err
		}
		return b.Bytes(), w.sortedLosses(), nil
	}
}

type bomWriter struct {
	card    *card.Card // with all its sections
	version cdx.SpecVersion
	losses  []Loss
}

func (w *bomWriter) lose(pointer, detail string) {
	w.losses = append(w.losses, Loss{pointer, detail})
}

// loseIf reports a field that is lost where the card has it.
func (w *bomWriter) loseIf(has bool, pointer, detail string) {
	if has {
		w.lose(pointer, detail)
	}
}

// sortedLosses has one loss for a pointer.
func (w *bomWriter) sortedLosses() []Loss {
	slices.SortStableFunc(w.losses, func(a, b Loss) int { return strings.Compare(a.Pointer, b.Pointer) })
	return slices.CompactFunc(w.losses, func(a, b Loss) bool { return a.Pointer == b.Pointer })
}

// bom has no time stamp, and its serial number is made from the digest of the
// card and the version of the specification, so that one card is one document.
func (w *bomWriter) bom(digest string) *mlBOM {
	name := "cyclonedx-" + w.version.String() + " " + digest
	data := w.dataComponents()
	return &mlBOM{
		JSONSchema:   "http://cyclonedx.org/schema/bom-" + w.version.String() + ".schema.json",
		BOMFormat:    cdx.BOMFormat,
		SpecVersion:  w.version,
		SerialNumber: uuid.NewSHA1(uuid.NameSpaceOID, []byte(name)).URN(),
		Version:      1,
		Metadata:     mlMetadata{Authors: contacts(w.card.Contact.Authors), Component: w.component(data)},
		Components:   data,
	}
}

// contacts is a list of one contact whose name is all that the card says.
func contacts(name string) *[]cdx.OrganizationalContact {
	if name == "" {
		return nil
	}
	return &[]cdx.OrganizationalContact{{Name: name}}
}

func (w *bomWriter) component(data []cdx.Component) mlComponent {
	m := &w.card.Model
	c := cdx.Component{
		BOMRef:             modelRef,
		Type:               cdx.ComponentTypeMachineLearningModel,
		Name:               m.Name,
		Version:            w.versionLabel(),
		Description:        firstOf(m.Description, m.Summary), // the summary is a property too
		Licenses:           w.licenses(),
		Pedigree:           w.pedigree(),
		ExternalReferences: libraryList(w.references()),
		Properties:         libraryList(w.properties()),
	}
	w.loseIf(m.Description != "" && m.Description == m.Summary, "/model/description", "it is the summary, and reads back as the summary alone")
	if m.ID != "" {
		c.Group, c.Name = splitName(m.ID)
	}
	if m.SharedBy != "" {
		c.Supplier = &cdx.OrganizationalEntity{Name: m.SharedBy}
	}
	w.setAuthors(&c)
	return mlComponent{c, w.modelCard(data)}
}

// setAuthors sets what CycloneDX 1.6 has new, and 1.5 in part.
func (w *bomWriter) setAuthors(c *cdx.Component) {
	if w.version < cdx.SpecVersion1_6 {
		c.Author = w.card.Model.Developers
		w.loseIf(len(w.card.Model.Tags) > 0, "/model/tags", "CycloneDX "+w.version.String()+" has no tags")
		return
	}
	c.Authors = contacts(w.card.Model.Developers)
	c.Tags = libraryList(w.card.Model.Tags)
}

// maxVersionLength is how long the version of a component may be, in
// characters.
const maxVersionLength = 1024

func (w *bomWriter) versionLabel() string {
	if len([]rune(w.card.Model.Version)) > maxVersionLength {
		w.lose("/model/version", "a version in CycloneDX has at most 1024 characters")
		return ""
	}
	return w.card.Model.Version
}

// pedigree has the base models as ancestors.
func (w *bomWriter) pedigree() *cdx.Pedigree {
	base := w.card.Model.BaseModel
	var ancestors []cdx.Component
	for _, name := range base.Values {
		a := cdx.Component{Type: cdx.ComponentTypeMachineLearningModel}
		a.Group, a.Name = splitName(name)
		ancestors = append(ancestors, a)
	}
	if ancestors == nil {
		return nil
	}
	return &cdx.Pedigree{Ancestors: &ancestors}
}

// splitName splits namespace/name into the group and the name of a component.
// Any other name has no group.
func splitName(s string) (group, name string) {
	if id, err := card.ParseID(s); err == nil && id.String() == s {
		return id.Namespace, id.Name
	}
	return "", s
}

// joinName is the inverse of [splitName].
func joinName(group, name string) string {
	if group == "" {
		return name
	}
	return group + "/" + name
}

// libraryList is how the library has lists: nil where there is nothing.
func libraryList[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}
