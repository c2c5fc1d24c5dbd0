package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/terragonlabs/modelcard-generator/internal/card"
	"github.com/terragonlabs/modelcard-generator/internal/render"
)

// documentLimit is the size at which a body is cut off, so that what is refused
// anyway is not read first.
func documentLimit(mediaType string) int64 {
	switch mediaType {
	case render.TypeYAML:
		return card.MaxYAML
	case render.TypeMarkdown:
		return card.MaxText
	default:
		return card.MaxDocument
	}
}

type chunk [64 << 10]byte

// chunks are what bodies are read into before their size is known. A body that
// turns out to be too large leaves nothing for the garbage collector, so that
// any number of them cost the memory of one.
var chunks = sync.Pool{New: func() any { return new(chunk) }}

// errBody says that a body did not arrive: the client went away or was too slow,
// or what it sent is not HTTP.
var errBody = errors.New("api: the body could not be read")

// readBody reads a body whole, up to a limit. It fails with an
// [*http.MaxBytesError] past it, and with errBody where the body does not end
// as it should.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	var held []*chunk
	defer func() {
		for _, c := range held {
			chunks.Put(c)
		}
	}()
	source, size := http.MaxBytesReader(w, r.Body, limit), 0
	for {
		c := chunks.Get().(*chunk) //nolint:errcheck,forcetypeassert // the pool has nothing else
		held = append(held, c)
		n, err := fill(source, c)
		size += n
		if errors.Is(err, io.EOF) {
			return join(held, size), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBody, err)
		}
	}
}

// fill reads until the chunk is full. io.ReadFull would not do: its error for
// the end is the one for a body that was cut off.
func fill(from io.Reader, c *chunk) (n int, err error) {
	for n < len(c) && err == nil {
		var read int
		read, err = from.Read(c[n:])
		n += read
	}
	return n, err
}

func join(held []*chunk, size int) []byte {
	whole := make([]byte, 0, size)
	for _, c := range held {
		whole = append(whole, c[:min(len(c), size-len(whole))]...)
	}
	return whole
}
