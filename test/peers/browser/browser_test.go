//go:build e2e

// Package browser_test opens the pages of the built program in a real browser.
package browser_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const key = "key-of-the-browser-test-0123456789"

// visit is one line of what browse.mjs tells.
type visit struct {
	Path, Scheme, Text, Walk, Found string
	Width                           int
	Plain                           bool
	Console, Foreign, Axe           []string
	Overflow, Shift                 float64
}

type target struct {
	Path   string `json:"path"`
	Status int    `json:"status,omitempty"`
	Wait   string `json:"wait,omitempty"`
	says   string
}

var longName = strings.Repeat("very-long-name-", 6) + "m"

var targets = []target{
	{Path: "/", says: "Acme Sentiment"},
	{Path: "/?q=nothingatall", says: "No card matches."},
	{Path: "/cards/acme/sentiment", says: "Passes the checks"},
	{Path: "/cards/acme/sentiment?revision=1", says: "This is revision 1."},
	{Path: "/cards/acme/sentiment/revisions", says: "Compare with the one before"},
	{Path: "/cards/acme/sentiment/diff", says: "/model/version"},
	{Path: "/cards/acme/sentiment/report", says: "Completeness"},
	{Path: "/cards/acme/many-metrics", says: "slice 199"},
	{Path: "/cards/acme/" + longName, says: "Chart of results"},
	{Path: "/cards/riwaq/arabic", says: "يقرأ هذا النموذج"},
	{Path: "/cards/acme/hostile", says: "Model Description"},
	{Path: "/cards/acme/hostile/diff?from=1&to=2", says: "/model/"},
	{Path: "/cards/acme/none", Status: 404, says: "there is no such card"},
	{Path: "/docs", Wait: ".opblock", says: "the OpenAPI document"},
}

// TestPages: MCG_SHOTS names a folder for a picture of each page, and MCG_PICTURES the one of the pictures in the documentation.
func TestPages(t *testing.T) {
	chromium := findChromium(t)
	install(t)
	base := startService(t)
	for _, body := range append(cards(t), ordinary()...) {
		post(t, base, body)
	}
	task := map[string]any{"chromium": chromium, "base": base, "key": key, "pages": targets, "shots": os.Getenv("MCG_SHOTS")}
	if dir := os.Getenv("MCG_PICTURES"); dir != "" {
		task["pictures"] = map[string]string{"/?namespace=shop": filepath.Join(dir, "list.png"), "/cards/acme/sentiment": filepath.Join(dir, "card.png")}
	}
	says := map[string]string{}
	for _, target := range targets {
		says[target.Path] = target.says
	}
	visits, plain := 0, 0
	for _, v := range browse(t, task) {
		switch {
		case v.Walk != "":
			if !strings.HasSuffix(v.Walk, "/cards/acme/sentiment/diff?from=1&to=2") || !strings.Contains(v.Found, "Acme Sentiment") {
				t.Errorf("a walk without JavaScript ended at %s", v.Walk)
			}
			continue
		case v.Plain:
			plain++
			if !strings.Contains(v.Text, says[v.Path]) {
				t.Errorf("%s without JavaScript does not say %q", v.Path, says[v.Path])
			}
		default:
			visits++
		}
		check(t, v)
	}
	if visits != 4*len(targets) || plain != len(targets) {
		t.Errorf("%d visits and %d without JavaScript", visits, plain)
	}
	t.Logf("%d visits, %d without JavaScript", visits, plain)
}

func check(t *testing.T, v visit) {
	t.Helper()
	where := fmt.Sprintf("%s at %d px, %s", v.Path, v.Width, v.Scheme)
	for _, text := range v.Console {
		t.Errorf("%s: %s", where, text)
	}
	for _, url := range v.Foreign {
		t.Errorf("%s: asks for %s", where, url)
	}
	for _, finding := range v.Axe {
		t.Errorf("%s: axe: %s", where, finding)
	}
	if v.Overflow > 0 || v.Shift > 0.01 {
		t.Errorf("%s: %v px too wide, shifts by %v", where, v.Overflow, v.Shift)
	}
}

