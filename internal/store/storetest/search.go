package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terragonlabs/modelcard-generator/internal/store"
)

var searchCases = map[string]func(*testing.T, *room){
	"finds words":                findsWords,
	"anything may be asked for":  anythingAsked,
	"relevance":                  relevance,
	"relevance ends at a cap":    relevanceCap,
	"long cards stay searchable": longCards,
}

func findsWords(t *testing.T, r *room) {
	texts := map[string]string{
		"plain":    "A sentiment classifier, trained on re-views of v1.5 (50% off) at https://example.com/data_set",
		"polish":   "Łódź naïve café",                                           // composed
		"polish-2": "Ło\u0301dz\u0301 nai\u0308ve cafe\u0301",                   // decomposed
		"cjk":      "情感分析模型 and モデル",                                            // no spaces
		"hindi":    "हिन्दी भाषा",                                               // marks within words
		"emoji":    "made with 🤖 and 👩‍🔬",                                       // symbols and joiners
		"width":    "ﬁne ｆｕｌｌ ²",                                                // compatibility forms
		"sharp":    "STRASSE straße ΣΊΣΥΦΟΣ",                                    // case
		"code":     `O'Reilly "quoted" <b>bold</b> \d+ NULL or and not near 42`, // operators as words
	}
	for name, text := range texts {
		d := draft(name)
		d.Title, d.Text = "", text
		r.create(t, id("card-"+name), d)
	}
	d := draft("labels")
	d.Title, d.License, d.Task, d.Library = "Kurztitel", "apache-2.0", "text-generation", "scikit-learn"
	d.Tags = []string{"Bio/Medical"}
	r.create(t, store.ID{Namespace: "Labelled", Name: "gpt2_large"}, d)

	cases := []struct {
		query string
		want  string
	}{
		{"sentiment", "plain"}, {"SENTIMENT", "plain"}, {"  sentiment\n classifier ", "plain"},
		{"classifier sentiment", "plain"}, {"sentiment absent", ""}, {"sentimen", ""}, {"entiment", ""},
		{"re-views", "plain"}, {"views", "plain"}, {"v1.5", "plain"}, {"1.5", ""}, {"50%", "plain"}, {"example", "plain"},
		{"data_set", "plain"}, {"example.com/data_set", "plain"},
		{"łódź", "polish polish-2"}, {"Ło\u0301dz\u0301", "polish polish-2"}, {"CAFÉ", "polish polish-2"}, {"cafe", ""},
		{"模型", "cjk"}, {"情感", "cjk"}, {"モデル", "cjk"}, {"犬", ""},
		{"हिन्दी", "hindi"}, {"हिन", ""}, {"🤖", "emoji"}, {"👩‍🔬", "emoji"}, {"🔬", "emoji"}, {"🦄", ""},
		{"fine", "width"}, {"full", "width"}, {"straße", "sharp"}, {"strasse", "sharp"}, {"σίσυφος", ""}, {"σίσυφοσ", "sharp"},
		{"o'reilly", "code"}, {`"quoted"`, "code"}, {"bold", "code"}, {"NOT", "code"}, {"OR", "code"}, {"near", "code"}, {"null", "code"},
		{"sentiment OR near", ""}, {"-sentiment", "plain"}, {"sentiment*", "plain"}, {"senti*", ""}, {"^sentiment", "plain"},
		{"identity:card", ""}, {"senti%", ""}, {"_", ""}, {"%", ""}, {"...", ""}, {`"`, ""},
	}
	for _, c := range cases {
		want := []string{}
		for name := range strings.FieldsSeq(c.want) {
			want = append(want, "acme/card-"+name)
		}
		wantEqual(t, fmt.Sprintf("%q", c.query), r.names(t, store.Filter{Query: c.query, Sort: store.SortName}), want)
	}
	for _, query := range []string{"kurztitel", "apache", "apache-2.0", "generation", "scikit", "bio", "medical", "labelled", "gpt2 large"} {
		wantEqual(t, query, r.names(t, store.Filter{Query: query}), []string{"Labelled/gpt2_large"})
	}
	wantEqual(t, "blank", len(r.names(t, store.Filter{Query: " \t"})), len(texts)+1)
}

