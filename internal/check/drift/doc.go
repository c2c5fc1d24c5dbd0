// Package drift compares a card with new evaluation results, metric by metric:
// which way is better, which threshold holds and where it comes from, whether
// the change can be chance, and how much it matters.
package drift
