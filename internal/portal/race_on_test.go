//go:build race

package portal_test

// vectors is fewer under the race detector, which makes each of them slow;
// make cost sends all.
const vectors = 40
