package render

import (
	"mime"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// The names that the toolkit gives to data sets of 0.0.1 without a name.
const (
	googleTrainingSet   = "Training Set"
	googleValidationSet = "Validation Set"
)

// readGoogleData reads the data sets: a list in 0.0.2, one of training and one
// of evaluation in 0.0.1.
func (r *foreignReader) readGoogleData(o *object) {
	v, at := o.take("data")
	switch data := v.(type) {
	case nil:
	case []any:
		for i, item := range data {
			r.readGoogleDataset(at+"/"+itoa(i), item, "")
		}
	case *card.Map:
		sets := r.object(at, data)
		for _, set := range []member{{"train", googleTrainingSet}, {"eval", googleValidationSet}} {
			if v, at := sets.take(set.key); v != nil {
				r.readGoogleDataset(at, v, set.key)
			}
		}
		sets.rest()
	default:
		r.refuseType(at, v, "a list")
	}
}

// readGoogleDataset reads a data set; use is "" in 0.0.2, where its name says
// what it is used for.
func (r *foreignReader) readGoogleDataset(at string, v any, use string) {
	o := r.object(at, v)
	name, _ := o.m.Get("name")
	text, _ := name.(string)
	evaluation, unmarked := datasetUse(text)
	switch {
	case use == "":
	case use == "eval":
		evaluation, unmarked = true, firstOf(text, googleValidationSet)
	default:
		evaluation, unmarked = false, firstOf(text, googleTrainingSet)
	}
	list, field := &r.card.Training.Datasets, "/training/datasets"
	if evaluation {
		list, field = &r.card.Evaluation.Datasets, "/evaluation/datasets"
	}
	r.found(field, at)
	*list = append(*list, r.googleDataset(o, field+"/"+itoa(len(*list)), unmarked))
}

func (r *foreignReader) googleDataset(o *object, field, name string) card.Dataset {
	o.text("name", field+"/name")
	d := card.Dataset{
		Name:          name,
		Link:          o.text("link", field+"/link"),
		Description:   o.text("description", field+"/description"),
		SensitiveData: r.readGoogleSensitive(o, field+"/sensitive_data"),
		Graphics:      r.readGoogleGraphics(o.object("graphics"), field+"/graphics"),
	}
	if id, ok := strings.CutPrefix(d.Link, hubDatasets); ok && isHubID(id) {
		d.ID, d.Link = id, ""
		r.places[field+"/id"] = r.places[field+"/link"]
	}
	if d.Name == d.ID {
		d.Name = ""
	}
	o.rest()
	return d
}

// sensitiveUnnamed is the kind of sensitive data where 0.0.1 says only that
// there is some, and notSensitive the reason where it says that there is none.
const (
	sensitiveUnnamed = "kind not stated"
	notSensitive     = "the data set is declared as not sensitive"
)

// readGoogleSensitive reads kinds of sensitive data (0.0.2), or whether there is
// any (0.0.1).
func (r *foreignReader) readGoogleSensitive(o *object, field string) []string {
	v, _ := o.m.Get("sensitive")
	sensitive, ok := v.(bool)
	if !ok {
		return r.readGoogleKinds(o.object("sensitive"), field)
	}
	_, at := o.take("sensitive")
	r.found(field, at)
	if sensitive {
		return []string{sensitiveUnnamed}
	}
	r.card.NotApplicable[field] = notSensitive
	return nil
}

func (r *foreignReader) readGoogleKinds(o *object, field string) []string {
	var kinds []string
	o.each("sensitive_data", field, func(i int, at string, v any) {
		kinds = append(kinds, r.text(at, v, field+"/"+itoa(i)))
	})
	o.rest()
	return kinds
}

func (r *foreignReader) readGoogleGraphics(o *object, field string) *card.Graphics {
	g := &card.Graphics{Description: o.text("description", field+"/description")}
	o.each("collection", field+"/collection", func(i int, at string, v any) {
		picture := r.object(at, v)
		g.Collection = append(g.Collection, r.readGoogleGraphic(picture, field+"/collection/"+itoa(i)))
		picture.rest()
	})
	o.rest()
	return g
}

// readGoogleGraphic reads a picture. Where it is a data URL (RFC 2397), as web
// pages have it, it says its type too.
func (r *foreignReader) readGoogleGraphic(o *object, field string) card.Graphic {
	g := card.Graphic{Name: o.text("name", field+"/name"), Image: o.text("image", field+"/image")}
	if header, data, ok := strings.Cut(g.Image, ";base64,"); ok && strings.HasPrefix(header, "data:") {
		g.Image = strings.TrimSpace(data)
		if mediaType, _, err := mime.ParseMediaType(strings.TrimPrefix(header, "data:")); err == nil {
			g.ContentType = mediaType
		}
	}
	if !card.IsBase64(g.Image) {
		r.lose(o.at+"/image", "the picture is not Base64 (RFC 4648)")
		g.Image = ""
	}
	return g
}
