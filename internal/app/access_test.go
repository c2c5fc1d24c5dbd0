package app

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/terragonlabs/modelcard-generator/internal/api"
	"github.com/terragonlabs/modelcard-generator/internal/auth"
	"github.com/terragonlabs/modelcard-generator/internal/config"
	"github.com/terragonlabs/modelcard-generator/internal/telemetry"
)

// TestDependencyIsToldOnce: a dependency that is away has one log line, not five a second, and a metric all the time.
func TestDependencyIsToldOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	registry := prometheus.NewRegistry()
	metrics, err := telemetry.NewMetrics(registry, telemetry.Build{})
	if err != nil {
		t.Fatal(err)
	}
	told := watch{zerolog.New(&log), metrics}.of("rate_limits", "limits are not shared")
	up := func(want string) {
		t.Helper()
		expected := "# HELP mcg_dependency_up Whether a dependency answered when it was last asked: 1 or 0.\n# TYPE mcg_dependency_up gauge\nmcg_dependency_up{dependency=\"rate_limits\"} " + want + "\n"
		if err := testutil.GatherAndCompare(registry, strings.NewReader(expected), "mcg_dependency_up"); err != nil {
			t.Error(err)
		}
	}
	told(nil)
	up("1")
	for range 10 {
		told(errors.New("connection refused"))
	}
	up("0")
	told(context.Canceled) // the process ends: nothing is wrong
	up("0")
	told(nil)
	up("1")
	if lines := strings.Count(log.String(), "\n"); lines != 2 || !strings.Contains(log.String(), "limits are not shared") {
		t.Errorf("%d lines: %s", lines, log.String())
	}
}

// TestLimitsOfTheConfiguration: Redis being away at the start is no reason not to start, and counters are one for each limit.
func TestLimitsOfTheConfiguration(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Redis.URL = "redis://127.0.0.1:1/0"
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry(), telemetry.Build{})
	if err != nil {
		t.Fatal(err)
	}
	var closing cleanups
	limits, share, err := newLimits(&c, watch{zerolog.Nop(), metrics}, &closing)
	if err != nil || limits.PerAddress != 6000 || limits.FailedLogins != 20 || len(share) != len(api.LimitNames()) {
		t.Errorf("%+v, %d, %v", limits, len(share), err)
	}
	seen := map[any]bool{}
	for _, name := range api.LimitNames() {
		seen[limits.Counter(name)] = true
	}
	if len(seen) != len(api.LimitNames()) {
		t.Errorf("%d counters for %d limits", len(seen), len(api.LimitNames()))
	}
	if err := closing.run(t.Context()); err != nil {
		t.Error(err)
	}
	if p := Operator().Principal; !p.Allowed(auth.Admin) || p.ID() != "local command-line" {
		t.Errorf("the operator is %q", p.ID())
	}
}
