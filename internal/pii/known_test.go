package pii

import (
	"fmt"
	"math/rand"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestFloorOfKnownValues(t *testing.T) {
	for typ, values := range map[Type][]string{
		Password: {
			"hunter22", "s3cr3t", "Tr0ub4dor&3", "Sommer2024!", "Passw0rd", "p@ssword", "correct horse!", "87654321", "a-b-c-1", "DeadBeef", "iLoveYou",
			"2024-03-01!", "v1.2.3-rc1", "f3a9c1", "Müller1", "abcdefghijklmnopqrstuvwxyz",
		},
		Hostname: {"correct-horse", "db01.corp", "srv-berlin"},
		Email:    {"alice@example.com"}, IPv4: {"10.20.30.40"}, PersonName: {"Müller", "Bob Miller"},
	} {
		for _, v := range values {
			if !Knowable(typ, []byte(v)) || !NewKnownSet([32]byte{}).Add(typ, []byte(v)) {
				t.Errorf("%s %q is refused", typ, v)
			}
		}
	}
	for typ, values := range map[Type][]string{
		Password: {
			"", "a", "abcde", "x1y2z", "error", "ERROR", "Failed", "warning", "password", "(error)", "timeout,", "connection", "1234567", "123456", "aaaaaaaa",
			"--------", "......a", "          ", "12345678", "kernel:", "session", "December", "localhost", "_failed_", strings.Repeat("ab", MaxKnown),
			// Words that a log is made of, and that no list has.
			"heartbeat", "tablespace", "Scheduled", "TABLESPACE", "read-only", "rate limit", "out of memory", "io.netty.channel", "java.lang",
			// Dates, times, versions, addresses.
			"2024-03-01", "10:11:12", "10:11:12.345", "2024-03-01T10:11:12Z", "10.20.30.40", "1.26.8.0", "2024/03/01",
		},
		Hostname: {"localhost", "server", "Server", "a.b"}, UserName: {"system", "alice", "daemon"}, PersonName: {"Monday"},
	} {
		for _, v := range values {
			if Knowable(typ, []byte(v)) || NewKnownSet([32]byte{}).Add(typ, []byte(v)) {
				t.Errorf("%s %q is accepted", typ, v)
			}
		}
	}
}

func TestPoisonedLogCannotEraseItsEvidence(t *testing.T) {
	known := NewKnownSet([32]byte{1})
	s := newScanner(t, Options{Known: known})
	log := []byte("password=error\npassword=heartbeat\npassword=2024-03-01\npwd=read-only\ntoken: connection\nERROR connection refused: error 5\n")
	for _, f := range s.Scan(nil, log) {
		known.Add(f.Type, log[f.Start:f.End])
	}
	const evidence = "2024-03-01 ERROR connection refused: error 5, heartbeat lost, read-only"
	out, _, err := s.RedactString(NewMemoryAllocator(), ModeRaw, evidence)
	if err != nil || out != evidence {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestKnownValuesAreFoundBare(t *testing.T) {
	known := NewKnownSet([32]byte{7})
	for _, v := range []struct {
		typ  Type
		text string
	}{{Password, "hunter22"}, {Hostname, "srv-Berlin"}, {Password, "p@ss, w0rd"}, {Email, "Bob Miller"}} {
		for range 2 { // Adding twice changes nothing.
			if !known.Add(v.typ, []byte(v.text)) {
				t.Fatalf("%q refused", v.text)
			}
		}
	}
	secret := []byte("Zx9!kk-41")
	if !known.AddFingerprint(ApiKey, len(secret), known.Fingerprint(secret)) || known.AddFingerprint(ApiKey, 5, [16]byte{}) || known.AddFingerprint(ApiKey, MaxKnown+1, [16]byte{}) {
		t.Error("floor of fingerprints")
	}
	if n := known.Len(); n != 5 {
		t.Errorf("Len = %d", n)
	}
	s := newScanner(t, Options{Known: known})
	for _, c := range []string{
		"«Password|hunter22»", "x «Password|hunter22».", "(«Password|hunter22»)", `\n«Password|hunter22»\n`, "hunter222", "xhunter22", "Hunter22",
		"on «Hostname|srv-berlin», «Hostname|SRV-BERLIN»/x", "srv-berlins", "_«Password|hunter22»_",
		"is «Password|p@ss, w0rd» it", "key «ApiKey|Zx9!kk-41»", "Zx9!kk-412", "aZx9!kk-41", "zx9!kk-41", "mail «Email|bob miller» at",
	} {
		checkMarked(t, s, c)
	}
	if fp := NewKnownSet([32]byte{8}).Fingerprint(secret); fp == known.Fingerprint(secret) {
		t.Error("fingerprints do not depend on the key")
	}
}

func TestKnownSetIsSafeForConcurrentUse(t *testing.T) {
	known := NewKnownSet([32]byte{7})
	s := newScanner(t, Options{Known: known})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				v := fmt.Appendf(nil, "value-%d-%d", g, i)
				known.Add(Hostname, v)
				known.AddFingerprint(Password, len(v), known.Fingerprint(append(v, 'x')))
				if found := s.Scan(nil, append([]byte("on "), v...)); len(found) != 1 {
					t.Errorf("%s: %d findings", v, len(found))
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestKnownSetKeepsAtMost48BytesForAValue(t *testing.T) {
	for _, n := range []int{50_000, 200_000} {
		before := heapInUse()
		k := NewHarvest()
		for i := range n {
			if !k.Add(Email, fmt.Appendf(nil, "user%d-of-a-long-name-in-a-long-department@example.com", i)) {
				t.Fatal("refused")
			}
		}
		per := float64(heapInUse()-before-1<<19) / float64(n) // Its fixed part is 0.5 MB.
		t.Logf("%d values: %.1f bytes each", n, per)
		if per > 48 || k.Len() != n {
			t.Errorf("%d values: %.1f bytes each", k.Len(), per)
		}
	}
}

func TestAHarvestIsBounded(t *testing.T) {
	k := NewHarvest()
	k.max = 3
	for i := range 5 {
		if got := k.Add(Password, fmt.Appendf(nil, "hunter2-%d", i)); got != (i < 3) {
			t.Errorf("value %d: added %v", i, got)
		}
	}
	if !k.Add(Password, []byte("hunter2-0")) || k.Len() != 3 {
		t.Errorf("%d values", k.Len())
	}
}

// BenchmarkKnownLoad adds as many values as a workspace has after some months, half of them secrets, and prints what
// they cost in memory.
func BenchmarkKnownLoad(b *testing.B) {
	for _, n := range []int{40_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			maker := NewKnownSet([32]byte{1})
			prints := make([][16]byte, n/2)
			values := make([][]byte, n/2)
			for i := range values {
				values[i] = fmt.Appendf(nil, "user%07d@example.com", i*7919%10_000_000)
				prints[i] = maker.Fingerprint(fmt.Appendf(nil, "secret-%08d", i))
			}
			var set *KnownSet
			before := heapInUse()
			for b.Loop() {
				set = NewKnownSet([32]byte{1})
				for i := range values {
					set.Add(Email, values[i])
					set.AddFingerprint(Password, 15, prints[i])
				}
			}
			used := heapInUse() - before
			runtime.KeepAlive(values)
			runtime.KeepAlive(prints)
			if set.Len() != n {
				b.Fatalf("%d values in the set", set.Len())
			}
			b.ReportMetric(float64(used)/float64(n), "B/value")
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/load")
		})
	}
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // Not that large.
}

// Where a value can start is told by masks for whole blocks, and byte by byte near the end of a text: by the same rule.
func TestKnownValuesStartAlikeInBlocksAndAtTheEnd(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 2000 {
		text := make([]byte, 2*blockSpan+20)
		for i := range text {
			text[i] = "ab1_ \\nrt\t\n-.\x80\xff"[r.Intn(15)]
		}
		k := NewKnownSet([32]byte{1})
		for i := range k.heads {
			k.heads[i] = ^uint64(0)
		}
		for c := range k.lanes {
			k.lanes[c] |= 1<<48 | 1<<32
		}
		var got, want []int
		for i := range len(text) - headLen + 1 {
			if startsValue(text, i) {
				want = append(want, i)
			}
		}
		k.starts(text, func(i int, _ uint16) { got = append(got, i) })
		if !slices.Equal(got, want) {
			t.Fatalf("%q: values start at %v, want %v", text, got, want)
		}
	}
}
