package drift

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// WriteText writes a report for people: a table, and the verdict.
func WriteText(w io.Writer, r *Report) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "METRIC\tOLD\tNEW\tCHANGE\tBETTER\tTHRESHOLD\tSTATUS\tSEVERITY")
	for i := range r.Metrics {
		m := &r.Metrics[i]
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			m.Label(), valueText(m.Old), valueText(m.New), m.changeText(), m.Better, m.thresholdText(), m.statusText(), m.Severity)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for i := range r.Metrics {
		if m := &r.Metrics[i]; m.Detail != "" || m.Significance != nil {
			_, _ = fmt.Fprintf(w, "%s: %s\n", m.Label(), m.remark())
		}
	}
	_, err := fmt.Fprintln(w, r.Summary())
	return err
}

// Summary is the verdict on one line.
func (r *Report) Summary() string {
	counts := fmt.Sprintf("%d compared, %d drifted, %d improved, %d missing, %d new", r.Compared, r.Drifted, r.Improved, r.Missing, r.New)
	if r.Drift {
		return fmt.Sprintf("drift (%s): %s", r.Severity, counts)
	}
	return "no drift: " + counts
}

// Label names a metric with its data set and slice.
func (m *Metric) Label() string {
	label := oneLine(m.Name)
	if m.Dataset != "" {
		label += " on " + oneLine(m.Dataset)
	}
	if m.Slice != "" {
		label += " [" + oneLine(m.Slice) + "]"
	}
	return label
}

// oneLine keeps a text from breaking the table.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func valueText(v any) string {
	if v == nil {
		return "-"
	}
	return oneLine(card.Text(v))
}

func (m *Metric) changeText() string {
	if m.Change == nil {
		return "-"
	}
	text := string(*m.Change)
	if m.Change.Float64() > 0 {
		text = "+" + text
	}
	if m.Relative != nil {
		text += fmt.Sprintf(" (%+.1f%%)", 100*m.Relative.Float64())
	}
	return text
}

func (m *Metric) thresholdText() string {
	texts := make([]string, len(m.Thresholds))
	for i, t := range m.Thresholds {
		switch t.Kind {
		case Relative:
			texts[i] = fmt.Sprintf("%g%% of old (%s)", 100*t.Value.Float64(), t.Source)
		case Limit:
			texts[i] = fmt.Sprintf("reach %s (%s)", t.Value, t.Source)
		default:
			texts[i] = fmt.Sprintf("%s (%s)", t.Value, t.Source)
		}
	}
	if len(texts) == 0 {
		return "-"
	}
	return strings.Join(texts, ", ")
}

func (m *Metric) statusText() string {
	if m.Drift {
		return string(m.Status) + ", drift"
	}
	return string(m.Status)
}

func (m *Metric) remark() string {
	var parts []string
	if s := m.Significance; s != nil {
		verdict := "not significant"
		if s.Significant {
			verdict = "significant"
		}
		if s.PValue != nil {
			verdict += fmt.Sprintf(", p = %s", *s.PValue)
		}
		parts = append(parts, s.Test+": "+verdict)
	}
	if m.Detail != "" {
		parts = append(parts, m.Detail)
	}
	return strings.Join(parts, "; ")
}
