package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

const (
	listed    = 25             // cards on a page
	surveyed  = store.MaxLimit // cards that facets are made from
	maxChoice = 12             // values that a facet offers
)

// list is the page of cards.
type list struct {
	Query  string
	Sort   string
	Items  []listedCard
	Facets []facet
	Sorts  []sorting
	Active []choice // what the list is narrowed by, each with the address without it
	Next   string   // address of the next page
	First  string   // address of the first page, on a later one
	Empty  bool     // there is no card at all that the visitor may see
}

type listedCard struct {
	store.Head
	URL     string
	Verdict verdict
	Tags    []string
	More    int // tags that are not shown
}

// sorting is an order that the list can have.
type sorting struct {
	Value, URL string
	Active     bool
}

// facet is one thing to narrow the list by.
type facet struct {
	Label   string
	Choices []choice
	More    int // values that are not offered
}

type choice struct {
	Value string
	Count int
	URL   string
}

// facets are the parameters that narrow the list, with the values that a card
// has.
var facets = []struct {
	parameter, label string
	values           func(h *store.Head) []string
}{
	{"namespace", "Namespace", func(h *store.Head) []string { return []string{h.Namespace} }},
	{"task", "Task", func(h *store.Head) []string { return []string{h.Task} }},
	{"license", "Licence", func(h *store.Head) []string { return []string{h.License} }},
	{"library", "Library", func(h *store.Head) []string { return []string{h.Library} }},
	{"tag", "Tag", func(h *store.Head) []string { return h.Tags }},
	{riskParameter, "AI Act risk class", nil}, // no column of the store: see riskFacet
}

const riskParameter = "risk"

// riskClasses are what a card can say, in order of weight.
var riskClasses = [...]string{"prohibited", "high", "limited", "minimal"}

// List is the page of cards, narrowed by words and facets.
func (p *Portal) List(w http.ResponseWriter, r *http.Request, v Visitor) error {
	q := r.URL.Query()
	filter := filterOf(q)
	found := filter.Query
	narrowByRisk(&filter, q.Get(riskParameter))
	page, err := p.o.Store.List(r.Context(), v.Scope, filter)
	if err != nil {
		return err
	}
	l := list{Query: found, Sort: string(filter.Sort), Active: activeOf(q), Sorts: sortsOf(q, filter)}
	for _, head := range page.Items {
		l.Items = append(l.Items, p.listedCard(r, v, head))
	}
	if page.Next != "" {
		l.Next = with(q, "cursor", page.Next)
	}
	if filter.Cursor != "" {
		l.First = with(q, "cursor", "")
	}
	if l.Facets, err = p.facets(r, v, q, filter); err != nil {
		return err
	}
	l.Empty = len(l.Items) == 0 && len(l.Active) == 0 && l.Query == "" && l.First == ""
	return p.write(w, r, v, http.StatusOK, "list.html", "Model cards", l)
}

func filterOf(q url.Values) store.Filter {
	f := store.Filter{
		PageRequest: store.PageRequest{Limit: listed, Cursor: q.Get("cursor")},
		Query:       strings.TrimSpace(q.Get("q")), Namespace: q.Get("namespace"), License: q.Get("license"), Task: q.Get("task"), Library: q.Get("library"),
		Tags: slices.DeleteFunc(slices.Clone(q["tag"]), func(tag string) bool { return tag == "" }), Sort: store.SortUpdated,
	}
	switch sort := store.Sort(q.Get("sort")); {
	case sort == store.SortName, sort == store.SortRelevance && len(store.Terms(f.Query)) > 0:
		f.Sort = sort
	}
	return f
}

// sortsOf are the orders that a list can have; relevance is to the words of a
// query.
func sortsOf(q url.Values, f store.Filter) []sorting {
	var all []sorting
	for _, s := range []struct {
		sort store.Sort
		name string
	}{{store.SortUpdated, "last change"}, {store.SortName, "name"}, {store.SortRelevance, "relevance"}} {
		if s.sort == store.SortRelevance && len(store.Terms(f.Query)) == 0 {
			continue
		}
		changed := clone(q)
		changed.Del("cursor")
		changed.Set("sort", string(s.sort))
		all = append(all, sorting{s.name, "/?" + changed.Encode(), f.Sort == s.sort})
	}
	return all
}

// shownTags is how many tags a card in the list has room for.
const shownTags = 5

