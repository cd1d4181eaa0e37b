package audit

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

func testKeys(t *testing.T) (skey, vkey string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, "tftsr-test")
	if err != nil {
		t.Fatal(err)
	}
	return skey, vkey
}

// chain makes n linked entries: calls of an intent and its outcome.
func chain(n int64) []Entry {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var out []Entry
	var prev Hash
	for seq := int64(1); seq <= n; seq++ {
		d := Draft{
			Timestamp: at.Add(time.Duration(seq) * time.Millisecond), Action: ActionToolCall,
			EntityType: "tool", EntityID: "get_issue", UserID: "ana",
			Details: []byte(`{"phase":"intent"}`),
		}
		if seq%2 == 0 {
			d.Details = fmt.Appendf(nil, `{"intent":%d,"phase":"outcome","status":"ok"}`, seq-1)
		}
		e := Link(prev, seq, d)
		out, prev = append(out, e), e.EntryHash
	}
	return out
}

func relink(entries []Entry) []Entry {
	var prev Hash
	for i := range entries {
		entries[i].Seq, entries[i].PrevHash = int64(i+1), prev
		entries[i].EntryHash = HashOf(entries[i])
		prev = entries[i].EntryHash
	}
	return entries
}

func headOf(entries []Entry) Head {
	var t Tree
	for _, e := range entries {
		t.Add(e.EntryHash)
	}
	return Head{Origin: "test", Size: t.Size(), Root: t.Root()}
}

func verify(head *Head, entries []Entry) Report {
	v := NewVerifier()
	if head != nil {
		v = NewVerifier(Anchor{Head: *head, From: "audit.head"})
	}
	for _, e := range entries {
		v.Add(e)
	}
	return v.Report()
}

