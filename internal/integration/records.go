package integration

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// record is one line of a history: the numbers that were logged together.
type record = *card.Map

// recordsOf is a list as records, or nil where it is no list of mappings.
func recordsOf(list []any) []record {
	records := make([]record, 0, len(list))
	for _, item := range list {
		m, ok := asMap(item)
		if !ok {
			return nil
		}
		records = append(records, m)
	}
	return records
}

// parseJSONLines reads a log of one JSON object a line. Lines of another kind
// between them are passed over, as a logger may print banners; there must be
// two objects at least, or it is some other text that begins with a brace.
func parseJSONLines(text []byte) ([]record, error) {
	var records []record
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] != '{' || len(line) > maxLine {
			continue
		}
		v, err := ParseJSON(line)
		m, ok := asMap(v)
		if err != nil || !ok {
			continue
		}
		if records = append(records, m); len(records) > maxRows {
			return nil, fmt.Errorf("%w: more than %d lines", ErrTooLarge, maxRows)
		}
	}
	if len(records) < 2 {
		return nil, errSyntax
	}
	return records, nil
}

// pair matches key=value and key: value where the value is a number, perhaps
// in percent.
var pair = regexp.MustCompile(`(?:^|[\s,;|\[({'"-])([A-Za-z_][A-Za-z0-9_./@-]{0,99})['"]?\s*[=:]\s*([-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|nan|inf|NaN|Infinity))(%?)(?:$|[\s,;|\])}'"])`)

// counted matches "Epoch 3/10" and "step 500".
var counted = regexp.MustCompile(`(?i)\b(epoch|step|iteration|iter)[\s\[:#]+([0-9]+)`)

// looksLikeLog tells whether at least half of the lines have key=value pairs.
// YAML takes many a line of a log for a mapping, with its time as the key.
func looksLikeLog(text []byte) bool {
	const most = 200 // lines that are looked at
	lines, logged := 0, 0
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) == 0 || len(line) > maxLine {
			continue
		}
		if bytes.IndexByte(line, '=') > 0 && parseLogLine(string(line)).Len() > 0 {
			logged++
		}
		if lines++; lines == most {
			break
		}
	}
	return logged > 0 && 2*logged >= lines
}

// parseLog reads a log in which lines have key=value pairs, or the lines of a
// progress bar. A line without any is passed over.
func parseLog(text []byte) []record {
	var records []record
	for line := range bytes.Lines(text) {
		if len(line) > maxLine || len(records) >= maxRows {
			continue
		}
		if m := parseLogLine(string(line)); m.Len() > 0 {
			records = append(records, m)
		}
	}
	return records
}

func parseLogLine(line string) record {
	m := &card.Map{}
	line = strings.ReplaceAll(line, "'s ", "/") // LightGBM: valid_1's auc: 0.9
	if i := strings.LastIndexByte(strings.TrimRight(line, "\r\n"), '\r'); i >= 0 {
		line = line[i+1:] // a progress bar that was drawn again and again
	}
	for _, c := range counted.FindAllStringSubmatch(line, 8) {
		m.Set(strings.ToLower(c[1]), card.Number(strings.TrimLeft(c[2], "0")+zeroIfEmpty(c[2])))
	}
	for rest, n := line, 0; n < maxColumns; n++ {
		at := pair.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		key, value, percent := rest[at[2]:at[3]], rest[at[4]:at[5]], rest[at[6]:at[7]]
		if v, ok := metricValue(value); ok && !isNoise(key) {
			if percent != "" {
				key += percent
			}
			m.Entries = append(m.Entries, card.Entry{Key: key, Value: v})
		}
		rest = rest[at[7]:] // the delimiter may begin the next pair
	}
	return m
}

// zeroIfEmpty gives a number back its digit where trimming took the last one.
func zeroIfEmpty(digits string) string {
	if strings.Trim(digits, "0") == "" {
		return "0"
	}
	return ""
}

// isNoise tells whether the key of a log line is about the line and not about
// the model.
func isNoise(key string) bool {
	switch strings.ToLower(key) {
	case "info", "debug", "warning", "warn", "error", "line", "pid", "rank", "eta", "port":
		return true
	}
	return false
}

// lastValues are the last values of all keys, in the order in which the keys
// were first logged.
func lastValues(records []record) *card.Map {
	last := &card.Map{}
	index := map[string]int{}
	for _, m := range records {
		for _, e := range m.Entries {
			if _, ok := metricValue(e.Value); !ok {
				continue
			}
			if i, seen := index[e.Key]; seen {
				last.Entries[i].Value = e.Value
				continue
			}
			if len(index) > 2*MaxMetrics {
				continue
			}
			index[e.Key] = len(last.Entries)
			last.Entries = append(last.Entries, e)
		}
	}
	return last
}

