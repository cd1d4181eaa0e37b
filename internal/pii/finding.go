package pii

import "strings"

// Finding is one span of detected bytes. It holds no copy of the value, so that findings can be logged and stored.
type Finding struct {
	Start, End int64 // Byte offsets into the scanned text, half-open.
	Type       Type
	Rule       RuleID
	Reason     Reason
	Confidence uint8 // Percent.
	Level      Level
	// Over is the type of the highest rank among the others that were found in the same bytes and stood back, or 0.
	Over Type
}

// ReasonBits is a set of the grounds on which a finding stands.
type ReasonBits uint16

// The grounds of a finding.
const (
	ReasonShape     ReasonBits = 1 << iota // The value has the form of its type.
	ReasonChecksum                         // A check digit or an equivalent holds (Luhn, a decodable JWT header).
	ReasonPrefix                           // The value begins with an issuer's registered prefix.
	ReasonRange                            // The number lies in an assigned range (IIN, SSN area, address block).
	ReasonKey                              // The name before the value says what it is; see [Reason.Key].
	ReasonContext                          // Words nearby say what it is.
	ReasonStructure                        // The surrounding format says what it is (URL authority, PEM armour, header).
	ReasonEntropy                          // The value is too irregular to be a word.
	ReasonDecoded                          // The value was recognised after undoing an encoding.
	ReasonKnown                            // The value is known from an earlier finding.
	ReasonTruncated                        // The value is cut off; what is there is covered.
)

// reasonTable has a row for each bit, in order: its name and what it means.
var reasonTable = [...]struct{ name, means string }{
	{"shape", "the value has the form of its type"},
	{"checksum", "its check digit, or what stands for one, is right"},
	{"prefix", "it begins with the prefix of an issuer or of a numbering plan"},
	{"range", "the number lies in a range that is given out"},
	{"key", "the name before it says what it is"},
	{"context", "words nearby say what it is"},
	{"structure", "the format around it says what it is: a URL, a header, an armour, a flag"},
	{"entropy", "it is too irregular for a word"},
	{"decoded", "it was recognised behind an encoding"},
	{"known", "the value is known from before"},
	{"truncated", "it is cut off; what is there is covered"},
}

// Each calls fn with the name and the meaning of each ground.
func (b ReasonBits) Each(fn func(name, means string)) {
	for i, r := range reasonTable {
		if b>>i&1 != 0 {
			fn(r.name, r.means)
		}
	}
}

// AllReasons has all grounds set.
const AllReasons ReasonBits = ReasonTruncated<<1 - 1

// Reason explains a finding without quoting the text.
type Reason struct {
	Bits ReasonBits
	// Key names the word that gave the value away when ReasonKey is set. It is from a fixed list, never from the text.
	Key KeyID
}

// Has reports whether all of bits are grounds of the finding.
func (r Reason) Has(bits ReasonBits) bool { return r.Bits&bits == bits }

// String lists the grounds, for example "shape+checksum" or "key:password".
func (r Reason) String() string {
	var sb strings.Builder
	for i, row := range reasonTable {
		n := row.name
		bit := ReasonBits(1) << i
		if r.Bits&bit == 0 {
			continue
		}
		if sb.Len() > 0 {
			sb.WriteByte('+')
		}
		sb.WriteString(n)
		if bit == ReasonKey && r.Key != 0 {
			sb.WriteByte(':')
			sb.WriteString(r.Key.String())
		}
	}
	if sb.Len() == 0 {
		return "none"
	}
	return sb.String()
}

// KeyID identifies a word of the fixed list of key names. The zero value is no word.
type KeyID uint16

// Counts holds a number of findings per type.
type Counts [numTypes]int64

// Of returns the number for one type.
func (c *Counts) Of(t Type) int64 {
	if t >= numTypes {
		return 0
	}
	return c[t]
}

// Total returns the sum over all types.
func (c *Counts) Total() int64 {
	var n int64
	for _, v := range c {
		n += v
	}
	return n
}

// Add adds the numbers of o to c.
func (c *Counts) Add(o *Counts) {
	for i, v := range o {
		c[i] += v
	}
}

// Each calls fn for every type that has a number, in the order of [Types].
func (c *Counts) Each(fn func(t Type, n int64)) {
	for t := Type(1); t < numTypes; t++ {
		if c[t] != 0 {
			fn(t, c[t])
		}
	}
}
