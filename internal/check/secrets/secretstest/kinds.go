// Package secretstest has a secret of each kind, for tests. They are put
// together when they are asked for, so that no file of ours has one in it.
package secretstest

import (
	"encoding/base64"
	"math/rand/v2"
)

// Alphabets of [Body].
const (
	Digits       = "0123456789"
	Hex          = Digits + "abcdef"
	Capitals     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	Small        = "abcdefghijklmnopqrstuvwxyz"
	Alphanumeric = Small + Capitals + Digits
	Base32       = Capitals + "234567"
	URLSafe      = Alphanumeric + "-_"
)

// Body is n characters that look random and are the same each time.
func Body(alphabet string, n int) string {
	source := rand.New(rand.NewPCG(uint64(n), uint64(len(alphabet)))) //nolint:gosec // these open nothing
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[source.IntN(len(alphabet))]
	}
	return string(b)
}

func armour(kind string) string {
	lines := Body(Alphanumeric, 64) + "\n" + Body(Alphanumeric, 60) + "\n"
	return "-----" + "BEGIN " + kind + "-----\n" + lines + "-----" + "END " + kind + "-----"
}

func jwt() string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"1234567890","name":"somebody"}`) + "." + Body(URLSafe, 43)
}

// Planted is a secret with the text it stands in, and the rule that finds it.
type Planted struct{ Kind, Before, Secret, After, Rule string }

// Kinds is one secret of each kind.
func Kinds() []Planted {
	return []Planted{
		{"AWS access key", "id: ", "AK" + "IA" + Body(Base32, 16), "", "aws-access-token"},
		{"GitHub token", "use ", "gh" + "p_" + Body(Alphanumeric, 36), " to log in", "github-pat"},
		{"GitHub fine-grained token", "", "github_" + "pat_" + Body(Alphanumeric, 82), "", "github-fine-grained-pat"},
		{"GitHub app token", "", "gh" + "s_" + Body(Alphanumeric, 36), "", "github-app-token"},
		{"GitLab token", "", "gl" + "pat-" + Body(Alphanumeric, 20), "", "gitlab-pat"},
		{"Hugging Face token", "login(token=\"", "h" + "f_" + Body(Small, 34), "\")", "huggingface-access-token"},
		{"OpenAI key, old", "", "sk" + "-" + Body(Alphanumeric, 20) + "T3Blbk" + "FJ" + Body(Small+Digits, 20), "", "openai-api-key"},
		{"OpenAI key, new", "", "sk-" + "proj-" + Body(Alphanumeric, 74) + "T3Blbk" + "FJ" + Body(Capitals+Small, 74), "", "openai-api-key"},
		{"Anthropic key", "", "sk-" + "ant-api03-" + Body(URLSafe, 93) + "AA", "", "anthropic-api-key"},
		{"Slack bot", "", "xo" + "xb-" + Body(Digits, 12) + "-" + Body(Digits, 11) + "-" + Body(Alphanumeric, 24), "", "slack-bot-token"},
		{"Slack webhook", "post to ", "https://hooks." + "slack.com/services/" + Body(Alphanumeric, 44), "", "slack-webhook-url"},
		{"Stripe key", "", "sk_" + "live_" + Body(Alphanumeric, 24), "", "stripe-access-token"},
		{"Google API key", "key=", "AI" + "za" + Body(URLSafe, 35), "", "gcp-api-key"},
		{"Google service account", `{"type": "service_account", "private_key": "`, "-----" + "BEGIN PRIVATE KEY-----\\n" + Body(Alphanumeric, 90) + "\\n-----" + "END PRIVATE KEY-----", "\\n\"}", "private-key"},
		{"Azure storage key", "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=", Body(Alphanumeric, 86) + "==", ";", "azure-storage-account-key"},
		{"Azure signature", "https://acme.blob.core.windows.net/models?sv=2024-01-01&sig=", Body(Alphanumeric, 43) + "%3D", "", "azure-shared-access-signature"},
		{"npm token", "", "np" + "m_" + Body(Small+Digits, 36), "", "npm-access-token"},
		{"PyPI token", "", "pypi-" + "AgEIcHlwaS5vcmc" + Body(URLSafe, 120), "", "pypi-upload-token"},
		{"SendGrid key", "", "S" + "G." + Body(Small+Digits, 66), "", "sendgrid-api-token"},
		{"Twilio key", "", "S" + "K" + Body(Hex, 32), "", "twilio-api-key"},
		{"Mailgun key", "mailgun_key: ", "key" + "-" + Body(Hex, 32), "", "mailgun-private-api-token"},
		{"Telegram bot", "telegram_bot = \"", Body(Digits, 9) + ":A" + Body(URLSafe, 34), "\"", "telegram-bot-api-token"},
		{"Discord bot", "", "MT" + Body(Alphanumeric, 24) + "." + Body(Alphanumeric, 6) + "." + Body(URLSafe, 37) + "x", "", "discord-bot-token"},
		{"DigitalOcean token", "", "dop" + "_v1_" + Body(Hex, 64), "", "digitalocean-pat"},
		{"RSA key", "", armour("RSA PRIVATE KEY"), "", "private-key"},
		{"EC key", "", armour("EC PRIVATE KEY"), "", "private-key"},
		{"OpenSSH key", "", armour("OPENSSH PRIVATE KEY"), "", "private-key"},
		{"PGP key", "", armour("PGP PRIVATE KEY BLOCK"), "", "private-key"},
		{"JWT", "Authorization: Bearer ", jwt(), "", "jwt"},
		{"Weights & Biases key", "wandb login ", Body(Hex, 40), "", "wandb-api-key"},
		{"Weights & Biases variable", "export WANDB_API_KEY=", Body(Hex, 40), "", "wandb-api-key"},
		{"Databricks token", "", "da" + "pi" + Body(Hex, 32), "", "databricks-api-token"},
		{"Replicate token", "", "r" + "8_" + Body(Alphanumeric, 37), "", "replicate-api-token"},
		{"Groq key", "", "gs" + "k_" + Body(Alphanumeric, 52), "", "groq-api-key"},
		{"Google client secret", "", "GOC" + "SPX-" + Body(URLSafe, 28), "", "google-oauth-client-secret"},
		{"URL password", "postgres://mcg:", Body(Alphanumeric, 14), "@db.acme.com/mcg", "url-password"},
		{"password", "password: \"", Body(Alphanumeric, 8) + "!x9", "\"", "password-assignment"},
		{"API key", "api_key = \"", Body(Alphanumeric, 32), "\"", "generic-api-key"},
	}
}
