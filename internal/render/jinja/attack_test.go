package jinja

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// confinedArgument starts the tests' own binary as a child that tells what it
// can still do.
const confinedArgument = "__mcg_confined__"

// TestMain lets the tests' own binary be the child.
func TestMain(m *testing.M) {
	Child()
	if len(os.Args) == 2 && os.Args[1] == confinedArgument {
		os.Exit(tellPowers())
	}
	os.Exit(m.Run())
}

// powers are what a confined process can do.
type powers struct {
	Environment []string
	Files       []int // open descriptors but those of the runtime's poller
	Read        string
	Dial        string
	Group       bool // it leads a process group of its own
	Limits      map[string]uint64
}

func tellPowers() int {
	var p powers
	if confine() != nil {
		return 1
	}
	for fd := range 64 {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		target, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err == nil && !strings.HasPrefix(target, "anon_inode:") {
			p.Files = append(p.Files, fd)
		}
	}
	p.Environment = os.Environ()
	if _, err := os.ReadFile("/etc/passwd"); err != nil {
		p.Read = err.Error()
	}
	if _, err := net.DialTimeout("tcp", "127.0.0.1:1", time.Second); err != nil {
		p.Dial = err.Error()
	}
	p.Group = syscall.Getpgrp() == os.Getpid()
	p.Limits = map[string]uint64{}
	for name, resource := range map[string]int{"cpu": unix.RLIMIT_CPU, "core": unix.RLIMIT_CORE, "fsize": unix.RLIMIT_FSIZE, "nofile": unix.RLIMIT_NOFILE} {
		var limit unix.Rlimit
		if unix.Getrlimit(resource, &limit) == nil {
			p.Limits[name] = limit.Max
		}
	}
	if json.NewEncoder(os.Stdout).Encode(p) != nil {
		return 1
	}
	return 0
}

func TestChildHasNothing(t *testing.T) {
	t.Parallel()
	leaked, err := unix.Open("/etc/passwd", unix.O_RDONLY, 0) // without O_CLOEXEC, as by careless code
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(leaked) }()
	out := &capped{limit: 1 << 16, stop: func() {}}
	cmd := newTestRunner(t).child(t.Context(), nil, out)
	cmd.Args[1] = confinedArgument
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	var p powers
	if err := json.Unmarshal(out.Bytes(), &p); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if len(p.Environment) != 0 || len(p.Files) != 3 || p.Files[2] != 2 || !p.Group {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(p.Read, "too many open files") || !strings.Contains(p.Dial, "too many open files") {
		t.Errorf("it reads: %q, it connects: %q", p.Read, p.Dial)
	}
	for name, want := range map[string]uint64{"cpu": 5, "core": 0, "fsize": 0, "nofile": 3} {
		if got, ok := p.Limits[name]; !ok || got != want {
			t.Errorf("limit %s is %d, want %d", name, got, want)
		}
	}
}

