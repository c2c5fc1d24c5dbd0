package storetest

import (
	"encoding/base64"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var listCases = map[string]func(*testing.T, *room){
	"filters":                              filters,
	"names sort byte for byte":             sortNames,
	"the latest change comes first":        sortUpdated,
	"cards of one moment are all paged":    oneMoment,
	"pages are complete while cards come":  pagesUnderInserts,
	"limits":                               limits,
	"garbled cursors":                      garbledCursors,
	"values that can't be asked for":       badFilters,
	"an empty store lists an empty slice":  emptyList,
	"labels follow the latest revision":    labelsFollow,
	"wildcards and quotes mean themselves": wildcards,
}

func filters(t *testing.T, r *room) {
	labelled := func(license, task, library string, tags ...string) store.Draft {
		d := draft("one")
		d.License, d.Task, d.Library, d.Tags = license, task, library, tags
		return d
	}
	r.create(t, id("a"), labelled("mit", "qa", "keras", "x", "y"))
	r.create(t, id("b"), labelled("mit", "asr", "keras", "y"))
	r.create(t, store.ID{Namespace: "zeta", Name: "c"}, labelled("gpl", "qa", "jax", "x"))
	since := r.clock.Peek()
	cases := map[string]struct {
		filter store.Filter
		want   []string
	}{
		"none":       {store.Filter{}, []string{"acme/a", "acme/b", "zeta/c"}},
		"license":    {store.Filter{License: "mit"}, []string{"acme/a", "acme/b"}},
		"task":       {store.Filter{Task: "qa"}, []string{"acme/a", "zeta/c"}},
		"library":    {store.Filter{Library: "jax"}, []string{"zeta/c"}},
		"tag":        {store.Filter{Tags: []string{"y"}}, []string{"acme/a", "acme/b"}},
		"both tags":  {store.Filter{Tags: []string{"y", "x"}}, []string{"acme/a"}},
		"namespace":  {store.Filter{Namespace: "zeta"}, []string{"zeta/c"}},
		"together":   {store.Filter{License: "mit", Task: "qa", Tags: []string{"x"}, Namespace: "acme"}, []string{"acme/a"}},
		"with words": {store.Filter{License: "mit", Query: "asr"}, []string{"acme/b"}},
		"since":      {store.Filter{UpdatedSince: since}, []string{"zeta/c"}},
		"too late":   {store.Filter{UpdatedSince: since.Add(time.Microsecond)}, []string{}},
		"no match":   {store.Filter{License: "mi"}, []string{}},
	}
	for name, c := range cases {
		c.filter.Sort = store.SortName
		wantEqual(t, name, r.names(t, c.filter), c.want)
	}
}

func sortNames(t *testing.T, r *room) {
	names := []string{"a", "B", "b", "A", "a-b", "a.b", "a_b", "ab", "aB", "Z", "0", "10", "9", "a0", "a.", "a-"}
	want := make([]string, 0, len(names))
	for _, name := range names {
		r.create(t, id(name), draft("one"))
		r.create(t, store.ID{Namespace: "A-cme", Name: name}, draft("one"))
		want = append(want, "acme/"+name, "A-cme/"+name)
	}
	slices.SortFunc(want, func(a, b string) int {
		return slices.Compare(splitID(a), splitID(b))
	})
	for _, limit := range []int{1, 3, 0} {
		filter := store.Filter{Sort: store.SortName}
		filter.Limit = limit
		wantEqual(t, "order", r.names(t, filter), want)
	}
}

func splitID(id string) []string {
	i := slices.Index([]byte(id), '/')
	return []string{id[:i], id[i+1:]}
}

func sortUpdated(t *testing.T, r *room) {
	for _, name := range []string{"a", "b", "c"} {
		r.create(t, id(name), draft("one"))
	}
	r.append(t, id("a"), draft("two"))
	want := []string{"acme/a", "acme/c", "acme/b"}
	wantEqual(t, "default", r.names(t, store.Filter{}), want)
	filter := store.Filter{Sort: store.SortUpdated}
	filter.Limit = 1
	wantEqual(t, "one to a page", r.names(t, filter), want)
}

func oneMoment(t *testing.T, r *room) {
	r.clock.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 0)
	want := []string{}
	for _, name := range numbered("m", 7) {
		r.create(t, id(name), draft("one"))
		r.create(t, store.ID{Namespace: "Zeta", Name: name}, draft("one"))
		want = append(want, "acme/"+name, "Zeta/"+name)
	}
	slices.Sort(want)
	filter := store.Filter{}
	for filter.Limit = 1; filter.Limit < 5; filter.Limit++ {
		wantEqual(t, "order", r.names(t, filter), want)
	}
}

