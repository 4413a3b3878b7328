package text

import (
	"math"
	"strconv"
)

// Fields takes a line apart from its front. The zero value is at its end.
type Fields []byte

// Word gives the next blank-separated word, nil at the end.
func (f *Fields) Word() []byte {
	b := f.skip()
	n := 0
	for n < len(b) && b[n] > ' ' {
		n++
	}
	*f = b[n:]
	if n == 0 {
		return nil
	}
	return b[:n]
}

// Rest gives what is left without the blanks around it.
func (f *Fields) Rest() []byte {
	b := f.skip()
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

func (f *Fields) skip() []byte {
	b := *f
	i := 0
	for i < len(b) && b[i] <= ' ' {
		i++
	}
	return b[i:]
}

// Float takes a number, or nothing when the next word is none.
func (f *Fields) Float() (float64, bool) {
	b := f.skip()
	v, n := parseFloat(b)
	if n == 0 || n < len(b) && b[n] > ' ' {
		return f.slowFloat()
	}
	*f = b[n:]
	return v, true
}

// slowFloat takes what the fast parser leaves: long, huge and tiny numbers, and
// the names of infinity and NaN.
func (f *Fields) slowFloat() (float64, bool) {
	rest := *f
	word := rest.Word()
	if len(word) == 0 || len(word) > 1000 {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(word), 64)
	if err != nil && !math.IsInf(v, 0) {
		return 0, false
	}
	*f = rest
	return v, true
}

// Floats fills out with numbers and tells how many there were.
func (f *Fields) Floats(out []float32) int {
	for i := range out {
		v, ok := f.Float()
		if !ok {
			return i
		}
		out[i] = float32(v)
	}
	return len(out)
}

// Int takes a whole number in the range of int32.
func (f *Fields) Int() (int, bool) {
	b := f.skip()
	v, n := ParseInt(b)
	if n == 0 || n < len(b) && b[n] > ' ' {
		return 0, false
	}
	*f = b[n:]
	return v, true
}

// ParseInt reads a whole number in the range of int32 at b's front and tells its
// length, 0 when there is none.
func ParseInt(b []byte) (v, n int) {
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		n = 1
	}
	first := n
	for n < len(b) && b[n]-'0' <= 9 {
		v = 10*v + int(b[n]-'0')
		if v > math.MaxInt32 {
			return 0, 0
		}
		n++
	}
	if n == first {
		return 0, 0
	}
	if negative {
		v = -v
	}
	return v, n
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseFloat reads a decimal number of up to 18 digits at b's front. Up to 15
// digits the result is the nearest float64; beyond, the digits are rounded before
// the power of ten, an error far below what a float32 can show. It gives n = 0
// for all other numbers.
func parseFloat(b []byte) (v float64, n int) {
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		n = 1
	}
	var digits uint64
	exponent, first := 0, n
	for n < len(b) && b[n]-'0' <= 9 {
		digits = 10*digits + uint64(b[n]-'0')
		n++
	}
	count := n - first
	if n < len(b) && b[n] == '.' {
		n++
		point := n
		for n < len(b) && b[n]-'0' <= 9 {
			digits = 10*digits + uint64(b[n]-'0')
			n++
		}
		exponent = point - n
		count += n - point
	}
	if count == 0 || count > 18 {
		return 0, 0
	}
	if n < len(b) && b[n]|0x20 == 'e' {
		e, length := ParseInt(b[n+1:])
		if length == 0 || length > 5 {
			return 0, 0
		}
		exponent += e
		n += 1 + length
	}
	if exponent < -22 || exponent > 22 {
		return 0, 0
	}
	v = float64(digits)
	if exponent < 0 {
		v /= powers[-exponent]
	} else {
		v *= powers[exponent]
	}
	if negative {
		v = -v
	}
	return v, n
}
