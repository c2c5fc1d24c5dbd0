package secrets

import (
	"encoding/base64"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	digits   = "0123456789"
	hexDigit = digits + "abcdef"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	small    = "abcdefghijklmnopqrstuvwxyz"
	alphanum = small + capitals + digits
	base32   = capitals + "234567"
	urlSafe  = alphanum + "-_"
)

// body is n characters that look random and are the same each time. The keys
// of these tests are put together here, so that no file of ours has one.
func body(alphabet string, n int) string {
	source := rand.New(rand.NewPCG(uint64(n), uint64(len(alphabet))))
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[source.IntN(len(alphabet))]
	}
	return string(b)
}

func armour(kind string) string {
	lines := body(alphanum, 64) + "\n" + body(alphanum, 60) + "\n"
	return "-----" + "BEGIN " + kind + "-----\n" + lines + "-----" + "END " + kind + "-----"
}

func jwt() string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"1234567890","name":"somebody"}`) + "." + body(urlSafe, 43)
}

// planted is one secret of each kind, with the text it stands in.
var planted = []struct{ kind, before, secret, after, rule string }{
	{"AWS access key", "id: ", "AK" + "IA" + body(base32, 16), "", "aws-access-token"},
	{"GitHub token", "use ", "gh" + "p_" + body(alphanum, 36), " to log in", "github-pat"},
	{"GitHub fine-grained token", "", "github_" + "pat_" + body(alphanum, 82), "", "github-fine-grained-pat"},
	{"GitHub app token", "", "gh" + "s_" + body(alphanum, 36), "", "github-app-token"},
	{"GitLab token", "", "gl" + "pat-" + body(alphanum, 20), "", "gitlab-pat"},
	{"Hugging Face token", "login(token=\"", "h" + "f_" + body(small, 34), "\")", "huggingface-access-token"},
	{"OpenAI key, old", "", "sk" + "-" + body(alphanum, 20) + "T3Blbk" + "FJ" + body(small+digits, 20), "", "openai-api-key"},
	{"OpenAI key, new", "", "sk-" + "proj-" + body(alphanum, 74) + "T3Blbk" + "FJ" + body(capitals+small, 74), "", "openai-api-key"},
	{"Anthropic key", "", "sk-" + "ant-api03-" + body(urlSafe, 93) + "AA", "", "anthropic-api-key"},
	{"Slack bot", "", "xo" + "xb-" + body(digits, 12) + "-" + body(digits, 11) + "-" + body(alphanum, 24), "", "slack-bot-token"},
	{"Slack webhook", "post to ", "https://hooks." + "slack.com/services/" + body(alphanum, 44), "", "slack-webhook-url"},
	{"Stripe key", "", "sk_" + "live_" + body(alphanum, 24), "", "stripe-access-token"},
	{"Google API key", "key=", "AI" + "za" + body(urlSafe, 35), "", "gcp-api-key"},
	{"Google service account", `{"type": "service_account", "private_key": "`, "-----" + "BEGIN PRIVATE KEY-----\\n" + body(alphanum, 90) + "\\n-----" + "END PRIVATE KEY-----", "\\n\"}", "private-key"},
	{"Azure storage key", "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=", body(alphanum, 86) + "==", ";", "azure-storage-account-key"},
	{"Azure signature", "https://acme.blob.core.windows.net/models?sv=2024-01-01&sig=", body(alphanum, 43) + "%3D", "", "azure-shared-access-signature"},
	{"npm token", "", "np" + "m_" + body(small+digits, 36), "", "npm-access-token"},
	{"PyPI token", "", "pypi-" + "AgEIcHlwaS5vcmc" + body(urlSafe, 120), "", "pypi-upload-token"},
	{"SendGrid key", "", "S" + "G." + body(small+digits, 66), "", "sendgrid-api-token"},
	{"Twilio key", "", "S" + "K" + body(hexDigit, 32), "", "twilio-api-key"},
	{"Mailgun key", "mailgun_key: ", "key" + "-" + body(hexDigit, 32), "", "mailgun-private-api-token"},
	{"Telegram bot", "telegram_bot = \"", body(digits, 9) + ":A" + body(urlSafe, 34), "\"", "telegram-bot-api-token"},
	{"Discord bot", "", "MT" + body(alphanum, 24) + "." + body(alphanum, 6) + "." + body(urlSafe, 37) + "x", "", "discord-bot-token"},
	{"DigitalOcean token", "", "dop" + "_v1_" + body(hexDigit, 64), "", "digitalocean-pat"},
	{"RSA key", "", armour("RSA PRIVATE KEY"), "", "private-key"},
	{"EC key", "", armour("EC PRIVATE KEY"), "", "private-key"},
	{"OpenSSH key", "", armour("OPENSSH PRIVATE KEY"), "", "private-key"},
	{"PGP key", "", armour("PGP PRIVATE KEY BLOCK"), "", "private-key"},
	{"JWT", "Authorization: Bearer ", jwt(), "", "jwt"},
	{"Weights & Biases key", "wandb login ", body(hexDigit, 40), "", "wandb-api-key"},
	{"Weights & Biases variable", "export WANDB_API_KEY=", body(hexDigit, 40), "", "wandb-api-key"},
	{"Databricks token", "", "da" + "pi" + body(hexDigit, 32), "", "databricks-api-token"},
	{"Replicate token", "", "r" + "8_" + body(alphanum, 37), "", "replicate-api-token"},
	{"Groq key", "", "gs" + "k_" + body(alphanum, 52), "", "groq-api-key"},
	{"Google client secret", "", "GOC" + "SPX-" + body(urlSafe, 28), "", "google-oauth-client-secret"},
	{"URL password", "postgres://mcg:", body(alphanum, 14), "@db.acme.com/mcg", "url-password"},
	{"password", "password: \"", body(alphanum, 8) + "!x9", "\"", "password-assignment"},
	{"API key", "api_key = \"", body(alphanum, 32), "\"", "generic-api-key"},
}

