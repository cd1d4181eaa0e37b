package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// signedAt returns the checkpoints of entries at the given sizes.
func signedAt(t *testing.T, skey string, entries []Entry, sizes ...int64) []Checkpoint {
	t.Helper()
	s, err := NewHeadSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	var out []Checkpoint
	for _, n := range sizes {
		h := headOf(entries[:n])
		msg, err := s.Sign(h)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Checkpoint{h, msg})
	}
	return out
}

func against(entries []Entry, heads ...Head) Report {
	var anchors []Anchor
	for i, h := range heads {
		anchors = append(anchors, Anchor{Head: h, From: fmt.Sprint("place ", i)})
	}
	v := NewVerifier(anchors...)
	for _, e := range entries {
		v.Add(e)
	}
	return v.Report()
}

func at(entries []Entry, n int) Head { return headOf(entries[:n]) }

// An attacker who has the database key and not the signing key can make any
// record that is a whole chain. Every checkpoint outside the database says so.
func TestCheckpointsShowWhereAWholeChainIsNotWhatWasSigned(t *testing.T) {
	honest := chain(20)
	forged := chain(20)
	forged[13].UserID = "bob"
	relink(forged)
	longer := relink(append(chain(20)[:14], chain(30)[14:]...))
	empty := headOf(nil)
	for name, c := range map[string]struct {
		entries []Entry
		heads   []Head
		want    string
		says    string
	}{
		"nothing":                     {honest, []Head{empty, at(honest, 4), at(honest, 12), at(honest, 20)}, "", ""},
		"rewritten after 12":          {forged, []Head{at(honest, 4), at(honest, 12), at(honest, 16), at(honest, 20)}, "rewritten@16", "up to 12 they are"},
		"rewritten, two places":       {forged, []Head{at(honest, 20), at(honest, 20)}, "rewritten@20", "place 0"},
		"cut off":                     {honest[:18], []Head{at(honest, 18), at(honest, 20)}, "truncated@19", "it has 18 entries, place 1 says 20"},
		"yesterday's":                 {honest[:12], []Head{at(honest, 12), at(honest, 20)}, "truncated@13", ""},
		"rolled back, and went on":    {forged, []Head{at(honest, 12), at(honest, 16), at(forged, 20)}, "forked@16", "two histories"},
		"two signed, and the shorter": {forged[:16], []Head{at(forged, 16), at(honest, 20)}, "truncated@17", ""},
		"longer than was signed":      {longer, []Head{at(honest, 14)}, "(unsigned@15)", ""},
	} {
		r := against(c.entries, c.heads...)
		if got := kinds(r); got != c.want || r.OK() != (c.want == "" || c.want[0] == '(') {
			t.Errorf("%s: %s, intact %t; want %s", name, got, r.OK(), c.want)
		}
		if c.says != "" && !strings.Contains(r.Findings[0].Text, c.says) {
			t.Errorf("%s: %q does not say %q", name, r.Findings[0].Text, c.says)
		}
	}
}

func TestHeadsOfTheFirstVersionStillHold(t *testing.T) {
	skey, vkey := testKeys(t)
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	e := chain(10)
	h := Head{Origin: "test", Size: 10, Newest: e[9].EntryHash}
	msg, err := note.Sign(&note.Note{Text: h.text()}, signer)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(msg), "tftsr/record/test\n10\n") {
		t.Fatalf("the old form is %s", msg)
	}
	got, err := OpenHead(vkey, msg)
	if err != nil || got != h || !got.Chain() {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := SignHead(skey, h); err == nil {
		t.Error("a head of the first version is still signed")
	}
	if r := against(e, h); !r.OK() || len(r.Findings) != 0 {
		t.Errorf("%s", kinds(r))
	}
	e[3].UserID = "bob"
	if r := against(relink(e), h); kinds(r) != "rewritten@10" {
		t.Errorf("%s", kinds(r))
	}
	if r := against(e[:8], h); kinds(r) != "truncated@9" {
		t.Errorf("%s", kinds(r))
	}
	// An export that an older version made.
	var doc bytes.Buffer
	if err := WriteExport(&doc, each(chain(10)), nil, msg, vkey); err != nil {
		t.Fatal(err)
	}
	if r, err := VerifyExport(&doc, vkey); err != nil || !r.OK() || len(r.Findings) != 0 {
		t.Errorf("an old export: %s, %v", kinds(r), err)
	}
}