// anythingAsked: no input is a syntax error of an engine's query language.
func anythingAsked(t *testing.T, r *room) {
	d := draft("one")
	d.Text = "and or not near"
	r.create(t, id("m"), d)
	pieces := []string{
		`"`, `""`, `'`, `''`, `\`, `(`, `)`, `((`, `*`, `^`, `:`, `:*`, `<->`, `&`, `|`, `!`, `-`, `+`, `{`, `}`, `[`, `]`, `,`, `;`, `--`, `/*`,
		`AND`, `OR`, `NOT`, `NEAR`, `NEAR(a b, 2)`, `a AND`, `NOT a`, `body:`, `body : a`, `{body labels}: a`, `- body : a`, `'; DROP TABLE cards; --`,
		`%`, `_`, `$1`, `?`, `?1`, `@a`, "\t", "\u00a0", "\u200b", "\ufeff", "\u202e", "\u0301", "🤖", "\U0010ffff", "\ufffd", "İ", "ǅ",
		strings.Repeat("a ", 500), strings.Repeat("🤖", 250), strings.Repeat("x", 1000), strings.Repeat(`"`, 1000),
	}
	for _, piece := range pieces {
		for _, query := range []string{piece, "a " + piece, piece + " a", piece + piece} {
			query = strings.ToValidUTF8(query[:min(len(query), store.MaxQuery)], "")
			for _, sort := range []store.Sort{store.SortUpdated, store.SortRelevance} {
				if sort == store.SortRelevance && len(store.Terms(query)) == 0 {
					continue
				}
				if _, err := r.List(r.ctx, everywhere, store.Filter{Query: query, Sort: sort}); err != nil {
					t.Errorf("query %q, sort %s: %v", query, sort, err)
				}
			}
		}
	}
}

func relevance(t *testing.T, r *room) {
	inText := draft("one")
	inText.Title, inText.Text = "", "something about weather among many other words of the kind"
	inTitle := draft("two")
	inTitle.Title, inTitle.Text = "Weather", "something else"
	inTag := draft("three")
	inTag.Title, inTag.Tags, inTag.Text = "", []string{"weather"}, "something else"
	r.create(t, id("text"), inText)
	r.create(t, id("title"), inTitle)
	r.create(t, id("tag"), inTag)
	r.create(t, id("absent"), draft("four"))
	filter := store.Filter{Query: "weather", Sort: store.SortRelevance}
	wantEqual(t, "order", r.names(t, filter), []string{"acme/title", "acme/tag", "acme/text"})
	filter.Limit = 1
	page := must(r.List(r.ctx, everywhere, filter))(t)
	wantEqual(t, "first", page.Items[0].Name, "title")
	wantEqual(t, "cursor", page.Next, "")
	r.delete(t, id("title"))
	filter.Limit = 0
	wantEqual(t, "after a deletion", r.names(t, filter), []string{"acme/tag", "acme/text"})
}

func relevanceCap(t *testing.T, r *room) {
	for i := range store.RelevanceLimit + 5 {
		r.create(t, id(fmt.Sprint("m", i)), draft("word"))
	}
	filter := store.Filter{Query: "word", Sort: store.SortRelevance}
	filter.Limit = store.MaxLimit
	page := must(r.List(r.ctx, everywhere, filter))(t)
	wantEqual(t, "cards", len(page.Items), store.RelevanceLimit)
	wantEqual(t, "cursor", page.Next, "")
}

func longCards(t *testing.T, r *room) {
	d := draft("one")
	var text strings.Builder
	text.WriteString("beginning " + strings.Repeat("é", 5000) + " ")
	for i := range 300_000 {
		fmt.Fprintf(&text, "w%d ", i)
	}
	d.Text = text.String()
	r.create(t, id("m"), d)
	wantEqual(t, "beginning", r.names(t, store.Filter{Query: "beginning"}), []string{"acme/m"})
	wantEqual(t, "long word", r.names(t, store.Filter{Query: strings.Repeat("é", 400)}), []string{"acme/m"})
}
