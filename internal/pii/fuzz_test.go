package pii

import (
	"slices"
	"testing"
)

func addSeeds(f *testing.F) {
	for _, p := range pieces {
		f.Add([]byte(p))
	}
	for _, cases := range nearMisses {
		for _, c := range cases {
			f.Add([]byte(c))
		}
	}
}

// FuzzScan checks that findings are well formed in every mode, and the same for a stream.
func FuzzScan(f *testing.F) {
	addSeeds(f)
	s := newScanner(f, Options{Known: testKnown(f)})
	strict := newScanner(f, Options{Preset: PresetStrict})
	f.Fuzz(func(t *testing.T, text []byte) {
		for m := ModeRaw; m <= ModeCleared; m++ {
			checkFindings(t, s.ScanMode(nil, text, m), len(text))
		}
		checkFindings(t, strict.Scan(nil, text), len(text))
		if got := scanStream(t, s, text, func() int { return 3 }); !slices.Equal(got, s.Scan(nil, text)) {
			t.Fatalf("stream of %q gives %v", text, got)
		}
	})
}

// FuzzRedactRestore checks that restoring gives the text back and that streams redact alike.
func FuzzRedactRestore(f *testing.F) {
	addSeeds(f)
	s := newScanner(f, Options{})
	open := newScanner(f, Options{AllowTypes: []Type{Password, ApiKey, BearerToken, Jwt, PrivateKey, UrlWithCredentials}})
	f.Fuzz(func(t *testing.T, text []byte) {
		checkRedact(t, s, text)
		checkRedact(t, open, text)
	})
}

// FuzzRedactJSON checks that documents stay valid and others are refused.
func FuzzRedactJSON(f *testing.F) {
	addSeeds(f)
	f.Add([]byte(`{"password":"x","a":[1,"alice@example.com",{"token":12345678}]}`))
	f.Add([]byte(`["\u005bEmail_1]","\ud83d\ude00","[Email_1]"]`))
	s := newScanner(f, Options{})
	f.Fuzz(func(t *testing.T, doc []byte) {
		checkJSON(t, s, doc)
	})
}
