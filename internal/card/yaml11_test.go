package card

import (
	"regexp"
	"testing"
)

// resolvers are the patterns of PyYAML's resolver.py in its order.
var resolvers = []struct {
	name    Type11
	pattern *regexp.Regexp
}{
	{Bool11, regexp.MustCompile(`^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$`)},
	{Float11, regexp.MustCompile(`^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?` +
		`|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?` +
		`|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*` +
		`|[-+]?\.(?:inf|Inf|INF)` +
		`|\.(?:nan|NaN|NAN))$`)},
	{Int11, regexp.MustCompile(`^(?:[-+]?0b[0-1_]+` +
		`|[-+]?0[0-7_]+` +
		`|[-+]?(?:0|[1-9][0-9_]*)` +
		`|[-+]?0x[0-9a-fA-F_]+` +
		`|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)},
	{Merge11, regexp.MustCompile(`^(?:<<)$`)},
	{Null11, regexp.MustCompile(`^(?:~|null|Null|NULL|)$`)},
	{Timestamp11, regexp.MustCompile(`^(?:[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]` +
		`|[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?` +
		`(?:[Tt]|[ \t]+)[0-9][0-9]?` +
		`:[0-9][0-9]:[0-9][0-9](?:\.[0-9]*)?` +
		`(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9][0-9])?))?)$`)},
	{Value11, regexp.MustCompile(`^(?:=)$`)},
}

func resolveByPattern(s string) Type11 {
	for _, r := range resolvers {
		if r.pattern.MatchString(s) {
			return r.name
		}
	}
	return String11
}

func TestResolve11EveryShortNumber(t *testing.T) {
	t.Parallel()
	const letters = "0157_.:+-eEbxfi"
	texts := []string{""}
	for range 4 {
		longer := make([]string, 0, len(texts)*len(letters))
		for _, s := range texts {
			for _, letter := range letters {
				longer = append(longer, s+string(letter))
			}
		}
		for _, s := range longer {
			if got, want := Resolve11(s), resolveByPattern(s); got != want {
				t.Fatalf("%q is %s, want %s", s, got, want)
			}
		}
		texts = longer
	}
}

func FuzzResolve11(f *testing.F) {
	for _, s := range []string{
		"", "~", "Null", "yes", "OFF", "<<", "=", "1_0.5e+3", "-.inf", ".NaN", "190:20:30.15", "-1:59", "0x_F", "0b1_0", "089",
		"2001-12-14t21:59:43.10-05:00", "2001-1-4 \t 1:59:43. Z", "2020-01-01", "2020-01-01 1:2:3", "1.5e+", "+.5",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := Resolve11(s), resolveByPattern(s); got != want {
			t.Errorf("%q is %s, want %s", s, got, want)
		}
	})
}