func each(entries []Entry) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func export(t *testing.T, skey string, h Head, entries []Entry) []byte {
	t.Helper()
	s, err := NewHeadSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(h)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteExport(&b, each(entries), nil, signed, s.VerifierKey()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func kinds(r Report) string {
	var out []string
	for _, f := range r.Findings {
		s := fmt.Sprintf("%s@%d", f.Kind, f.Seq)
		if f.Warning {
			s = "(" + s + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// attacks are what somebody with the database, or with the export, but
// without the signing key can do. Each must fail by its own name, read from
// the store and read from an export.
var attacks = []struct {
	name   string
	change func([]Entry) []Entry
	want   string // kinds with a head known before (store)
	export string // the same for an export, when it differs
}{
	{name: "nothing", change: func(e []Entry) []Entry { return e }, want: ""},
	{name: "edit sequence", change: func(e []Entry) []Entry { e[4].Seq = 50; return e }, want: "edited@5"},
	{name: "edit timestamp", change: func(e []Entry) []Entry { e[4].Timestamp = e[4].Timestamp.Add(time.Microsecond); return e }, want: "edited@5"},
	{name: "edit action", change: func(e []Entry) []Entry { e[4].Action = ActionAISend; return e }, want: "edited@5"},
	{name: "edit entity type", change: func(e []Entry) []Entry { e[4].EntityType = "x"; return e }, want: "edited@5"},
	{name: "edit entity id", change: func(e []Entry) []Entry { e[4].EntityID = "x"; return e }, want: "edited@5"},
	{name: "edit user", change: func(e []Entry) []Entry { e[4].UserID = "bob"; return e }, want: "edited@5"},
	{name: "edit details", change: func(e []Entry) []Entry { e[4].Details = []byte(`{"phase": "intent"}`); return e }, want: "edited@5"},
	{name: "edit previous hash", change: func(e []Entry) []Entry { e[4].PrevHash[0] ^= 1; return e }, want: "edited@5"},
	{name: "edit entry hash", change: func(e []Entry) []Entry { e[4].EntryHash[31] ^= 1; return e }, want: "edited@5 unlinked@6"},
	{name: "edit the last entry", change: func(e []Entry) []Entry { e[9].UserID = "bob"; return e }, want: "edited@10"},
	{name: "move text between fields", change: func(e []Entry) []Entry { e[4].EntityType, e[4].EntityID = "toolg", "et_issue"; return e }, want: "edited@5"},
	{name: "edit and rehash one entry", change: func(e []Entry) []Entry {
		e[4].UserID = "bob"
		e[4].EntryHash = HashOf(e[4])
		return e
	}, want: "unlinked@6"},
	{name: "edit and rehash the last entry", change: func(e []Entry) []Entry {
		e[9].UserID = "bob"
		e[9].EntryHash = HashOf(e[9])
		return e
	}, want: "rewritten@10"},
	{name: "edit one entry and recompute the whole chain", change: func(e []Entry) []Entry { e[4].UserID = "bob"; return relink(e) }, want: "rewritten@10"},
	{name: "remove an entry", change: func(e []Entry) []Entry { return slices.Delete(e, 4, 5) }, want: "removed@5 (orphan_outcome@6)"},
	{name: "remove the first entries", change: func(e []Entry) []Entry { return e[4:] }, want: "removed@1"},
	{name: "remove two calls", change: func(e []Entry) []Entry { return slices.Delete(e, 2, 6) }, want: "removed@3"},
	{name: "remove a call and recompute", change: func(e []Entry) []Entry { return relink(slices.Delete(e, 2, 4)) }, want: "(open_intent@3) (orphan_outcome@4) (open_intent@5) (orphan_outcome@6) (open_intent@7) (orphan_outcome@8) truncated@9"},
	{name: "insert a copy", change: func(e []Entry) []Entry { return slices.Insert(e, 5, e[4]) }, want: "inserted@5"},
	{name: "insert a linked entry before the true one", change: func(e []Entry) []Entry {
		return slices.Insert(e, 4, Link(e[3].EntryHash, 5, Draft{Timestamp: e[4].Timestamp, UserID: "bob", Details: []byte("{}")}))
	}, want: "inserted@5 (orphan_outcome@6)"},
	{name: "insert sequence 0", change: func(e []Entry) []Entry { return slices.Insert(e, 0, Link(Hash{}, 0, Draft{})) }, want: "inserted@0"},
	{
		name: "insert an entry and recompute", change: func(e []Entry) []Entry {
			return relink(slices.Insert(e, 4, Entry{Timestamp: e[4].Timestamp, Details: []byte("{}")}))
		}, want: "(open_intent@6) (orphan_outcome@7) (open_intent@8) (orphan_outcome@9) rewritten@10 (open_intent@10) (orphan_outcome@11) (unsigned@11)",
		export: "(open_intent@6) (orphan_outcome@7) (open_intent@8) (orphan_outcome@9) (open_intent@10) unsigned@11 (orphan_outcome@11)",
	},
	{name: "swap neighbours", change: func(e []Entry) []Entry { e[4], e[5] = e[5], e[4]; return e }, want: "swapped@5 (open_intent@5) (orphan_outcome@6)"},
	{name: "swap distant entries", change: func(e []Entry) []Entry { e[2], e[6] = e[6], e[2]; return e }, want: "swapped@3 (open_intent@3) swapped@4 (orphan_outcome@4) swapped@5 swapped@6"},
	{name: "swap contents, keeping sequences", change: func(e []Entry) []Entry {
		e[4], e[6] = e[6], e[4]
		e[4].Seq, e[6].Seq = 5, 7
		return e
	}, want: "edited@5 unlinked@6 edited@7 unlinked@8"},
	{name: "cut off the last entry", change: func(e []Entry) []Entry { return e[:9] }, want: "(open_intent@9) truncated@10"},
	{name: "cut off the last call", change: func(e []Entry) []Entry { return e[:8] }, want: "truncated@9"},
	{name: "cut off everything", change: func(e []Entry) []Entry { return nil }, want: "truncated@1"},
}

func TestEveryAttackFailsByName(t *testing.T) {
	skey, vkey := testKeys(t)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			head := headOf(chain(10))
			r := verify(&head, a.change(chain(10)))
			if got := kinds(r); got != a.want {
				t.Errorf("from the store: %s\nwant %s", got, a.want)
			}
			x, err := VerifyExport(bytes.NewReader(export(t, skey, head, a.change(chain(10)))), vkey)
			if err != nil {
				t.Fatal(err)
			}
			want := a.export
			if want == "" {
				want = a.want
			}
			if got := kinds(x); got != want {
				t.Errorf("from an export: %s\nwant %s", got, want)
			}
			if clean := a.name == "nothing"; r.OK() != clean || x.OK() != clean || (r.Err() == nil) != clean || (r.FirstBad == 0) != (clean || a.name == "insert sequence 0") {
				t.Errorf("OK %v and %v, error %v, first bad %d", r.OK(), x.OK(), r.Err(), r.FirstBad)
			}
		})
	}
}

func TestChainAloneShowsNoTruncation(t *testing.T) {
	// The reason for signed heads: without one, these two pass.
	if r := verify(nil, chain(10)[:8]); !r.OK() {
		t.Errorf("cut off: %s", kinds(r))
	}
	e := chain(10)
	e[4].UserID = "bob"
	if r := verify(nil, relink(e)); !r.OK() {
		t.Errorf("recomputed: %s", kinds(r))
	}
}

func TestWarningsLeaveTheRecordIntact(t *testing.T) {
	back := chain(10)
	for i := range back[5:] {
		back[5+i].Timestamp = back[5+i].Timestamp.Add(-time.Hour)
	}
	relink(back)
	slack := chain(10)
	slack[5].Timestamp = slack[4].Timestamp.Add(-clockSlack)
	relink(slack)
	head9 := headOf(chain(10)[:9])
	empty := headOf(nil)
	for _, c := range []struct {
		name    string
		head    *Head
		entries []Entry
		want    string
	}{
		{"clock set back", nil, back, "(time_backwards@6)"},
		{"processes that overtake one another", nil, slack, ""},
		{"call under way", nil, chain(9), "(open_intent@9)"},
		{"entry written and not yet signed", &head9, chain(10), "(unsigned@10)"},
		{"no outcome of its own", nil, relink(slices.Delete(chain(10), 8, 9)), "(orphan_outcome@9)"},
		{"empty record", &empty, nil, ""},
	} {
		r := verify(c.head, c.entries)
		if got := kinds(r); got != c.want || !r.OK() || r.Err() != nil || r.FirstBad != 0 {
			t.Errorf("%s: %s, OK %v, first bad %d; want %s", c.name, got, r.OK(), r.FirstBad, c.want)
		}
	}
}

func TestReportNamesTheHeadOfWhatWasRead(t *testing.T) {
	e := chain(10)
	h := headOf(e)
	r := verify(&h, e)
	if r.Entries != 10 || r.Head != h || r.Newest != e[9].EntryHash || r.Signed == nil || *r.Signed != h {
		t.Errorf("%+v", r)
	}
}

func TestFindingsAreBoundedAndErrorsOutliveWarnings(t *testing.T) {
	v := NewVerifier()
	for seq := int64(1); seq <= 10_000; seq++ {
		v.Add(Link(v.last, seq, Draft{Timestamp: time.Unix(0, 0), Details: []byte(`{"phase":"outcome","intent":7}`)}))
	}
	v.Add(Entry{Seq: 3})
	r := v.Report()
	if len(r.Findings) != maxFindings || r.Omitted == 0 || r.OK() || r.FirstBad != 3 {
		t.Errorf("%d findings, %d omitted, ok %v, first bad %d", len(r.Findings), r.Omitted, r.OK(), r.FirstBad)
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "entry 3") {
		t.Errorf("error %v does not name what is wrong", err)
	}
}

func TestSignedHeadOpensOnlyWithItsKeyAndText(t *testing.T) {
	skey, vkey := testKeys(t)
	_, other := testKeys(t)
	h := headOf(chain(3))
	msg, err := SignHead(skey, h)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewHeadSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	if s.VerifierKey() != vkey {
		t.Errorf("verifier key %s, want %s", s.VerifierKey(), vkey)
	}
	if got, err := OpenHead(vkey, msg); err != nil || got != h {
		t.Errorf("got %+v, %v", got, err)
	}
	if want := "test\n3\n"; !strings.HasPrefix(string(msg), want) {
		t.Errorf("note starts %q, want %q", msg, want)
	}
	if _, err := OpenHead(other, msg); !errors.Is(err, ErrHead) {
		t.Errorf("another key: %v", err)
	}
	if _, err := OpenHead("nonsense", msg); !errors.Is(err, ErrHead) {
		t.Errorf("no key: %v", err)
	}
	for i := range msg {
		for _, flip := range []byte{1, 0x20, 0x80} {
			bad := bytes.Clone(msg)
			bad[i] ^= flip
			if got, err := OpenHead(vkey, bad); err == nil && got != h {
				t.Fatalf("byte %d changed by %#x: accepted as %+v", i, flip, got)
			}
		}
	}
}

func TestASignatureHasOneSpelling(t *testing.T) {
	skey, vkey := testKeys(t)
	msg, err := SignHead(skey, headOf(chain(3)))
	if err != nil {
		t.Fatal(err)
	}
	// 68 bytes leave two bits of the last character unused.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := len(msg) - len("=\n") - 1
	n := strings.IndexByte(alphabet, msg[last])
	if n < 0 || n%4 != 0 {
		t.Fatalf("signature ends in %q", msg[last:])
	}
	msg[last] = alphabet[n+1]
	if _, err := OpenHead(vkey, msg); !errors.Is(err, ErrHead) {
		t.Errorf("another spelling: %v", err)
	}
}

func TestNotesOfAnotherKindAreNoHead(t *testing.T) {
	skey, vkey := testKeys(t)
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.Repeat("A", 43) + "="
	for _, text := range []string{
		"go.sum database tree\n3\n" + hash + "\n",
		"test\n3\n" + hash + "\n", // A root of zeroes is none.
		"test\n0\n" + strings.Repeat("B", 42) + "A=\n",
		"test\n3\n" + strings.Repeat("B", 42) + "A=\nmore\n",
		"\n3\n" + strings.Repeat("B", 42) + "A=\n",
		"tftsr/record/\n3\n" + hash + "\n",
		"tftsr/record/a b\n3\n" + hash + "\n",
		"tftsr/record/test\n03\n" + hash + "\n",
		"tftsr/record/test\n+3\n" + hash + "\n",
		"tftsr/record/test\n-3\n" + hash + "\n",
		"tftsr/record/test\n3\n" + hash[:20] + "\n",
		"tftsr/record/test\n3\n" + hash + "\nmore\n",
		"tftsr/record/test\n3\n",
		"tftsr/record/test\n0\n" + strings.Repeat("B", 42) + "A=\n",
		"tftsr/record/" + strings.Repeat("x", 257) + "\n3\n" + hash + "\n",
	} {
		msg, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			t.Fatal(err)
		}
		if h, err := OpenHead(vkey, msg); !errors.Is(err, ErrHead) {
			t.Errorf("%q was taken for %+v (%v)", text, h, err)
		}
	}
}

func TestHeadsThatCannotBeReadAreNotSigned(t *testing.T) {
	skey, _ := testKeys(t)
	for _, h := range []Head{
		{},
		{Origin: "a\nb"},
		{Origin: "a b"},
		{Origin: "a", Size: -1, Root: Hash{1}},
		{Origin: "a", Root: Hash{1}},
		{Origin: "a", Newest: Hash{1}},
		{Origin: "\xff", Size: 1, Root: Hash{1}},
		{Origin: "a", Size: 1, Root: Hash{1}, Newest: Hash{1}},
		{Origin: "tftsr/record/a", Size: 1, Root: Hash{1}},
	} {
		if _, err := SignHead(skey, h); err == nil {
			t.Errorf("signed %+v", h)
		}
	}
}

func TestBadSigningKeyIsNeverQuoted(t *testing.T) {
	skey, _ := testKeys(t)
	for _, k := range []string{"", "hunter2", skey[:len(skey)-4], skey + "AAAA", strings.Replace(skey, "KEY+", "KEY+x", 1)} {
		_, err := SignHead(k, headOf(nil))
		if err == nil {
			t.Errorf("accepted a damaged key")
		} else if k != "" && strings.Contains(err.Error(), k[max(0, len(k)-8):]) {
			t.Errorf("error holds the key: %v", err)
		}
	}
}

func TestOnlyTheFirstStartsMayMissTheirHead(t *testing.T) {
	for _, test := range []struct {
		seq int64
		ok  bool
	}{{2, true}, {8, true}, {9, false}, {500, false}} {
		entries := chain(test.seq)
		e := &entries[test.seq-1]
		e.Action, e.Details = ActionStart, []byte(`{"head":"missing","phase":"event"}`)
		entries = relink(entries)
		head := headOf(entries)
		r := verify(&head, entries)
		if r.OK() != test.ok || !strings.Contains(kinds(r), string(KindNoHead)) {
			t.Errorf("a start without head at entry %d: intact %t, findings %s", test.seq, r.OK(), kinds(r))
		}
	}
}