// restoredRecord is a record of 20 entries that was put back to 12, says so,
// gives up heads of what was there, and went on to 20.
func restoredRecord(honest []Entry, givenUp ...Head) []Entry {
	e := slices.Clone(honest[:12])
	e = append(e, Entry{Timestamp: e[11].Timestamp, Action: ActionRestored, Details: fmt.Appendf(nil,
		`{"old_size":20,"old_root":%q,"size":12,"root":%q,"phase":"event"}`, at(honest, 20).Root.Hex(), at(honest, 12).Root.Hex())})
	var names []string
	for _, h := range givenUp {
		names = append(names, h.Name())
	}
	details, _ := json.Marshal(GivenUpDetails{names})
	e = append(e, Entry{Timestamp: e[11].Timestamp, Action: ActionGivenUp, Details: details})
	for range 6 {
		e = append(e, Entry{Timestamp: e[11].Timestamp, Details: []byte("{}"), UserID: "after"})
	}
	return relink(e)
}

func TestAnHonestRestoreIsToldFromARollback(t *testing.T) {
	honest := chain(20)
	e := restoredRecord(honest, at(honest, 16), at(honest, 20))
	other := chain(22)
	other[0].UserID = "other"
	relink(other)
	for name, c := range map[string]struct {
		entries []Entry
		heads   []Head
		want    string
	}{
		"signed":                           {e, []Head{at(e, 20), at(honest, 12), at(honest, 16), at(honest, 20)}, "(restored@13)"},
		"shorter than before":              {e[:14], []Head{at(e, 14), at(honest, 20)}, "(restored@13)"},
		"the entries are not signed":       {e, []Head{at(honest, 12), at(honest, 20)}, "(restored@13) rewritten@20"},
		"those that give up are not":       {e[:14], []Head{at(e, 13), at(honest, 20)}, "(restored@13) truncated@15"},
		"another history was longer":       {e, []Head{at(e, 20), at(other, 22)}, "(restored@13) truncated@21"},
		"another history of that length":   {e, []Head{at(e, 20), at(other, 20)}, "(restored@13) forked@20"},
		"it was rewritten further back":    {e, []Head{at(e, 20), at(other, 10)}, "forked@10 (restored@13)"},
		"a head that was not given up":     {e, []Head{at(e, 20), at(honest, 17)}, "(restored@13) forked@17"},
		"rolled back to the restore":       {e[:14], []Head{at(e, 14), at(honest, 20), at(e, 17)}, "(restored@13) truncated@15"},
		"rolled back to before it":         {honest, []Head{at(honest, 20), at(e, 14)}, "forked@14"},
		"rolled back, the head is current": {e[:16], []Head{at(e, 16), at(e, 20)}, "(restored@13) truncated@17"},
	} {
		if got := kinds(against(c.entries, c.heads...)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	// The head file is written anew by a restore: what it holds is never excused.
	v := NewVerifier(Anchor{Head: at(e, 14)}, Anchor{Head: at(honest, 20), Current: true})
	for _, entry := range e[:14] {
		v.Add(entry)
	}
	if v.Report().OK() {
		t.Error("a current head of a history that was given up passes")
	}
	if !GivenUp(e[13], at(honest, 20)) || GivenUp(e[13], at(honest, 12)) || GivenUp(e[12], at(honest, 20)) || GivenUp(e[13], at(e, 20)) {
		t.Error("GivenUp is wrong")
	}
	for _, details := range []string{"", "{}", `{"heads":20}`, `{"heads":["20"]}`, `{"heads":{"20":""}}`} {
		bad := e[13]
		bad.Details = []byte(details)
		if GivenUp(bad, at(honest, 20)) {
			t.Errorf("%s gives up a head", details)
		}
	}
}

func TestSilenceLongerThanTheHeartbeatIsNamed(t *testing.T) {
	gap := func(before Action, pause time.Duration) Report {
		e := chain(10)
		e[4].Action = before
		for i := range e[5:] {
			e[5+i].Timestamp = e[5+i].Timestamp.Add(pause)
		}
		relink(e)
		return against(e, headOf(e))
	}
	if got := kinds(gap(ActionToolCall, 26*time.Hour)); got != "(silence@6)" {
		t.Errorf("26 hours: %s", got)
	}
	if got := kinds(gap(ActionToolCall, 24*time.Hour+30*time.Minute)); got != "" {
		t.Errorf("a day and a late heartbeat: %s", got)
	}
	if got := kinds(gap(ActionStop, 26*time.Hour)); got != "" {
		t.Errorf("no process ran: %s", got)
	}
	e := chain(10)
	v := NewVerifier(Anchor{Head: headOf(e), From: "head"})
	for _, x := range e {
		v.Add(x)
	}
	v.Now(e[9].Timestamp.Add(30 * time.Hour))
	if got := kinds(v.Report()); got != "(silence@11)" {
		t.Errorf("silence up to now: %s", got)
	}
}

func TestAnAnchorThatFailsIsNamedUntilItIsReached(t *testing.T) {
	entry := func(a Action, details string) Entry { return Entry{Action: a, Details: []byte(details)} }
	failed := entry(ActionAnchor, `{"anchor":"keyring","state":"failed","reason":"error"}`)
	reached := entry(ActionAnchor, `{"anchor":"keyring","state":"reached"}`)
	start, stop := entry(ActionStart, "{}"), entry(ActionStop, "{}")
	for name, c := range map[string]struct {
		entries []Entry
		want    string
	}{
		"failed":                        {[]Entry{start, failed}, "(anchor_failed@2)"},
		"failed and reached":            {[]Entry{start, failed, reached}, ""},
		"failed at the end":             {[]Entry{start, stop, failed}, "(anchor_failed@3)"},
		"another process, not over":     {[]Entry{start, failed, stop, start}, "(anchor_failed@2)"},
		"a whole process without":       {[]Entry{start, failed, stop, start, stop}, ""},
		"a whole process with":          {[]Entry{start, failed, stop, start, failed, stop}, "(anchor_failed@5)"},
		"details that are none of ours": {[]Entry{start, entry(ActionAnchor, "[]")}, ""},
	} {
		e := relink(c.entries)
		if got := kinds(against(e, headOf(e))); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestExportsCarryTheirCheckpoints(t *testing.T) {
	skey, vkey := testKeys(t)
	forger, _ := testKeys(t)
	e := chain(20)
	write := func(list []Checkpoint, entries []Entry) []byte {
		var b bytes.Buffer
		if err := WriteExport(&b, each(entries), list, signedAt(t, skey, entries, int64(len(entries)))[0].Note, vkey); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	list := signedAt(t, skey, e, 3, 10, 17)
	doc := write(list, e)
	if n := bytes.Count(doc, []byte(`{"checkpoint":`)); n != 3 {
		t.Errorf("%d checkpoints", n)
	}
	for _, key := range []string{vkey, ""} {
		if r, err := VerifyExport(bytes.NewReader(doc), key); err != nil || !r.OK() || r.Head != headOf(e) {
			t.Errorf("%s, %v", kinds(r), err)
		}
	}
	// An older export is the beginning of every later one, but for its last line.
	older := write(list[:2], e[:12])
	if cut := older[:bytes.LastIndexByte(older[:len(older)-1], '\n')+1]; !bytes.HasPrefix(doc, cut) {
		t.Error("an older export is not the beginning of a later one")
	}
	forged := chain(20)
	forged[5].UserID = "bob"
	relink(forged)
	lines := func(doc []byte) [][]byte { return bytes.SplitAfter(doc, []byte("\n")) }
	moved := lines(doc)
	moved[3], moved[4] = moved[4], moved[3]
	for name, c := range map[string]struct {
		doc  []byte
		want string
	}{
		"signed anew over another history": {write(list, forged), "forked@10"},
		"a checkpoint of a forger":         {write(signedAt(t, forger, e, 10), e), "checkpoint_invalid@0"},
		"a checkpoint moved":               {bytes.Join(moved, nil), "malformed@0"},
		"another record's": {write([]Checkpoint{func() Checkpoint {
			h := at(e, 10)
			h.Origin = "elsewhere"
			msg, err := SignHead(skey, h)
			if err != nil {
				t.Fatal(err)
			}
			return Checkpoint{h, msg}
		}()}, e), "checkpoint_invalid@0"},
		"a checkpoint taken out": {bytes.Join(slices.Delete(lines(doc), 3, 4), nil), ""},
	} {
		r, err := VerifyExport(bytes.NewReader(c.doc), vkey)
		if got := kinds(r); err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, c.want)
		}
	}
	// Somebody kept a checkpoint elsewhere.
	anchor := Anchor{Head: at(e, 17), From: "the note of March"}
	if r, err := VerifyExport(bytes.NewReader(write(nil, e)), vkey, anchor); err != nil || len(r.Findings) != 0 {
		t.Errorf("%s, %v", kinds(r), err)
	}
	if r, err := VerifyExport(bytes.NewReader(write(nil, forged)), vkey, anchor); err != nil || kinds(r) != "forked@17" {
		t.Errorf("%s, %v", kinds(r), err)
	}
	if r, err := VerifyExport(bytes.NewReader(write(nil, e[:12])), vkey, anchor); err != nil || kinds(r) != "truncated@13" {
		t.Errorf("%s, %v", kinds(r), err)
	}
}

func TestCheckpointsAreReadFromWhateverHoldsThem(t *testing.T) {
	skey, vkey := testKeys(t)
	forger, _ := testKeys(t)
	e := chain(20)
	list := signedAt(t, skey, e, 3, 10, 17)
	var log []byte
	for _, c := range list {
		log = AppendLogLine(log, time.Unix(0, 0), c.Note)
	}
	var doc bytes.Buffer
	if err := WriteExport(&doc, each(e), list[:2], list[2].Note, vkey); err != nil {
		t.Fatal(err)
	}
	bad := AppendLogLine(nil, time.Unix(0, 0), signedAt(t, forger, e, 20)[0].Note)
	places := append(append(bytes.Clone(list[0].Note), bytes.Repeat([]byte("\n"), 1024-len(list[0].Note))...), list[1].Note...)
	for name, c := range map[string]struct {
		text  []byte
		sizes []int64
		bad   string
	}{
		"nothing":             {nil, nil, ""},
		"a note":              {list[1].Note, []int64{10}, ""},
		"a log":               {log, []int64{3, 10, 17}, ""},
		"an export":           {doc.Bytes(), []int64{3, 10, 17}, ""},
		"a head file":         {places, []int64{3, 10}, ""},
		"half a line":         {log[:len(log)-20], []int64{3, 10}, ""},
		"half a line between": {append(append(bytes.Clone(log[:40]), '\n'), log...), []int64{3, 10, 17}, "malformed"},
		"a forged line":       {append(bytes.Clone(log), bad...), []int64{3, 10, 17}, "checkpoint_invalid"},
		"nonsense":            {[]byte("nonsense\n"), nil, "checkpoint_invalid"},
		"long nonsense":       {bytes.Repeat([]byte("nonsense\n"), 10_000), nil, "malformed"},
		"a long line":         {append(bytes.Repeat([]byte("{"), maxLine+1<<17), log...), nil, "malformed"},
		"other JSON":          {[]byte("{\"a\":1}\n"), nil, "malformed"},
	} {
		good, findings, err := ReadCheckpoints(bytes.NewReader(c.text), vkey, "test", "x")
		if err != nil {
			t.Fatal(err)
		}
		var sizes []int64
		for _, g := range good {
			sizes = append(sizes, g.Size)
			if h, err := OpenHead(vkey, g.Note); err != nil || h != g.Head {
				t.Errorf("%s: note of size %d: %v", name, g.Size, err)
			}
		}
		var kind string
		if len(findings) > 0 {
			kind = string(findings[0].Kind)
		}
		if !slices.Equal(sizes, c.sizes) || kind != c.bad {
			t.Errorf("%s: %v %+v", name, sizes, findings)
		}
	}
	if good, findings, err := ReadCheckpoints(bytes.NewReader(log), vkey, "another", "x"); err != nil || len(good) != 0 || len(findings) != 3 {
		t.Errorf("another record's: %v, %v, %v", good, findings, err)
	}
}

func TestAMissingCheckpointIsNamed(t *testing.T) {
	log := func(sizes ...int64) (list []Checkpoint) {
		for _, n := range sizes {
			list = append(list, Checkpoint{Head: Head{Size: n}})
		}
		return list
	}
	for name, c := range map[string]struct {
		log  []Checkpoint
		size int64
		want int64 // Seq of the finding
	}{
		"none due":          {nil, 300, 0},
		"no log":            {nil, 5000, 1},
		"whole":             {log(2000, 4000, 8000), 8100, 0},
		"begins late":       {log(100_000, 100_256), 100_300, 0},
		"out of order":      {log(4000, 2000, 8000, 6000), 8100, 0},
		"gap":               {log(256, 512, 9000), 9000, 513},
		"its end is gone":   {log(256, 512), 9000, 513},
		"ahead of the head": {log(256, 512), 300, 0},
	} {
		var got int64
		for _, f := range CheckLog(c.log, c.size, "log") {
			got = f.Seq
			if f.Kind != KindCheckpointMissing || !f.Warning {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if got != c.want {
			t.Errorf("%s: finding at %d, want %d", name, got, c.want)
		}
	}
}

// After an honest restore a new history grows over the one that was given up.
// Cutting that off is no restore: its heads are not among those that were given
// up, however much shorter than the old history it is.
func TestARestoreDoesNotExcuseWhatIsCutOffAfterIt(t *testing.T) {
	honest := chain(52)
	e := restoredRecord(honest, at(honest, 30), at(honest, 52))
	for _, current := range []bool{false, true} {
		v := NewVerifier(Anchor{Head: at(e, 14), From: "a note"}, Anchor{Head: at(e, 18), From: "a log", Current: current}, Anchor{Head: at(honest, 30), From: "a log"})
		for _, x := range e[:16] {
			v.Add(x)
		}
		if got := kinds(v.Report()); !strings.HasSuffix(got, " truncated@17") {
			t.Errorf("current %v: %s", current, got)
		}
	}
}