// fitsHistory recognises what was logged while a model was trained: several
// records, or one with a counter.
func fitsHistory(f *file) bool {
	if f.role == Dataset {
		return false
	}
	if len(f.records) == 0 {
		f.records = seriesRecords(f.mapping())
	}
	return lastValues(f.records).Len() > 0
}

func readHistory(f *file, r *Reading) error {
	last := lastValues(f.records)
	r.history(last, f.role)
	return nil
}

// history puts the last values of a log where their names say.
func (r *Reading) history(last *card.Map, role Role) {
	plain := ""
	if role == Training {
		plain = "train"
	}
	var progress []string
	for _, e := range last.Entries {
		name, percent := strings.CutSuffix(e.Key, "%")
		if isCounter(name) || isRate(name) {
			if n, ok := numberOf(e.Value); ok {
				progress = append(progress, "last "+strings.ReplaceAll(name, "_", " ")+" "+string(n))
			}
			continue
		}
		split, name := splitOfKey(name, plain)
		metric := card.Metric{Type: name, Value: e.Value}
		if percent {
			metric.Unit = "%"
		}
		r.AddMetric(split, metric)
	}
	if len(progress) > 0 {
		r.training().SpeedsSizesTimes = strings.Join(progress, ", ")
	}
}

// splitPrefixes are what loggers put before the names of metrics.
var splitPrefixes = []struct{ split, prefix string }{
	{"validation", "validation"}, {"validation", "valid"}, {"validation", "val"}, {"validation", "eval"}, {"validation", "dev"},
	{"test", "test"}, {"train", "training"}, {"train", "train"},
}

// splitOfKey is the split that the prefix of a name stands for.
func splitOfKey(key, otherwise string) (split, name string) {
	if before, after, ok := strings.Cut(key, "/"); ok && after != "" {
		if split, known := splitOf(before); known {
			return split, after
		}
	}
	for _, p := range splitPrefixes {
		for _, separator := range []string{"_", "/", ".", "-"} {
			if name, ok := cutPrefix(key, p.prefix+separator); ok {
				return p.split, name
			}
		}
	}
	return otherwise, key
}

// splitOf is the split that a name stands for, alone or with a number.
func splitOf(name string) (split string, ok bool) {
	name = strings.TrimRight(strings.ToLower(name), "_0123456789")
	if name == "learn" {
		return "train", true
	}
	for _, p := range splitPrefixes {
		if name == p.prefix {
			return p.split, true
		}
	}
	return "", false
}

var counters = []string{
	"epoch", "epochs", "step", "steps", "global_step", "iteration", "iterations", "iter", "batch", "batch_idx",
	"time", "timestamp", "elapsed", "date", "seed",
}

// isCounter tells whether a name counts time and is no metric.
func isCounter(name string) bool { return slices.Contains(counters, strings.ToLower(name)) }

// isRate tells whether a name is of a setting that is logged as it changes.
func isRate(name string) bool {
	switch strings.ToLower(name) {
	case "lr", "learning_rate", "grad_norm", "lr-adam", "lr-adamw", "lr-sgd", "momentum", "weight_decay":
		return true
	}
	return false
}

// seriesRecords reads a history that is kept as one list a metric, as Keras,
// XGBoost and LightGBM do: the last values as one record. It is nil where the
// lists are not all of one length.
func seriesRecords(m *card.Map) []record {
	last, length := &card.Map{}, 0
	if !addSeries(last, m, "", &length) || last.Len() == 0 {
		return nil
	}
	return []record{last}
}

func addSeries(last, m *card.Map, prefix string, length *int) bool {
	for _, e := range m.Entries {
		if inner, ok := asMap(e.Value); ok && prefix == "" {
			split, known := splitOf(e.Key)
			if !known {
				split = e.Key
			}
			if !addSeries(last, inner, split+"/", length) {
				return false
			}
			continue
		}
		list, ok := e.Value.([]any)
		if !ok || len(list) == 0 || *length != 0 && len(list) != *length {
			return false
		}
		*length = len(list)
		for _, item := range list {
			if _, ok := metricValue(item); !ok {
				return false
			}
		}
		last.Entries = append(last.Entries, card.Entry{Key: prefix + e.Key, Value: list[len(list)-1]})
	}
	return true
}