func newTestRunner(t *testing.T) *runner {
	t.Helper()
	r, err := newRunner(Options{Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// attacks are templates that mean harm, each with a word of how it ends; ""
// takes any error.
var attacks = map[string]struct{ template, ends string }{
	"long range":            {"{% for i in range(1000000000) %}x{% endfor %}", "at most 100000 numbers"},
	"negative range":        {"{% for i in range(0, -1000000000, -1) %}x{% endfor %}", "at most 100000 numbers"},
	"nested range":          {"{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "timed out"},
	"nested output":         {"{% for i in range(100000) %}{% for j in range(100000) %}xxxxxxxxxxxxxxxx{% endfor %}{% endfor %}", "writes too much|memory"},
	"repeat":                {"{{ 'x' * 3000000000 }}", "memory"},
	"repeat a negative":     {"{{ 'x' * -3 }}", "gave up"},
	"repeat beyond integer": {"{{ 'x' * 9223372036854775807 }}", ""},
	"doubling":              {"{% set s = namespace(v='xxxxxxxx') %}{% for i in range(60) %}{% set s.v = s.v ~ s.v %}{% endfor %}{{ s.v }}", "memory"},
	"doubling in a list":    {"{% set s = namespace(v=[1]) %}{% for i in range(60) %}{% set s.v = s.v + s.v %}{% endfor %}{{ s.v }}", ""},
	"indent":                {"{{ 'x\ny' | indent(2000000000) }}", "memory"},
	"center":                {"{{ 'x' | center(3000000000) }}", ""},
	"format width":          {"{{ '%3000000000d' | format(1) }}", ""},
	"power":                 {"{% for i in range(100000) %}{% for j in range(1000) %}{% set x = 9 ** 9 ** 9 %}{% endfor %}{% endfor %}", "timed out"},
	"nested ifs":            {strings.Repeat("{% if true %}", 300_000), ""},
	"parentheses":           {"{{ " + strings.Repeat("(", 2_000_000) + " }}", ""},
	"not":                   {"{{ " + strings.Repeat("not ", 3_000_000) + "true }}", ""},
	"brackets":              {"{{ " + strings.Repeat("[", 1_000_000), ""},
	"long pipe":             {"{{ 'x'" + strings.Repeat("|upper", 500_000) + " }}", ""},
	"macro recursion":       {"{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}", ""},
	"two macros":            {"{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}", ""},
	"includes itself":       {`{% include "attack.j2" %}`, ""},
	"extends itself":        {`{% extends "attack.j2" %}`, ""},
	"imports itself":        {`{% import "attack.j2" as x %}`, ""},
	"block recursion":       {"{% block b %}{{ self.b() }}{% endblock %}", ""},
	"include a file":        {"{% include '/etc/passwd' %}", "no such template"},
	"include upwards":       {"{% include '../../../../etc/passwd' %}", "no such template"},
	"include a variable":    {"{% include model_id %}", "no such template"},
	"import a file":         {"{% import '/etc/passwd' as x %}", "no such template"},
	"from a file":           {"{% from '/etc/passwd' import root %}", "no such template"},
	"extend a file":         {"{% extends '/etc/passwd' %}", "no such template"},
	"modulo":                {"{{ 1 % 0 }}", "divide by zero"},
	"floor division":        {"{{ 1 // 0 }}{{ undefined.x.y.z }}", ""},
	"format operator":       {"{{ x % 1.5 }}", ""},
	"chance":                {"{{ [1, 2, 3] | random }}", "random is not allowed"},
	"chance by map":         {"{{ [[1, 2]] | map('random') | list }}", ""},
	"lipsum":                {"{{ lipsum(1000000) }}", ""},
	"wordwrap":              {"{{ ('x ' * 100000) | wordwrap(0) }}", ""},
	"batch":                 {"{{ [1] | batch(3000000000, 0) }}", ""},
	"slice":                 {"{{ [1] | slice(3000000000, 0) }}", ""},
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	for name, tt := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner := newTestRunner(t)
			if runner.timeout = 2 * time.Second; tt.ends != "" && tt.ends != "timed out" {
				runner.timeout = 30 * time.Second // what ends it must not depend on the machine's load
			}
			q := request{File: "attack.j2", Files: map[string]string{"attack.j2": tt.template}, Variables: json.RawMessage(`{"model_id": "/etc/passwd"}`)}
			text, err := runner.run(t.Context(), q)
			if strings.Contains(string(text), "root:") {
				t.Errorf("it read a file: %s", text)
			}
			var fault *render.TemplateError
			if !errors.As(err, &fault) {
				if tt.ends != "" || err != nil || len(text) > MaxOutput {
					t.Errorf("%d bytes, %v", len(text), err)
				}
				return
			}
			if !endsAs(fault.Cause, tt.ends) || len(fault.Cause) > 2*maxCause {
				t.Errorf("it ends with %.500q, want %q", fault.Cause, tt.ends)
			}
			t.Logf("%.300s", fault)
		})
	}
}

// endsAs tells whether a cause has one of the texts between the bars: which of
// two bounds is met first may depend on the machine.
func endsAs(cause, ends string) bool {
	for end := range strings.SplitSeq(ends, "|") {
		if strings.Contains(cause, end) {
			return true
		}
	}
	return false
}

// TestAttacksTakeBoundedTime measures one child: from its start to its death.
func TestAttacksTakeBoundedTime(t *testing.T) {
	runner := newTestRunner(t)
	for _, name := range []string{"nested range", "doubling", "macro recursion", "parentheses"} {
		start := time.Now()
		_, err := runner.run(t.Context(), request{File: "attack.j2", Files: map[string]string{"attack.j2": attacks[name].template}, Variables: json.RawMessage("{}")})
		took := time.Since(start)
		if err == nil || took > Patience+3*time.Second {
			t.Errorf("%s took %s and ends with %v", name, took, err)
		}
		t.Logf("%s: %s", name, took)
	}
}

// danger has a method that no template may reach.
type danger struct{ called *bool }

// Danger notes that it was called.
func (d danger) Danger() string { *d.called = true; return "called" }

// TestNoGoValueReachesATemplate hands over variables as the card's own code
// does: whatever they were, a template gets data without methods.
func TestNoGoValueReachesATemplate(t *testing.T) {
	t.Parallel()
	called := false
	encoded, err := json.Marshal(map[string]any{"g": danger{&called}, "d": map[string]any{"k": "v"}, "l": []any{1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, template := range []string{"{{ g.Danger() }}", "{{ d.Danger() }}", "{{ l.Danger() }}", "{{ d.Pairs[0].Value.Val.Interface() }}", "{{ self.Danger() }}"} {
		text, err := newTestRunner(t).run(t.Context(), request{File: "t.j2", Files: map[string]string{"t.j2": template}, Variables: encoded})
		if called || strings.Contains(string(text), "called") {
			t.Errorf("%s calls Go", template)
		}
		t.Log(template, string(text), err)
	}
}

// TestParentLives renders good templates while bad ones die.
func TestParentLives(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"bad.j2": attacks["macro recursion"].template, "good.j2": "{{ model_id }}"} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := render.NewSet(folder.Formats()...)
	c := &card.Card{Model: card.Model{ID: "a/b"}}
	for i := range 10 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			bad, err := set.Lookup("template:bad")
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := bad.RenderContext(t.Context(), c); err == nil {
				t.Error("the bad template renders")
			}
			good, err := set.Lookup("template:good")
			if err != nil {
				t.Fatal(err)
			}
			if body, _, err := good.RenderContext(t.Context(), c); string(body) != "a/b" {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
}

// FuzzAnswer looks for templates that break the harness itself. It runs in this
// process, so templates that could take it down are not tried.
func FuzzAnswer(f *testing.F) {
	f.Add("{{ model_id | upper }}", `{"model_id": "x", "l": [1, {"a": null}]}`)
	f.Add("{% if l %}{{ l }}{% endif %}", `{"l": [1.5, "it's", true]}`)
	f.Fuzz(func(_ *testing.T, template, variables string) {
		if len(template) > 200 || strings.Contains(template, "macro") || strings.Contains(template, "for") || strings.Contains(template, "*") ||
			strings.Contains(template, "include") || strings.Contains(template, "import") || strings.Contains(template, "block") ||
			strings.Contains(template, "extends") || strings.ContainsAny(template, "0123456789") {
			return
		}
		_, _ = answer(request{File: "t", Files: map[string]string{"t": template}, Variables: []byte(variables)})
	})
}
