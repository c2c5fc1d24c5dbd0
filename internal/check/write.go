package check

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// reportFormats is the one table of the forms that a report is written in.
var reportFormats = []struct {
	name  string
	write func(*Report, io.Writer) error
}{
	{"text", (*Report).writeText},
	{"json", (*Report).writeJSON},
	{"sarif", (*Report).WriteSARIF},
	{"junit", (*Report).writeJUnit},
	{"github", (*Report).writeGitHub},
}

// Write writes the report in a format: text, json, sarif, junit or github. The
// same report gives the same bytes.
func (r *Report) Write(w io.Writer, format string) error {
	names := make([]string, len(reportFormats))
	for i, f := range reportFormats {
		if f.name == format {
			return f.write(r, w)
		}
		names[i] = f.name
	}
	return fmt.Errorf("check: there is no report format %q; the formats are %s", format, strings.Join(names, ", "))
}

// writeJSON writes the results with the verdict over all of them.
func (r *Report) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Valid  bool     `json:"valid"`
		Policy Policy   `json:"policy"`
		Files  []Result `json:"files"`
	}{r.Valid(), r.Policy, append([]Result{}, r.Results...)})
}

// writeText writes findings as a compiler would, one a line, and a line of
// verdict and scores for each file.
func (r *Report) writeText(w io.Writer) error {
	var b strings.Builder
	for i := range r.Results {
		result := &r.Results[i]
		for j := range result.Findings {
			result.Findings[j].writeLine(&b)
		}
		result.writeVerdict(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *Finding) writeLine(b *strings.Builder) {
	b.WriteString(f.place() + string(f.Severity) + ": ")
	if f.Pointer != "" {
		b.WriteString(f.Pointer + ": ")
	}
	b.WriteString(oneLine(f.Message))
	if f.Hint != "" {
		b.WriteString("; " + oneLine(f.Hint))
	}
	fmt.Fprintf(b, " [%s", f.Rule)
	if f.Reference != "" {
		b.WriteString("; " + f.Reference)
	}
	if f.Fixable {
		b.WriteString("; --fix repairs it")
	}
	b.WriteString("]\n")
}

// place is the file, line and column as a compiler would print them.
func (f *Finding) place() string {
	if f.Line == 0 {
		return f.File + ": "
	}
	return fmt.Sprintf("%s:%d:%d: ", f.File, f.Line, f.Column)
}

func (r *Result) writeVerdict(b *strings.Builder) {
	b.WriteString(r.File + ": ")
	if r.Valid {
		b.WriteString("valid")
	} else {
		b.WriteString("not valid: " + strings.Join(r.Reasons, "; "))
	}
	for i, s := range r.Scores {
		separator := ", "
		if i == 0 {
			separator = " ("
		}
		fmt.Fprintf(b, "%s%s %.2f", separator, s.Pack, s.Value)
	}
	if len(r.Scores) > 0 {
		b.WriteString(")")
	}
	b.WriteString("\n")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
