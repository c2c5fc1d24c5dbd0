package check

import (
	"encoding/xml"
	"fmt"
	"io"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Line      int           `xml:"line,attr,omitempty"`
	Failure   *junitFailure `xml:"failure"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes a suite for each file: a case for each finding, and one
// for each pack that has none. Findings that the policy does not fail are
// cases that pass, with their text as output. JUnit has no schema of its own;
// this is the subset that CI systems agree on.
func (r *Report) writeJUnit(w io.Writer) error {
	suites := junitSuites{Name: r.Tool}
	for i := range r.Results {
		s := r.Results[i].suite(r.Policy)
		suites.Tests += s.Tests
		suites.Failures += s.Failures
		suites.Suites = append(suites.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suites); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r *Result) suite(policy Policy) junitSuite {
	s := junitSuite{Name: r.File}
	found := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		found[f.Pack] = true
		s.Cases = append(s.Cases, f.testCase(policy))
	}
	for _, score := range r.Scores {
		c := junitCase{Name: score.Pack, ClassName: score.Pack, File: r.File}
		if score.Value < policy.MinScore {
			c.Failure = &junitFailure{Message: fmt.Sprintf("%s scores %.2f, less than %.2f", score.Pack, score.Value, policy.MinScore), Type: "score"}
		}
		if c.Failure != nil || !found[score.Pack] {
			s.Cases = append(s.Cases, c)
		}
	}
	s.Tests = len(s.Cases)
	for i := range s.Cases {
		if s.Cases[i].Failure != nil {
			s.Failures++
		}
	}
	return s
}

func (f *Finding) testCase(policy Policy) junitCase {
	c := junitCase{Name: f.Rule + " " + f.Pointer, ClassName: f.Pack, File: f.File, Line: f.Line}
	text := f.place() + string(f.Severity) + ": " + f.Message
	if f.Hint != "" {
		text += "\n" + f.Hint
	}
	if f.Reference != "" {
		text += "\n" + f.Reference
	}
	if policy.fails(f.Severity) {
		c.Failure = &junitFailure{Message: f.Message, Type: string(f.Severity), Text: text}
	} else {
		c.Output = text
	}
	return c
}
