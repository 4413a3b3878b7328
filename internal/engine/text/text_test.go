package text

import (
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 700<<10)
	for _, c := range []struct{ in, want string }{
		{"a\nb\r\nc", "a|b|c"},
		{"a\rb\r", "a|b"},
		{"", ""},
		{"\n\n", "|"},
		{"a\\\nb\\\r\nc\nd", "a b c|d"},
		{"a\\", "a "},
		{long + "\n" + long, long + "|" + long},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "halves": iotest.HalfReader(strings.NewReader(c.in))} {
			l := NewLines(r)
			l.Join = true
			var got []string
			for {
				line, ok := l.Next()
				if !ok {
					break
				}
				got = append(got, string(line))
			}
			if s := strings.Join(got, "|"); s != c.want || l.Err() != nil {
				t.Errorf("%.20q %s: %.40q, %v", c.in, name, s, l.Err())
			}
		}
	}
}

func TestLinesRest(t *testing.T) {
	l := NewLines(strings.NewReader("head\r\n\x00\x01\n\x02"))
	l.Next()
	if rest, _ := io.ReadAll(l.Rest()); string(rest) != "\x00\x01\n\x02" {
		t.Errorf("%q", rest)
	}
}

func TestLinesFail(t *testing.T) {
	broken := errors.New("disk")
	l := NewLines(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)))
	for {
		if _, ok := l.Next(); !ok {
			break
		}
	}
	if !errors.Is(l.Err(), broken) {
		t.Errorf("%v", l.Err())
	}
	l = NewLines(io.LimitReader(endless{}, MaxLine+1<<20))
	if _, ok := l.Next(); ok || l.Err() == nil {
		t.Errorf("an endless line: %v", l.Err())
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

var numbers = []string{"0", "-0", "1", "+1.5", ".5", "5.", "-1.25e3", "1e-7", "123456.789012", "0.12345678901234567", "1e22", "1e23",
	"1e-40", "1e308", "1e309", "3.4028235e38", "nan", "-inf", "12345678901234567890123", "", ".", "-", "e5", "1e", "1e+", "1x", "0x10", "1_0"}

func TestFloat(t *testing.T) {
	for _, in := range numbers {
		checkFloat(t, in)
	}
}

// checkFloat compares with the standard library, to the precision of float32.
func checkFloat(t *testing.T, in string) {
	t.Helper()
	f := Fields("  " + in + " rest")
	got, ok := f.Float()
	want, err := strconv.ParseFloat(in, 64)
	if numErr, isRange := errors.AsType[*strconv.NumError](err); isRange && numErr.Err == strconv.ErrRange {
		err = nil
	}
	if ok != (err == nil) {
		t.Fatalf("%q: read %v, want %v", in, ok, err)
	}
	if ok && math.Abs(got-want) > math.Abs(want)*1e-15 {
		t.Fatalf("%q: %v, want %v", in, got, want)
	}
	if rest := string(f.Rest()); ok && rest != "rest" {
		t.Fatalf("%q: left %q", in, rest)
	}
}

func FuzzFloat(f *testing.F) {
	for _, in := range numbers {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, c := range []byte(in) {
			if c <= ' ' {
				return
			}
		}
		if len(in) == 0 || len(in) > 900 {
			return
		}
		checkFloat(t, in)
	})
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\\\nb\r\n\r"))
	f.Add([]byte("\xff\xfea\x00\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := NewLines(strings.NewReader(string(data)))
		l.Join = true
		total := 0
		for {
			line, ok := l.Next()
			if !ok {
				break
			}
			total += len(line)
		}
		if total > 3*len(data)+3 {
			t.Fatalf("%d bytes of lines from %d", total, len(data))
		}
	})
}
