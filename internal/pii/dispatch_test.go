package pii

import (
	"math/bits"
	"testing"
)

// asks reports whether a word at the start of text is looked up under a row.
func asks(text string, hook, row int) bool {
	short, long := wordKeys([]byte(text), 0)
	if !starts.has(short, long) {
		return false
	}
	for _, key := range []uint64{uint64(short), long | isLong} {
		for k := starts.heads[nodeHash(key)]; k != 0; k = starts.nodes[k].next {
			if n := starts.nodes[k]; n.key == key && int(n.hook) == hook && int(n.row) == row {
				return true
			}
		}
	}
	return false
}

func TestEveryWordIsLookedUpWhateverFollows(t *testing.T) {
	for i, r := range vendorTable[:prefixRows] {
		if p := []byte(r.prefix); !isWord(p[0]) || allOf(p[:run(p, 0, len(p), chWord)], chDigit) {
			t.Errorf("the prefix of %s does not begin with a word that is no number", r.id)
		}
		for c := range 256 {
			if is(byte(c), r.alphabet) && !asks(r.prefix+string([]byte{byte(c)})+"0", -1, i) {
				t.Errorf("%s is not looked up before %q", r.id, byte(c))
			}
		}
	}
	for i, h := range wordHooks {
		for k, w := range h.words {
			if allOf([]byte(w[:run([]byte(w), 0, len(w), chWord)]), chDigit) {
				t.Errorf("%q begins with a number, and numbers are not looked up", w)
			}
			for _, s := range spellings(w, h.exact) {
				for c := range 256 {
					if c := byte(c); (!h.whole || !isLetter(c)) && !asks(s+string([]byte{c}), i, k) {
						t.Errorf("%q is not looked up before %q", s, c)
					}
				}
				if !asks(s, i, k) {
					t.Errorf("%q is not looked up at the end of a text", s)
				}
			}
		}
	}
}

// A filter with too many bits lets every other word of a log through.
func TestTheFilterOfWordsStaysSharp(t *testing.T) {
	for name, filter := range map[string]*[1 << 10]uint64{"long": &starts.long, "short": &starts.short} {
		n := 0
		for _, w := range filter {
			n += bits.OnesCount64(w)
		}
		t.Logf("%s: %d of %d bits, %d nodes", name, n, 64*len(filter), len(starts.nodes))
		if n > len(filter)*64/6 {
			t.Errorf("%s: %d bits of %d are set: give short words more letters, or set whole", name, n, 64*len(filter))
		}
	}
	if len(starts.nodes) > 1<<16-1 {
		t.Errorf("%d nodes do not fit 16 bits", len(starts.nodes))
	}
}
