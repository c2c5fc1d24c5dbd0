package integration

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/terragonlabs/modelcard-generator/internal/card"
)

// readSafetensors reads the header of a file of weights and nothing after it.
func readSafetensors(in *bufio.Reader, size uint64) (*Reading, error) {
	if size > MaxHeader {
		return nil, fmt.Errorf("%w: a safetensors header has at most %d bytes", ErrTooLarge, MaxHeader)
	}
	if _, err := in.Discard(8); err != nil {
		return nil, err
	}
	header := make([]byte, size)
	if _, err := io.ReadFull(in, header); err != nil {
		return nil, fmt.Errorf("%w: the safetensors header ends too early", ErrUnknown)
	}
	values, err := SafetensorsCard(header)
	if err != nil {
		return nil, err
	}
	return &Reading{Kind: "safetensors header", Values: values}, nil
}

// SafetensorsHeaderSize reads the size of the header that the first eight
// bytes of a safetensors file give. Errors wrap [ErrUnknown] or [ErrTooLarge].
func SafetensorsHeaderSize(start []byte) (int64, error) {
	if len(start) < 8 {
		return 0, fmt.Errorf("%w: safetensors begin with the size of their header", ErrUnknown)
	}
	size := binary.LittleEndian.Uint64(start)
	if size > MaxHeader {
		return 0, fmt.Errorf("%w: a safetensors header has at most %d bytes", ErrTooLarge, MaxHeader)
	}
	return int64(size), nil
}

// SafetensorsCard is what the header of safetensors says: how many parameters
// there are, and of which types. Errors wrap [ErrUnknown].
func SafetensorsCard(header []byte) (*card.Card, error) {
	value, err := ParseJSON(header)
	m, ok := asMap(value)
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: the safetensors header is not a mapping in JSON", ErrUnknown)
	}
	var total uint64
	byType := map[string]uint64{}
	tensors := 0
	for _, e := range m.Entries {
		if e.Key == "__metadata__" {
			continue
		}
		n, dtype, err := tensorSize(e.Value)
		if err != nil {
			return nil, fmt.Errorf("%w: tensor %s: %w", ErrUnknown, clip(e.Key), err)
		}
		var carry uint64
		if total, carry = bits.Add64(total, n, 0); carry != 0 {
			return nil, fmt.Errorf("%w: more parameters than a 64-bit number holds", ErrUnknown)
		}
		byType[dtype] += n
		tensors++
	}
	if tensors == 0 {
		return nil, fmt.Errorf("%w: the safetensors header names no tensor", ErrUnknown)
	}
	parameters := card.Number(strconv.FormatUint(total, 10))
	return &card.Card{Technical: &card.Technical{Parameters: &parameters, Overview: typesText(byType, tensors)}}, nil
}

// tensorSize is the number of elements of a tensor.
func tensorSize(v any) (n uint64, dtype string, err error) {
	m, ok := asMap(v)
	shape, isList := valueAt(m, "shape").([]any)
	dtype, isText := valueAt(m, "dtype").(string)
	if !ok || !isList || !isText || len(dtype) > 16 {
		return 0, "", fmt.Errorf("it has no shape or no dtype")
	}
	n = 1
	for _, side := range shape {
		text, _ := side.(card.Number)
		length, err := strconv.ParseUint(string(text), 10, 63)
		high, low := bits.Mul64(n, length)
		if err != nil || high != 0 {
			return 0, "", fmt.Errorf("its shape is not one of lengths")
		}
		n = low
	}
	return n, dtype, nil
}

// typesText says of which types the parameters are, the most frequent first.
func typesText(byType map[string]uint64, tensors int) string {
	types := make([]string, 0, len(byType))
	for t := range byType {
		types = append(types, t)
	}
	slices.SortFunc(types, func(a, b string) int {
		if byType[a] != byType[b] {
			return cmpDescending(byType[a], byType[b])
		}
		return strings.Compare(a, b)
	})
	for i, t := range types {
		types[i] = fmt.Sprintf("%d in %s", byType[t], t)
	}
	return fmt.Sprintf("Parameters by type: %s; %d tensors.", strings.Join(types, ", "), tensors)
}

func cmpDescending(a, b uint64) int {
	if a > b {
		return -1
	}
	return 1
}

// fitsSafetensorsIndex recognises model.safetensors.index.json.
func fitsSafetensorsIndex(f *file) bool { return has(f.mapping(), "metadata", "weight_map") }

func readSafetensorsIndex(f *file, r *Reading) error {
	metadata := mapAt(f.mapping(), "metadata")
	if n, ok := numberOf(valueAt(metadata, "total_parameters")); ok {
		r.technical().Parameters = &n
	}
	if n, ok := numberOf(valueAt(metadata, "total_size")); ok {
		r.technical().Overview = fmt.Sprintf("%s bytes of weights in %d tensors.", n, mapAt(f.mapping(), "weight_map").Len())
	}
	return nil
}
