//go:build !race

package portal_test

import "math"

// vectors bounds those that TestNoScriptOfACardRuns sends.
const vectors = math.MaxInt
