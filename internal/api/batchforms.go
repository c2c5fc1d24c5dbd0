package api

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/generator"
	"github.com/terragonlabs/modelcard-generator/internal/render"
	"github.com/terragonlabs/modelcard-generator/internal/store"
)

// Bounds of a batch's body.
const (
	maxBatch    = 64 << 20         // of the body, in bytes
	maxUnpacked = 4 * maxBatch     // of what an archive unpacks to, in bytes
	maxDocument = card.MaxDocument // of one document, in bytes
	maxEntries  = 4 * store.MaxBatchItems
	readAhead   = 64 << 10
)

// documents are what a batch's body holds, in its order, or the error that ends
// it. No more than one document is in memory.
type documents = iter.Seq2[generator.BatchDocument, error]

// yieldDocument is what an iterator of documents hands them to.
type yieldDocument = func(generator.BatchDocument, error) bool

// batchForm finds how a body is to be read by its Content-Type.
func batchForm(contentType string) (func(io.Reader) documents, error) {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType = contentType
	}
	switch mediaType {
	case "application/json":
		return jsonArray, nil
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines":
		return jsonLines, nil
	case "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml":
		return yamlStream, nil
	case "application/gzip", "application/x-gzip", "application/x-gtar", "application/x-tar+gzip", "application/tar+gzip":
		return archive, nil
	}
	return nil, problem(http.StatusUnsupportedMediaType, "unsupported_type",
		"send a JSON array (application/json), a document a line (application/x-ndjson), a YAML stream (application/yaml) or a tar.gz of files (application/gzip)")
}

func batchUnreadable(detail string) error {
	return problem(http.StatusBadRequest, "unreadable", detail)
}

func tooLargeDocument(label string) error {
	return problem(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("%s is over the limit of %d bytes", label, maxDocument))
}

// jsonArray reads a JSON array of documents.
func jsonArray(r io.Reader) documents {
	return func(yield yieldDocument) {
		bounded := &allowance{r: r}
		decoder := json.NewDecoder(bounded)
		bounded.until = maxDocument
		if token, err := decoder.Token(); err != nil || token != json.Delim('[') {
			yield(generator.BatchDocument{}, batchUnreadable("the body is not a JSON array"))
			return
		}
		for n := 1; decoder.More(); n++ {
			var document json.RawMessage
			label := fmt.Sprintf("item %d", n)
			bounded.until = decoder.InputOffset() + maxDocument + readAhead
			if err := decoder.Decode(&document); err != nil {
				yield(generator.BatchDocument{}, jsonProblem(label, err))
				return
			}
			if !yield(documentOf(label, render.TypeJSON, document)) {
				return
			}
		}
		if _, err := decoder.Token(); err != nil {
			yield(generator.BatchDocument{}, batchUnreadable("the JSON array does not end"))
			return
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			yield(generator.BatchDocument{}, batchUnreadable("something comes after the JSON array"))
		}
	}
}

func jsonProblem(label string, err error) error {
	if errors.Is(err, errAllowance) {
		return tooLargeDocument(label)
	}
	return batchUnreadable(label + " is not JSON")
}

// documentOf is a document of the body. Its bytes are its own.
func documentOf(label, mediaType string, source []byte) (generator.BatchDocument, error) {
	if len(source) > maxDocument {
		return generator.BatchDocument{}, tooLargeDocument(label)
	}
	return generator.BatchDocument{Label: label, Input: generator.Input{Source: source, MediaType: mediaType}}, nil
}

// errAllowance says that a document is longer than may be read.
var errAllowance = errors.New("api: over the allowance")

// allowance reads up to a place and no further, so that a decoder that looks for
// the end of a value can't gather more than that.
type allowance struct {
	r           io.Reader
	read, until int64
}

func (a *allowance) Read(p []byte) (int, error) {
	if a.read >= a.until {
		return 0, errAllowance
	}
	n, err := a.r.Read(p[:min(int64(len(p)), a.until-a.read)])
	a.read += int64(n)
	return n, err
}

// jsonLines reads one JSON document a line; empty lines are none.
func jsonLines(r io.Reader) documents {
	return func(yield yieldDocument) {
		lines := newLines(r)
		for lines.Scan() {
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				continue
			}
			if !yield(documentOf(lines.label(), render.TypeJSON, bytes.Clone(line))) {
				return
			}
		}
		if err := lines.problem(); err != nil {
			yield(generator.BatchDocument{}, err)
		}
	}
}

// lineScanner reads lines with their ends, and counts them.
type lineScanner struct {
	*bufio.Scanner
	number int
}

func newLines(r io.Reader) *lineScanner {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxDocument+1)
	s.Split(wholeLine)
	return &lineScanner{Scanner: s}
}