func pagesUnderInserts(t *testing.T, r *room) {
	old := numbered("m", 23)
	for _, name := range old {
		r.create(t, id(name), draft("one"))
	}
	var writers sync.WaitGroup
	defer writers.Wait()
	for _, prefix := range []string{"a", "m-1", "z"} { // before, among and behind the old ones
		writers.Go(func() {
			for _, name := range numbered(prefix, 20) {
				r.create(t, id(name+"x"), draft("one"))
			}
		})
	}
	for _, sort := range []store.Sort{store.SortName, store.SortUpdated} {
		filter := store.Filter{Sort: sort}
		filter.Limit = 4
		seen := map[string]int{}
		for _, name := range r.names(t, filter) {
			seen[name]++
		}
		for _, name := range old {
			if seen["acme/"+name] != 1 {
				t.Errorf("sort=%s: %s is on %d pages", sort, name, seen["acme/"+name])
			}
		}
		for name, times := range seen {
			if times > 1 {
				t.Errorf("sort=%s: %s is on %d pages", sort, name, times)
			}
		}
	}
}

func limits(t *testing.T, r *room) {
	for _, name := range numbered("m", 60) {
		r.create(t, id(name), draft("word"))
	}
	for limit, want := range map[int]int{0: store.DefaultLimit, 1: 1, 59: 59, 60: 60, store.MaxLimit: 60} {
		filter := store.Filter{}
		filter.Limit = limit
		page := must(r.List(r.ctx, everywhere, filter))(t)
		wantEqual(t, "cards", len(page.Items), want)
		wantEqual(t, "has a next page", page.Next != "", want < 60)
	}
	for _, limit := range []int{-1, store.MaxLimit + 1, 1 << 31, -1 << 62} {
		filter := store.Filter{}
		filter.Limit = limit
		_, err := r.List(r.ctx, everywhere, filter)
		wantErr(t, "limit", err, store.ErrInvalid)
		_, err = r.Audit(r.ctx, everywhere, store.AuditFilter{PageRequest: filter.PageRequest})
		wantErr(t, "limit of Audit", err, store.ErrInvalid)
	}
}

func garbledCursors(t *testing.T, r *room) {
	for _, name := range numbered("m", 3) {
		r.create(t, id(name), draft("one"))
		r.append(t, id(name), draft("two"))
	}
	one := store.PageRequest{Limit: 1}
	byName := must(r.List(r.ctx, everywhere, store.Filter{PageRequest: one, Sort: store.SortName}))(t).Next
	byUpdate := must(r.List(r.ctx, everywhere, store.Filter{PageRequest: one}))(t).Next
	history := must(r.Revisions(r.ctx, everywhere, id("m-00"), one))(t).Next
	encode := base64.RawURLEncoding.EncodeToString
	cursors := map[string]string{
		"text": "x", "not base64": "!!!", "not JSON": encode([]byte("{")), "empty": encode([]byte("{}")), "null": encode([]byte("null")),
		"of another order": byName, "of another list": history, "cut": byUpdate[:len(byUpdate)-2], "longer": byUpdate + "AA",
		"padded": byUpdate + "=", "NUL": "\x00", "not UTF-8": "\xff", "long": string(make([]byte, 1<<20)),
		"far future": encode([]byte(`{"s":"updated","u":9223372036854775807,"n":"a","m":"b"}`)),
		"far past":   encode([]byte(`{"s":"updated","u":-9223372036854775808,"n":"a","m":"b"}`)),
		"NUL name":   encode([]byte(`{"s":"updated","u":1,"n":"a\u0000","m":"b"}`)),
		"more keys":  encode([]byte(`{"s":"updated","u":1,"n":"a","m":"b","x":1}`)),
	}
	for name, cursor := range cursors {
		filter := store.Filter{}
		filter.Cursor = cursor
		_, err := r.List(r.ctx, everywhere, filter)
		wantErr(t, "List: "+name, err, store.ErrBadCursor)
		_, err = r.Audit(r.ctx, everywhere, store.AuditFilter{PageRequest: filter.PageRequest})
		wantErr(t, "Audit: "+name, err, store.ErrBadCursor)
		if name != "of another list" {
			_, err = r.Revisions(r.ctx, everywhere, id("m-00"), filter.PageRequest)
			wantErr(t, "Revisions: "+name, err, store.ErrBadCursor)
		}
	}
	filter := store.Filter{Query: "m", Sort: store.SortRelevance}
	filter.Cursor = byUpdate
	_, err := r.List(r.ctx, everywhere, filter)
	wantErr(t, "relevance", err, store.ErrBadCursor)
}

