package integration

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// file is a result file with its content parsed as far as it could be.
type file struct {
	role    Role
	text    []byte
	value   any        // JSON or YAML, nil for others
	rows    [][]string // CSV or TSV with its header
	records []record   // a history: JSON lines, a list of records, or a log
}

// kind is one kind of file: what it looks like, and what it says. A kind that
// fits comes before a more general one.
type kind struct {
	name string
	fits func(f *file) bool
	read func(f *file, r *Reading) error
}

// kinds is the one table of files that are read.
var kinds = []kind{
	{"lm-evaluation-harness results", fitsHarness, readHarness},
	{"Hugging Face trainer state", fitsTrainerState, readTrainerState},
	{"Hugging Face trainer results", fitsTrainerResults, readTrainerResults},
	{"Hugging Face evaluation results", fitsEvalResults, readEvalResults},
	{"Hugging Face model configuration", fitsModelConfig, readModelConfig},
	{"Hugging Face data set description", fitsDatasetInfo, readDatasetInfo},
	{"index of safetensors", fitsSafetensorsIndex, readSafetensorsIndex},
	{"scikit-learn classification report", fitsClassificationReport, readClassificationReport},
	{"data set statistics", fitsDatasetStatistics, readDatasetStatistics},
	{"table of metrics", fitsMetricTable, readMetricTable},
	{"metrics by name", fitsNamedMetrics, readNamedMetrics},
	{"training log", fitsHistory, readHistory},
	{"hyperparameters", fitsParameters, readParameters},
	{"metrics", fitsMetrics, readMetrics},
}

// ReadFile reads a result file, recognised by its content; the role decides
// what the content leaves open. At most [MaxFile] bytes are read, and of model
// weights the header alone. Errors wrap [ErrUnknown] or [ErrTooLarge].
func ReadFile(in io.Reader, role Role) (*Reading, error) {
	buffered := bufio.NewReaderSize(in, 4096)
	if size, ok := peekSafetensors(buffered); ok {
		return readSafetensors(buffered, size)
	}
	text, err := io.ReadAll(io.LimitReader(buffered, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxFile {
		return nil, fmt.Errorf("%w: a result file has at most %d bytes", ErrTooLarge, MaxFile)
	}
	return readText(text, role)
}

func readText(text []byte, role Role) (*Reading, error) {
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return nil, fmt.Errorf("%w: it is neither UTF-8 text nor safetensors", ErrUnknown)
	}
	f := &file{role: role, text: bytes.TrimPrefix(text, []byte("\uFEFF"))}
	cause := f.parse()
	if errors.Is(cause, ErrTooLarge) {
		return nil, cause
	}
	for _, k := range kinds {
		if !k.fits(f) {
			continue
		}
		r := &Reading{Kind: k.name, Values: &card.Card{}}
		if err := k.read(f, r); err != nil {
			return nil, fmt.Errorf("%s: %w", k.name, err)
		}
		return r, r.check()
	}
	if cause != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, cause)
	}
	return nil, fmt.Errorf("%w: no numbers in it that are known to be metrics, parameters or statistics", ErrUnknown)
}

// parse tries the syntaxes of result files. The error is of the one that the
// file seems to be in.
func (f *file) parse() error {
	trimmed := bytes.TrimSpace(f.text)
	if len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		return f.parseJSON(trimmed)
	}
	if looksLikeLog(f.text) {
		f.records = parseLog(f.text)
		return nil
	}
	value, err := card.ReadValueYAML(f.text)
	switch value.(type) {
	case *card.Map, []any:
		f.value = value
		return nil
	}
	if f.rows = parseTable(f.text); f.rows == nil {
		f.records = parseLog(f.text)
	}
	if _, isScalar := value.(string); isScalar {
		return nil
	}
	return err
}

func (f *file) parseJSON(text []byte) error {
	value, err := ParseJSON(text)
	if err == nil {
		f.value = value
		if list, ok := value.([]any); ok {
			f.records = recordsOf(list)
		}
		return nil
	}
	if lines, lineErr := parseJSONLines(text); lineErr == nil {
		f.records = lines
		return nil
	}
	if bracketed.Match(text) {
		if f.records = parseLog(text); len(f.records) > 0 {
			return nil
		}
	}
	return err
}

// bracketed matches a log whose lines begin with a level or a step in brackets.
var bracketed = regexp.MustCompile(`^\[[\w .:,-]*\][^\n]*\w`)

// mapping is the content as a mapping, or an empty one.
func (f *file) mapping() *card.Map {
	if m, ok := asMap(f.value); ok {
		return m
	}
	return &card.Map{}
}

// check holds what was read to the limits.
func (r *Reading) check() error {
	metrics := 0
	if e := r.Values.Evaluation; e != nil {
		kept := e.Results[:0]
		for _, result := range e.Results {
			if metrics += len(result.Metrics); len(result.Metrics) > 0 {
				kept = append(kept, result)
			}
		}
		e.Results = kept
	}
	if metrics > MaxMetrics {
		return tooManyMetrics(metrics)
	}
	return nil
}

func tooManyMetrics(n int) error {
	return fmt.Errorf("%w: %d metrics or more, the most is %d", ErrTooLarge, n, MaxMetrics)
}

// peekSafetensors tells whether weights follow: the size of the header in
// eight bytes, little endian, and a mapping in JSON. The bytes of a text make a
// size that is far over the limit.
func peekSafetensors(in *bufio.Reader) (size uint64, ok bool) {
	start, err := in.Peek(9)
	if err != nil || start[8] != '{' {
		return 0, false
	}
	size = binary.LittleEndian.Uint64(start)
	return size, size < 1<<40
}

// result is the result of a reading for a split, made if it is not there.
func (r *Reading) result(split string) *card.Result {
	e := r.evaluation()
	for i := range e.Results {
		if e.Results[i].Dataset.Split == split {
			return &e.Results[i]
		}
	}
	e.Results = append(e.Results, card.Result{Dataset: card.ResultDataset{Split: split}})
	return &e.Results[len(e.Results)-1]
}

func (r *Reading) evaluation() *card.Evaluation {
	if r.Values.Evaluation == nil {
		r.Values.Evaluation = &card.Evaluation{}
	}
	return r.Values.Evaluation
}

func (r *Reading) training() *card.Training {
	if r.Values.Training == nil {
		r.Values.Training = &card.Training{}
	}
	return r.Values.Training
}

func (r *Reading) technical() *card.Technical {
	if r.Values.Technical == nil {
		r.Values.Technical = &card.Technical{}
	}
	return r.Values.Technical
}

// parameter sets a hyperparameter.
func (r *Reading) parameter(name string, value any) {
	t := r.training()
	if t.Hyperparameters == nil {
		t.Hyperparameters = &card.Map{}
	}
	if t.Hyperparameters.Len() >= maxParameters {
		r.note(card.Pointer(name), fmt.Sprintf("a card has room for %d hyperparameters", maxParameters))
		return
	}
	t.Hyperparameters.Set(name, value)
}

// cutPrefix takes the first of several prefixes off a name.
func cutPrefix(name string, prefixes ...string) (rest string, found bool) {
	for _, p := range prefixes {
		if rest, found = strings.CutPrefix(name, p); found && rest != "" {
			return rest, true
		}
	}
	return name, false
}
