package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes. As in the production guide and in Redis, KB, MB and GB count in steps of 1024, and KiB,
// MiB and GiB are the same.
type Size int64

var errSize = errors.New("is not a size: write bytes or a number with KB, MB, GB or TB, such as 100MB")

// sizeUnits is in the order in which String tries them.
var sizeUnits = []struct {
	name  string
	bytes int64
}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

// Bytes returns the size as a plain number of bytes.
func (s Size) Bytes() int64 { return int64(s) }

// String returns the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.name
		}
	}
	return "0"
}

// MarshalText writes what UnmarshalText reads.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads 1048576, 100MB, 1.5 GiB, 2gb.
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := splitNumber(strings.ToLower(string(text)))
	factor, ok := sizeFactor(unit)
	if !ok {
		return errSize
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value < 0 || value*float64(factor) >= math.MaxInt64 {
		return errSize
	}
	*s = Size(value * float64(factor))
	return nil
}

func sizeFactor(unit string) (int64, bool) {
	if unit == "" {
		return 1, true
	}
	letter := strings.TrimSuffix(strings.TrimSuffix(unit, "b"), "i")
	for _, u := range sizeUnits {
		if strings.ToLower(u.name) == letter+"b" && unit != "ib" {
			return u.bytes, true
		}
	}
	return 0, false
}

// Duration is a length of time. A plain number is seconds, as the production guide writes it; d is a day of 24 hours.
type Duration time.Duration

var errDuration = errors.New("is not a length of time: write seconds or a number with ms, s, m, h or d, such as 90s, 24h or 7d")

// Std returns the duration as package time knows it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes whole days as days and leaves out zero parts: 7d, 24h, 1h30m.
func (d Duration) String() string {
	day := 24 * time.Hour
	if t := d.Std(); t > day && t%day == 0 {
		return strconv.FormatInt(int64(t/day), 10) + "d"
	}
	s := d.Std().String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 300, 0.5, 90s, 1h30m, 7d, 1d12h.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if number, unit := splitNumber(s); unit == "" {
		s = number + "s"
	}
	var days time.Duration
	before, after, hasDays := strings.Cut(s, "d")
	if hasDays {
		n, err := strconv.ParseUint(before, 10, 16)
		if err != nil {
			return errDuration
		}
		days, s = time.Duration(n)*24*time.Hour, after
	}
	var rest time.Duration
	if s != "" || !hasDays {
		var err error
		if rest, err = time.ParseDuration(s); err != nil {
			return errDuration
		}
	}
	if rest < 0 || rest > math.MaxInt64-days {
		return errDuration
	}
	*d = Duration(days + rest)
	return nil
}

// splitNumber cuts a number from the unit behind it.
func splitNumber(s string) (number, unit string) {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		return s, ""
	}
	return s[:end], strings.TrimSpace(s[end:])
}

// LogLevel is a severity: trace, debug, info, warning, error or critical.
type LogLevel string

// UnmarshalText reads a level in any case, and warn and fatal for warning and critical.
func (l *LogLevel) UnmarshalText(text []byte) error {
	switch s := strings.ToLower(string(text)); s {
	case "warn":
		*l = "warning"
	case "fatal":
		*l = "critical"
	default:
		*l = LogLevel(s)
	}
	return nil
}

// UnmarshalText reads the short form of a key: the key alone.
func (k *APIKey) UnmarshalText(text []byte) error {
	*k = APIKey{Key: Secret(text)}
	return nil
}
