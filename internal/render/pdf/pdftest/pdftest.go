// Package pdftest reads the files of package pdf back in tests, with a PDF
// library that did not write them.
package pdftest

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"sync"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// Text is a text with the place of its left end in points from the lower left
// corner of the page.
type Text struct {
	X, Y float64
	Text string
}

// withoutConfigDir keeps pdfcpu from writing its configuration to the home
// folder; the switch is one for the whole process.
var withoutConfigDir = sync.OnceFunc(api.DisableConfigDir)

// Read reads a file and fails if it is not as the standard (ISO 32000) has it.
func Read(file []byte) (*model.Context, error) {
	withoutConfigDir()
	ctx, err := api.ReadValidateAndOptimize(bytes.NewReader(file), model.NewDefaultConfiguration())
	if err != nil {
		return nil, fmt.Errorf("the file is no valid PDF: %w", err)
	}
	return ctx, nil
}

// Pages are the texts of a file by page, in the order in which they are
// printed.
func Pages(file []byte) ([][]Text, error) {
	ctx, err := Read(file)
	if err != nil {
		return nil, err
	}
	pages := make([][]Text, ctx.PageCount)
	for i := range pages {
		r, err := pdfcpu.ExtractPageContent(ctx, i+1)
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		pages[i] = texts(content)
	}
	return pages, nil
}

var shown = regexp.MustCompile(`(?s)BT ([\d.]+) ([\d.]+) Td \((.*?)\) Tj ET`)

func texts(content []byte) []Text {
	var out []Text
	for _, match := range shown.FindAllSubmatch(content, -1) {
		x, _ := strconv.ParseFloat(string(match[1]), 64)
		y, _ := strconv.ParseFloat(string(match[2]), 64)
		out = append(out, Text{x, y, decode(match[3])})
	}
	return out
}

// decode reads a text: UTF-16, with backslashes before what is special.
func decode(text []byte) string {
	var plain []byte
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
			if text[i] == 'r' {
				plain = append(plain, '\r')
				continue
			}
		}
		plain = append(plain, text[i])
	}
	var units []uint16
	for i := 0; i+1 < len(plain); i += 2 {
		units = append(units, uint16(plain[i])<<8|uint16(plain[i+1]))
	}
	return string(utf16.Decode(units))
}
