package api

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

// tokens are what mutated documents get: what the formats mean something by.
var tokens = []string{
	"---\n", "...\n", ": ", "- ", "&a ", "*a", "<<: ", "!!binary ", "!<tag:x> ", "|\n", ">-\n", "? ", "{", "}", "[", "]", "\"", "'", "#", "%", "@", "`",
	"\x00", "\t", "\r\n", "\u2028", "\ufeff", "\xff\xfe", "\xc3\x28", "null", "~", "true", "no", "0x1F", "1e400", "-0", ".inf", ".nan", "9223372036854775808",
	"model:", "id: a/b\n", "name: N\n", "model-index:\n", "not_applicable: ", "```\n", "~~~\n", "<script>", "| --- |", "\\u0000", "\\ud800", `{"a":`, "\n\n", "# ",
}

// mutate changes a document at a few places.
func mutate(r *rand.Rand, doc []byte) []byte {
	doc = bytes.Clone(doc)
	for range 1 + r.IntN(6) {
		at := r.IntN(len(doc) + 1)
		end := min(len(doc), at+r.IntN(40))
		switch r.IntN(6) {
		case 0:
			doc = append(doc[:at:at], doc[end:]...) // cut out
		case 1:
			doc = append(doc[:at:at], append([]byte(tokens[r.IntN(len(tokens))]), doc[at:]...)...)
		case 2:
			doc = append(doc[:at:at], append(bytes.Repeat(doc[at:end], 1+r.IntN(50)), doc[at:]...)...)
		case 3:
			if at < len(doc) {
				doc[at] ^= 1 << r.IntN(8)
			}
		case 4:
			doc = doc[:at]
		case 5:
			doc = append(doc[:at:at], append(noise(r, r.IntN(64)), doc[at:]...)...)
		}
	}
	return doc
}

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// Whatever is sent, the answer is the client's to understand: never a 5xx, and
// what is not accepted has a problem document.
func TestMutatedBodies(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile("../../examples/sentiment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	h := newServer(t, nil).Handler()
	asJSON := bodyOf(t, call{method: "POST", path: "/v1/render?format=mcg", body: string(example)}.do(t, h))
	asReadme := bodyOf(t, call{method: "POST", path: "/v1/render?format=huggingface", body: string(example)}.do(t, h))
	seeds := []struct{ mediaType, body string }{
		{"application/yaml", string(example)}, {"application/json", asJSON}, {"text/markdown", asReadme},
		{"application/yaml", small}, {"application/json", `{"model":{"name":"m"}}`}, {"text/markdown", "---\nlicense: mit\n---\n# M\n"},
	}
	paths := []string{"/v1/render?format=html", "/v1/validate", "/v1/render?format=huggingface", "/v1/cards?id=acme/fuzzed", "/v1/render?format=yaml"}
	random := rand.New(rand.NewPCG(2026, 11)) //nolint:gosec // the same bodies on every run
	statuses := map[int]int{}
	for i := range mutations {
		seed := seeds[random.IntN(len(seeds))]
		body := mutate(random, []byte(seed.body))
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+paths[i%len(paths)], bytes.NewReader(body))
		r.Header.Set("Content-Type", seed.mediaType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		statuses[w.Code]++
		if w.Code >= 500 {
			t.Fatalf("body %d answers %d: %s\n%q", i, w.Code, w.Body, body)
		}
		if w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Fatalf("body %d answers %d as %s", i, w.Code, w.Header().Get("Content-Type"))
		}
		checkContract(t, r, w.Result(), w.Body.Bytes())
	}
	if statuses[http.StatusOK] < mutations/20 || statuses[http.StatusBadRequest] < mutations/20 || statuses[http.StatusUnprocessableEntity] < mutations/20 {
		t.Errorf("the bodies are not mixed: %v", statuses)
	}
	t.Logf("answers by status: %v", statuses)
}
