package auth

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// Measurements of each class: 100,000, in rounds that each have keys of their own.
const (
	timingRounds  = 20
	timingsARound = 5000
	separable     = 6 // standard errors: chance alone does not come here
)

// separation tells by how many standard errors the mean times of two calls differ over all rounds. A round is one sample: that
// its keys lie well or badly in memory is chance too.
func separation(round func() (a, b func())) float64 {
	differences := make([]float64, timingRounds)
	for i := range differences {
		a, b := round()
		differences[i] = difference(rand.New(rand.NewPCG(1, uint64(i))), a, b)
	}
	var mean, squares float64
	for _, d := range differences {
		mean += d / timingRounds
	}
	for _, d := range differences {
		squares += (d - mean) * (d - mean)
	}
	return math.Abs(mean) / math.Sqrt(squares/(timingRounds-1)/timingRounds)
}

// difference is of the mean times of two calls, measured in turns of random order, without the slowest tenth of each.
func difference(rnd *rand.Rand, a, b func()) float64 {
	calls := [2]func(){a, b}
	var took [2][]float64
	for len(took[0]) < timingsARound || len(took[1]) < timingsARound {
		i := rnd.IntN(2)
		begun := time.Now()
		calls[i]()
		took[i] = append(took[i], float64(time.Since(begun)))
	}
	return trimmedMean(took[0]) - trimmedMean(took[1])
}

func trimmedMean(values []float64) (mean float64) {
	slices.Sort(values)
	values = values[:len(values)*9/10]
	for _, v := range values {
		mean += v / float64(len(values))
	}
	return mean
}

// guesser checks a guess against a key that is stored under the guess's id.
func guesser(t *testing.T, guess string, stored KeyHash) func() {
	t.Helper()
	id, _ := KeyID(guess)
	keys := newKeys(t, newMemoryStore(KeyRecord{ID: id, Hash: stored, Roles: []string{"user"}}), newClock())
	return func() { _, _ = keys.Verify(t.Context(), guess) }
}

// TestTimingTellsNothingOfAKey: one guess takes as long whether the key it is held against is all but the same or quite another.
// That the measurement can tell calls apart is shown by a guess that is not well formed, which is refused sooner.
func TestTimingTellsNothingOfAKey(t *testing.T) {
	near := func() (a, b func()) {
		guess := GenerateKey()
		almost, other := guess.Hash, hashKey(guess.Secret+"x")
		almost[len(almost)-1] ^= 1 // a comparison that stops early would go on longest with this
		return guesser(t, guess.Secret, almost), guesser(t, guess.Secret, other)
	}
	if got := separation(near); got > separable {
		t.Errorf("a near guess at a stored key stands out by %.1f standard errors", got)
	}
	malformed := func() (a, b func()) {
		guess := GenerateKey()
		bad := strings.Clone(guess.Secret[:keyLength-1] + "!")
		keys := newKeys(t, newMemoryStore(recordOf(guess)), newClock())
		return guesser(t, guess.Secret, hashKey("x")), func() { _, _ = keys.Verify(t.Context(), bad) }
	}
	if got := separation(malformed); got < separable {
		t.Errorf("the control is told apart by %.1f standard errors only", got)
	}
}
