package digest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var reference = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

func mine(o Options, text string) *Result {
	if o.Reference.IsZero() {
		o.Reference = reference
	}
	m := New(o)
	_, _ = m.Write([]byte(text))
	return m.Finish()
}

// describe writes a result out, to compare it with another.
func describe(r *Result) string {
	var sb strings.Builder
	for i, t := range r.Templates {
		fmt.Fprintf(&sb, "%d %s %s %q %d.%d\n", i, t.ID, t.Text, t.Example, t.ExampleSide, t.ExampleLine)
		for _, s := range t.stats {
			if s != nil {
				fmt.Fprintf(&sb, "  %d+%d %d-%d %d-%d %v %v\n", s.count, s.more, s.firstLine, s.lastLine, s.firstTime, s.lastTime, s.levels, s.buckets)
			}
		}
	}
	for _, s := range r.sides {
		fmt.Fprintf(&sb, "side %d %d %v %v %v\n", s.lines, s.continuations, s.gaps, s.buckets, s.clock.assumptions())
	}
	fmt.Fprintln(&sb, r.lines)
	return sb.String()
}

// noise is text as hostile as a log can be: half lines of real kinds, half bytes.
func noise(seed uint64, lines int) string {
	r := rand.New(rand.NewPCG(seed, 7))
	var sb strings.Builder
	at := reference.Add(-time.Hour)
	for range lines {
		at = at.Add(time.Duration(r.IntN(5000)) * time.Millisecond)
		switch r.IntN(8) {
		case 0:
			fmt.Fprintf(&sb, "%s ERROR [main] a.b.C: cannot reach 10.0.0.%d after %d ms\n", at.Format("2006-01-02 15:04:05,000"), r.IntN(255), r.IntN(900))
		case 1:
			fmt.Fprintf(&sb, "%s web app[%d]: user %s logged in\r\n", at.Format("Jan _2 15:04:05"), r.IntN(9999), []string{"root", "alice", "bob"}[r.IntN(3)])
		case 2:
			sb.WriteString("\tat com.example.Main.run(Main.java:12)\n")
		case 3:
			sb.WriteString("\n")
		case 4:
			for range r.IntN(60) {
				sb.WriteByte(byte(r.IntN(256)))
			}
			sb.WriteByte('\n')
		case 5:
			fmt.Fprintf(&sb, "{\"ts\":\"%s\",\"level\":\"warn\",\"msg\":\"queue %d is slow\",\"n\":%d}\n", at.Format(time.RFC3339Nano), r.IntN(4), r.IntN(99))
		default:
			fmt.Fprintf(&sb, "%s INFO request %x took %dms\n", at.Format(time.RFC3339), r.Uint64(), r.IntN(99))
		}
	}
	return sb.String()
}

func TestHowALogIsCutAndWorkedOnChangesNothing(t *testing.T) {
	text := noise(1, 30_000)
	want := describe(mine(Options{Lines: true, Processors: 1}, text))
	for _, processors := range []int{2, 3, 8} {
		r := rand.New(rand.NewPCG(uint64(processors), 1))
		m := New(Options{Source: Source{Reference: reference}, Lines: true, Processors: processors})
		for rest := text; rest != ""; {
			n := min(len(rest), 1+r.IntN(1<<r.IntN(20)))
			if _, err := m.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if got := describe(m.Finish()); got != want {
			t.Fatalf("%d processors: another result", processors)
		}
	}
	m := New(Options{Source: Source{Reference: reference}, Lines: true})
	for line := range strings.Lines(text) {
		m.AddLine([]byte(strings.TrimSuffix(line, "\n")))
	}
	if got := describe(m.Finish()); got != want {
		t.Error("line by line: another result")
	}
}

func TestEveryLineHasATemplateAndIsCountedOnce(t *testing.T) {
	for seed := range uint64(5) {
		text := noise(seed, 3000)
		lines := int64(strings.Count(text, "\n"))
		r := mine(Options{Lines: true}, text)
		counted := make([]int64, len(r.Templates))
		for n := int64(1); n <= lines; n++ {
			i := r.TemplateOf(n)
			if i < 0 || i >= len(r.Templates) {
				t.Fatalf("line %d has no template", n)
			}
			counted[i]++
		}
		if r.TemplateOf(0) != -1 || r.TemplateOf(lines+1) != -1 {
			t.Error("a line that is not there has a template")
		}
		for i, x := range r.Templates {
			if s := x.stats[0]; i != r.other && s.count+s.more != counted[i] {
				t.Errorf("%s counts %d lines and has %d", x.Text, s.count+s.more, counted[i])
			}
		}
		if got := r.sides[0].lines; got != lines {
			t.Errorf("%d lines counted of %d", got, lines)
		}
	}
}

func TestStackTracesBelongToTheLineThatHasThem(t *testing.T) {
	for name, text := range map[string]string{
		"java": "2024-01-02 10:00:00,000 ERROR [main] a.b.C: request failed\n" +
			"java.lang.IllegalStateException: closed\n\tat a.b.C.run(C.java:12)\n\tat a.b.D.run(D.java:9)\n" +
			"Caused by: java.io.IOException: broken pipe\n\t... 12 more\n2024-01-02 10:00:01,000 INFO [main] a.b.C: next\n",
		"python": "2024-01-02 10:00:00,000 ERROR request failed\nTraceback (most recent call last):\n  File \"a.py\", line 3, in run\n    x()\nValueError: no\n" +
			"2024-01-02 10:00:01,000 INFO next\n",
		"go": "2024-01-02T10:00:00Z ERROR request failed\n\ngoroutine 7 [running]:\nmain.run(0x1, 0x2)\n\t/src/main.go:12 +0x1d\ncreated by main.main\n\t/src/main.go:9 +0x12\n" +
			"2024-01-02T10:00:01Z INFO next\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := mine(Options{Lines: true}, text)
			last := int64(strings.Count(text, "\n"))
			head := r.TemplateOf(1)
			from := int64(2)
			if name == "java" {
				from = 3 // The exception's own line begins an event: nothing but what follows it says what it is.
				head = r.TemplateOf(2)
			}
			for n := from; n < last; n++ {
				if r.TemplateOf(n) != head {
					t.Errorf("line %d is no part of the event: %q", n, r.Templates[r.TemplateOf(n)].Text)
				}
			}
			if r.TemplateOf(last) == head {
				t.Error("the next line is part of the event")
			}
		})
	}
}