func (p *Portal) listedCard(r *http.Request, v Visitor, h store.Head) listedCard {
	shown := min(len(h.Tags), shownTags)
	return listedCard{
		Head: h, URL: pageURL(h.ID, ""), Verdict: p.verdictAt(r.Context(), v.Scope, h),
		Tags: h.Tags[:shown], More: len(h.Tags) - shown,
	}
}

// facets counts the values of the first cards that match. Counting all of them
// would take a time that grows with the store.
func (p *Portal) facets(r *http.Request, v Visitor, q url.Values, filter store.Filter) ([]facet, error) {
	filter.Limit, filter.Cursor = surveyed, ""
	page, err := p.o.Store.List(r.Context(), v.Scope, filter)
	if err != nil {
		return nil, err
	}
	var all []facet
	for _, f := range facets {
		if f.values == nil {
			if made := p.riskFacet(page.Items, q); len(made.Choices) > 0 {
				all = append(all, made)
			}
			continue
		}
		counts := map[string]int{}
		for i := range page.Items {
			for _, value := range f.values(&page.Items[i]) {
				if value != "" && !slices.Contains(q[f.parameter], value) {
					counts[value]++
				}
			}
		}
		if made := facetOf(f.label, f.parameter, counts, q); len(made.Choices) > 0 {
			all = append(all, made)
		}
	}
	return all, nil
}

// narrowByRisk asks for cards of a risk class by the word that they are found by.
func narrowByRisk(f *store.Filter, class string) {
	nothing := f.Query != "" && len(store.Terms(f.Query)) == 0
	if class != "" && !nothing {
		f.Query = strings.TrimSpace(f.Query + " " + generator.RiskWord(class))
	}
}

// riskFacet offers the classes of those of the cards whose class is known
// without reading them. They are not counted, since that would be too few.
func (p *Portal) riskFacet(heads []store.Head, q url.Values) facet {
	known := map[string]bool{}
	for i := range heads {
		if v, ok := p.verdicts.GetIfPresent(place{heads[i].ID, heads[i].Revision, heads[i].Digest}); ok {
			known[v.Risk] = true
		}
	}
	f := facet{Label: "AI Act risk class"}
	for _, class := range riskClasses {
		if known[class] && q.Get(riskParameter) != class {
			f.Choices = append(f.Choices, choice{Value: class, URL: narrowed(q, riskParameter, class)})
		}
	}
	return f
}

func facetOf(label, parameter string, counts map[string]int, q url.Values) facet {
	f := facet{Label: label}
	for value, n := range counts {
		f.Choices = append(f.Choices, choice{value, n, narrowed(q, parameter, value)})
	}
	slices.SortFunc(f.Choices, func(a, b choice) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Value, b.Value)
	})
	if f.More = len(f.Choices) - maxChoice; f.More > 0 {
		f.Choices = f.Choices[:maxChoice]
	}
	return f
}

// narrowed is the address of the list with one more value of a facet.
func narrowed(q url.Values, parameter, value string) string {
	changed := clone(q)
	changed.Del("cursor")
	if parameter == "tag" {
		changed.Add(parameter, value)
	} else {
		changed.Set(parameter, value)
	}
	return "/?" + changed.Encode()
}

// activeOf lists what the list is narrowed by.
func activeOf(q url.Values) []choice {
	var active []choice
	for _, f := range facets {
		for _, value := range q[f.parameter] {
			if value == "" {
				continue
			}
			rest := clone(q)
			rest.Del("cursor")
			rest[f.parameter] = slices.DeleteFunc(rest[f.parameter], func(s string) bool { return s == value })
			active = append(active, choice{Value: f.label + ": " + value, URL: "/?" + rest.Encode()})
		}
	}
	return active
}

// with is the address of the list with another value of one parameter.
func with(q url.Values, parameter, value string) string { return addressOf("/", q, parameter, value) }

// addressOf is the address of a page with another value of one parameter.
func addressOf(path string, q url.Values, parameter, value string) string {
	changed := clone(q)
	changed.Set(parameter, value)
	if value == "" {
		changed.Del(parameter)
	}
	return path + "?" + changed.Encode()
}

func clone(q url.Values) url.Values {
	copied := url.Values{}
	for name, values := range q {
		copied[name] = slices.Clone(values)
	}
	return copied
}
