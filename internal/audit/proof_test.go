package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func proofs(t *testing.T, n int64) (skey, vkey string, entries []Entry, prove func(seq int64) []byte) {
	t.Helper()
	skey, vkey = testKeys(t)
	entries = chain(n)
	entries[2].UserID = "a <b> & \u2028 \"c\""
	relink(entries)
	var ref reference
	for i, e := range entries {
		ref.add(t, int64(i), e.EntryHash)
	}
	cp := signedAt(t, skey, entries, n)[0]
	return skey, vkey, entries, func(seq int64) []byte {
		t.Helper()
		p, err := Prove(entries[seq-1], cp.Head, cp.Note, ref.read)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

func TestAProofShowsItsEntryAndNothingElse(t *testing.T) {
	_, vkey, entries, prove := proofs(t, 37)
	for seq := int64(1); seq <= 37; seq++ {
		b := prove(seq)
		p, h, err := CheckProof(b, vkey)
		if err != nil {
			t.Fatalf("entry %d: %v", seq, err)
		}
		if h != headOf(entries) || p.Hash != entries[seq-1].EntryHash || p.Entry == nil || p.Entry.UserID != entries[seq-1].UserID {
			t.Errorf("entry %d: %+v of %+v", seq, p.Entry, h)
		}
		if bytes.Count(b, []byte(`"user_id"`)) != 1 || len(p.Path) > 6 {
			t.Errorf("entry %d: the proof holds more than it needs: %s", seq, b)
		}
		// Programs that hand JSON on indent it, sort it and write escapes in
		// another way.
		var members map[string]any
		if err := json.Unmarshal(b, &members); err != nil {
			t.Fatal(err)
		}
		sorted, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := CheckProof(sorted, vkey); err != nil {
			t.Errorf("entry %d, sorted: %v", seq, err)
		}
		var escaped, indented bytes.Buffer
		json.HTMLEscape(&escaped, b)
		if err := json.Indent(&indented, escaped.Bytes(), " ", "\t"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := CheckProof(indented.Bytes(), vkey); err != nil {
			t.Errorf("entry %d, indented: %v", seq, err)
		}
	}
}

func TestAProofWithoutTheEntryHoldsForItsHash(t *testing.T) {
	_, vkey, entries, prove := proofs(t, 11)
	p, _, err := CheckProof(prove(5), vkey)
	if err != nil {
		t.Fatal(err)
	}
	p.Entry = nil
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("ana")) {
		t.Errorf("it shows the entry: %s", b)
	}
	if got, _, err := CheckProof(b, vkey); err != nil || got.Entry != nil || got.Hash != entries[4].EntryHash || got.Seq != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, _, err := CheckProof(bytes.Replace(b, []byte(p.Hash.Hex()), []byte(entries[5].EntryHash.Hex()), 1), vkey); !errors.Is(err, ErrProof) {
		t.Errorf("another hash: %v", err)
	}
}

func TestEveryChangedByteOfAProofIsFound(t *testing.T) {
	_, vkey, entries, prove := proofs(t, 11)
	good := prove(5)
	for i := range good {
		for _, flip := range []byte{1, 0x20} {
			bad := bytes.Clone(good)
			bad[i] ^= flip
			if p, _, err := CheckProof(bad, vkey); err == nil && (p.Hash != entries[4].EntryHash || p.Seq != 5 || p.Entry != nil && HashOf(*p.Entry) != p.Hash) {
				t.Fatalf("byte %d changed from %q to %q: accepted", i, good[i], bad[i])
			} else if err != nil && !errors.Is(err, ErrProof) {
				t.Fatalf("%v", err)
			}
		}
	}
	for n := range good {
		if _, _, err := CheckProof(good[:n], vkey); !errors.Is(err, ErrProof) {
			t.Fatalf("cut off after %d bytes: %v", n, err)
		}
	}
}

func TestForgedProofsDoNotHold(t *testing.T) {
	_, vkey, entries, prove := proofs(t, 11)
	good := string(prove(5))
	_, otherKey := testKeys(t)
	if _, _, err := CheckProof([]byte(good), otherKey); !errors.Is(err, ErrProof) || !errors.Is(err, ErrHead) {
		t.Errorf("another key: %v", err)
	}
	path := func(text string) string {
		return text[strings.Index(text, `"path"`):strings.Index(text, `,"checkpoint"`)]
	}
	edited := entries[4]
	edited.UserID = "bob"
	edited.EntryHash = HashOf(edited)
	forged, err := json.Marshal(Proof{Seq: 5, Hash: edited.EntryHash, Entry: &edited, Path: []Hash{{1}, {2}, {3}, {4}}, Checkpoint: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"the path of another entry":  strings.Replace(good, path(good), path(string(prove(6))), 1),
		"no path":                    strings.Replace(good, path(good), `"path":[]`, 1),
		"a path too long":            strings.Replace(good, `"path":[`, `"path":["`+strings.Repeat("0", 64)+`",`, 1),
		"hashes of another length":   strings.Replace(good, `"path":["`, `"path":["0`, 1),
		"hashes in capitals":         strings.Replace(good, path(good), strings.ToUpper(path(good)), 1),
		"no checkpoint":              string(forged),
		"a key given twice":          strings.Replace(good, `"user_id":"ana"`, `"user_id":"bob","user_id":"ana"`, 1),
		"a key that nobody signs":    strings.Replace(good, `{"seq"`, `{"note":"harmless","seq"`, 1),
		"a key in capitals":          strings.Replace(good, `"user_id"`, `"USER_ID"`, 1),
		"something after it":         good + " {}",
		"an edited and hashed entry": strings.ReplaceAll(good, entries[4].EntryHash.Hex(), edited.EntryHash.Hex()),
		"another entry shown":        strings.Replace(good, `{"seq":5`, `{"seq":6`, 1),
		"null":                       "null",
		"huge":                       strings.Repeat(" ", maxProof) + good,
	} {
		if text == good {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, _, err := CheckProof([]byte(text), vkey); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatWasRewrittenCannotBeProven(t *testing.T) {
	skey, _, entries, _ := proofs(t, 20)
	cp := signedAt(t, skey, entries, 20)[0]
	changed := chain(20)
	changed[7].UserID = "bob"
	relink(changed)
	var ref reference
	for i, e := range changed {
		ref.add(t, int64(i), e.EntryHash)
	}
	if _, err := Prove(changed[7], cp.Head, cp.Note, ref.read); !errors.Is(err, ErrProof) {
		t.Errorf("a recomputed record: %v", err)
	}
	edited := entries[7]
	edited.UserID = "bob"
	if _, err := Prove(edited, cp.Head, cp.Note, ref.read); !errors.Is(err, ErrProof) || !strings.Contains(err.Error(), "edited") {
		t.Errorf("an edited entry: %v", err)
	}
	broken := errors.New("broken")
	if _, err := Prove(entries[7], cp.Head, cp.Note, func([]int64) ([]Hash, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := Prove(entries[19], at(entries, 12), cp.Note, ref.read); err == nil {
		t.Error("an entry beyond the checkpoint")
	}
}

// FuzzCheckProof holds that no input crashes the check, and that none passes
// under a key whose owner did not sign it.
func FuzzCheckProof(f *testing.F) {
	const vkey = "tftsr-test+8f745cef+Ae4IFCIUzsBQ36WDZFMLhcZKNGaRrd1Umw8JIv+Idxw6"
	b, err := json.Marshal(Proof{Seq: 1, Entry: &chain(1)[0], Path: []Hash{{1}}, Checkpoint: []byte("test\n1\n" + strings.Repeat("A", 44) + "\n\n— tftsr-test AAAA\n")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := CheckProof(b, vkey); !errors.Is(err, ErrProof) {
			t.Fatalf("%v", err)
		}
	})
}

// FuzzReadCheckpoints holds the same of files of checkpoints.
func FuzzReadCheckpoints(f *testing.F) {
	const vkey = "tftsr-test+8f745cef+Ae4IFCIUzsBQ36WDZFMLhcZKNGaRrd1Umw8JIv+Idxw6"
	f.Add([]byte("{\"time\":\"2026-01-01T00:00:00Z\",\"checkpoint\":\"x\"}\n{\"head\":\"y\",\"vkey\":\"z\"}\n"))
	f.Add([]byte("test\n1\nAAAA\n\n— tftsr-test AAAA\n\n\n\ntest\n2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		good, _, err := ReadCheckpoints(bytes.NewReader(b), vkey, "", "x")
		if err != nil || len(good) != 0 {
			t.Fatalf("%v, %v", good, err)
		}
	})
}
