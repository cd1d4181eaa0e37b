package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"
)

// golden entries: their encodings and hashes are fixed for ever. A change of
// any byte here would make every record that exists unverifiable.
var golden = []struct {
	name  string
	prev  string
	seq   int64
	draft Draft
	bytes string // hex of the canonical encoding
	hash  string
}{
	{
		name: "first entry, everything empty",
		seq:  1,
		draft: Draft{
			Timestamp: time.Unix(0, 0),
		},
		bytes: "74667473722f656e7472792f76310a" + // "tftsr/entry/v1\n"
			"0000000000000001" + "0000000000000000" +
			"0000000000000000000000000000000000000000000000000000000000000000" +
			"0000000000000000" + "0000000000000000" + "0000000000000000" + "0000000000000000" + "0000000000000000",
		hash: "316a79e499bd52c8c3dfd0d0d3c4497407bfaf57aaa21153f934d321468e54ff",
	},
	{
		name: "every field set",
		prev: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		seq:  258,
		draft: Draft{
			Timestamp:  time.Date(2026, 11, 22, 6, 7, 8, 123456789, time.FixedZone("", 3600)),
			Action:     ActionToolCall,
			EntityType: "issue",
			EntityID:   "i-1",
			UserID:     "ana",
			Details:    []byte(`{"phase":"intent"}`),
			Phase:      PhaseIntent,
		},
		bytes: "74667473722f656e7472792f76310a" +
			"0000000000000102" + "000660d672f3f940" +
			"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" +
			"0000000000000009" + "746f6f6c5f63616c6c" +
			"0000000000000005" + "6973737565" +
			"0000000000000003" + "692d31" +
			"0000000000000003" + "616e61" +
			"0000000000000012" + "7b227068617365223a22696e74656e74227d",
		hash: "86cf0209689d15d4b3e846e9bb49f5be952716a8ff3362e79a34e8d9b41b456c",
	},
}

func TestCanonicalEncodingNeverChanges(t *testing.T) {
	for _, g := range golden {
		t.Run(g.name, func(t *testing.T) {
			var prev Hash
			if g.prev != "" {
				raw, err := hex.DecodeString(g.prev)
				if err != nil {
					t.Fatal(err)
				}
				prev = Hash(raw)
			}
			e := Link(prev, g.seq, g.draft)
			if got := hex.EncodeToString(AppendCanonical(nil, e)); got != g.bytes {
				t.Errorf("encoding\n got %s\nwant %s", got, g.bytes)
			}
			if got := hex.EncodeToString(e.EntryHash[:]); got != g.hash {
				t.Errorf("hash %s, want %s", got, g.hash)
			}
		})
	}
}

func TestLinkCutsTimeAndRepairsText(t *testing.T) {
	e := Link(Hash{}, 1, Draft{
		Timestamp: time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("x", -7200)),
		UserID:    "a\xffb",
		Details:   []byte("{\"a\":\"\xc3\"}"),
	})
	if want := time.Date(2026, 1, 2, 5, 4, 5, 999_999_000, time.UTC); e.Timestamp != want {
		t.Errorf("timestamp %v, want %v", e.Timestamp, want)
	}
	if e.UserID != "a\uFFFDb" || string(e.Details) != "{\"a\":\"\uFFFD\"}" {
		t.Errorf("text not repaired: %q %q", e.UserID, e.Details)
	}
	if e.EntryHash != HashOf(e) {
		t.Error("hash was taken before the repair")
	}
}

func TestLinkKeepsNoReferenceToDetails(t *testing.T) {
	d := []byte(`{"a":1}`)
	e := Link(Hash{}, 1, Draft{Details: d})
	d[1] = 'X'
	if string(e.Details) != `{"a":1}` {
		t.Error("details share memory with the draft")
	}
}

// randomEntry makes entries from a small alphabet and short lengths, so that
// pairs that differ only in where one field ends are common.
func randomEntry(r *rand.Rand) Entry {
	text := func() string {
		b := make([]byte, r.IntN(4))
		for i := range b {
			b[i] = byte(r.IntN(2))
		}
		return string(b)
	}
	e := Entry{
		Seq:        r.Int64N(3),
		Timestamp:  time.UnixMicro(r.Int64N(3)).UTC(),
		Action:     Action(text()),
		EntityType: text(),
		EntityID:   text(),
		UserID:     text(),
	}
	if s := text(); s != "" {
		e.Details = []byte(s)
	}
	e.PrevHash[0] = byte(r.IntN(2))
	e.EntryHash = HashOf(e)
	return e
}

func TestDifferentEntriesNeverEncodeAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]Entry{}
	for range 200_000 {
		e := randomEntry(r)
		enc := string(AppendCanonical(nil, e))
		if old, ok := seen[enc]; ok && !reflect.DeepEqual(old, e) {
			t.Fatalf("same encoding for\n%+v\n%+v", old, e)
		}
		seen[enc] = e
	}
}

func TestExtremeNumbersSurviveEncoding(t *testing.T) {
	for _, n := range []int64{math.MinInt64, -1, 0, 1, math.MaxInt64} {
		e := Entry{Seq: n, Timestamp: time.UnixMicro(n).UTC()}
		got, err := ParseCanonical(AppendCanonical(nil, e))
		if err != nil {
			t.Fatal(err)
		}
		if got.Seq != n || got.Timestamp.UnixMicro() != n {
			t.Errorf("%d came back as %d, %d", n, got.Seq, got.Timestamp.UnixMicro())
		}
	}
}

func TestParseCanonicalRefusesWhatIsNotCanonical(t *testing.T) {
	good := AppendCanonical(nil, Link(Hash{}, 1, Draft{Action: "a", Details: []byte("{}")}))
	if _, err := ParseCanonical(good); err != nil {
		t.Fatal(err)
	}
	for n := range good {
		if _, err := ParseCanonical(good[:n]); err == nil {
			t.Errorf("accepted the first %d of %d bytes", n, len(good))
		}
	}
	if _, err := ParseCanonical(append(bytes.Clone(good), 0)); err == nil {
		t.Error("accepted a trailing byte")
	}
	huge := bytes.Clone(good)
	huge[canonicalFixed] = 0x80 // length of Action becomes 2^63
	if _, err := ParseCanonical(huge); err == nil {
		t.Error("accepted a length beyond the end")
	}
	other := bytes.Clone(good)
	other[len("tftsr/entry/v")] = '2'
	if _, err := ParseCanonical(other); err == nil {
		t.Error("accepted another version")
	}
}

// FuzzCanonical holds that an entry survives its encoding, that the encoding
// survives its entry, and so that no two entries share one.
func FuzzCanonical(f *testing.F) {
	f.Add(int64(1), int64(0), []byte(nil), "", "", "", "", []byte(nil))
	f.Add(int64(7), int64(-5), []byte("prev"), "tool_call", "issue", "x", "ana", []byte(`{"phase":"event"}`))
	f.Fuzz(func(t *testing.T, seq, micros int64, prev []byte, action, typ, id, user string, details []byte) {
		e := Entry{
			Seq: seq, Timestamp: time.UnixMicro(micros).UTC(), Action: Action(action),
			EntityType: typ, EntityID: id, UserID: user,
		}
		if len(details) > 0 {
			e.Details = details
		}
		copy(e.PrevHash[:], prev)
		e.EntryHash = HashOf(e)
		enc := AppendCanonical(nil, e)
		got, err := ParseCanonical(enc)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, e) {
			t.Fatalf("got %+v, want %+v", got, e)
		}
		if e.EntryHash != sha256.Sum256(enc) {
			t.Fatal("HashOf is not the SHA-256 of the encoding")
		}
		l := Link(e.PrevHash, seq, Draft{Timestamp: e.Timestamp, Action: e.Action, EntityType: typ, EntityID: id, UserID: user, Details: details})
		valid := utf8.ValidString(action) && utf8.ValidString(typ) && utf8.ValidString(id) && utf8.ValidString(user) && utf8.Valid(details)
		if valid != (l.EntryHash == e.EntryHash) {
			t.Fatalf("Link changed a valid entry, or hashed invalid text: valid=%v", valid)
		}
	})
}

// FuzzParseCanonical holds that only canonical bytes are accepted.
func FuzzParseCanonical(f *testing.F) {
	f.Add(AppendCanonical(nil, Link(Hash{}, 1, Draft{Action: "a", UserID: "b", Details: []byte("{}")})))
	f.Add([]byte(canonicalPrefix))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseCanonical(b)
		if err != nil {
			return
		}
		if !bytes.Equal(AppendCanonical(nil, e), b) {
			t.Fatalf("accepted bytes that are not canonical: %x", b)
		}
	})
}
