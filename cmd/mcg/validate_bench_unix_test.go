//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// BenchmarkValidate1000 runs `mcg validate` on a thousand cards, half of them
// READMEs, and compares it with reading and parsing the same files, a hundred
// at a time. It must take less than twice the time of the processor, which
// other work on the machine does not count in.
func BenchmarkValidate1000(b *testing.B) {
	names := thousandCards(b)
	for name, args := range map[string][]string{"default": nil, "all": {"--rules", "all", "--fail-on", "never"}} {
		b.Run(name, func(b *testing.B) {
			var reading, validating time.Duration
			for b.Loop() {
				for chunk := range slices.Chunk(names, 100) {
					start := processorTime(b)
					for _, name := range chunk {
						readOne(b, name)
					}
					middle := processorTime(b)
					validateAll(b, append(slices.Clone(args), chunk...))
					reading, validating = reading+middle-start, validating+processorTime(b)-middle
				}
			}
			ratio := float64(validating) / float64(reading)
			b.ReportMetric(ratio, "×reading")
			b.ReportMetric(float64(validating.Microseconds())/float64(b.N*len(names)), "µs/card")
			if ratio >= 2 {
				b.Errorf("validating takes %.2f times as long as reading; the most is 2", ratio)
			}
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func validateAll(b *testing.B, args []string) {
	var out bytes.Buffer
	if code := run(append([]string{"validate"}, args...), nil, nil, &out, io.Discard); code != exitGood {
		b.Fatalf("exit %d: %.300s", code, out.String())
	}
}

func readOne(b *testing.B, name string) {
	source, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	mediaType, err := render.FileType(name)
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := render.Read(source, mediaType, ""); err != nil {
		b.Fatal(err)
	}
}

func thousandCards(b *testing.B) []string {
	b.Helper()
	example, err := os.ReadFile("../../examples/sentiment.yaml")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	names := make([]string, 1000)
	for i := range names {
		text := strings.ReplaceAll(string(example), "Acme Sentiment", fmt.Sprintf("Acme Sentiment %d", i))
		names[i] = filepath.Join(dir, fmt.Sprintf("%04d.yaml", i))
		if i%2 == 1 {
			text, names[i] = readme(b, text), filepath.Join(dir, fmt.Sprintf("%04d.md", i))
		}
		if err := os.WriteFile(names[i], []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return names
}

func readme(b *testing.B, text string) string {
	b.Helper()
	doc, _, err := render.Read([]byte(text), render.TypeYAML, "")
	if err != nil {
		b.Fatal(err)
	}
	format, err := render.Lookup(render.Default)
	if err != nil {
		b.Fatal(err)
	}
	body, _, err := format.Render(doc.Card)
	if err != nil {
		b.Fatal(err)
	}
	return string(body)
}
