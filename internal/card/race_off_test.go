//go:build !race

package card

// raceEnabled is true in a test binary with the race detector, which makes
// everything slower and larger.
const raceEnabled = false
