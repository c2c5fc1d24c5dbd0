// Package examples holds the documents of this folder for the programs.
package examples

import _ "embed"

// Sentiment is a card that says everything, in YAML.
//
//go:embed sentiment.yaml
var Sentiment []byte
