//go:build e2e

package browser_test

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"
)

const (
	maxWire      = 60 << 10 // bytes of a card's page with all that it asks for
	maxFirstByte = 5 * time.Millisecond
	asked        = 500
)

// TestCardPageOnTheWire measures the page of a card as a client gets it: how
// many bytes, and how soon the first one comes once the card was shown before.
func TestCardPageOnTheWire(t *testing.T) {
	base := startService(t)
	example, err := os.ReadFile("../../../examples/sentiment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	post(t, base, string(example))
	page, total, _ := fetch(t, base+"/cards/acme/sentiment", false)
	_, wire, _ := fetch(t, base+"/cards/acme/sentiment", true)
	files := regexp.MustCompile(`"(/assets/[^"]+)"`).FindAllStringSubmatch(page, -1)
	for _, file := range files {
		_, size, _ := fetch(t, base+file[1], true)
		wire += size
	}
	if wire > maxWire || len(files) < 2 {
		t.Errorf("the page and its %d files are %d bytes", len(files), wire)
	}
	t.Logf("the page and its %d files are %d bytes on the wire; the page is %d uncompressed", len(files), wire, total)
	var waits []time.Duration
	for range asked {
		_, _, wait := fetch(t, base+"/cards/acme/sentiment", true)
		waits = append(waits, wait)
	}
	slices.Sort(waits)
	if median := waits[asked/2]; median > maxFirstByte {
		t.Errorf("the first byte comes after %v", median)
	}
	t.Logf("first byte of %d: median %v, p99 %v", asked, waits[asked/2], waits[asked*99/100])
}

// fetch gets an address: the body as it is sent, headers counted, and how long
// the first byte took.
func fetch(t *testing.T, address string, zipped bool) (body string, size int, wait time.Duration) {
	t.Helper()
	var sent time.Time
	trace := &httptrace.ClientTrace{
		WroteRequest:         func(httptrace.WroteRequestInfo) { sent = time.Now() },
		GotFirstResponseByte: func() { wait = time.Since(sent) },
	}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", key)
	r.Header.Set("Accept-Encoding", "identity")
	if zipped {
		r.Header.Set("Accept-Encoding", "gzip")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", address, answer.StatusCode, err)
	}
	size = len(raw)
	for name, values := range answer.Header {
		for _, value := range values {
			size += len(name) + len(value) + 4
		}
	}
	return string(raw), size, wait
}