func badFilters(t *testing.T, r *room) {
	for name, filter := range map[string]store.Filter{
		"NUL query":       {Query: "a\x00b"},
		"not UTF-8":       {Query: "\xff"},
		"long query":      {Query: string(make([]byte, store.MaxQuery+1))},
		"NUL namespace":   {Namespace: "\x00"},
		"NUL tag":         {Tags: []string{"\x00"}},
		"not UTF-8 tag":   {Tags: []string{"\xff"}},
		"too many tags":   {Tags: make([]string, store.MaxFilter+1)},
		"NUL license":     {License: "\x00"},
		"NUL task":        {Task: "\x00"},
		"NUL library":     {Library: "\x00"},
		"unknown sort":    {Sort: "name; DROP TABLE cards"},
		"no words":        {Sort: store.SortRelevance},
		"no real words":   {Sort: store.SortRelevance, Query: "?!"},
		"far future":      {UpdatedSince: time.Date(300_000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"before the year": {UpdatedSince: time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		_, err := r.List(r.ctx, everywhere, filter)
		wantErr(t, name, err, store.ErrInvalid)
	}
}

func emptyList(t *testing.T, r *room) {
	for _, filter := range []store.Filter{{}, {Query: "a"}, {Query: "a", Sort: store.SortRelevance}} {
		page := must(r.List(r.ctx, everywhere, filter))(t)
		if page.Items == nil || len(page.Items) != 0 || page.Next != "" {
			t.Errorf("List(%+v) = %+v", filter, page)
		}
	}
}

func labelsFollow(t *testing.T, r *room) {
	d := draft("one")
	d.License, d.Tags, d.Text = "mit", []string{"old", "both"}, "formerly"
	r.create(t, id("m"), d)
	d.License, d.Tags, d.Text = "gpl", []string{"both", "new"}, "nowadays"
	r.append(t, id("m"), d)
	for _, filter := range []store.Filter{{License: "mit"}, {Tags: []string{"old"}}, {Query: "formerly"}, {Query: "mit"}} {
		wantEqual(t, "old labels", r.names(t, filter), []string{})
	}
	for _, filter := range []store.Filter{{License: "gpl"}, {Tags: []string{"new", "both"}}, {Query: "nowadays"}, {Query: "new"}} {
		wantEqual(t, "new labels", r.names(t, filter), []string{"acme/m"})
	}
}

func wildcards(t *testing.T, r *room) {
	d := draft("one")
	d.License, d.Tags = "a%b_c", []string{`it's "50%" \ {x,NULL} ` + "`"}
	r.create(t, id("m"), d)
	wantEqual(t, "license", r.names(t, store.Filter{License: "a%b_c"}), []string{"acme/m"})
	wantEqual(t, "tag", r.names(t, store.Filter{Tags: d.Tags}), []string{"acme/m"})
	wantEqual(t, "tags", must(r.Head(r.ctx, everywhere, id("m")))(t).Tags, d.Tags)
	for _, filter := range []store.Filter{
		{License: "a%"}, {License: "aXbYc"}, {License: "%"}, {Tags: []string{"%"}}, {Namespace: "acm_"}, {Namespace: "%"},
		{License: "' OR 1=1 --"}, {Tags: []string{"') OR ('1'='1"}}, {Namespace: "$1"}, {License: "?"},
	} {
		wantEqual(t, "pattern", r.names(t, filter), []string{})
	}
}