func TestPlantedSecrets(t *testing.T) {
	t.Parallel()
	for _, p := range planted {
		t.Run(p.kind, func(t *testing.T) {
			t.Parallel()
			lead := "# Modèle 🤗\n\nThe tokenizer is שלום.\n"
			src := lead + p.before + p.secret + p.after + "\n"
			findings := Scan([]byte(src))
			if len(findings) != 1 {
				t.Fatalf("%d findings in %q: %v", len(findings), src, findings)
			}
			f := findings[0]
			if f.RuleID != p.rule || f.Description == "" {
				t.Errorf("rule %q (%s), want %q", f.RuleID, f.Description, p.rule)
			}
			if at := len(lead) + len(p.before); f.Start > at || f.End < at+len(p.secret) {
				t.Errorf("bytes %d to %d, want %d to %d covered", f.Start, f.End, at, at+len(p.secret))
			}
			if f.Line != 4 {
				t.Errorf("line %d, want 4", f.Line)
			}
			checkRedacted(t, f.Redacted, p.secret)
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
	key := "gh" + "p_" + body(alphanum, 36)
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
		"sha256":        "digest: sha256:" + body(hexDigit, 64) + "\nchecksum: " + body(hexDigit, 64),
		"git commit":    "revision: " + body(hexDigit, 40) + "\nat commit " + body(hexDigit, 40) + "\nhttps://github.com/a/b/commit/" + body(hexDigit, 40),
		"wandb commit":  "The run is on wandb, at commit " + body(hexDigit, 40),
		"code":          "```python\ntokenizer = AutoTokenizer.from_pretrained('acme/model')\ntokens = tokenizer(text, return_tensors='pt')\n```",
		"placeholders":  "token: ${HF_TOKEN}\napi_key: YOUR_API_KEY\npassword: \"changeme\"\npassword: \"<your-password>\"\nhf_token = 'hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\npostgres://user:password@localhost/db",
		"tokens":        "pad_token: [PAD]\ntoken_type_ids: 0\nmax_tokens: 4096\nkey: value\nprimary_key: sentence_identifier",
		"emoji":         "🤗🔑🔐 the key to 🗝 success: secret sauce 🤫",
		"right to left": "הסיסמה היא: מילה סודית\nالمفتاح: كلمة السر\n",
		"numbers":       "parameters: 1234567890123\nloss: 0.00012345678901\nid: 014df517-39d1-4453-b7b3-9930c563627c",
		"allowed":       "gh" + "p_" + body(alphanum, 36) + " # gitleaks:allow",
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
// again, in a text of the greatest size that a card may have.
func TestHostileTextsAreLinear(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{
		"-----" + "BEGIN PRIVATE KEY-----" + strings.Repeat("x", 64), "ey" + strings.Repeat("a", 18) + ".", "api_key = ",
		"token: aaaaaaaaaaaa ", "https://a:", "curl -u ", "passw", "sk-", "wandb ", "kind: secret data: ",
	} {
		src := []byte(strings.Repeat(piece, 256<<10/len(piece)))
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
		"short": "…", body(alphanum, 14): body(alphanum, 14)[:2] + "…", strings.Repeat("é", 30): "éééé…éé",
	} {
		if got := Redact(secret); got != want {
			t.Errorf("Redact(%q) is %q, want %q", secret, got, want)
		}
	}
}

func TestManyFindingsAreCapped(t *testing.T) {
	t.Parallel()
	src := strings.Repeat("gh"+"p_"+body(alphanum, 36)+"\n", MaxFindings+10)
	if got := len(Scan([]byte(src))); got != MaxFindings {
		t.Errorf("%d findings, want %d", got, MaxFindings)
	}
}

func FuzzScan(f *testing.F) {
	for _, p := range planted {
		f.Add([]byte(p.before + p.secret + p.after))
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
