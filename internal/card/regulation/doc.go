// Package regulation holds what three regulations of the Union ask to be
// documented about a model, as data: the items of the AI Act's annexes, of the
// Cyber Resilience Act's Annex VII and of the GDPR, when each is asked, and
// which fields of a card answer it. [Answers] tells, item by item, what a card
// says. The tables are the project's reading of the acts and no legal advice.
package regulation
