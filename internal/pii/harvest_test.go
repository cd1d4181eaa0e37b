package pii

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

func TestAValueFoundInContextIsFoundAgainBare(t *testing.T) {
	s := newScanner(t, Options{})
	for _, c := range []struct{ in, forward, both string }{
		{
			"try Sommer2024! then password=Sommer2024! and Sommer2024! again", "try Sommer2024! then password=[Password_1] and [Password_1] again",
			"try [Password_1] then password=[Password_1] and [Password_1] again",
		},
		{"postgres://app:Zx9-kk41@db/x said Zx9-kk41", "postgres://[UrlWithCredentials_1]@db/x said [Password_1]", ""},
		{"Cookie: sid=8A7F6E5D4C3B2A19; theme=dark-mode\nsession 8A7F6E5D4C3B2A19 dark-mode", "Cookie: [Password_1]\nsession [Password_2] dark-mode", ""},
		// The floor, from both sides: words and dates stay, whatever a log says.
		{"password=error\nan error", "password=[Password_1]\nan error", ""},
		{"password=heartbeat\nheartbeat lost", "password=[Password_1]\nheartbeat lost", ""},
		{"password=2024-03-01\n2024-03-01 x", "password=[Password_1]\n2024-03-01 x", ""},
		{"password=abc1\nabc1 x", "password=[Password_1]\nabc1 x", ""},
		{"password=hunter2-x\nhunter2-xx hunter2-x", "password=[Password_1]\nhunter2-xx [Password_1]", ""},
	} {
		var out bytes.Buffer
		r := NewRedactor(s, NewMemoryAllocator(), ModeRaw, &out)
		r.Harvest = NewHarvest()
		if _, err := r.Write([]byte(c.in)); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if out.String() != c.forward {
			t.Errorf("%q\n got %q\nwant %q", c.in, out.String(), c.forward)
		}
		if c.both == "" {
			continue
		}
		known := NewHarvest()
		if err := s.Learn(context.Background(), strings.NewReader(c.in), known); err != nil {
			t.Fatal(err)
		}
		both, _, err := newScanner(t, Options{Known: known}).RedactString(NewMemoryAllocator(), ModeRaw, c.in)
		if err != nil || both != c.both {
			t.Errorf("%q\n got %q, %v\nwant %q", c.in, both, err, c.both)
		}
	}
}

// gossip returns a text in which values are given away somewhere and stand bare anywhere.
func gossip(r *rand.Rand, n int) []byte {
	var b bytes.Buffer
	for b.Len() < n {
		v := fmt.Sprintf("Sec%dret-%d", r.Intn(40), r.Intn(3))
		switch r.Intn(6) {
		case 0:
			fmt.Fprintf(&b, "password=%s\n", v)
		case 1:
			fmt.Fprintf(&b, "https://u:%s@example.com/\n", v)
		case 2:
			fmt.Fprintf(&b, "%s\n", bytes.Repeat([]byte("filler "), r.Intn(3000)))
		case 3:
			b.Write(randomText(r, 5))
		default:
			fmt.Fprintf(&b, "saw %s.\n", v)
		}
	}
	return b.Bytes()
}

