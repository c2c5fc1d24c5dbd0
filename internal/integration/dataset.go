package integration

import (
	"fmt"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// fitsDatasetInfo recognises dataset_info.json of the datasets library.
func fitsDatasetInfo(f *file) bool { return has(f.mapping(), "features", "splits") }

func readDatasetInfo(f *file, r *Reading) error {
	m := f.mapping()
	d := card.Dataset{Name: firstText(m, "dataset_name", "builder_name"), Link: textOf(m, "homepage")}
	var lines []string
	if text := strings.TrimSpace(textOf(m, "description")); text != "" {
		lines = append(lines, text)
	}
	for _, e := range mapAt(m, "splits").Entries {
		split, _ := asMap(e.Value)
		if n, ok := numberOf(valueAt(split, "num_examples")); ok {
			lines = append(lines, fmt.Sprintf("%s: %s examples", e.Key, n))
		}
	}
	if features := keysOf(mapAt(m, "features")); features != "" {
		lines = append(lines, "Features: "+features+".")
	}
	d.Description = clipText(strings.Join(lines, "\n\n"))
	r.training().Datasets = []card.Dataset{d}
	return nil
}

// keysOf lists the keys of a mapping in code marks, at most a hundred.
func keysOf(m *card.Map) string {
	names := make([]string, 0, m.Len())
	for _, e := range m.Entries {
		names = append(names, e.Key)
	}
	return namesText(names)
}

func namesText(names []string) string {
	const most = 100
	rest := ""
	if len(names) > most {
		rest = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = "`" + strings.Map(plainLetter, name) + "`"
	}
	return strings.Join(quoted, ", ") + rest
}

// plainLetter takes out of a name what would end its code marks or its line.
func plainLetter(r rune) rune {
	if r == '`' || r < ' ' {
		return ' '
	}
	return r
}

// fitsDatasetStatistics takes a file that is given as about a data set: a
// description in any words, statistics of columns, or the data themselves.
func fitsDatasetStatistics(f *file) bool {
	return f.role == Dataset && (f.mapping().Len() > 0 || f.rows != nil || len(f.records) > 0)
}

func readDatasetStatistics(f *file, r *Reading) error {
	var d card.Dataset
	switch {
	case f.rows != nil:
		d.Description = tableText(f.rows)
	case len(f.records) > 0:
		d.Description = fmt.Sprintf("%d rows; columns: %s.", len(f.records), keysOf(f.records[0]))
	default:
		d = statisticsOf(f.mapping())
	}
	r.training().Datasets = []card.Dataset{d}
	return nil
}

// statisticsOf reads a description of a data set: known words are its fields,
// everything else stands in the text.
func statisticsOf(m *card.Map) card.Dataset {
	d := card.Dataset{
		ID: firstText(m, "id", "dataset_id"), Name: firstText(m, "name", "dataset", "dataset_name", "title"), Split: textOf(m, "split"),
		Link: firstText(m, "link", "url", "homepage", "source_url"), Classification: textOf(m, "classification"),
	}
	lines := []string{}
	if text := firstText(m, "description", "summary"); text != "" {
		lines = append(lines, text, "")
	}
	for _, e := range m.Entries {
		switch e.Key {
		case "id", "dataset_id", "name", "dataset", "dataset_name", "title", "split", "link", "url", "homepage", "source_url",
			"classification", "description", "summary":
			continue
		}
		lines = append(lines, statisticLines(e.Key, e.Value)...)
	}
	d.Description = clipText(strings.TrimSpace(strings.Join(lines, "\n")))
	return d
}

// statisticLines are the lines of a list for one statistic; a mapping is shown
// on one line.
func statisticLines(key string, v any) []string {
	label := "- " + strings.Map(plainLetter, key) + ": "
	if m, ok := asMap(v); ok {
		parts := make([]string, 0, m.Len())
		for _, e := range m.Entries {
			parts = append(parts, strings.Map(plainLetter, e.Key)+" "+lineOf(e.Value))
		}
		return []string{label + strings.Join(parts, ", ")}
	}
	return []string{label + lineOf(v)}
}

// lineOf is a value on one line.
func lineOf(v any) string {
	const most = 500
	s := strings.Map(plainLetter, card.Text(v))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// tableText describes a table: the statistics that it holds, or the rows and
// columns of data.
func tableText(rows [][]string) string {
	if isDescription(rows) {
		var lines []string
		for _, row := range rows[1:] {
			var parts []string
			for i, cell := range row[1:] {
				parts = append(parts, rows[0][i+1]+" "+cell)
			}
			lines = append(lines, "- "+strings.Map(plainLetter, row[0]+": "+strings.Join(parts, ", ")))
		}
		return clipText(strings.Join(lines, "\n"))
	}
	return fmt.Sprintf("%d rows; columns: %s.", len(rows)-1, namesText(rows[0]))
}

// isDescription recognises what DataFrame.describe of pandas writes.
func isDescription(rows [][]string) bool {
	found := 0
	for _, row := range rows[1:] {
		switch strings.TrimSpace(row[0]) {
		case "count", "mean", "std", "min", "max", "50%":
			found++
		}
	}
	return found >= 4
}
