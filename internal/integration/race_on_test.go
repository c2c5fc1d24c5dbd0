//go:build race

package integration

// raceEnabled is true under the race detector, which takes pooled memory away
// at random, so that what is allocated says nothing.
const raceEnabled = true
