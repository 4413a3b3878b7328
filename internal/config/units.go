package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// D is the duration as the standard library has it.
func (d Duration) D() time.Duration { return time.Duration(d) }

// String prints 5m instead of 5m0s.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalYAML prints it as it is written in a file.
func (d Duration) MarshalYAML() (any, error) { return d.String(), nil }

// units are what a size may end in. Binary and decimal are told apart as in
// IEC 80000-13; a lone K or M is refused, since nobody knows which is meant.
var units = []struct {
	suffix string
	bytes  int64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3}, {"B", 1},
}

var errSize = errors.New("not a size")

// ParseSize reads 4096, 8MiB, 1.5GB.
func ParseSize(s string) (Size, error) {
	num, mult := s, int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			num, mult = strings.TrimRight(rest, " "), u.bytes
			break
		}
	}
	if n, err := strconv.ParseInt(num, 10, 64); err == nil {
		if n < 0 || n > math.MaxInt64/mult {
			return 0, errSize
		}
		return Size(n * mult), nil
	}
	if strings.Trim(num, "0123456789.") != "" { // no 1e9, 0x10, NaN
		return 0, errSize
	}
	f, err := strconv.ParseFloat(num, 64)
	if err != nil || f*float64(mult) >= math.MaxInt64 {
		return 0, errSize
	}
	return Size(f * float64(mult)), nil
}

// String prints the largest unit that is exact.
func (s Size) String() string {
	for _, u := range units {
		if u.bytes > 1 && s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalYAML prints a number where no unit fits.
func (s Size) MarshalYAML() (any, error) {
	if t := s.String(); strings.HasSuffix(t, "B") {
		return t, nil
	}
	return int64(s), nil
}
