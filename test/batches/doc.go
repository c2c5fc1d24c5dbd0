// Package batches starts the real programs, kills and stops them while they work,
// and then counts: nothing acknowledged is lost, nothing is done twice. The
// tests need Postgres (see test/env). With the tag e2e they are short; with the
// tag chaos they are what the promises say.
package batches
