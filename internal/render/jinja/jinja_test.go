package jinja_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/render/jinja"
)

// folder is a folder of templates by file name.
type folder map[string]string

func (f folder) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range f {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (f folder) open(t *testing.T) (*jinja.Folder, error) {
	t.Helper()
	return jinja.Open(t.Context(), f.write(t), jinja.Options{})
}

func parse(t *testing.T, text string) *card.Card {
	t.Helper()
	doc, err := card.ReadYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Card
}

const example = `
model: {id: acme/m, name: M, license: mit, tags: [a, "it's", b], language: [en, fr], summary: Short., description: "<b>x</b>", version: "1.0"}
intended_use: {direct_use: "Use it.", downstream_use: {not_applicable: "it is small"}}
training: {hyperparameters: {zeta: 0.1, alpha: 2, big: 1e16}}
evaluation: {results: [{task: {type: t}, dataset: {type: d, name: D}, metrics: [{type: acc, value: 0.9}, {type: f1, value: 3}]}]}
metadata: {zz: 1, aa: [null, {k: v}]}
`

// renderOne renders the template t.md.j2 of a folder.
func renderOne(t *testing.T, f folder, c *card.Card) (string, error) {
	t.Helper()
	opened, err := f.open(t)
	if err != nil {
		return "", err
	}
	format, err := render.NewSet(opened.Formats()...).Lookup("template:t")
	if err != nil {
		t.Fatal(err)
	}
	body, _, err := format.RenderContext(t.Context(), c)
	return string(body), err
}

func TestRender(t *testing.T) {
	t.Parallel()
	c := parse(t, example)
	tests := map[string]struct{ template, want string }{
		"variables":         {"{{ model_id }} {{ model_summary }} {{ license }} {{ direct_use }}\n", "acme/m Short. mit Use it."},
		"default":           {`{{ paper | default("none", true) }} {{ card.model.paper | default("?") }}`, "none ?"},
		"list as Python":    {"{{ language }} {{ tags }}", `['en', 'fr'] ['a', "it's", 'b']`},
		"mapping in a list": {"{{ aa }}", "[None, {'k': 'v'}]"},
		"not applicable":    {"{{ downstream_use }}|{{ card.intended_use.downstream_use }}|{{ not_applicable['/intended_use/downstream_use'] }}", "Not applicable: it is small|Not applicable: it is small|it is small"},
		"order":             {"{% for k, v in card.training.hyperparameters.items() %}{{ k }}={{ v }} {% endfor %}{% for k in card.metadata %}{{ k }}{% endfor %}", "zeta=0.1 alpha=2 big=1e+16 zzaa"},
		"items filter":      {"{% for k, v in card.training.hyperparameters | items %}{{ k }} {% endfor %}", "zeta alpha big "},
		"keys and values":   {"{{ card.training.hyperparameters.keys() | join(',') }} {{ card.training.hyperparameters.values() | join(',') }}", "zeta,alpha,big 0.1,2,1e+16"},
		"get":               {"{{ card.training.hyperparameters.get('alpha') }} {{ card.training.hyperparameters.get('no', 'x') }}", "2 x"},
		"metrics":           {"{% for r in card.evaluation.results %}{% for m in r.metrics %}{{ loop.index }}:{{ m.type }}={{ m.value }};{% endfor %}{% endfor %}", "1:acc=0.9;2:f1=3;"},
		"results table":     {"{{ results }}", "| Task | Dataset | Metric | Value |\n| --- | --- | --- | --- |\n| t | D | acc | 0.9 |\n| t | D | f1 | 3 |"},
		"front matter":      {"---\n{{ card_data }}\n---", "---\nlanguage:\n- en\n- fr\nlicense: mit\ntags:\n- a\n- it's\n- b\nzz: 1\naa:\n- null\n- k: v\nmodel-index:\n- name: M\n  results:\n  - task:\n      type: t\n    dataset:\n      name: D\n      type: d\n    metrics:\n    - type: acc\n      value: 0.9\n    - type: f1\n      value: 3\n---"},
		"range":             {"{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(5, 0, -2) %}{{ i }}{% endfor %}{{ range(0) | length }}", "0125310"},
		"macro":             {"{% macro m(x, y='d') %}[{{ x }}{{ y }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}", "[1d][12]"},
		"dict":              {"{{ dict(b=1, a=2) }}", "{'a': 2, 'b': 1}"},
		"no escaping":       {"{{ model_description }}", "<b>x</b>"},
		"whitespace":        {"a\n{%- if true %} b {%- endif %}\nc\n\n", "a b\nc\n"},
		"filters":           {"{{ 'a b' | title | replace('A', 'X') }} {{ [3, 1] | sort | first }} {{ 2.6 | round(0) }} {{ '%.2f' | format(1.5) }}", "X B 1 3.0 1.50"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := renderOne(t, folder{"t.md.j2": tt.template}, c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTemplatesOfOneFolderUseEachOther(t *testing.T) {
	t.Parallel()
	f := folder{
		"base.md.j2":   "<{% block body %}base{% endblock %}>",
		"part.jinja":   "part of {{ model_id }}",
		"macros.j2":    "{% macro m(x) %}({{ x }}){% endmacro %}",
		"t.md.j2":      `{% extends "base.md.j2" %}{% block body %}{% include "part.jinja" %}{% from "macros.j2" import m %}{{ m(1) }}{% import "macros.j2" as lib %}{{ lib.m(2) }}{% endblock %}`,
		"notes.txt":    "{% this is no template",
		"other.md.bak": "{%",
	}
	got, err := renderOne(t, f, parse(t, "model: {id: a/b}"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "<part of a/b(1)(2)>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHTMLIsEscaped(t *testing.T) {
	t.Parallel()
	opened, err := folder{"t.html.j2": "<p>{{ model_description }}</p>"}.open(t)
	if err != nil {
		t.Fatal(err)
	}
	format := opened.Formats()[0]
	body, _, err := format.Render(parse(t, example))
	if err != nil {
		t.Fatal(err)
	}
	if want := "<p>&lt;b&gt;x&lt;/b&gt;</p>"; string(body) != want || format.MediaType != "text/html; charset=utf-8" || format.Extension != ".html" {
		t.Errorf("%s %s %s", body, format.MediaType, format.Extension)
	}
}

func TestDigestChangesWithEveryTemplateOfTheFolder(t *testing.T) {
	t.Parallel()
	digest := func(f folder) string {
		opened, err := f.open(t)
		if err != nil {
			t.Fatal(err)
		}
		return opened.Formats()[0].Digest
	}
	one := digest(folder{"a.j2": "x", "b.j2": "y"})
	if one == "" || one != digest(folder{"a.j2": "x", "b.j2": "y"}) {
		t.Error("the digest is not that of the content")
	}
	for _, other := range []folder{{"a.j2": "x", "b.j2": "z"}, {"a.j2": "x"}, {"a.j2": "x", "c.j2": "y"}, {"a.jinja": "x", "b.j2": "y"}} {
		if one == digest(other) {
			t.Errorf("%v has the same digest", other)
		}
	}
}

func TestRefusedAtStart(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		folder       folder
		line, column int
		cause        string
	}{
		"syntax":         {folder{"t.j2": "one\n{% if %}"}, 2, 0, ""},
		"unclosed":       {folder{"t.j2": "one\n{{ a"}, 2, 0, ""},
		"unknown filter": {folder{"t.j2": "one\ntwo {{ a | nosuch }}"}, 2, 12, `there is no filter "nosuch"`},
		"unknown test":   {folder{"t.j2": "{% if a is not nosuch %}{% endif %}"}, 1, 16, `there is no test "nosuch"`},
		"percent":        {folder{"t.j2": "{{ '%.3f' % 1.5 }}"}, 1, 11, "cannot be formatted by %"},
		"unknown tag":    {folder{"t.j2": "{% nosuch %}"}, 1, 0, ""},
		"unknown parent": {folder{"t.j2": `{% extends "nosuch.j2" %}`}, 1, 0, "no such template"},
		"large":          {folder{"t.j2": strings.Repeat("x", jinja.MaxFile+1)}, 0, 0, "is over"},
		"not UTF-8":      {folder{"t.j2": "\xff"}, 0, 0, "not UTF-8"},
		"name":           {folder{"a b.j2": "x"}, 0, 0, "cannot be the name"},
		"same name":      {folder{"t.md.j2": "x", "t.html.jinja": "y"}, 0, 0, "already"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := tt.folder.open(t)
			problems, rest := jinja.Problems(err)
			if len(problems) != 1 || rest != nil {
				t.Fatalf("%v, %v", err, rest)
			}
			p := problems[0]
			if p.Line != tt.line || tt.column > 0 && p.Column != tt.column || !strings.Contains(p.Cause, tt.cause) {
				t.Errorf("%+v", *p)
			}
			t.Log(p)
		})
	}
}

func TestEveryFaultIsTold(t *testing.T) {
	t.Parallel()
	_, err := folder{"a.j2": "{% if %}", "b.j2": "fine", "c.j2": "{{ x | nosuch }}"}.open(t)
	problems, rest := jinja.Problems(err)
	if len(problems) != 2 || rest != nil || problems[0].File != "a.j2" || problems[1].File != "c.j2" {
		t.Errorf("%v, %v", problems, rest)
	}
}

func TestNoFolder(t *testing.T) {
	t.Parallel()
	_, err := jinja.Open(t.Context(), filepath.Join(t.TempDir(), "nowhere"), jinja.Options{})
	if !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestTheCallerMayGoAway(t *testing.T) {
	t.Parallel()
	opened, err := folder{"t.j2": "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}"}.open(t)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, _, err = opened.Formats()[0].RenderContext(ctx, parse(t, example))
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > jinja.Timeout/2 {
		t.Errorf("%v after %s", err, took)
	}
}
