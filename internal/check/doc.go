// Package check holds cards against rules and reports what it finds: rules
// are data beside small functions, grouped in packs; a report names file,
// line, rule, severity, hint and reference of every finding, and says whether
// the card passes.
package check