// cards are what the pages show: an ordinary card in two revisions, and cards
// that pages find hard.
func cards(t *testing.T) []any {
	t.Helper()
	example, err := os.ReadFile("../../../examples/sentiment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	second := strings.NewReplacer("1.2.0", "1.3.0", "runs on one CPU core", "runs on half a CPU core").Replace(string(example))
	type object = map[string]any
	const attack = `<script>alert(1)</script><img src=https://evil.example/x.png onerror=alert(1)>"><svg onload=alert(1)>`
	return []any{
		hostile("before"), hostile(attack),
		object{"model": object{"id": "riwaq/arabic", "name": "نموذج تحليل المشاعر", "summary": "مصنف صغير للمشاعر في مراجعات المنتجات.", "license": "apache-2.0",
			"tags": []string{"عربي", "מודל"}, "description": "يقرأ هذا النموذج مراجعة ويقول ما إذا كانت إيجابية.\n\n- أول\n- ثان\n\nAn English paragraph.\n\nזהו מודל."}},
		object{"model": object{"id": "acme/" + longName, "name": strings.Repeat("Averyverylongnamewithoutaspace", 6), "tags": []string{strings.Repeat("long", 40), "b"},
			"summary":     strings.Repeat("word ", 80),
			"description": "|a|b|c|d|e|f|\n|-|-|-|-|-|-|\n|" + strings.Repeat("some longer cell|", 6) + "\n\n```\n" + strings.Repeat("x", 300) + "\n```\n\n![Chart of results](https://example.com/x.png)"}},
		object{"model": object{"id": "acme/many-metrics", "name": "Two hundred metrics", "license": "mit"}, "evaluation": object{"results": []any{
			object{"task": object{"type": "translation"}, "dataset": object{"name": "FLORES", "type": "flores"}, "metrics": manyMetrics()}}}},
		string(example), second,
	}
}

// ordinary are the cards of the list in the documentation.
func ordinary() []any {
	var cards []any
	for _, c := range []struct{ name, title, task, library, license, summary string }{
		{"product-search", "Product search embeddings", "sentence-similarity", "sentence-transformers", "apache-2.0", "Sentence embeddings of product titles in five languages."},
		{"label-reader", "Label reader", "image-to-text", "transformers", "apache-2.0", "Reads the printed label of a parcel."},
		{"demand", "Demand forecast", "time-series-forecasting", "scikit-learn", "mit", ""},
		{"returns", "Returns classifier", "tabular-classification", "scikit-learn", "", ""},
	} {
		model := map[string]any{"id": "shop/" + c.name, "name": c.title, "pipeline_tag": c.task, "library_name": c.library, "tags": []string{"shop", c.library}, "version": "2.1.0", "language": "en"}
		card := map[string]any{"model": model}
		if c.license != "" {
			model["license"] = c.license
		}
		if c.summary != "" {
			model["summary"], model["developers"] = c.summary, "Shop machine learning"
			card["intended_use"] = map[string]any{"direct_use": c.summary, "out_of_scope_use": "Anything about a person."}
			card["training"] = map[string]any{"data": "The catalogue of 2025.", "regime": "bf16 mixed precision"}
			card["considerations"] = map[string]any{"overview": "Rare products are taken for common ones."}
		}
		cards = append(cards, card)
	}
	return cards
}

func hostile(text string) map[string]any {
	return map[string]any{
		"model":          map[string]any{"id": "acme/hostile", "name": text, "summary": text, "description": text, "license": text, "tags": []string{text}},
		"considerations": map[string]any{"overview": text}, "sections": []any{map[string]any{"title": text, "text": text}},
		"evaluation": map[string]any{"results": []any{map[string]any{"task": map[string]any{"type": text}, "metrics": []any{map[string]any{"type": text, "value": 0.5, "slice": text}}}}},
	}
}

func manyMetrics() []any {
	random := rand.New(rand.NewPCG(1, 2))
	var metrics []any
	for i := range 200 {
		value := random.Float64()
		m := map[string]any{"type": []string{"accuracy", "f1", "latency_ms", "bleu"}[i%4], "value": value, "slice": fmt.Sprintf("slice %d", i)}
		if i%3 > 0 {
			m["confidence_interval"] = map[string]any{"lower_bound": value * 0.97, "upper_bound": value * 1.03, "level": 0.95}
		}
		if i%5 == 0 {
			m["threshold"] = 0.5
		}
		metrics = append(metrics, m)
	}
	return metrics
}

func post(t *testing.T, base string, card any) {
	t.Helper()
	mediaType := "application/yaml"
	body, ok := card.(string)
	if !ok {
		mediaType = "application/json"
		encoded, err := json.Marshal(card)
		if err != nil {
			t.Fatal(err)
		}
		body = string(encoded)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/cards", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", mediaType)
	r.Header.Set("X-API-Key", key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode > 201 {
		t.Fatalf("%d for %.100s", answer.StatusCode, body)
	}
}

func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("MCG_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Fatal("no Chromium; install it, or name it in MCG_TEST_CHROMIUM")
	return ""
}

func install(t *testing.T) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}

// startService builds the program and starts it with authentication.
func startService(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "mcg")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../../cmd/mcg").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	port := freePort(t)
	config := filepath.Join(dir, "config.yaml")
	text := "api: {host: 127.0.0.1, port: " + port + "}\nmonitoring: {enable_metrics: false}\nstorage: {cache_dir: " + dir + "/cache}\ndatabase: {url: \"sqlite:" + dir +
		"/mcg.db\"}\nsecurity:\n  enable_auth: true\n  secret_key: a-secret-of-the-browser-test-0123456789\n  rate_limit: {per_address: 0, per_principal: 0}\n  providers:\n    api_key:\n      valid_keys:\n        - {key: " + key + ", roles: [admin]}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	service := exec.Command(program, "serve", "--config", config)
	service.Stdout, service.Stderr = &log, &log
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = service.Process.Signal(os.Interrupt)
		_ = service.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	base := "http://127.0.0.1:" + port
	for begun := time.Now(); time.Since(begun) < 30*time.Second; time.Sleep(50 * time.Millisecond) {
		r, err := http.Get(base + "/ready")
		if err != nil {
			continue
		}
		_ = r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return base
		}
	}
	t.Fatal("the service does not become ready")
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// browse runs browse.mjs on a task.
func browse(t *testing.T, task map[string]any) []visit {
	t.Helper()
	input, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	var out, trouble bytes.Buffer
	browser := exec.CommandContext(ctx, "node", "browse.mjs")
	browser.Stdin, browser.Stdout, browser.Stderr = bytes.NewReader(input), &out, &trouble
	if err := browser.Run(); err != nil {
		t.Fatalf("%v\n%s", err, trouble.String())
	}
	var visits []visit
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		var v visit
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		visits = append(visits, v)
	}
	return visits
}
