package corpus

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// rng is a source of chance that depends on a seed and a name only.
type rng struct {
	*rand.Rand
	held bool
}

func newRNG(seed uint64, id string) *rng {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed), id...))
	return &rng{rand.New(rand.NewChaCha8(sum)), held(id)}
}

// draw picks an item. Of the lists of names and words a tenth is drawn for what is kept aside only, so that
// nothing can be learned by heart.
func draw[T any](r *rng, from []T) T {
	const long = 90
	x := from[r.IntN(len(from))]
	for range 1000 { // A list may by chance have nothing that is kept aside.
		if len(from) < long || r.held == apart(fmt.Sprint(x)) {
			break
		}
		x = from[r.IntN(len(from))]
	}
	return x
}

func apart(s string) bool {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()>>5%10 == 0
}

func (r *rng) pick(from ...string) string { return draw(r, from) }

// one returns true once in n times.
func (r *rng) one(n int) bool { return r.IntN(n) == 0 }

func (r *rng) between(lo, hi int) int { return lo + r.IntN(hi-lo+1) }

// of returns n characters of an alphabet.
func (r *rng) of(alphabet string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

const (
	digitChars = "0123456789"
	hexChars   = "0123456789abcdef"
	lowerChars = "abcdefghijklmnopqrstuvwxyz"
	upperChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alnumChars = digitChars + lowerChars + upperChars
)

func (r *rng) digits(n int) string { return r.of(digitChars, n) }
func (r *rng) hex(n int) string    { return r.of(hexChars, n) }
func (r *rng) upper(n int) string  { return r.of(upperChars, n) }
func (r *rng) alnum(n int) string  { return r.of(alnumChars, n) }

// shape draws characters for a pattern: 9 a digit, 1 a digit but zero, A a letter in upper case, a one in lower case,
// X either a digit or a letter in upper case, h a hexadecimal digit; others stand for themselves.
func (r *rng) shape(pattern string) string {
	var b strings.Builder
	for _, c := range pattern {
		switch c {
		case '9':
			b.WriteByte(digitChars[r.IntN(10)])
		case '1':
			b.WriteByte(digitChars[1+r.IntN(9)])
		case 'A':
			b.WriteByte(upperChars[r.IntN(26)])
		case 'a':
			b.WriteByte(lowerChars[r.IntN(26)])
		case 'X':
			b.WriteByte((digitChars + upperChars)[r.IntN(36)])
		case 'h':
			b.WriteByte(hexChars[r.IntN(16)])
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// uuid returns a random UUID (RFC 9562, version 4).
func (r *rng) uuid() string {
	return r.hex(8) + "-" + r.hex(4) + "-4" + r.hex(3) + "-" + r.of("89ab", 1) + r.hex(3) + "-" + r.hex(12)
}

// when is a moment of the last years.
func (r *rng) when() time.Time {
	return time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.Int64N(7*365*24*3600*1000)) * time.Millisecond)
}

// birthday is a day on which somebody of working age was born.
func (r *rng) birthday() time.Time {
	return time.Date(1938, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(68*365))
}
