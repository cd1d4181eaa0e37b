package triage

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func rcaInput(a *Analysis) DocumentInput {
	at := func(h, m int) time.Time { return time.Date(2026, 3, 1, h, m, 0, 0, time.UTC) }
	return DocumentInput{
		Issue: Issue{
			ID: "0195-issue", Title: "Orders API answers 500", Severity: SeverityHigh, Status: StatusResolved, Category: "databases",
			Description: "From 04:09 UTC every request to /orders failed.\n\nA restart at 04:31 ended it.", CreatedAt: at(4, 20), ResolvedAt: at(5, 0),
		},
		Events: []TimelineEvent{
			{ID: "5", At: at(4, 31), Type: EventMitigated, Text: "PostgreSQL ended idle sessions", Source: "log:db"},
			{ID: "1", At: at(4, 9), Type: EventImpactStarted, Text: "First 500"},
			{ID: "2", At: at(4, 27), Type: EventDetected, Text: "Alert orders-health"},
			{ID: "3", At: at(4, 29), Type: EventAcknowledged, Text: "[PersonName_1] acknowledges"},
			{ID: "6", At: at(6, 0), Type: EventResolved, Text: "Release 4.12.1 is out"},
		},
		Logs:     []Log{{ID: "app", Name: "orders.log", Lines: 7, RedactedSHA256: "ab12", Review: Approved}, {ID: "db", Name: "postgresql.log", Lines: 5, RedactedSHA256: "cd34", Review: Unreviewed}},
		Analysis: a,
		Impact:   "All customers of the web shop, 22 minutes.", Resolution: "Sessions idle in transaction were ended.",
		WentWell: []string{"The pool metrics were there"}, WentWrong: []string{"The page came after 18 minutes"}, GotLucky: []string{"It was a Sunday"},
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update to accept); got\n%s", path, got)
	}
}

func TestRCADocuments(t *testing.T) {
	for _, name := range []string{"good", "branching", "records", "no_evidence", "vendor"} {
		t.Run(name, func(t *testing.T) {
			tr := readTranscript(t, "testdata/"+name+".txtar")
			a := tr.play(t, nil)
			title, md, report, err := Render(t.Context(), rcaInput(a), tr.logs, nil)
			if err != nil {
				t.Fatal(err)
			}
			if title != "Root cause analysis: Orders API answers 500" {
				t.Errorf("title %q", title)
			}
			_, again, _, err := Render(t.Context(), rcaInput(a), tr.logs, Templates())
			if err != nil || again != md {
				t.Errorf("the same input gives other bytes, %v", err)
			}
			res, err := Engine{}.Assess(a)
			if err != nil {
				t.Fatal(err)
			}
			if report.Verdict != res.Verdict {
				t.Errorf("the report says %s, the engine %s", report.Verdict, res.Verdict)
			}
			checkWording(t, md, res)
			checkCitations(t, md)
			golden(t, "testdata/rca_"+name+".md", md)
		})
	}
}

// A document may not say more than the verdict.
func checkWording(t *testing.T, md string, res StepResult) {
	t.Helper()
	count := map[Verdict]int{}
	for _, b := range res.Branches {
		if b.Lane == LaneCause {
			count[b.Verdict]++
		}
	}
	section := func(name string) string {
		_, rest, _ := strings.Cut(md, "\n## "+name+"\n")
		s, _, _ := strings.Cut(rest, "\n## ")
		return s
	}
	roots := section("Root causes")
	for v, phrase := range map[Verdict]string{Confirmed: "The evidence confirms ", Likely: "A likely ", InconclusiveVerdict: "It is not established whether "} {
		if got := strings.Count(roots, phrase); got != count[v] {
			t.Errorf("%d sentences say %q, %d branches are %s", got, phrase, count[v], v)
		}
		if got := strings.Count(section("Summary"), phrase); got != count[v] {
			t.Errorf("the summary says %q %d times, want %d", phrase, got, count[v])
		}
	}
}

