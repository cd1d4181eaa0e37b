package pii

import (
	"math/bits"
	"testing"
)

// asks reports whether a word at the start of text is looked up under a row.
func asks(text string, hook, row int) bool {
	at := leading([]byte(text))
	key := at | fold
	if n := run([]byte(text), 0, len(text), chWord); n >= 4 {
		if f := starts.long[longIndex(key)]; f>>shortBit(at)&1 == 0 && f>>longBit(key)&1 == 0 {
			return false
		}
	} else if h := briefHash(key); starts.brief[h>>24]>>(h>>18&63)&1 == 0 {
		return false
	}
	for _, k := range []uint16{starts.four[longIndex(key)], starts.three[briefHash(key)>>22]} {
		for ; k != 0; k = starts.nodes[k].next {
			if n := starts.nodes[k]; (key^n.key)&n.mask == 0 && int(n.hook) == hook && int(n.row) == row {
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
			if !isWord(w[0]) {
				continue // A letter of more than one byte: no word begins with it.
			}
			all := []string{w}
			for capitals := 1; !h.exact && capitals < 1<<min(len(w), 5); capitals++ {
				if v, ok := capitalise(nil, w, capitals); ok {
					all = append(all, string(v))
				}
			}
			for _, s := range all {
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
	sharp := func(name string, filter []uint64, mask uint64) {
		n := 0
		for _, w := range filter {
			n += bits.OnesCount64(w & mask)
		}
		all := len(filter) * bits.OnesCount64(mask)
		t.Logf("%s: %d of %d bits", name, n, all)
		if n > all/10 {
			t.Errorf("%s: %d bits of %d are set: give short words more letters, or set whole", name, n, all)
		}
	}
	sharp("four bytes", starts.long[:], 1<<32-1)
	sharp("five bytes", starts.long[:], 1<<64-1<<32)
	sharp("brief", starts.brief[:], 1<<64-1)
	if n := starts.n; n > maxNodes*7/8 {
		t.Errorf("%d nodes of %d are taken: double maxNodes", n, maxNodes)
	}
}
