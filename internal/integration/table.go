package integration

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// parseTable reads a table whose columns are parted by commas, tabs or
// semicolons (RFC 4180): a header and rows as long as it. It is nil for a text
// that is no table.
func parseTable(text []byte) [][]string {
	header, values, _ := bytes.Cut(text, []byte("\n"))
	if one := parseColumn(header, values); one != nil {
		return one
	}
	for _, comma := range []rune{',', '\t', ';'} {
		if !strings.ContainsRune(string(header), comma) {
			continue
		}
		in := csv.NewReader(bytes.NewReader(text))
		in.Comma = comma
		in.TrimLeadingSpace = true
		rows, err := in.ReadAll()
		if err == nil && len(rows) > 1 && len(rows[0]) <= maxColumns && len(rows) <= maxRows && isHeader(rows[0]) {
			return rows
		}
	}
	return nil
}

// parseColumn reads a table of one column: a name and a number.
func parseColumn(header, values []byte) [][]string {
	name, value := strings.TrimSpace(string(header)), strings.TrimSpace(string(values))
	if _, isNumber := metricValue(value); !isNumber || name == "" || strings.ContainsAny(name, " ,;:=\t") {
		return nil
	}
	return [][]string{{name}, {value}}
}

// isHeader tells whether the first row names columns.
func isHeader(row []string) bool {
	for i, cell := range row {
		cell = strings.TrimSpace(cell)
		if _, isNumber := metricValue(cell); isNumber || cell == "" && i > 0 || strings.Contains(cell, "=") {
			return false
		}
	}
	return true
}

// column is the index of the first of several names in a header, or -1.
func column(header []string, names ...string) int {
	return slices.IndexFunc(header, func(cell string) bool {
		return slices.Contains(names, strings.ToLower(strings.TrimSpace(cell)))
	})
}

// isLongTable tells whether each row is a metric: a column has the names and
// another the values.
func isLongTable(header []string) bool {
	return column(header, "metric", "name", "metric_name") >= 0 && column(header, "value", "score", "metric_value") >= 0
}

// fitsMetricTable recognises tables of results. A table with a counter is a
// history, which it makes records of.
func fitsMetricTable(f *file) bool {
	if f.rows == nil || f.role == Dataset {
		return false
	}
	if column(f.rows[0], counters...) >= 0 && !isLongTable(f.rows[0]) {
		f.records = tableRecords(f.rows)
		return false
	}
	return true
}

// tableRecords is a table as records; an empty cell is none.
func tableRecords(rows [][]string) []record {
	records := make([]record, 0, len(rows)-1)
	for _, row := range rows[1:] {
		m := &card.Map{}
		for i, cell := range row {
			if v, ok := metricValue(strings.TrimSpace(cell)); ok {
				m.Entries = append(m.Entries, card.Entry{Key: strings.TrimSpace(rows[0][i]), Value: v})
			}
		}
		records = append(records, m)
	}
	return records
}

func readMetricTable(f *file, r *Reading) error {
	if len(f.rows)-1 > MaxMetrics {
		return tooManyMetrics(len(f.rows) - 1)
	}
	if isLongTable(f.rows[0]) {
		readLongTable(f.rows, r)
	} else {
		readWideTable(f.rows, r)
	}
	if r.Values.Evaluation == nil {
		return ErrUnknown
	}
	return nil
}

// readLongTable reads a table of one metric a row.
func readLongTable(rows [][]string, r *Reading) {
	header := rows[0]
	name := column(header, "metric", "name", "metric_name")
	value := column(header, "value", "score", "metric_value")
	split, dataset := column(header, "split"), column(header, "dataset", "dataset_name")
	slice, unit := column(header, "slice", "class", "group", "label"), column(header, "unit")
	for i, row := range rows[1:] {
		v, ok := metricValue(strings.TrimSpace(row[value]))
		if !ok {
			r.note(card.Pointer(itoa(i+1)), "the value of the metric is not a number")
			continue
		}
		result := r.resultFor(cell(row, dataset), cell(row, split))
		result.Metrics = append(result.Metrics, card.Metric{Type: strings.TrimSpace(row[name]), Value: v, Slice: cell(row, slice), Unit: cell(row, unit)})
	}
}

func cell(row []string, i int) string {
	if i < 0 {
		return ""
	}
	return strings.TrimSpace(row[i])
}

// resultFor is the result for a data set and a split, made if it is not there.
func (r *Reading) resultFor(dataset, split string) *card.Result {
	e := r.evaluation()
	for i := range e.Results {
		if d := e.Results[i].Dataset; d.Name == dataset && d.Split == split {
			return &e.Results[i]
		}
	}
	e.Results = append(e.Results, card.Result{Dataset: card.ResultDataset{Name: dataset, Split: split}})
	return &e.Results[len(e.Results)-1]
}

// readWideTable reads a table of one metric a column. Where there are several
// rows, the first column of words names the part of the data.
func readWideTable(rows [][]string, r *Reading) {
	label := labelColumn(rows)
	for _, row := range rows[1:] {
		for i, text := range row {
			v, ok := metricValue(strings.TrimSpace(text))
			if !ok || i == label || isCounter(rows[0][i]) {
				continue
			}
			r.AddMetric("", card.Metric{Type: strings.TrimSpace(rows[0][i]), Value: v, Slice: cell(row, label)})
		}
	}
}

// labelColumn is the first column with words in it, or the first of all where
// there are several rows of numbers alone; -1 is none.
func labelColumn(rows [][]string) int {
	for i := range rows[0] {
		for _, row := range rows[1:] {
			text := strings.TrimSpace(row[i])
			if _, isNumber := metricValue(text); !isNumber && text != "" {
				return i
			}
		}
	}
	if len(rows) > 2 {
		return 0
	}
	return -1
}
