package pii

// idText is an identifier without its separators, letters in upper case.
type idText struct {
	c [40]byte
	n int
}

// idOf returns the letters and digits of b. It is empty if there are too many.
func idOf(b []byte) (t idText) {
	for _, c := range b {
		if is(c, chUpper|chLower|chDigit) {
			if t.n == len(t.c) {
				return idText{}
			}
			t.c[t.n] = upper(c)
			t.n++
		}
	}
	return t
}

// d returns the digit at i.
func (t *idText) d(i int) int { return int(t.c[i]) - '0' }

// num returns the number that the digits from i to before j make.
func (t *idText) num(i, j int) int {
	v := 0
	for ; i < j; i++ {
		v = v*10 + t.d(i)
	}
	return v
}

// repeats reports whether all digits are the same: such numbers are made up.
func (t *idText) repeats() bool {
	for i := 1; i < t.n; i++ {
		if t.c[i] != t.c[0] {
			return false
		}
	}
	return true
}

// counts reports whether the digits go up by one each: people write such numbers as examples.
func (t *idText) counts() bool {
	for i := 1; i < t.n; i++ {
		if !isDigit(t.c[i]) || (t.d(i-1)+1)%10 != t.d(i) {
			return false
		}
	}
	return true
}

// checkFunc judges an identifier that has the shape of its scheme.
type checkFunc func(t *idText) bool

// sum returns the sum of the digits from i on, each times its weight.
func (t *idText) sum(i int, w ...int) int {
	s := 0
	for k, v := range w {
		s += t.d(i+k) * v
	}
	return s
}

// weighed holds if the weighed sum of all digits, the check digit included, is a multiple of m.
func weighed(m int, w ...int) checkFunc {
	return func(t *idText) bool { return t.sum(0, w...)%m == 0 }
}

// remainder holds if the weighed sum modulo m is the digit behind the weighed ones; ten counts as the digit given, or
// makes the number invalid if that is -1.
func remainder(m, ten int, w ...int) checkFunc {
	return func(t *idText) bool {
		r := t.sum(0, w...) % m
		if r == 10 {
			r = ten
		}
		return r == t.d(len(w))
	}
}

// complement is remainder for schemes that count from m down: the digit is m less the sum modulo m, eleven is 0 and ten
// as given.
func complement(m, ten int, w ...int) checkFunc {
	return func(t *idText) bool {
		r := (m - t.sum(0, w...)%m) % m
		if r == 10 {
			r = ten
		}
		return r == t.d(len(w))
	}
}

// all holds if each of the checks does.
func all(fs ...checkFunc) checkFunc {
	return func(t *idText) bool {
		for _, f := range fs {
			if !f(t) {
				return false
			}
		}
		return true
	}
}

// luhnID checks the check digit of ISO/IEC 7812-1, annex B, over all digits.
func luhnID(t *idText) bool { return luhnSum(t.c[:t.n])%10 == 0 }

// luhnSum is the sum of annex B for text whose last byte is the check digit.
func luhnSum(b []byte) int {
	sum := 0
	for i := range b {
		d := int(b[len(b)-1-i]) - '0'
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum
}

// mod11x10 checks ISO/IEC 7064, MOD 11,10, over all digits.
func mod11x10(t *idText) bool {
	p := 10
	for i := range t.n - 1 {
		s := (t.d(i) + p) % 10
		if s == 0 {
			s = 10
		}
		p = s * 2 % 11
	}
	return (p+t.d(t.n-1))%10 == 1
}

// mod11x2 checks ISO/IEC 7064, MOD 11-2, whose last place may be an X.
func mod11x2(t *idText) bool {
	p := 0
	for i := range t.n - 1 {
		p = (p + t.d(i)) * 2 % 11
	}
	last := 10
	if c := t.c[t.n-1]; c != 'X' {
		last = int(c - '0')
	}
	return (p+last)%11 == 1
}

// mod97 returns the remainder of text as ISO/IEC 7064 reads it: letters are two digits, A is 10.
func mod97(b []byte, r int) int {
	for _, c := range b {
		if isDigit(c) {
			r = (r*10 + int(c-'0')) % 97
		} else {
			r = (r*100 + int(upper(c)-'A') + 10) % 97
		}
	}
	return r
}

// The dihedral group and the permutations of Verhoeff's scheme (J. Verhoeff, Error Detecting Decimal Codes, 1969).
var (
	verhoeffD = [10][10]uint8{
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
		{1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
		{2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
		{3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
		{4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
		{5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
		{6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
		{7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
		{8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
		{9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
	}
	verhoeffP = [8][10]uint8{
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
		{1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
		{5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
		{8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
		{9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
		{4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
		{2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
		{7, 0, 4, 6, 9, 1, 3, 2, 5, 8},
	}
)

func verhoeff(t *idText) bool { return verhoeffOf(t.c[:t.n]) }

func verhoeffOf(b []byte) bool {
	c := uint8(0)
	for i := range b {
		c = verhoeffD[c][verhoeffP[i%8][b[len(b)-1-i]-'0']]
	}
	return c == 0
}

// icao returns the weighed sum of ICAO Doc 9303, part 3, section 4.9: weights 7, 3, 1, letters from A as 10.
func icao(b []byte) int {
	s := 0
	for i, c := range b {
		v := int(c - '0')
		if !isDigit(c) {
			v = int(c-'A') + 10
		}
		s += v * [3]int{7, 3, 1}[i%3]
	}
	return s
}

// calendar reports whether there is such a day in some year. A year below zero is not known.
func calendar(month, day int) bool {
	switch month {
	case 2:
		return day >= 1 && day <= 29
	case 4, 6, 9, 11:
		return day >= 1 && day <= 30
	}
	return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// ymd holds if the digits from i on are a date, year first, and dmy if they are one with the day first.
func ymd(i int) checkFunc {
	return func(t *idText) bool { return calendar(t.num(i+2, i+4), t.num(i+4, i+6)) }
}

func dmy(i int) checkFunc {
	return func(t *idText) bool { return calendar(t.num(i+2, i+4), t.num(i, i+2)) }
}

// firstOf holds if the first character is one of chars.
func firstOf(chars string) checkFunc {
	return func(t *idText) bool {
		for i := range len(chars) {
			if t.c[0] == chars[i] {
				return true
			}
		}
		return false
	}
}
