package check

import (
	"fmt"
	"io"
	"strings"
)

// writeGitHub writes findings as workflow commands, which GitHub Actions shows
// beside the lines of a pull request, and then the verdicts as text.
func (r *Report) writeGitHub(w io.Writer) error {
	var b strings.Builder
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			r.Results[i].Findings[j].writeAnnotation(&b)
		}
	}
	for i := range r.Results {
		r.Results[i].writeVerdict(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *Finding) writeAnnotation(b *strings.Builder) {
	command := map[Severity]string{Error: "error", Warning: "warning", Info: "notice"}[f.Severity]
	message := f.Message
	if f.Hint != "" {
		message += "; " + f.Hint
	}
	if f.Reference != "" {
		message += " (" + f.Reference + ")"
	}
	fmt.Fprintf(b, "::%s file=%s", command, propertyEscaper.Replace(f.File))
	if f.Line > 0 {
		fmt.Fprintf(b, ",line=%d,col=%d", f.Line, f.Column)
	}
	fmt.Fprintf(b, ",title=%s::%s\n", propertyEscaper.Replace(f.Rule), dataEscaper.Replace(message))
}

// The escapes of workflow commands, as @actions/core has them.
var (
	dataEscaper     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscaper = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
