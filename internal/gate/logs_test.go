package gate

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

// logText returns the stored text of a log.
func logText(t *testing.T, s store.Store, l *triage.Log) string {
	t.Helper()
	var sb strings.Builder
	err := s.Lines(context.Background(), l.ID, 1, 0, func(_ int64, line []byte) error {
		sb.Write(line)
		sb.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	text := sb.String()
	if int64(len(text)) > l.RedactedBytes {
		text = strings.TrimSuffix(text, "\n")
	}
	return text
}

func gzipped(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, p := range parts {
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(p)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// inUTF16 writes a log as PowerShell does.
func inUTF16(text string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// onlyReader hides that a reader can seek.
type onlyReader struct{ io.Reader }

func TestLogsOfEveryFormAreRedacted(t *testing.T) {
	o := testOptions(t)
	c := testClearer(t, o)
	issue := testIssue(t, o.Store)
	long := strings.Repeat("filler without anything in it; ", 40_000)
	for _, tc := range []struct {
		name  string
		in    []byte
		lines int64
		gz    bool
	}{
		{"empty", nil, 0, false},
		{"one byte", []byte("x"), 1, false},
		{"no line feed at the end", []byte("a\nb"), 2, false},
		{"plain", []byte(allPlanted()), int64(len(planted)), false},
		{"CRLF", []byte(strings.ReplaceAll(allPlanted(), "\n", "\r\n")), int64(len(planted)), false},
		{"CR", []byte(strings.ReplaceAll(allPlanted(), "\n", "\r")), 1, false},
		{"NUL", []byte("\x00\x00" + allPlanted() + "\x00\n"), int64(len(planted)) + 1, false},
		{"invalid UTF-8", []byte("\xff\xfe caf\xe9\n" + allPlanted() + "\xc3"), int64(len(planted)) + 2, false},
		{"one long line", []byte(long + planted[0].text + long), 1, false},
		{"gzip", gzipped(t, allPlanted()), int64(len(planted)), true},
		{"gzip in two members", gzipped(t, allPlanted()[:100], allPlanted()[100:]), int64(len(planted)), true},
		{"empty gzip", gzipped(t, ""), 0, true},
		{"UTF-16", inUTF16(allPlanted()), int64(len(planted)), false},
		{"UTF-16 in gzip", gzipped(t, string(inUTF16(allPlanted()))), int64(len(planted)), true},
		{"look-alikes", []byte("[Email_1] [=Email_2]\n"), 1, false},
	} {
		for _, reader := range []string{"seeker", "pipe"} {
			t.Run(tc.name+"/"+reader, func(t *testing.T) {
				var r io.Reader = bytes.NewReader(tc.in)
				if reader == "pipe" {
					r = onlyReader{r}
				}
				l, findings, err := c.RedactLog(asHost(), LogRequest{IssueID: issue, Name: "/var/log/app.log", R: r})
				if err != nil {
					t.Fatal(err)
				}
				text := logText(t, o.Store, l)
				wantNothingPlanted(t, "the log", text)
				if l.Lines != tc.lines || l.Compressed != tc.gz || l.OriginalBytes != int64(len(tc.in)) || l.RedactedBytes != int64(len(text)) {
					t.Errorf("log is %+v, text has %d bytes", l, len(text))
				}
				sum := sha256.Sum256([]byte(text))
				if l.RedactedSHA256 != hex.EncodeToString(sum[:]) {
					t.Error("the digest is not of the stored text")
				}
				if l.Owner != "agent" || l.Name != "app.log" || l.Review != triage.Unreviewed {
					t.Errorf("log is %+v", l)
				}
				checkFindings(t, o.Store, l, findings, text)

				// What is not a finding is as it was.
				var back bytes.Buffer
				out, err := pii.Restore(nil, []byte(text), originalsOf{o.Store}, pii.ModeRaw)
				if err != nil {
					t.Fatal(err)
				}
				plain := tc.in
				if tc.gz || strings.HasPrefix(tc.name, "UTF-16") {
					plain = []byte(allPlanted())
					if tc.lines == 0 {
						plain = nil
					}
				}
				back.Write(out)
				if want, got := maskSecrets(string(plain)), maskTokens(back.String()); got != want {
					t.Errorf("restored\n%.300q\nwant\n%.300q", got, want)
				}
			})
		}
	}
}

// maskSecrets and maskTokens make an original comparable with a restored text,
// in which secrets stay tokens.
func maskSecrets(s string) string {
	for _, p := range planted {
		if p.typ.Class() == pii.ClassSecret {
			s = strings.ReplaceAll(s, p.value, "*")
		}
	}
	s = strings.ReplaceAll(s, "eyJhbGciOiJIUzI1NiJ9.*.c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4", "*")
	return strings.ReplaceAll(s, "app:*@", "*@")
}

func maskTokens(s string) string {
	for _, typ := range pii.Types() {
		for i := range 20 {
			if typ.Class() == pii.ClassSecret {
				s = strings.ReplaceAll(s, fmt.Sprintf("[%s_%d]", typ, i), "*")
			}
		}
	}
	return s
}

type originalsOf struct{ s store.Store }

func (o originalsOf) Value(t pii.Token) ([]byte, bool, error) {
	v, err := o.s.Original(context.Background(), t)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	return v, err == nil, err
}

// checkFindings holds findings, counts and spans of a log against its text.
func checkFindings(t *testing.T, s store.Store, l *triage.Log, findings []store.LogFinding, text string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	total := map[string]int64{}
	line := int64(0)
	for _, f := range findings {
		if n := int64(strings.Count(text, f.Token)); n != f.Count {
			t.Errorf("%s is listed %d times and is there %d times", f.Token, f.Count, n)
		}
		if f.FirstLine < 1 || !strings.Contains(lines[f.FirstLine-1], f.Token) {
			t.Errorf("%s is not in line %d", f.Token, f.FirstLine)
		}
		if f.FirstLine < line {
			t.Errorf("%s is out of order", f.Token)
		}
		line = f.FirstLine
		total[f.Type] += f.Count
		if f.Rule == "" || f.Reason == "" || f.Class == "" || f.Confidence == 0 {
			t.Errorf("finding is %+v", f)
		}
	}
	if len(total) != len(l.Counts) {
		t.Errorf("counts are %v, findings say %v", l.Counts, total)
	}
	for typ, n := range total {
		if int64(l.Counts[typ]) != n {
			t.Errorf("counts are %v, findings say %v", l.Counts, total)
		}
	}
	stored, err := s.Findings(context.Background(), l.ID)
	if err != nil || len(stored) != len(findings) {
		t.Errorf("%d findings are stored, %d returned, %v", len(stored), len(findings), err)
	}
	spans, err := s.Spans(context.Background(), l.ID)
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int64{}
	end := int64(0)
	for _, sp := range spans {
		if sp.Start < end || sp.End <= sp.Start {
			t.Errorf("span %+v after %d", sp, end)
		}
		end = sp.End
		n[sp.Type]++
	}
	for typ := range n {
		if n[typ] != total[typ] {
			t.Errorf("%d spans of type %s, %d findings", n[typ], typ, total[typ])
		}
	}
}

// A password that line 3 gives away is gone from line 1 too.
func TestALogIsReadTwice(t *testing.T) {
	o := testOptions(t)
	c := testClearer(t, o)
	text := "worker got Tr0ub4dor-und-3x\n" + strings.Repeat("nothing here\n", 50_000) + "password=Tr0ub4dor-und-3x\n"
	var last int64
	l, _, err := c.RedactLog(asHost(), LogRequest{
		IssueID: testIssue(t, o.Store), Name: "a", R: strings.NewReader(text),
		Progress: func(n int64) { last = n },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := logText(t, o.Store, l); strings.Contains(got, "Tr0ub4dor") {
		t.Error("the password is left in the line before the one that gives it away")
	}
	if last != int64(len(text)) {
		t.Errorf("progress ended at %d of %d", last, len(text))
	}
}

func TestHugeLogsTakeFewTransactions(t *testing.T) {
	for _, reader := range []string{"seeker", "pipe"} {
		t.Run(reader, func(t *testing.T) {
			o := testOptions(t)
			spy := &spyStore{Store: o.Store}
			o.Store = spy
			o.Config.Limits.ScanTimeout = time.Minute // Of a busy machine under the race detector.
			c := testClearer(t, o)
			var sb strings.Builder
			const values = 20_000
			for i := range values {
				fmt.Fprintf(&sb, "%06d request from %08x@mail%d.acme-widgets.com done\n", i, uint32(i)*2654435761, i%7)
			}
			var r io.Reader = strings.NewReader(sb.String())
			if reader == "pipe" {
				r = onlyReader{r}
			}
			l, _, err := c.RedactLog(asHost(), LogRequest{IssueID: testIssue(t, o.Store), Name: "a", R: r})
			if err != nil {
				t.Fatal(err)
			}
			if l.Counts["Email"] != values {
				t.Errorf("counts are %v", l.Counts)
			}
			// A block of the stream is about 2,000 lines; where two meet,
			// single values are asked for alone.
			if spy.batches > 150 {
				t.Errorf("%d values took %d transactions", values, spy.batches)
			}
		})
	}
}

func TestFurtherValuesOfALogAreListedByType(t *testing.T) {
	sink := newLogSink(discardLog{})
	for i := range maxLogFindings + 5 {
		tok := pii.Token{Label: "Email", Ordinal: i + 1}
		sink.finding(pii.Finding{Start: int64(i), End: int64(i + 1), Type: pii.Email, Level: pii.LevelRedact}, tok)
		if _, err := fmt.Fprintf(sink, "%s\n", tok); err != nil {
			t.Fatal(err)
		}
	}
	l := &triage.Log{}
	findings, err := sink.commit(context.Background(), l)
	if err != nil {
		t.Fatal(err)
	}
	last := findings[len(findings)-1]
	if len(findings) != maxLogFindings+1 || last.Token != "[Email_*]" || last.Count != 5 || last.FirstLine != maxLogFindings+1 {
		t.Errorf("%d findings, the last is %+v", len(findings), last)
	}
	if l.Counts["Email"] != maxLogFindings+5 {
		t.Errorf("counts are %v", l.Counts)
	}
}

type discardLog struct{}

func (discardLog) Write(p []byte) (int, error) { return len(p), nil }
func (discardLog) Span(store.LogSpan) error    { return nil }
func (discardLog) Abort() error                { return nil }
func (discardLog) Commit(context.Context, *triage.Log, []store.LogFinding) error {
	return nil
}

func TestFirstLinesAreFoundHoweverTheTextIsCut(t *testing.T) {
	text := "a\nb [Email_1][Email_2]\n[=Email_3]\n\n[[PrivateIPv4_12.2]"
	want := map[string]int64{"[Email_1]": 2, "[Email_2]": 2, "[PrivateIPv4_12.2]": 5}
	for size := 1; size <= len(text); size++ {
		sink := newLogSink(discardLog{})
		for b := []byte(text); len(b) > 0; {
			n := min(size, len(b))
			if _, err := sink.Write(b[:n]); err != nil {
				t.Fatal(err)
			}
			b = b[n:]
		}
		sink.locate(nil, true)
		got := map[string]int64{}
		for tok, n := range sink.lines {
			got[tok.String()] = n
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("in pieces of %d: %v", size, got)
		}
	}
}

func TestNamesOfLogsAreRedacted(t *testing.T) {
	o := testOptions(t)
	c := testClearer(t, o)
	issue := testIssue(t, o.Store)
	for in, want := range map[string]string{
		"":            "log",
		"/var/log/":   "log",
		`C:\logs\a.b`: "a.b",
		"a\nb\x00":    "a_b_",
		"x\xff.log":   "x_.log",
		"/home/jane.roe@acme-widgets.com/export jane.roe@acme-widgets.com.log": "",
		strings.Repeat("ä", 500): strings.Repeat("ä", 127),
	} {
		l, _, err := c.RedactLog(asHost(), LogRequest{IssueID: issue, Name: in, R: strings.NewReader("")})
		if err != nil {
			t.Fatal(err)
		}
		if want != "" && l.Name != want || strings.Contains(l.Name, "jane") {
			t.Errorf("%q became %q", in, l.Name)
		}
	}
}

func TestDigestOfTheOriginalIsKeyedByIssue(t *testing.T) {
	o := testOptions(t)
	c := testClearer(t, o)
	issue := testIssue(t, o.Store)
	l, _, err := c.RedactLog(asHost(), LogRequest{IssueID: issue, Name: "a", R: strings.NewReader("text\n")})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("text\n"))
	if l.OriginalSHA256 == hex.EncodeToString(sum[:]) {
		t.Error("the digest is not keyed")
	}
	key, err := c.KeyFor(asHost(), []string{issue})
	if want := key.Digest([]byte("text\n")); err != nil || l.OriginalSHA256 != want {
		t.Errorf("digest is %s, want %s, %v", l.OriginalSHA256, want, err)
	}
}

func TestStreamsAreRedactedLikeTexts(t *testing.T) {
	c := testClearer(t, testOptions(t))
	text := allPlanted()
	want, counts, err := c.RedactText(asHost(), pii.ModeRaw, text)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	got, err := c.RedactStream(asHost(), pii.ModeRaw, &out, onlyReader{strings.NewReader(text)})
	if err != nil || out.String() != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, out.String(), want)
	}
	if fmt.Sprint(got) != fmt.Sprint(counts) {
		t.Errorf("counts are %v, want %v", got, counts)
	}
}

// repeat is an endless line.
type repeat struct {
	b    []byte
	i    int
	left int64
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), r.left))
	for i := range n {
		p[i] = r.b[r.i%len(r.b)]
		r.i++
	}
	r.left -= int64(n)
	return n, nil
}

func TestALineOf100MBNeedsLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 100 MB")
	}
	c := testClearer(t, testOptions(t))
	r := &repeat{b: []byte("GET /x from 10.20.30.41 by jane.roe@acme-widgets.com; "), left: 100 << 20}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := uint64(0)
	w := writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("acme-widgets")) || bytes.Contains(p, []byte("10.20.30.41")) {
			return 0, errors.New("a value came through")
		}
		runtime.ReadMemStats(&after)
		peak = max(peak, after.HeapInuse)
		return len(p), nil
	})
	if _, err := c.RedactStream(asHost(), pii.ModeRaw, w, r); err != nil {
		t.Fatal(err)
	}
	if grown := int64(peak) - int64(before.HeapInuse); grown > 24<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
