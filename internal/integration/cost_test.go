package integration

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestCostOfHostileFiles reads files of some megabytes that have much in them of
// what is costly: cost must grow with their size and not with its square.
func TestCostOfHostileFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads large files")
	}
	cells := strings.Repeat("1,", 1999) + "1\n"
	harness := &strings.Builder{}
	for i := range 40_000 {
		fmt.Fprintf(harness, `"t%d":{"a,none":1},`, i)
	}
	tasks := "{" + strings.TrimSuffix(harness.String(), ",") + "}"
	files := map[string]string{
		"wide table":      strings.ReplaceAll(cells, "1", "c") + strings.Repeat(cells, 1000),
		"numbers":         "{" + strings.TrimSuffix(manyMetrics(200_000), ",") + "}",
		"tasks":           `{"results": ` + tasks + `, "configs": ` + tasks + `}`,
		"pairs":           strings.Repeat("k=1 ", 4_000_000),
		"lines of pairs":  strings.Repeat("loss=1 acc=2 lr=3\n", 100_000),
		"brackets":        strings.Repeat("[1] ", 4_000_000),
		"almost pairs":    strings.Repeat("aaaa ", 3_000_000),
		"quotes":          `{"` + strings.Repeat(`\"`, 8_000_000) + `": 1}`,
		"empty objects":   "[" + strings.Repeat("{},", 300_000) + "{}]",
		"JSON lines":      strings.Repeat("{\"loss\": 1}\n", 200_000),
		"nested mappings": strings.Repeat(`{"a":`, 30) + "{" + strings.TrimSuffix(manyMetrics(200_000), ",") + "}" + strings.Repeat("}", 30),
	}
	for name, text := range files {
		for _, role := range []Role{Evaluation, Training} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, _ = ReadFile(strings.NewReader(text), role)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%-16s %-10s %6.2f s %5d MiB", name, role, took.Seconds(), allocated)
			if took > 60*time.Second || allocated > 800 && !raceEnabled {
				t.Errorf("%s as %s: %s, %d MiB allocated", name, role, took, allocated)
			}
		}
	}
}