func TestHarvestDoesNotDependOnHowTheTextIsCut(t *testing.T) {
	s := newScanner(t, Options{})
	several := newScanner(t, Options{Parallel: true})
	scan := func(text []byte, next func() int) (found []Finding) {
		s := s
		if next() == 7919 {
			s = several
		}
		_, err := s.ScanHarvest(context.Background(), &cutReader{text, next}, NewHarvest(), func(f Finding, _ Excerpt) error {
			found = append(found, f)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for seed := range int64(6) {
		r := rand.New(rand.NewSource(seed))
		text := gossip(r, 2500<<10)
		want := scan(text, func() int { return len(text) })
		known := 0
		for _, f := range want {
			if f.Rule == ruleKnown {
				known++
			}
		}
		if known < 20 {
			t.Fatalf("only %d bare values found", known)
		}
		for name, next := range map[string]func() int{
			"4k":                 func() int { return 4096 },
			"random":             func() int { return 1 + r.Intn(200<<10) },
			"several goroutines": func() int { return 7919 },
		} {
			if got := scan(text, next); !slices.Equal(got, want) {
				for i := range min(len(got), len(want)) {
					if got[i] != want[i] {
						t.Fatalf("seed %d %s: finding %d is %+v, want %+v", seed, name, i, got[i], want[i])
					}
				}
				t.Fatalf("seed %d %s: %d findings, want %d", seed, name, len(got), len(want))
			}
		}
	}
}

func TestTwoReadingsLeaveNothingBare(t *testing.T) {
	s := newScanner(t, Options{})
	for seed := range int64(4) {
		text := gossip(rand.New(rand.NewSource(seed)), 200<<10)
		known := NewHarvest()
		if err := s.Learn(context.Background(), bytes.NewReader(text), known); err != nil {
			t.Fatal(err)
		}
		v := newVault()
		both := newScanner(t, Options{Known: known})
		out, _, err := both.Redact(v, ModeRaw, text)
		if err != nil {
			t.Fatal(err)
		}
		given := map[string]bool{}
		for _, f := range s.Scan(nil, text) {
			given[string(text[f.Start:f.End])] = true
		}
		n := 0
		for i := range 120 {
			value := fmt.Sprintf("Sec%dret-%d", i/3, i%3)
			if !given[value] {
				continue
			}
			n++
			if bytes.Contains(out, []byte("saw "+value+".")) {
				t.Errorf("seed %d: %s is left", seed, value)
			}
		}
		if n < 10 {
			t.Errorf("seed %d: only %d values are given away", seed, n)
		}
		checkCleared(t, both, text[:20<<10])
	}
}

// BenchmarkHarvest prints what harvesting adds to a stream: with few values, and with a new one on each line.
func BenchmarkHarvest(b *testing.B) {
	for name, text := range map[string][]byte{"few": plainLog(8<<20, true), "many": manyValues(8 << 20)} {
		for _, on := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/%v", name, on), func(b *testing.B) {
				s := newScanner(b, Options{})
				b.SetBytes(int64(len(text)))
				start := cpuTime()
				for b.Loop() {
					var k *KnownSet
					if on {
						k = NewHarvest()
					}
					if _, err := s.ScanHarvest(context.Background(), bytes.NewReader(text), k, func(Finding, Excerpt) error { return nil }); err != nil {
						b.Fatal(err)
					}
				}
				reportCPU(b, start, len(text))
			})
		}
	}
}

func manyValues(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "2024-03-01 10:11:12,345 INFO login of request %d with password=Secret-%d-value ok\n", i, i*7919)
	}
	return b.Bytes()
}

func TestWordsThatMayBeAnAccountAreNotLookedForElsewhere(t *testing.T) {
	s := newScanner(t, Options{})
	for text, want := range map[string]int{
		`open C:\Users\packages\x failed; 12 packages are left, packages first`: 1, // A word of programs.
		`user=packages logged in, packages is idle`:                             1,
		`mask of user=0xffff is 0xffff`:                                         1,
		`\\SDKROOTS\x is not there; SDKROOTS is set, user=jroeburg`:             1,
		`open C:\Users\jroeburg\x failed; the files of jroeburg are left`:       2,
		`user=jroe81 logged in, jroe81 is idle`:                                 2,
	} {
		k := NewKnownSet([32]byte{1})
		n := 0
		if _, err := s.ScanHarvest(context.Background(), strings.NewReader(text), k, func(f Finding, _ Excerpt) error {
			if f.Type == UserName || f.Rule == ruleKnown {
				n++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n != want {
			t.Errorf("%q: %d accounts, want %d", text, n, want)
		}
	}
}