// Every sentence that claims something with evidence cites it, and every
// citation resolves in the appendix.
func checkCitations(t *testing.T, md string) {
	t.Helper()
	cited := map[string]bool{}
	for line := range strings.Lines(md) {
		claims := false
		for _, opening := range []string{"The evidence confirms", "The evidence shows", "The evidence refutes", "A likely"} {
			claims = claims || strings.Contains(line, opening)
		}
		labels := regexp.MustCompile(`\[E\d+\]`).FindAllString(line, -1)
		if claims && len(labels) == 0 {
			t.Errorf("a causal sentence without citation: %s", line)
		}
		for _, l := range labels {
			cited[l] = true
		}
	}
	for l := range cited {
		if !strings.Contains(md, "\n**"+l+"** ") {
			t.Errorf("%s is cited and not in the appendix", l)
		}
	}
}

func TestAnEmptyIssueGivesADocumentThatSaysWhatIsMissing(t *testing.T) {
	_, md, report, err := Render(t.Context(), DocumentInput{Issue: Issue{Title: "t"}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Complete || report.Verdict != InconclusiveVerdict {
		t.Errorf("report %+v", report)
	}
	for _, section := range []string{"Summary", "Impact", "Timeline", "Root causes", "Response", "Lessons", "Evidence"} {
		if !slices.ContainsFunc(report.Missing, func(m Missing) bool { return m.Section == section }) {
			t.Errorf("the report does not miss %s", section)
		}
		if !strings.Contains(md, "- "+section+": ") {
			t.Errorf("the document does not say that %s is missing", section)
		}
	}
	for _, placeholder := range []string{"TBD", "TODO", "N/A", "unknown", "## Impact", "## Root causes"} {
		if strings.Contains(md, placeholder) {
			t.Errorf("the document has %q", placeholder)
		}
	}
}

func TestACompleteAnalysisIsReportedComplete(t *testing.T) {
	tr := readTranscript(t, "testdata/good.txtar")
	a := tr.play(t, nil)
	res, err := Engine{}.Step(t.Context(), a, StepInput{Revision: a.Revision, Finish: true, Nodes: []NodeInput{
		{Lane: "detection", Claim: "The alert waits 15 minutes", Stop: "external", Why: "x"},
		{Lane: "duration", Claim: "Sessions ended only at 04:31", Stop: "external", Why: "x"},
	}}, tr.logs)
	if err != nil {
		t.Fatal(err)
	}
	_, md, report, err := Render(t.Context(), rcaInput(&res.Analysis), tr.logs, nil)
	if err != nil || !report.Complete || len(report.Missing) > 0 || !strings.Contains(md, "Nothing is missing") {
		t.Errorf("report %+v, %v", report, err)
	}
}

// What was confirmed when it was analysed is not confirmed in a document whose
// evidence no longer resolves.
func TestEvidenceIsResolvedAgainAtRendering(t *testing.T) {
	tr := readTranscript(t, "testdata/good.txtar")
	a := tr.play(t, nil)
	delete(tr.logs, "app")
	_, md, report, err := Render(t.Context(), rcaInput(a), tr.logs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if report.Verdict == Confirmed || len(report.Unresolved) == 0 || strings.Contains(md, "The evidence confirms") {
		t.Errorf("the document confirms without its log: %+v", report)
	}
	if strings.Contains(md, "pool exhausted: 50 of 50") {
		t.Error("the document quotes what does not resolve")
	}
	broken := errors.New("disk on fire")
	if _, _, _, err := Render(t.Context(), rcaInput(a), brokenResolver{broken}, nil); !errors.Is(err, broken) {
		t.Errorf("a failing resolver gives %v", err)
	}
}

func TestTemplatesMayBeOverridden(t *testing.T) {
	own := fstest.MapFS{"rca.md.tmpl": {Data: []byte("# {{.Title}}\n\n\n\n{{range .Roots}}{{.Verdict}}{{end}}")}}
	tr := readTranscript(t, "testdata/good.txtar")
	a := tr.play(t, nil)
	_, md, _, err := Render(t.Context(), rcaInput(a), tr.logs, own)
	if err != nil || md != "# Orders API answers 500\n\nCONFIRMED\n" {
		t.Errorf("%q, %v", md, err)
	}
	if _, _, _, err = Render(t.Context(), rcaInput(a), tr.logs, fstest.MapFS{}); err != nil {
		t.Errorf("a folder without templates: %v", err)
	}
	for _, bad := range []string{"{{.Title", "{{.NoSuchField}}"} {
		own["rca.md.tmpl"].Data = []byte(bad)
		if _, _, _, err := Render(t.Context(), rcaInput(a), tr.logs, own); err == nil || !strings.Contains(err.Error(), "rca.md.tmpl") {
			t.Errorf("template %q: %v", bad, err)
		}
	}
}

// hostile tries everything that means something to Markdown, HTML, Mermaid or
// a terminal.
const hostile = "x\n# HEADING\n| a | b |\n```\n~~~\n<script>alert(1)</script> <!-- ![i](http://evil/i.png) [l](javascript:x) [Email_3](http://evil) [E9]: http://evil\n" +
	"**bold** _em_ `code` &amp; \\ \x1b[31mred\x1b[0m \x1b]0;title\x07 \u202eoverride\u202c \u200bzero\x00\x07 $x$ %%{init}%% \"];N0-->N0;click N0 evil"

func TestTextFromOutsideCannotShapeTheDocument(t *testing.T) {
	logs := memory{"app": strings.Split(hostile, "\n")}
	ref := NewLogRef("app", 1, logs["app"]).String()
	res, err := Engine{}.Step(t.Context(), nil, StepInput{
		Problem: &ProblemInput{What: hostile},
		Nodes: []NodeInput{
			{ID: "a", Claim: hostile, Stop: "actionable", Why: hostile, ActionableBy: "x | y"},
			{ID: "r", RivalOf: "a", Claim: hostile},
			{ID: "d", Lane: "detection", Claim: hostile},
		},
		Evidence: []EvidenceInput{
			{On: "a", Type: "log_excerpt", Ref: ref, Text: hostile, Note: hostile},
			{On: "a", Type: "ticket", Ref: "INC#1:/a_b", Text: hostile},
			{On: "r", Type: "testimony", Text: hostile},
		},
		Countermeasures: []CountermeasureInput{{Node: "a", Text: hostile, Type: "prevent", Strength: "weak", Owner: "o | p", EffectCheck: hostile}},
	}, logs)
	if err != nil {
		t.Fatal(err)
	}
	in := rcaInput(&res.Analysis)
	in.Issue.Title, in.Issue.Description, in.Issue.Category, in.Issue.ID = hostile[:120], hostile, hostile, hostile
	in.Impact, in.Resolution, in.WentWell, in.WentWrong, in.GotLucky = hostile, hostile, []string{hostile}, []string{hostile}, []string{hostile}
	in.Events = append(in.Events, TimelineEvent{At: in.Events[0].At, Type: hostile, Text: hostile, Source: hostile})
	in.Logs = append(in.Logs, Log{ID: "app2 | x", Name: hostile, RedactedSHA256: hostile, Review: hostile})
	in.Logs[0].Name = hostile

	tame := rcaInput(nil)
	title, md, _, err := Render(t.Context(), in, logs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(title, "\n\x1b\x00") {
		t.Errorf("title %q", title)
	}
	outside, fences := splitFences(t, md)
	for _, bad := range []string{"<script", "<!--", "\x1b", "\x00", "\x07", "\u202e", "\u200b", "**bold**", " _em_", "`code`"} {
		if strings.Contains(outside, bad) {
			t.Errorf("the document has %q outside of fences", bad)
		}
	}
	if link := regexp.MustCompile(`[^\\]\]\([^)]*\)`).FindString(outside); link != "" {
		t.Errorf("the document has a link %q", link)
	}
	for _, bad := range []string{"\x1b", "\x00", "\x07", "\u202e"} {
		if strings.Contains(md, bad) {
			t.Errorf("the document has %q", bad)
		}
	}
	known := map[string]bool{}
	_, tameMD, _, err := Render(t.Context(), tame, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []string{"Root causes", "Causal chain", "What else was considered", "Detection", "Action items", "Evidence", "Contributing factors"} {
		known["## "+l] = true
	}
	for line := range strings.Lines(tameMD) {
		if strings.HasPrefix(line, "#") {
			known[strings.TrimSpace(line)] = true
		}
	}
	columns := 0
	for line := range strings.Lines(outside) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") && !known[line] && !strings.HasPrefix(line, "# Root cause analysis: ") {
			t.Errorf("a heading from outside: %q", line)
		}
		cells := len(regexp.MustCompile(`(?:^|[^\\])\|`).FindAllString(line, -1))
		switch {
		case !strings.HasPrefix(line, "|"):
			columns = 0
			if regexp.MustCompile(`^\s*(\[[^\]]*\]:|[=-]{3,}\s*$|>)`).MatchString(line) {
				t.Errorf("a line with a meaning of its own: %q", line)
			}
		case columns == 0:
			columns = cells
		case cells != columns:
			t.Errorf("a row of %d cells in a table of %d: %q", cells-1, columns-1, line)
		}
	}
	if len(fences) != 3 {
		t.Fatalf("%d fences, want the chart, the diagram and one excerpt", len(fences))
	}
	if _, ok := parseGantt(fences[0]); !ok || strings.ContainsAny(fences[0], "`<>|{}\\\"") {
		t.Errorf("the chart is not ours: %q", fences[0])
	}
	if !strings.Contains(fences[2], "```\n~~~") {
		t.Errorf("the excerpt is not kept as it was: %q", fences[2])
	}
	m := fences[1]
	for _, bad := range []string{"<script", "\"];N0", "%%{", "`"} {
		if strings.Contains(m, bad) {
			t.Errorf("the diagram has %q", bad)
		}
	}
	for line := range strings.Lines(m) {
		if !regexp.MustCompile(`^(graph TD|  (P\[".*"\]|N\d+(A\d+)?(\[|\(\[)"[^"]*"(\]|\]\)):::\w+|\w+ (-->|-\.-)(\|[^|]*\|)? \w+|classDef .*))\n$`).MatchString(line) {
			t.Errorf("a line of the diagram is not ours: %q", line)
		}
	}
	tree, err := Tree(&res.Analysis)
	if err != nil || strings.ContainsAny(tree, "\x1b\x00\x07\u202e") || strings.Contains(tree, "\n# HEADING") {
		t.Errorf("tree %q, %v", tree, err)
	}
}

// splitFences returns what is outside of code blocks and the blocks.
func splitFences(t *testing.T, md string) (string, []string) {
	t.Helper()
	var outside, block strings.Builder
	var blocks []string
	fence := ""
	for line := range strings.Lines(md) {
		bare := strings.TrimRight(line, "\n")
		run := len(bare) - len(strings.TrimLeft(bare, "`"))
		switch {
		case fence == "" && run >= 3:
			fence = bare[:run]
		case fence != "" && run >= len(fence) && strings.Trim(bare, "`") == "":
			fence = ""
			blocks = append(blocks, block.String())
			block.Reset()
		case fence != "":
			block.WriteString(line)
		default:
			outside.WriteString(line)
		}
	}
	if fence != "" {
		t.Error("a fence stays open")
	}
	return outside.String(), blocks
}

func TestInlineKeepsPseudonymsRestorable(t *testing.T) {
	for in, want := range map[string]string{
		"from [Email_3] to [PrivateIPv4_12.2]": "from [Email_3] to [PrivateIPv4_12.2]",
		"[Email_3](x)":                         `[Email_3]\(x)`,
		"[Email_3][x]":                         `[Email_3]\[x\]`,
		"[Email_3]: x":                         `[Email_3]\: x`,
		"[Email_3][Hostname_1.2]":              "[Email_3][Hostname_1.2]",
		"[other] max_connections _x_":          `\[other\] max_connections \_x\_`,
		"1. one":                               `1\. one`,
		"- a":                                  `\- a`,
		"a < b & c | d":                        `a &lt; b &amp; c \| d`,
	} {
		if got := inline(in); got != want {
			t.Errorf("inline(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFencesAreLongerThanAnyRunInside(t *testing.T) {
	for n := range 8 {
		text := "a" + strings.Repeat("`", n) + "\n" + strings.Repeat("`", n) + "text"
		got := fenced(text)
		fence, _, _ := strings.Cut(got, "text")
		if len(fence) <= n || len(fence) < 3 || !strings.HasSuffix(got, "\n"+fence) || !strings.Contains(got, text) {
			t.Errorf("%d backticks: %q", n, got)
		}
	}
}

func TestSpansAreReadable(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min 1 s", time.Hour: "1 h", 25*time.Hour + time.Minute: "1 d 1 h",
		time.Hour + 5*time.Second: "1 h",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
	if got := fmt.Sprint(stamp(time.Date(2026, 3, 1, 5, 0, 0, 1e6, time.FixedZone("", 3600)))); got != "2026-03-01 04:00:00.001 UTC" {
		t.Errorf("stamp %q", got)
	}
}

func TestChainsDoNotRepeatWhatTheyShare(t *testing.T) {
	node := func(id, parent, kind string) NodeInput {
		return NodeInput{ID: id, Claim: "Claim " + id + " about disk sda1", Parents: strings.Fields(parent), Kind: kind, Stop: map[bool]string{true: "actionable"}[id > "b"]}
	}
	res, err := Engine{}.Step(t.Context(), nil, StepInput{Problem: &ProblemInput{What: "p"}, Nodes: []NodeInput{
		node("a", "", ""), node("b", "a", ""), node("x", "b", ""), node("y", "b", "contributing"), node("z", "a", "trigger"),
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, md, _, err := Render(t.Context(), DocumentInput{Analysis: &res.Analysis}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, chains, _ := strings.Cut(md, "## Causal chain")
	chains, _, _ = strings.Cut(chains, "```mermaid")
	for text, want := range map[string]int{"Claim a about": 2, "As above, down to here. Not established, no evidence: Claim b": 1, "Claim b about": 2, "Claim y about": 1, "Claim z about": 1} {
		if got := strings.Count(chains, text); got != want {
			t.Errorf("%q stands there %d times, want %d:\n%s", text, got, want, chains)
		}
	}
	for _, want := range []string{"whether this is a root cause: Claim x", "whether this is a contributing cause: Claim y", "whether this is a trigger: Claim z"} {
		if !strings.Contains(md, want) {
			t.Errorf("the document does not say %q", want)
		}
	}
}

// Whatever the text, what inline leaves unescaped means nothing to Markdown.
func FuzzInline(f *testing.F) {
	f.Add(hostile)
	f.Add("[Email_3](x) [Email_3]\\(x) \\| \\\\| 1) a")
	f.Fuzz(func(t *testing.T, s string) {
		out := inline(s)
		if strings.ContainsAny(out, "\n\r\x1b\x00<>\u2028\u202e") {
			t.Fatalf("inline(%q) = %q", s, out)
		}
		for i := 0; i < len(out); i++ {
			switch {
			case out[i] == '\\':
				i++
			case out[i] == '[':
				token := tokenForm().FindString(out[i:])
				if token == "" || strings.HasPrefix(out[i+len(token):], "(") || strings.HasPrefix(out[i+len(token):], ":") || strings.HasPrefix(out[i+len(token):], "[") && tokenForm().FindString(out[i+len(token):]) == "" {
					t.Fatalf("inline(%q) = %q has a bracket at %d", s, out, i)
				}
				i += len(token) - 1
			case strings.IndexByte("`*]|#~!$", out[i]) >= 0:
				t.Fatalf("inline(%q) = %q has %q at %d", s, out, out[i], i)
			}
		}
		if again := fenced(s); strings.Count(again, again[:strings.Index(again, "text\n")]) < 2 || !strings.HasSuffix(again, "\n"+again[:strings.Index(again, "text\n")]) {
			t.Fatalf("fenced(%q) = %q", s, again)
		}
	})
}

func TestWorkOnTheIssueIsNoPartOfItsTimeline(t *testing.T) {
	in := rcaInput(nil)
	in.Events = append(in.Events, TimelineEvent{ID: "9", At: in.Events[0].At, Type: EventLogUploaded, Text: "Log orders.log registered"})
	_, md, _, err := Render(t.Context(), in, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(md, "registered") || !strings.Contains(md, "First 500") {
		t.Error("the timeline does not hold what happened, and only that")
	}
}
