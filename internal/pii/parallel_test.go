package pii

import (
	"bytes"
	"io"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const testSegment = 100 << 10

// parallelTexts are texts of several test segments, of the kind that is scanned once and of kinds that run across borders.
func parallelTexts(r *rand.Rand) map[string][]byte {
	fill := func(unit string) []byte { return bytes.Repeat([]byte(unit), 350<<10/len(unit)) }
	mixed := plainLog(400<<10, true)
	for range 4 {
		at := r.Intn(len(mixed) - 80<<10)
		copy(mixed[at:], big(r)[:60<<10])
	}
	texts := map[string][]byte{
		"logs":   plainLog(500<<10, true),
		"mixed":  mixed,
		"value":  []byte("start password=\"" + string(fill("xY1 ")) + "\"\nmail alice@example.com\n"),
		"table":  []byte("id,name,password\n" + string(fill("17,bob,hunter22\n"))),
		"quoted": []byte("id;password\n" + string(fill("17;\"hunter\n22\"\n"))),
		"sql":    []byte("INSERT INTO t (name, password) VALUES " + string(fill("('bob', 'hunter22'), "))),
		"pem":    []byte("-----BEGIN RSA PRIVATE KEY-----\n" + string(fill("MIIEowIBAAKCAQEAabcdefghijklmnopMIIEowIBAAKCAQEAabcdefghijklmnop\n"))),
		"base64": []byte("x " + string(fill("cGFzc3dvcmQ9aHVudGVyMjIK"))),
		"secret": []byte("apiVersion: v1\nkind: Secret\ndata:\n" + string(fill("  key: aHVudGVyMjI=\n"))),
		"line":   fill(`{"ts":"2024-01-01","password":"hunter22","mail":"a@b.com"},`),
		"tokens": fill("[Email_3] [=Email_3] [Email_"),
	}
	var b []byte
	for len(b) < 250<<10 {
		b = append(b, randomText(r, 500)...)
	}
	texts["random"] = b
	return texts
}

func TestParallelFindsWhatOneEngineFinds(t *testing.T) {
	one, many := newScanner(t, Options{Known: testKnown(t)}), newScanner(t, Options{Known: testKnown(t), Parallel: true})
	r := rand.New(rand.NewSource(7))
	for name, text := range parallelTexts(r) {
		next := func() int { return 1 + r.Intn(70<<10) }
		for m := ModeRaw; m <= ModeCleared; m++ {
			if m == ModeAgent && testing.Short() {
				continue
			}
			redact := func(s *Scanner) ([]byte, []Finding) {
				var out bytes.Buffer
				red := NewRedactor(s, newVault(), m, &out)
				if red.st.parallel != nil {
					red.st.parallel.size = testSegment
				}
				var found []Finding
				red.OnFinding = func(f Finding, _ Token) { found = append(found, f) }
				if _, err := io.Copy(red, &cutReader{text, next}); err != nil {
					t.Fatal(err)
				}
				if err := red.Close(); err != nil {
					t.Fatal(err)
				}
				return out.Bytes(), found
			}
			want, wantFound := redact(one)
			got, gotFound := redact(many)
			if !slices.Equal(gotFound, wantFound) {
				t.Errorf("%s, mode %d: %d findings, want %d", name, m, len(gotFound), len(wantFound))
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s, mode %d: redacted text differs", name, m)
			}
		}
	}
}

// If engines that begin in the middle did not come to the state of the one from the start, the text would be scanned by
// one goroutine after all.
func TestSegmentsOfLogsAreScannedOnce(t *testing.T) {
	s := newScanner(t, Options{Parallel: true})
	texts := map[string][]byte{
		"plain": plainLog(8<<20, false),
		"dirty": plainLog(8<<20, true),
		"json":  []byte(strings.Repeat(`{"ts":"2024-01-01","level":"info","mail":"a@b.com","n":[1,2,3]},`, 1<<17)),
		"table": []byte("id,name,password\n" + strings.Repeat("17,bob,hunter22\n", 1<<19)),
	}
	for name, text := range texts {
		st := newStream(s, ModeRaw, &scanSink{fn: func(Finding, Excerpt) error { return nil }})
		if err := st.write(text); err != nil {
			t.Fatal(err)
		}
		if err := st.close(); err != nil {
			t.Fatal(err)
		}
		if st.parallel.again > 0 {
			t.Errorf("%s: %d segments of %d were scanned again", name, st.parallel.again, len(text)/segmentSize)
		}
	}
}

// A position that shift forgets would be wrong after the window moved, and one that sameState forgets would let two
// engines pass for equal.
func TestEveryPositionOfTheEngineMoves(t *testing.T) {
	var e engine
	v := reflect.ValueOf(&e).Elem()
	moved := make(map[uintptr]bool)
	for _, p := range e.positions() {
		moved[reflect.ValueOf(p).Pointer()] = true
	}
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Int && !moved[f.Addr().Pointer()] {
			t.Errorf("%s is not in positions", v.Type().Field(i).Name)
		}
	}
}

// A panic of a detector comes to the goroutine that asked for the scan, where it can be handled.
func TestPanicOfASegmentReachesTheCaller(t *testing.T) {
	s := newScanner(t, Options{Parallel: true, Allow: func(Type, []byte) bool { panic("allow") }})
	defer func() {
		if r := recover(); r != "allow" {
			t.Errorf("recovered %v", r)
		}
	}()
	scanStream(t, s, plainLog(3<<20, true), func() int { return 1 << 20 })
	t.Error("no panic")
}

func BenchmarkParallelRedactor(b *testing.B) {
	text := plainLog(32<<20, true)
	s := newScanner(b, Options{Parallel: true})
	b.SetBytes(int64(len(text)))
	start := cpuTime()
	defer func() { reportCPU(b, start, len(text)) }()
	for b.Loop() {
		r := NewRedactor(s, NewMemoryAllocator(), ModeRaw, io.Discard)
		if _, err := r.Write(text); err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
