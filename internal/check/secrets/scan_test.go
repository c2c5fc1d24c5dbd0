package secrets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terragonlabs/modelcard-generator/internal/check/secrets/secretstest"
)

func TestPlantedSecrets(t *testing.T) {
	t.Parallel()
	for _, p := range secretstest.Kinds() {
		t.Run(p.Kind, func(t *testing.T) {
			t.Parallel()
			lead := "# Modèle 🤗\n\nThe tokenizer is שלום.\n"
			src := lead + p.Before + p.Secret + p.After + "\n"
			findings := Scan([]byte(src))
			if len(findings) != 1 {
				t.Fatalf("%d findings in %q: %v", len(findings), src, findings)
			}
			f := findings[0]
			if f.RuleID != p.Rule || f.Description == "" {
				t.Errorf("rule %q (%s), want %q", f.RuleID, f.Description, p.Rule)
			}
			if at := len(lead) + len(p.Before); f.Start > at || f.End < at+len(p.Secret) {
				t.Errorf("bytes %d to %d, want %d to %d covered", f.Start, f.End, at, at+len(p.Secret))
			}
			if f.Line != 4 {
				t.Errorf("line %d, want 4", f.Line)
			}
			checkRedacted(t, f.Redacted, p.Secret)
		})
	}
}

// checkRedacted wants at most six characters of a secret in its redacted form.
func checkRedacted(t *testing.T, redacted, secret string) {
	t.Helper()
	head, tail, ok := strings.Cut(redacted, "…")
	if !ok || len([]rune(head)) > 4 || len([]rune(tail)) > 2 || strings.Contains(redacted, secret) {
		t.Errorf("%q gives too much of a secret of %d characters away", redacted, len(secret))
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	key := "gh" + "p_" + secretstest.Body(secretstest.Alphanumeric, 36)
	src := "é\n日本 " + key + "\n" + strings.ToUpper("x") + " " + strings.Replace(key, "p_", "o_", 1) + "\n"
	findings := Scan([]byte(src))
	if len(findings) != 2 {
		t.Fatalf("%v", findings)
	}
	for i, want := range []struct{ line, column int }{{2, 4}, {3, 3}} {
		if f := findings[i]; f.Line != want.line || f.Column != want.column || !strings.HasPrefix(src[f.Start:], "gh") {
			t.Errorf("finding %d: %d:%d, want %d:%d", i, f.Line, f.Column, want.line, want.column)
		}
	}
}

func TestNoSecrets(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"e-mail":        "contact: {email: jane.doe@university.edu}\n@article{x, author={Doe, Jane (jane@university.edu)}}",
		"sha256":        "digest: sha256:" + secretstest.Body(secretstest.Hex, 64) + "\nchecksum: " + secretstest.Body(secretstest.Hex, 64),
		"git commit":    "revision: " + secretstest.Body(secretstest.Hex, 40) + "\nat commit " + secretstest.Body(secretstest.Hex, 40) + "\nhttps://github.com/a/b/commit/" + secretstest.Body(secretstest.Hex, 40),
		"wandb commit":  "The run is on wandb, at commit " + secretstest.Body(secretstest.Hex, 40),
		"code":          "```python\ntokenizer = AutoTokenizer.from_pretrained('acme/model')\ntokens = tokenizer(text, return_tensors='pt')\n```",
		"placeholders":  "token: ${HF_TOKEN}\napi_key: YOUR_API_KEY\npassword: \"changeme\"\npassword: \"<your-password>\"\nhf_token = 'hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\npostgres://user:password@localhost/db",
		"tokens":        "pad_token: [PAD]\ntoken_type_ids: 0\nmax_tokens: 4096\nkey: value\nprimary_key: sentence_identifier",
		"emoji":         "🤗🔑🔐 the key to 🗝 success: secret sauce 🤫",
		"right to left": "הסיסמה היא: מילה סודית\nالمفتاح: كلمة السر\n",
		"numbers":       "parameters: 1234567890123\nloss: 0.00012345678901\nid: 014df517-39d1-4453-b7b3-9930c563627c",
		"stop word":     "api_key = \"x9f-abstract-83hfk2lq\"",
		"allowed":       "gh" + "p_" + secretstest.Body(secretstest.Alphanumeric, 36) + " # gitleaks:allow",
	} {
		if findings := Scan([]byte(src)); len(findings) > 0 {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

// TestRules compiles every expression, and ties the version to the notice.
func TestRules(t *testing.T) {
	t.Parallel()
	s, err := newScanner()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.rules) < 220 {
		t.Errorf("%d rules", len(s.rules))
	}
	seen := map[string]bool{}
	for _, r := range s.rules {
		if seen[r.id] {
			t.Errorf("two rules are %s", r.id)
		}
		seen[r.id] = true
		r.regex()
		if r.trigger != nil {
			r.trigger.tail()
		}
		for _, a := range r.allowed {
			a.matches("")
		}
	}
	for _, i := range s.whole {
		if len(s.rules[i].keywords) == 0 {
			t.Errorf("%s has neither a trigger nor a keyword", s.rules[i].id)
		}
	}
}

// TestCorpus reads other people's cards: none of them has a secret.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MCG_TEST_CORPUS")
	if dir == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("MCG_TEST_CORPUS is not set")
		}
		t.Skip("MCG_TEST_CORPUS is not set: no corpus of other people's cards to read")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Scan(src) {
			t.Errorf("%s:%d:%d: %s %s", file, f.Line, f.Column, f.RuleID, f.Redacted)
		}
	}
}

