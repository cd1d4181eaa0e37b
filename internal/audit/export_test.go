package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

func TestExportVerifiesWithoutAnythingElse(t *testing.T) {
	skey, vkey := testKeys(t)
	e := chain(10)
	e = append(e, Link(e[9].EntryHash, 11, Draft{
		Timestamp: e[9].Timestamp, Action: ActionRefused,
		UserID: "a \"quoted\" <name> & \u2028 \x7f", Details: []byte("{\"k\" : \"\u00e9\"}\n"),
	}))
	doc := export(t, skey, headOf(e), e)
	r, err := VerifyExport(bytes.NewReader(doc), vkey)
	if err != nil || !r.OK() || len(r.Findings) != 0 || r.Entries != 11 || r.Head != headOf(e) {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = VerifyExport(bytes.NewReader(doc), "")
	if err != nil || !r.OK() || kinds(r) != "(key_from_export@0)" {
		t.Errorf("without a pinned key: %s, %v", kinds(r), err)
	}
	r, err = VerifyExport(iotest.OneByteReader(bytes.NewReader(bytes.TrimSuffix(doc, []byte("\n")))), vkey)
	if err != nil || !r.OK() {
		t.Errorf("read in pieces: %s, %v", kinds(r), err)
	}
	long := chain(1)
	long[0].Details = []byte(`{"x":"` + strings.Repeat("y", 200<<10) + `"}`)
	relink(long)
	if r, err := VerifyExport(bytes.NewReader(export(t, skey, headOf(long), long)), vkey); err != nil || !r.OK() {
		t.Errorf("line longer than the read buffer: %s, %v", kinds(r), err)
	}
}

func TestEmptyRecordCanBeExported(t *testing.T) {
	skey, vkey := testKeys(t)
	r, err := VerifyExport(bytes.NewReader(export(t, skey, headOf(nil), nil)), vkey)
	if err != nil || !r.OK() || r.Entries != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEveryChangedByteOfAnExportIsFound(t *testing.T) {
	skey, vkey := testKeys(t)
	e := chain(3)
	doc := export(t, skey, headOf(e), e)
	for i := range doc {
		for _, flip := range []byte{1, 0x20} {
			bad := bytes.Clone(doc)
			bad[i] ^= flip
			r, err := VerifyExport(bytes.NewReader(bad), vkey)
			if err != nil {
				t.Fatal(err)
			}
			if r.OK() && i != len(doc)-1 {
				t.Fatalf("byte %d changed from %q to %q: not found", i, doc[i], bad[i])
			}
		}
	}
	for n := range doc {
		r, err := VerifyExport(bytes.NewReader(doc[:n]), vkey)
		if err != nil {
			t.Fatal(err)
		}
		if r.OK() && n < len(doc)-1 {
			t.Fatalf("cut off after %d of %d bytes: not found", n, len(doc))
		}
	}
}

func TestExportLinesHaveOneSpelling(t *testing.T) {
	skey, vkey := testKeys(t)
	e := chain(2)
	good := string(export(t, skey, headOf(e), e))
	lines := strings.SplitAfter(good, "\n")
	for name, doc := range map[string]string{
		"key given twice":       strings.Replace(good, `"user_id":"ana"`, `"user_id":"bob","user_id":"ana"`, 1),
		"key in capitals":       strings.Replace(good, `"user_id":"ana"`, `"USER_ID":"ana"`, 1),
		"key that is not ours":  strings.Replace(good, `{"seq":1`, `{"note":"harmless","seq":1`, 1),
		"blank":                 strings.Replace(good, `{"seq":1`, `{ "seq":1`, 1),
		"escape":                strings.Replace(good, `"ana"`, `"\u0061na"`, 1),
		"time of another form":  strings.Replace(good, `000Z"`, `000+00:00"`, 1),
		"parts of microseconds": strings.Replace(good, `000Z"`, `000001Z"`, 1),
		"hash in capitals":      strings.Replace(good, e[0].hex(), strings.ToUpper(e[0].hex()), 1),
		"empty line":            lines[0] + "\n" + lines[1] + lines[2],
		"not JSON":              lines[0] + "x\n" + lines[1] + lines[2],
		"line after the head":   good + lines[1],
		"second head":           good + lines[2],
		"very long line":        lines[0] + strings.Repeat("x", maxLine+1<<17),
	} {
		if doc == good {
			t.Errorf("%s: nothing was changed", name)
		}
		r, err := VerifyExport(strings.NewReader(doc), vkey)
		if err != nil {
			t.Fatal(err)
		}
		if r.OK() || !strings.Contains(kinds(r), string(KindMalformed)) {
			t.Errorf("%s: %s", name, kinds(r))
		}
	}
}

func (e Entry) hex() string { return lineOf(e).EntryHash }

func TestExportsOfAnotherSignerFail(t *testing.T) {
	skey, vkey := testKeys(t)
	forger, forgerKey := testKeys(t)
	e := chain(4)
	e[1].UserID = "bob"
	relink(e)
	forged := export(t, forger, headOf(e), e)
	r, err := VerifyExport(bytes.NewReader(forged), vkey)
	if err != nil || r.OK() || !strings.Contains(kinds(r), "head_invalid@0") {
		t.Errorf("forged with another key: %s, %v", kinds(r), err)
	}
	// The forger names the right key: the signature does not fit it.
	claimed := strings.Replace(string(forged), `"vkey":"`+forgerKey, `"vkey":"`+vkey, 1)
	for _, pin := range []string{"", vkey} {
		r, err = VerifyExport(strings.NewReader(claimed), pin)
		if err != nil || r.OK() || !strings.Contains(kinds(r), "head_invalid@0") {
			t.Errorf("forged, claiming the key: %s, %v", kinds(r), err)
		}
	}
	noHead := bytes.Join(bytes.SplitAfter(export(t, skey, headOf(e), e), []byte("\n"))[:4], nil)
	if r, err := VerifyExport(bytes.NewReader(noHead), vkey); err != nil || r.OK() || kinds(r) != "head_missing@5" {
		t.Errorf("head cut off: %s, %v", kinds(r), err)
	}
}

func TestExportReadsAndWritesFailLoudly(t *testing.T) {
	skey, vkey := testKeys(t)
	broken := errors.New("broken")
	if _, err := VerifyExport(iotest.ErrReader(broken), vkey); !errors.Is(err, broken) {
		t.Errorf("read error: %v", err)
	}
	e := chain(2)
	signed, err := SignHead(skey, headOf(e))
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteExport(failingWriter{broken}, each(e), nil, signed, vkey); !errors.Is(err, broken) {
		t.Errorf("write error: %v", err)
	}
	half := func(yield func(Entry, error) bool) { _ = yield(e[0], nil) && yield(Entry{}, broken) }
	if err := WriteExport(&bytes.Buffer{}, half, nil, signed, vkey); !errors.Is(err, broken) {
		t.Errorf("entry error: %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// FuzzVerifyExport holds that no input crashes the verifier, and that none
// verifies against a key whose owner did not sign it.
func FuzzVerifyExport(f *testing.F) {
	const vkey = "tftsr-test+8f745cef+Ae4IFCIUzsBQ36WDZFMLhcZKNGaRrd1Umw8JIv+Idxw6"
	for _, e := range chain(3) {
		line, err := json.Marshal(lineOf(e))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(line, "\n{\"head\":\"x\",\"vkey\":\"y\"}\n"...))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := VerifyExport(bytes.NewReader(doc), vkey)
		if err != nil {
			t.Fatal(err)
		}
		if r.OK() {
			t.Fatal("verified without a signature")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	entries := chain(10_000)
	for b.Loop() {
		v := NewVerifier()
		for _, e := range entries {
			v.Add(e)
		}
		if !v.Report().OK() {
			b.Fatal("does not verify")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(entries)), "ns/entry")
}
