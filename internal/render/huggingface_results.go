package render

import (
	"regexp"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// resultsTable prints all metrics as one table. The front matter's model-index
// has no place for slices, confidence intervals, thresholds and sample sizes,
// so the reader takes those from here.
type resultsTable struct{}

// column is one column of the table; an optional one is printed if any metric
// has a value for it.
type column struct {
	title  string
	always bool
	append func(dst []byte, r *card.Result, m *card.Metric) []byte
	take   func(m *card.Metric, cell string) bool
}

var columns = []column{
	{title: "Task", always: true, append: func(dst []byte, r *card.Result, _ *card.Metric) []byte {
		return append(dst, firstOf(r.Task.Name, r.Task.Type)...)
	}},
	{title: "Dataset", always: true, append: func(dst []byte, r *card.Result, _ *card.Metric) []byte {
		dst = append(dst, firstOf(r.Dataset.Name, r.Dataset.Type)...)
		for _, detail := range [...]string{r.Dataset.Config, r.Dataset.Split} {
			if detail != "" {
				dst = append(append(dst, ", "...), detail...)
			}
		}
		return dst
	}},
	{title: "Metric", always: true, append: appendMetricName, take: takeMetricName},
	{title: "Slice", append: func(dst []byte, _ *card.Result, m *card.Metric) []byte { return append(dst, m.Slice...) },
		take: func(m *card.Metric, cell string) bool { m.Slice = cell; return true }},
	{title: "Value", always: true, append: func(dst []byte, _ *card.Result, m *card.Metric) []byte { return card.AppendPlain(dst, m.Value) },
		take: func(m *card.Metric, cell string) bool { m.Value = card.ParseValue(cell); return true }},
	{title: "Unit", append: func(dst []byte, _ *card.Result, m *card.Metric) []byte { return append(dst, m.Unit...) },
		take: func(m *card.Metric, cell string) bool { m.Unit = cell; return true }},
	{title: "Confidence interval", append: appendInterval, take: takeInterval},
	{title: "Threshold", append: func(dst []byte, _ *card.Result, m *card.Metric) []byte { return appendNumber(dst, m.Threshold) },
		take: func(m *card.Metric, cell string) bool { return takeNumber(&m.Threshold, cell) }},
	{title: "Samples", append: func(dst []byte, _ *card.Result, m *card.Metric) []byte { return appendNumber(dst, m.SampleSize) },
		take: func(m *card.Metric, cell string) bool { return takeNumber(&m.SampleSize, cell) }},
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func appendMetricName(dst []byte, _ *card.Result, m *card.Metric) []byte {
	if m.Name == "" || m.Name == m.Type {
		return append(dst, m.Type...)
	}
	return append(append(append(append(dst, m.Name...), " ("...), m.Type...), ')')
}

var metricName = regexp.MustCompile(`^(.+) \(([^()]+)\)$`)

func takeMetricName(m *card.Metric, cell string) bool {
	if match := metricName.FindStringSubmatch(cell); match != nil {
		m.Name, m.Type = match[1], match[2]
	} else {
		m.Type = cell
	}
	return true
}

func appendInterval(dst []byte, _ *card.Result, m *card.Metric) []byte {
	ci := m.ConfidenceInterval
	if ci == nil {
		return dst
	}
	dst = append(append(append(dst, '['), ci.LowerBound...), ", "...)
	dst = append(append(dst, ci.UpperBound...), ']')
	if ci.Level != nil {
		dst = append(append(dst, " at "...), *ci.Level...)
	}
	return dst
}

var interval = regexp.MustCompile(`^\[(\S+), (\S+)\](?: at (\S+))?$`)

func takeInterval(m *card.Metric, cell string) bool {
	match := interval.FindStringSubmatch(cell)
	if match == nil {
		return false
	}
	low, lowOK := card.ParseValue(match[1]).(card.Number)
	high, highOK := card.ParseValue(match[2]).(card.Number)
	m.ConfidenceInterval = &card.Interval{LowerBound: low, UpperBound: high}
	return lowOK && highOK && (match[3] == "" || takeNumber(&m.ConfidenceInterval.Level, match[3]))
}

func appendNumber(dst []byte, n *card.Number) []byte {
	if n == nil {
		return dst
	}
	return append(dst, *n...)
}

func takeNumber(field **card.Number, cell string) bool {
	n, ok := card.ParseValue(cell).(card.Number)
	*field = &n
	return ok
}

func (resultsTable) appendTo(dst []byte, c *card.Card) []byte {
	results := c.Evaluation.Results
	if countMetrics(results) == 0 {
		return dst
	}
	used := usedColumns(dst, results)
	dst = append(dst, '\n')
	for i := range columns {
		if used&(1<<i) != 0 {
			dst = append(append(append(dst, "| "...), columns[i].title...), ' ')
		}
	}
	dst = append(dst, "|\n"...)
	for i := range columns {
		if used&(1<<i) != 0 {
			dst = append(dst, "| --- "...)
		}
	}
	dst = append(dst, "|\n"...)
	for i := range results {
		for j := range results[i].Metrics {
			dst = appendRow(dst, used, &results[i], &results[i].Metrics[j])
		}
	}
	return dst
}

func appendRow(dst []byte, used int, r *card.Result, m *card.Metric) []byte {
	for i := range columns {
		if used&(1<<i) != 0 {
			dst = append(dst, "| "...)
			start := len(dst)
			dst = append(escapeCell(columns[i].append(dst, r, m), start), ' ')
		}
	}
	return append(dst, "|\n"...)
}

func countMetrics(results []card.Result) int {
	n := 0
	for i := range results {
		n += len(results[i].Metrics)
	}
	return n
}

// usedColumns is the set of columns to print, a bit each. What is behind the
// end of scratch is overwritten.
func usedColumns(scratch []byte, results []card.Result) int {
	used := 0
	for i := range columns {
		if columns[i].always {
			used |= 1 << i
			continue
		}
		if columns[i].isUsed(scratch, results) {
			used |= 1 << i
		}
	}
	return used
}

func (col *column) isUsed(scratch []byte, results []card.Result) bool {
	for i := range results {
		for j := range results[i].Metrics {
			if len(col.append(scratch, &results[i], &results[i].Metrics[j])) > len(scratch) {
				return true
			}
		}
	}
	return false
}

// takeFrom reads a table of ours out of a text. Rows stand in the order of the
// model-index, with the sliced metrics between them; a table that does not fit
// is somebody else's and stays.
func (resultsTable) takeFrom(c *card.Card, text string) string {
	before, rows, after, found := cutTable(text)
	if !found {
		return text
	}
	results := slices.Clone(c.Evaluation.Results)
	for i := range results {
		results[i].Metrics = slices.Clone(results[i].Metrics)
	}
	if !mergeRows(results, rows) {
		return text
	}
	c.Evaluation.Results = results
	return joinTexts(before, after)
}

func (resultsTable) isPlain(*card.Card, string) bool { return true } // see isPlainResults

// cutTable finds the table whose first columns are ours.
func cutTable(text string) (before string, rows [][]string, after string, found bool) {
	lines := strings.Split(text, "\n")
	start := slices.IndexFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "| Task | Dataset | Metric |")
	})
	if start < 0 || start+2 >= len(lines) {
		return "", nil, "", false
	}
	end := start
	for end < len(lines) && strings.HasPrefix(lines[end], "|") {
		if end != start+1 { // the line of hyphens
			rows = append(rows, splitCells(lines[end]))
		}
		end++
	}
	return strings.Join(lines[:start], "\n"), rows, strings.Join(lines[end:], "\n"), true
}

