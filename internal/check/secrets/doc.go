// Package secrets finds keys, tokens, private keys and passwords in a text,
// and e-mail addresses and telephone numbers. The rules for secrets are those
// of gitleaks, embedded as it publishes them, and a few of our own in the same
// form; they are read as gitleaks reads them, for a text without a path.
// What was found is never given away: a finding has its place and a redacted
// form.
package secrets