// wholeLine is a bufio.SplitFunc of lines that keep their line feed.
func wholeLine(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func (l *lineScanner) Scan() bool {
	l.number++
	return l.Scanner.Scan()
}

func (l *lineScanner) label() string { return fmt.Sprintf("line %d", l.number) }

func (l *lineScanner) problem() error {
	if errors.Is(l.Err(), bufio.ErrTooLong) {
		return tooLargeDocument(l.label())
	}
	return l.Err()
}

// yamlStream splits a YAML stream into its documents (YAML 1.2, section 9.2): a
// line that begins with "---" or "..." is a marker wherever it stands, since no
// scalar may hold one (9.1.2). Documents without content are none.
func yamlStream(r io.Reader) documents {
	return func(yield yieldDocument) {
		lines := newLines(r)
		var doc yamlDocument
		for lines.Scan() {
			line := lines.Bytes()
			starts, ends := marker(line, "---"), marker(line, "...")
			if (starts && doc.begun) || ends {
				if doc.content && !yield(doc.take()) {
					return
				}
				doc = yamlDocument{}
			}
			if ends {
				continue
			}
			if !doc.add(line, starts, lines.number) {
				yield(generator.BatchDocument{}, tooLargeDocument(doc.label()))
				return
			}
		}
		if err := lines.problem(); err != nil {
			yield(generator.BatchDocument{}, err)
			return
		}
		if doc.content {
			yield(doc.take())
		}
	}
}

// marker reports whether a line is a document marker.
func marker(line []byte, mark string) bool {
	rest, found := bytes.CutPrefix(bytes.TrimPrefix(line, []byte("\ufeff")), []byte(mark))
	return found && (len(rest) == 0 || strings.IndexByte(" \t\r\n", rest[0]) >= 0)
}

// yamlDocument is a document whose lines are being gathered.
type yamlDocument struct {
	bytes   []byte
	line    int  // where it begins
	begun   bool // its marker, or content, was read: what comes before are comments and directives
	content bool
}

// add takes a line, or reports that the document is too large.
func (d *yamlDocument) add(line []byte, starts bool, number int) bool {
	if d.line == 0 {
		d.line = number
	}
	text := bytes.TrimSpace(line)
	if starts {
		text = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("---")))
		d.begun = true
	}
	directive := !d.begun && len(line) > 0 && line[0] == '%'
	if len(text) > 0 && text[0] != '#' && !directive {
		d.begun, d.content = true, true
	}
	d.bytes = append(d.bytes, line...)
	return len(d.bytes) <= maxDocument
}

func (d *yamlDocument) label() string { return fmt.Sprintf("line %d", d.line) }

func (d *yamlDocument) take() (generator.BatchDocument, error) {
	return documentOf(d.label(), render.TypeYAML, d.bytes)
}

// archive reads the files of a tar.gz by their extensions. A README.md in
// namespace/name/ is of that card if it does not say so itself. Hidden files are
// left out; links and other special entries are refused.
func archive(r io.Reader) documents {
	return func(yield yieldDocument) {
		unpacked, err := gzip.NewReader(r)
		if err != nil {
			yield(generator.BatchDocument{}, batchUnreadable("the body is not gzip"))
			return
		}
		files := tar.NewReader(&allowance{r: unpacked, until: maxUnpacked})
		for range maxEntries {
			header, err := files.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(generator.BatchDocument{}, archiveProblem(err))
				return
			}
			document, skip, err := archived(files, header)
			if !skip && !yield(document, err) || err != nil {
				return
			}
		}
		yield(generator.BatchDocument{}, problem(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the archive has more than %d entries", maxEntries)))
	}
}

func archiveProblem(err error) error {
	if errors.Is(err, errAllowance) {
		return problem(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the archive unpacks to more than %d bytes", maxUnpacked))
	}
	return batchUnreadable("the body is not a tar archive")
}

// archived is the document of an entry, or skip.
func archived(files *tar.Reader, header *tar.Header) (d generator.BatchDocument, skip bool, err error) {
	name := strings.TrimPrefix(header.Name, "./")
	switch header.Typeflag {
	case tar.TypeDir, tar.TypeXGlobalHeader:
		return d, true, nil
	case tar.TypeReg:
	default:
		return d, false, batchUnreadable("the archive has an entry that is neither a file nor a folder")
	}
	if !fs.ValidPath(name) || len(name) > store.MaxTitle || strings.ContainsRune(name, 0) {
		return d, false, batchUnreadable("the archive has a path that leads out of it, or is too long")
	}
	if strings.HasPrefix(path.Base(name), ".") {
		return d, true, nil
	}
	if header.Size > maxDocument {
		return d, false, tooLargeDocument(name)
	}
	source, err := io.ReadAll(files)
	if err != nil {
		return d, false, archiveProblem(err)
	}
	mediaType, err := render.FileType(name)
	if err != nil {
		mediaType = "application/octet-stream" // its item says so
	}
	d, err = documentOf(name, mediaType, source)
	if mediaType == render.TypeMarkdown {
		d.ID = folderID(name, source)
	}
	return d, false, err
}

// folderID names a README by its folder, as on the Hub, unless it names itself.
func folderID(name string, source []byte) string {
	if doc, _, err := render.Read(source, render.TypeMarkdown, ""); err == nil && doc.Card.Model.ID != "" {
		return ""
	}
	folder := path.Dir(name)
	id := path.Join(path.Base(path.Dir(folder)), path.Base(folder))
	if _, err := card.ParseID(id); err != nil || !strings.Contains(id, "/") {
		return ""
	}
	return id
}