func splitCells(line string) []string {
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|")
	}
	return cells
}

// mergeRows puts what the rows say beyond the model-index into the results.
func mergeRows(results []card.Result, rows [][]string) bool {
	header := columnsOf(rows[0])
	if header == nil {
		return false
	}
	at, next := 0, 0 // the metric that the next unsliced row is about
	for _, cells := range rows[1:] {
		row, ok := parseRow(header, cells)
		if !ok {
			return false
		}
		if row.metric.Slice == "" {
			for at < len(results) && next == len(results[at].Metrics) {
				at, next = at+1, 0
			}
			if at == len(results) || !row.extends(&results[at], &results[at].Metrics[next]) {
				return false
			}
			next++
			continue
		}
		if at == len(results) || !row.isOf(&results[at]) {
			if at, next = at+1, 0; at >= len(results) || !row.isOf(&results[at]) {
				return false
			}
		}
		results[at].Metrics = slices.Insert(results[at].Metrics, next, row.metric)
		next++
	}
	for at < len(results) && next == len(results[at].Metrics) {
		at, next = at+1, 0
	}
	return at == len(results)
}

func columnsOf(titles []string) []int {
	var header []int
	for _, title := range titles {
		i := slices.IndexFunc(columns, func(c column) bool { return c.title == title })
		if i < 0 {
			return nil
		}
		header = append(header, i)
	}
	return header
}

type tableRow struct {
	task, dataset string
	metric        card.Metric
}

func parseRow(header []int, cells []string) (tableRow, bool) {
	var row tableRow
	if len(cells) != len(header) {
		return row, false
	}
	row.task, row.dataset = cells[0], cells[1]
	for i, cell := range cells[2:] {
		take := columns[header[i+2]].take
		if cell != "" && (take == nil || !take(&row.metric, cell)) {
			return row, false
		}
	}
	return row, true
}

func (row *tableRow) isOf(r *card.Result) bool {
	return string(columns[0].append(nil, r, nil)) == row.task && string(columns[1].append(nil, r, nil)) == row.dataset
}

// extends adds to a metric of the model-index what the row knows more of it.
func (row *tableRow) extends(r *card.Result, m *card.Metric) bool {
	same := row.isOf(r) && string(appendMetricName(nil, r, m)) == string(appendMetricName(nil, r, &row.metric)) &&
		string(card.AppendPlain(nil, m.Value)) == string(card.AppendPlain(nil, row.metric.Value))
	if same {
		m.Unit, m.ConfidenceInterval = row.metric.Unit, row.metric.ConfidenceInterval
		m.Threshold, m.SampleSize = row.metric.Threshold, row.metric.SampleSize
	}
	return same
}
