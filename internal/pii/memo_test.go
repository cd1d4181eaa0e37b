package pii

import (
	"bytes"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// testMemos are memos of all modes that remember from text to text.
type testMemos [ModeCleared + 1]*memo

func newTestMemos() *testMemos {
	return &testMemos{newMemo(ModeRaw), newMemo(ModeAgent), newMemo(ModeCleared)}
}

// check fails if a scan that remembers the pieces of text, and of what was checked before, finds anything else than one
// that visits every word and every symbol.
func (o *testMemos) check(t testing.TB, s *Scanner, text []byte, modes ...Mode) {
	t.Helper()
	text = append(append(bytes.Clone(text), '\n'), bytes.Repeat([]byte{' '}, shapeSeen)...) // There are no pieces near the end.
	for _, m := range modes {
		want := s.scanEach(text, m)
		for _, again := range []string{"at first", "again", "a third time"} {
			o[m].found, o[m].asked, o[m].rest, o[m].pause = 0, 0, 0, 0
			e := engine{s: s, mode: m, b: text, fresh: -1, urlAt: -1, encTried: -1, encSeen: -1, memo: o[m]}
			e.scan(len(text))
			slices.SortFunc(e.found, compareFindings)
			if slices.Equal(e.found, want) {
				continue
			}
			for i := range max(len(e.found), len(want)) {
				if i >= len(e.found) || i >= len(want) || e.found[i] != want[i] {
					f := slices.Concat(want[min(i, len(want)):], e.found[min(i, len(e.found)):])[0]
					t.Fatalf("mode %d, %s: %d found, %d without a memo; the first to differ is %s at %d, %q in %q", m, again, len(e.found), len(want),
						f.Rule, f.Start, text[f.Start:f.End], text[max(0, f.Start-80):min(int64(len(text)), f.End+80)])
				}
			}
		}
	}
}

// otherDigits returns text with other digits in the places of its digits.
func otherDigits(r *rand.Rand, text []byte) []byte {
	text = bytes.Clone(text)
	for i, c := range text {
		if isDigit(c) {
			text[i] = byte('0' + r.Intn(10)) //nolint:gosec // A digit.
		}
	}
	return text
}

func TestAMemoLosesNothing(t *testing.T) {
	s := newScanner(t, Options{Preset: PresetStrict})
	r := rand.New(rand.NewSource(1))
	o := newTestMemos()
	step := 5
	if testing.Short() {
		step = 23
	}
	for _, tables := range []map[string][]string{positives, nearMisses, contexts, noContexts} {
		for _, cases := range tables {
			for _, c := range cases {
				marked, _ := parseMarked(t, c)
				text := []byte(marked)
				o.check(t, s, otherDigits(r, text), ModeRaw) // What it says of these digits holds for the others.
				o.check(t, s, text, ModeRaw, ModeAgent, ModeCleared)
				for pad := 1; pad <= shapeSpan; pad += step { // Wherever the text lies in its piece.
					lead := []byte(strings.Repeat("-", pad) + " ")
					o.check(t, s, append(lead, text...), ModeRaw)
				}
			}
		}
	}
	// Words whose digits tell them from others, and one whose digits are behind all that is seen of it.
	texts := []string{"2fa=Kx93021q", `"2fa": "Kx93021q"`, "x:1:abcdefabcdefabcdefabcdef01234567:31d6cfe0d16ae931b73c59d7e0c089c0:::"}
	for k := range vendorTable {
		texts = append(texts, around(k)+sample(&vendorTable[k], true, 0))
	}
	for k, text := range texts {
		for pad := range shapeSpan {
			if k < 3 || (pad+k)%step == 0 {
				o.check(t, s, []byte(strings.Repeat("-", pad)+"/"+text), ModeRaw)
			}
		}
	}
	for seed := range int64(1000) {
		r := rand.New(rand.NewSource(seed))
		text := randomText(r, 1+r.Intn(60))
		o.check(t, s, text, Mode(seed%3))
		o.check(t, s, otherDigits(r, text), Mode(seed%3))
	}
	o.check(t, s, plainLog(1<<18, true), ModeRaw, ModeCleared)
	o.check(t, s, otherDigits(r, plainLog(1<<18, true)), ModeRaw)
	o.check(t, s, big(r), ModeRaw)
}

func TestAMemoLosesNothingOfNoise(t *testing.T) {
	s := newScanner(t, Options{Preset: PresetStrict})
	o := newTestMemos()
	alphabets := []string{"1234567890.", "01:.af\n", "a1-.:= ", `"\=:pPswd `, "([+1 -)", "0123456789-. \n", "ab1_:= ", "%4041@a.com", "1é2ü @\n"}
	for seed := range int64(3000) {
		r := rand.New(rand.NewSource(seed))
		chars := alphabets[r.Intn(len(alphabets))]
		text := make([]byte, r.Intn(300))
		for i := range text {
			text[i] = chars[r.Intn(len(chars))]
		}
		o.check(t, s, text, Mode(seed%3))
		o.check(t, s, otherDigits(r, text), Mode(seed%3))
	}
}

// FuzzMemo looks for text of which a memo loses something, whatever it remembered before.
func FuzzMemo(f *testing.F) {
	for _, cases := range positives {
		for _, c := range cases {
			text, _ := parseMarked(f, c)
			f.Add([]byte(text), []byte("1975310864"))
		}
	}
	f.Add([]byte("a1 b22 c333: password1=x2\nblk_-12 10.0.0.1\n"), []byte("07"))
	s := newScanner(f, Options{Preset: PresetStrict})
	f.Fuzz(func(t *testing.T, text, digits []byte) {
		if len(text) > 4<<10 {
			return
		}
		o := newTestMemos()
		other, k := bytes.Clone(text), 0
		for i, c := range text {
			if isDigit(c) && len(digits) > 0 {
				other[i] = '0' + digits[k%len(digits)]%10
				k++
			}
		}
		o.check(t, s, other, ModeRaw, ModeCleared)
		o.check(t, s, text, ModeRaw, ModeCleared)
	})
}

// What a memo takes for a piece that it knows differs from it in digits only.
func TestPiecesAreAlikeInAllButDigits(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	o := newMemo(ModeRaw)
	var alike, other int
	for range 200_000 {
		var x [shapeBefore + shapeSeen]byte
		for i := range x {
			x[i] = "0189/:aAz .\n\x00\x7f\x80\xb5\xff"[r.Intn(17)]
		}
		y := x
		for range r.Intn(4) {
			y[r.Intn(len(y))] = byte(r.Intn(256)) //nolint:gosec // Any byte.
		}
		if r.Intn(2) == 0 {
			copy(y[:], otherDigits(r, y[:]))
		}
		n := 1 + r.Intn(shapeSeen)
		want := true
		for i := range shapeBefore + n {
			want = want && (x[i] == y[i] || isDigit(x[i]) && isDigit(y[i]))
		}
		bx, by := append(x[:], x[:16]...), append(y[:], y[:16]...) // What follows is not seen.
		_, at, _ := o.seek(bx, shapeBefore, n, false)
		p := o.learn(at, bx, shapeBefore, n, false)
		q, _, _ := o.seek(by, shapeBefore, n, false)
		got := q != nil
		if got != want {
			t.Fatalf("%q and %q, of which %d are seen: alike %v", x, y, n, got)
		}
		if want {
			alike++
		} else {
			other++
		}
		if got && q != p {
			t.Fatalf("%q and %q, of which %d are seen, are alike and have two places", x, y, n)
		}
	}
	if alike < 1000 || other < 1000 {
		t.Fatalf("%d alike, %d not", alike, other)
	}
}

// Nothing of a text stays behind its scan.
func TestAMemoForgets(t *testing.T) {
	s := newScanner(t, Options{})
	s.Scan(nil, plainLog(1<<20, true))
	o := memos.Get().(*memo) //nolint:forcetypeassert // It holds nothing else.
	defer memos.Put(o)
	if o.index != [1 << memoBits]slot{} || o.taken != 0 {
		t.Error("places are kept")
	}
	for i := range o.pieces {
		if o.pieces[i] != (piece{}) {
			t.Fatalf("piece %d is kept", i)
		}
	}
	if o.text != [shapeSpan]byte{} || o.edges != [blockSpan]byte{} {
		t.Error("text is kept")
	}
}

// The end of a line that has none was once looked for from each of its values to the end of the text. It is work that is
// counted here, not time.
func TestALineWithoutEndIsNotSearchedForEachOfItsValues(t *testing.T) {
	s := newScanner(t, Options{})
	for _, unit := range []string{"password=\"a b\", ", "INSERT INTO t (password) VALUES ('a'),", "Cookie: a=b; ", "password=a,b ", "x://a:b@c ", "- "} {
		var perByte [2]int
		for k, size := range []int{16 << 10, 128 << 10} {
			text := bytes.Repeat([]byte(unit), size/len(unit))
			e := engine{s: s, b: text, fresh: -1, urlAt: -1, encTried: -1, encSeen: -1, memo: newMemo(ModeRaw)}
			e.scan(len(text))
			perByte[k] = e.memo.searched / len(text)
		}
		if perByte[1] > lineAhead || perByte[1] > perByte[0]+1 {
			t.Errorf("%q: %d bytes were looked at for each, %d in a shorter text", unit, perByte[1], perByte[0])
		}
	}
}