// TestHostileTextsAreLinear gives the rules what they begin with, again and
// again.
func TestHostileTextsAreLinear(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{
		"-----" + "BEGIN PRIVATE KEY-----" + strings.Repeat("x", 64), "ey" + strings.Repeat("a", 18) + ".", "api_key = ",
		"token: aaaaaaaaaaaa ", "https://a:", "curl -u ", "passw", "sk-", "wandb ", "kind: secret data: ",
	} {
		src := []byte(strings.Repeat(piece, 64<<10/len(piece)))
		start := time.Now()
		Scan(src)
		Personal(src)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%.20q: %v", piece, took)
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]string{
		"short": "…", secretstest.Body(secretstest.Alphanumeric, 14): secretstest.Body(secretstest.Alphanumeric, 14)[:2] + "…", strings.Repeat("é", 30): "éééé…éé",
	} {
		if got := Redact(secret); got != want {
			t.Errorf("Redact(%q) is %q, want %q", secret, got, want)
		}
	}
}

func TestManyFindingsAreCapped(t *testing.T) {
	t.Parallel()
	src := strings.Repeat("gh"+"p_"+secretstest.Body(secretstest.Alphanumeric, 36)+"\n", MaxFindings+10)
	if got := len(Scan([]byte(src))); got != MaxFindings {
		t.Errorf("%d findings, want %d", got, MaxFindings)
	}
}

func FuzzScan(f *testing.F) {
	for _, p := range secretstest.Kinds() {
		f.Add([]byte(p.Before + p.Secret + p.After))
	}
	f.Add([]byte("jane@university.edu +49 30 1234 5678"))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, findings := range [][]Finding{Scan(src), Personal(src)} {
			end := 0
			for _, found := range findings {
				if found.Start < end || found.End <= found.Start || found.End > len(src) || found.Line < 1 || found.Column < 1 {
					t.Fatalf("%+v of %q", found, src)
				}
				end = found.End
			}
		}
	})
}

func BenchmarkScan(b *testing.B) {
	src := []byte(strings.Repeat("The tokenizer has 32,000 tokens; see https://example.com/key for the access key of the API.\n", 60))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if Scan(src) != nil {
			b.Fatal("a finding in harmless text")
		}
	}
}