func TestWhatVariesIsMergedAndWhatIsSaidStaysApart(t *testing.T) {
	var sb strings.Builder
	for i := range 200 {
		fmt.Fprintf(&sb, "2024-01-02 10:%02d:%02d INFO session opened for user %s\n", i/60, i%60, []string{"root", "alice", "bob", "carol"}[i%4])
		fmt.Fprintf(&sb, "2024-01-02 10:%02d:%02d INFO worker %s\n", i/60, i%60, []string{"started", "stopped"}[i%2])
		fmt.Fprintf(&sb, "2024-01-02 10:%02d:%02d INFO state is now %s\n", i/60, i%60, []string{"READY", "BUSY", "GONE"}[i%3])
		fmt.Fprintf(&sb, "2024-01-02 10:%02d:%02d INFO deleted [Email_%d] from [PrivateIPv4_%d.2] %x\n", i/60, i%60, i, i%7, i*i*7919)
		fmt.Fprintf(&sb, "2024-01-02 10:%02d:%02d INFO blocks %s\n", i/60, i%60, strings.Repeat("blk_-17 ", 1+i%5))
	}
	r := mine(Options{}, sb.String())
	var got []string
	for _, x := range r.Templates {
		got = append(got, x.Text)
	}
	want := []string{"session opened for user <*>", "worker started", "state is now READY", "deleted <*> from <*>", "blocks <*>", "worker stopped", "state is now BUSY", "state is now GONE"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("templates\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What stands alone in quotes is a value, be it a verb, and so is a name alone
// in square brackets: three of them are enough. Two may be two statements.
func TestWordsInQuotesAreValues(t *testing.T) {
	var log strings.Builder
	for i := range 90 {
		word := []string{"shop", "unconnected", "wiki"}[i%3]
		fmt.Fprintf(&log, "2024-03-01 11:%02d:00 Aborted connection %d to db: '%s' (timeout)\n", i/2, i, word)
		fmt.Fprintf(&log, "2024-03-01 11:%02d:00 the icon is now in state '%s'\n", i/2, []string{"Active", "Inactive"}[i%2])
		fmt.Fprintf(&log, "2024-03-01 11:%02d:00 scsi disk [%s] write protect is clear\n", i/2, []string{"sda", "sdb", "sdc"}[i%3])
		fmt.Fprintf(&log, "2024-03-01 11:%02d:00 volume was %s after the check\n", i/2, []string{"mounted", "unmounted", "skipped"}[i%3])
	}
	if r := mine(Options{}, log.String()); len(r.Templates) != 7 {
		for _, x := range r.Templates {
			t.Log(x.Text)
		}
		t.Errorf("%d templates, want one with the quoted word open, one of the disk, two of the icon and three of the volume", len(r.Templates))
	}
}

// What a program prints for a terminal is what it prints for a file, and a
// colour on the level hides none.
func TestColoursChangeNothing(t *testing.T) {
	var plain, coloured strings.Builder
	for i := range 60 {
		level := []string{"INFO", "ERROR", "WARN"}[i%3]
		fmt.Fprintf(&plain, "2024-03-01 11:%02d:00 %s user %d logged in\n", i, level, i)
		fmt.Fprintf(&coloured, "\x1b[90m2024-03-01 11:%02d:00\x1b[0m \x1b[1;3%dm%s\x1b[0m user \x1b[38;5;12m%d\x1b[m logged in\x1b[K\n", i, i%8, level, i)
	}
	want, got := mine(Options{}, plain.String()), mine(Options{}, coloured.String())
	if len(want.Templates) != 1 || len(got.Templates) != 1 || got.Templates[0].ID != want.Templates[0].ID || got.Templates[0].Text != want.Templates[0].Text {
		t.Fatalf("%d templates, want 1 as without colours: %+v", len(got.Templates), got.Templates)
	}
	if a, b := want.Templates[0].stats[0], got.Templates[0].stats[0]; a.levels != b.levels || a.firstTime != b.firstTime || a.lastTime != b.lastTime {
		t.Errorf("coloured: %v %d %d, plain: %v %d %d", b.levels, b.firstTime, b.lastTime, a.levels, a.firstTime, a.lastTime)
	}
	for text, want := range map[string]string{"\x1b": "\x1b", "\x1b[": "", "a\x1b[31": "a", "\x1bc\x1b[0mx": "\x1bcx", "\x1b[31\x01m": "\x01m"} {
		if got := string(uncoloured(nil, []byte(text))); got != want {
			t.Errorf("%q is bare %q, want %q", text, got, want)
		}
	}
}

func TestALogWithoutPatternStaysBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	m := New(Options{Source: Source{Reference: reference}})
	word := func() string {
		b := make([]byte, 3+r.IntN(8))
		for i := range b {
			b[i] = 'a' + byte(r.IntN(26))
		}
		return string(b)
	}
	lines := 30_000
	for range lines {
		var parts []string
		for range 2 + r.IntN(6) {
			parts = append(parts, word())
		}
		m.AddLine([]byte(strings.Join(parts, " ")))
		if len(m.leaves) > 3*maxLeaves || len(m.words.list) > 100*maxLeaves {
			t.Fatalf("%d leaves, %d words", len(m.leaves), len(m.words.list))
		}
	}
	m.AddLine([]byte("FATAL: this one matters"))
	res := m.Finish()
	var total int64
	found := false
	for _, x := range res.Templates {
		total += x.stats[0].count
		found = found || x.Text == "FATAL: this one matters"
	}
	if total != int64(lines)+1 || !found {
		t.Errorf("%d lines counted of %d, severe one kept: %v", total, lines+1, found)
	}
}

func TestIDsAreTheSameForTheSameText(t *testing.T) {
	a := mine(Options{}, "2024-01-02 10:00:00 INFO disk /dev/sda1 is full\n2024-01-02 10:00:00 INFO up\n")
	b := mine(Options{}, "Jan  2 11:00:00 host prog[3]: up\nJan  2 11:00:00 host prog[3]: disk /dev/sdb7 is full\n")
	if a.Templates[0].ID != b.Templates[1].ID || a.Templates[1].ID != b.Templates[0].ID || a.Templates[0].ID == a.Templates[1].ID {
		t.Errorf("ids %v and %v", a.Templates, b.Templates)
	}
	if a.Find(a.Templates[1].ID) != 1 || a.Find("t000000") != -1 {
		t.Error("an id is not found")
	}
}

func FuzzAnyBytesAreADigest(f *testing.F) {
	f.Add([]byte("2024-01-02 10:00:00 INFO x\n\tat y\n"), uint8(3))
	f.Add([]byte(noise(2, 20)), uint8(100))
	f.Add([]byte("<34>1 - - - - [a=\"\\\"]\n{\"time\":1e400,\"msg\":\"\\u00"), uint8(1))
	f.Add([]byte("081109 203615 <1 sec ::1 [Email_3 [A_1.] \\042 HTTP/1.1\" 503"), uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, cut uint8) {
		want := describe(mine(Options{Lines: true, Processors: 1}, string(text)))
		m := New(Options{Source: Source{Reference: reference}, Lines: true, Processors: 2})
		for rest := text; len(rest) > 0; {
			n := min(len(rest), int(cut)+1)
			_, _ = m.Write(rest[:n])
			rest = rest[n:]
		}
		r := m.Finish()
		if got := describe(r); got != want {
			t.Errorf("cut at %d:\n%s\nwhole:\n%s", cut, got, want)
		}
		lines := bytes.Count(text, []byte{'\n'})
		if len(text) > 0 && text[len(text)-1] != '\n' {
			lines++
		}
		if len(r.lines) != lines {
			t.Errorf("%d lines, %d with a template", lines, len(r.lines))
		}
	})
}

// TestShapesAndTheirPartsAgree holds the hash that finds a template and the
// parts that it is made of to each other: one hash must mean one list of parts.
func FuzzShapesAndTheirPartsAgree(f *testing.F) {
	f.Add("connection from 10.0.0.1:80 took 12 ms", "connection from 10.0.0.2:443 took 1 second")
	f.Add("a, b; 1, 2, 3", "a, b; 4")
	f.Fuzz(func(t *testing.T, a, b string) {
		ha, hb := shapeHash([]byte(a)), shapeHash([]byte(b))
		same := func() bool {
			w := newWords()
			syms := func(s string) (out []sym) {
				for _, e := range elems(nil, []byte(s)) {
					out = append(out, (&Miner{words: w}).symOf([]byte(s), e))
				}
				return out
			}
			x, y := syms(a), syms(b)
			return len(x) == len(y) && fits(x, y) && fits(y, x)
		}()
		if (ha == hb) != same {
			t.Errorf("%q and %q: hashes equal %v, parts equal %v", a, b, ha == hb, same)
		}
	})
}
