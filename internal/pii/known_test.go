package pii

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestFloorOfKnownValues(t *testing.T) {
	for _, v := range []string{"hunter22", "s3cr3t", "Tr0ub4dor&3", "alice@example.com", "10.20.30.40", "db01.corp", "correct-horse", "87654321", "Müller", "a-b-c-1"} {
		if !Knowable([]byte(v)) {
			t.Errorf("%q is refused", v)
		}
	}
	for _, v := range []string{
		"", "a", "abcde", "x1y2z", "error", "ERROR", "Failed", "warning", "password", "(error)", "timeout,", "connection", "1234567", "123456", "aaaaaaaa",
		"--------", "......a", "          ", "12345678", "kernel:", "session", "December", "localhost", "_failed_", strings.Repeat("ab", MaxKnown),
	} {
		if Knowable([]byte(v)) {
			t.Errorf("%q is accepted", v)
		}
		if NewKnownSet([32]byte{}).Add(Password, []byte(v)) {
			t.Errorf("%q is added", v)
		}
	}
}

func TestPoisonedLogCannotEraseItsEvidence(t *testing.T) {
	known := NewKnownSet([32]byte{1})
	s := newScanner(t, Options{Known: known})
	log := []byte("password=error\ntoken: connection\nERROR connection refused: error 5\n")
	for _, f := range s.Scan(nil, log) {
		known.Add(f.Type, log[f.Start:f.End])
	}
	out, _, err := s.RedactString(NewMemoryAllocator(), ModeRaw, "ERROR connection refused: error 5")
	if err != nil || out != "ERROR connection refused: error 5" {
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
