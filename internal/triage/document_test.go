package triage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// full is rcaInput with everything that people can tell.
func full(a *Analysis, kind DocumentKind, template string) DocumentInput {
	in := rcaInput(a)
	in.Kind, in.Template = kind, template
	in.Leadup, in.Detected = "Release 4.12.0 went out on Friday.", "The health check of the orders API raised an alert."
	in.Recovery, in.Backlog, in.Recurrence = "Requests succeeded again at once.", "A limit on export workers was planned for April.", "A like incident in 2025."
	return in
}

var allTemplates = []string{"atlassian", "google-sre", "rca", "servicenow-problem", "short"}

func TestTheTemplatesAreThose(t *testing.T) {
	names, err := TemplateNames(nil)
	if err != nil || !slices.Equal(names, allTemplates) {
		t.Errorf("%v, %v", names, err)
	}
	for _, k := range []DocumentKind{DocumentRCA, DocumentPostmortem} {
		if !slices.Contains(names, DefaultTemplate(k)) {
			t.Errorf("the default of %s is %q", k, DefaultTemplate(k))
		}
	}
}

func TestTemplatesOnTheGraphs(t *testing.T) {
	for _, template := range []string{"google-sre", "atlassian", "short", "servicenow-problem"} {
		for _, graph := range []string{"good", "branching", "no_evidence", "vendor"} {
			t.Run(template+"/"+graph, func(t *testing.T) {
				tr := readTranscript(t, filepath.Join(transcriptDir, graph+".txtar"))
				_, md, report, err := Render(t.Context(), full(tr.play(t, nil), DocumentPostmortem, template), tr.logs, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range report.Missing {
					if strings.Contains(m.Next, "generate_rca") {
						t.Errorf("%q sends to the tool of another document", m.Next)
					}
				}
				golden(t, fmt.Sprintf("testdata/%s_%s.md", template, graph), md)
			})
		}
	}
}

// dialogues are all transcripts that end in an analysis.
func dialogues(t testing.TB) map[string]*transcript {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(transcriptDir, "*.txtar"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	out := map[string]*transcript{}
	for _, f := range files {
		if tr := readTranscript(t, f); tr.file == nil {
			out[strings.TrimSuffix(filepath.Base(f), ".txtar")] = tr
		}
	}
	return out
}

// phrases are how documents word a cause, by the verdict that allows it.
var phrases = map[Verdict]string{
	Confirmed:           "The evidence confirms this ",
	Likely:              "A likely ",
	InconclusiveVerdict: "It is not established whether this is a ",
}

// neverMoreThanShown holds a document to the analysis that it is made from.
func neverMoreThanShown(t *testing.T, md string, a *Analysis, r Resolver) {
	t.Helper()
	checkCitations(t, md)
	g, err := LoadGraph(a.State)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifyAll(t.Context(), g, r); err != nil {
		t.Fatal(err)
	}
	judged := appraise(g)
	for line := range strings.Lines(md) {
		for verdict, phrase := range phrases {
			_, claim, ok := strings.Cut(line, phrase)
			if !ok {
				continue
			}
			if !slices.ContainsFunc(judged.branches, func(b Branch) bool {
				return b.Verdict == verdict && strings.Contains(claim, strings.TrimRight(inline(g.Node(b.Node).Claim), ". "))
			}) {
				t.Errorf("no branch is %s that this line could be of: %s", verdict, line)
			}
		}
		if strings.Contains(line, "The evidence shows: ") {
			_, claim, _ := strings.Cut(line, "The evidence shows: ")
			if !slices.ContainsFunc(g.Nodes, func(n Node) bool {
				return n.Status == Supported && strings.HasPrefix(claim, strings.TrimRight(inline(n.Claim), ". "))
			}) {
				t.Errorf("no supported claim is that of this line: %s", line)
			}
		}
	}
	report, faults, err := CheckDocument(t.Context(), md, a, r)
	if err != nil || len(faults) > 0 {
		t.Errorf("a document as it was written has faults: %v, %v", faults, err)
	}
	if report.Verdict != judged.verdict {
		t.Errorf("the check finds %s, the engine %s", report.Verdict, judged.verdict)
	}
}

// On every graph, by every template: no causal sentence without a citation
// that resolves, no wording above the verdict; and no wording rises when
// evidence is taken away.
func TestDocumentsNeverSayMoreThanWasShown(t *testing.T) {
	strength := func(md string) int {
		switch {
		case strings.Contains(md, phrases[Confirmed]):
			return 2
		case strings.Contains(md, phrases[Likely]):
			return 1
		}
		return 0
	}
	fell := 0
	for name, tr := range dialogues(t) {
		a := tr.play(t, nil)
		if a == nil {
			continue
		}
		for _, template := range allTemplates {
			if testing.Short() && template != "rca" && template != "atlassian" {
				continue
			}
			t.Run(name+"/"+template, func(t *testing.T) {
				in := full(a, DocumentPostmortem, template)
				_, before, _, err := Render(t.Context(), in, tr.logs, nil)
				if err != nil {
					t.Fatal(err)
				}
				neverMoreThanShown(t, before, a, tr.logs)
				for _, m := range mutations(tr.logs) {
					_, after, report, err := Render(t.Context(), in, m, nil)
					if err != nil {
						t.Fatal(err)
					}
					neverMoreThanShown(t, after, a, m)
					if strength(after) > strength(before) {
						t.Errorf("less evidence, stronger words:\n%s", after)
					}
					if strength(before) == 2 && strength(after) < 2 {
						fell++
						// And the old text is found out.
						if _, faults, err := CheckDocument(t.Context(), before, a, m); err != nil || len(faults) == 0 {
							t.Errorf("the document that confirmed passes on less evidence: %v", err)
						}
						if len(report.Unresolved) == 0 || strings.Contains(after, "CONFIRMED") {
							t.Errorf("the loss of evidence is not reported")
						}
					}
				}
			})
		}
	}
	if fell < 5 {
		t.Errorf("the wording fell %d times: the mutations do not reach what is confirmed", fell)
	}
}

// mutations are the logs with one of them changed, cut short or gone.
func mutations(logs memory) []memory {
	var out []memory
	for id, lines := range logs {
		for _, change := range []func() []string{
			func() []string { return nil },
			func() []string {
				edited := slices.Clone(lines)
				for i := range edited {
					edited[i] = strings.ToUpper(edited[i]) + " "
				}
				return edited
			},
			func() []string { return lines[:len(lines)/2] },
		} {
			m := memory{}
			for k, v := range logs {
				m[k] = v
			}
			m[id] = change()
			out = append(out, m)
		}
	}
	return out
}

func TestEditsThatSayMoreThanWasShownAreFound(t *testing.T) {
	tr := readTranscript(t, filepath.Join(transcriptDir, "good.txtar"))
	confirmed := tr.play(t, nil)
	weak := readTranscript(t, filepath.Join(transcriptDir, "no_evidence.txtar"))
	open := weak.play(t, nil)
	_, good, _, err := Render(t.Context(), rcaInput(confirmed), tr.logs, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, bare, _, err := Render(t.Context(), rcaInput(open), weak.logs, nil)
	if err != nil {
		t.Fatal(err)
	}
	add := func(md, line string) string { return strings.Replace(md, "## Impact\n", "## Impact\n\n"+line+"\n", 1) }
	for _, c := range []struct {
		name, md string
		a        *Analysis
		logs     memory
		fault    string // "" where there must be none
	}{
		{"unchanged", good, confirmed, tr.logs, ""},
		{"plain words", add(good, "Orders were late. Nobody lost money."), confirmed, tr.logs, ""},
		{"a cited sentence", add(good, "The evidence confirms that the pool was exhausted [E2]."), confirmed, tr.logs, ""},
		{"a hedged cause", add(bare, "It is not known whether the cause was the disk."), open, weak.logs, ""},
		{"no citation", add(good, "The evidence confirms that the disk failed."), confirmed, tr.logs, "cites no evidence"},
		{"a citation of nothing", add(good, "The evidence shows: it failed [E77]."), confirmed, tr.logs, "[E77], which is not among the evidence"},
		{"asserted in other words", add(good, "The root cause was a full disk."), confirmed, tr.logs, "cites no evidence"},
		{"asserted above the verdict", add(bare, "The outage was caused by the vendor [E1].\n\n**[E1]** Testimony: the vendor said so"), open, weak.logs, "INCONCLUSIVE"},
		{"likely above the verdict", add(bare, "A likely cause is the disk [E1].\n\n**[E1]** Testimony: x"), open, weak.logs, "INCONCLUSIVE"},
		{"a verdict in the facts", strings.Replace(bare, "| INCONCLUSIVE |", "| CONFIRMED |", 1), open, weak.logs, "says CONFIRMED"},
		{"a verdict above a chain", strings.Replace(bare, "**INCONCLUSIVE**", "**CONFIRMED**", 1), open, weak.logs, "says CONFIRMED"},
		{"an entry twice", strings.Replace(good, "**[E2]**", "**[E1]**", 1), confirmed, tr.logs, "twice"},
		{"a quote that is not there", strings.Replace(good, "46 idle in transaction sessions terminated", "46 disks failed at the same time", 1), confirmed, tr.logs, "does not resolve"},
		{"a reference to other lines", strings.Replace(good, "log:db#L5-L5@", "log:db#L4-L4@", 1), confirmed, tr.logs, "does not resolve"},
		{"no analysis", good, nil, tr.logs, "INCONCLUSIVE"},
	} {
		_, faults, err := CheckDocument(t.Context(), c.md, c.a, c.logs)
		if err != nil {
			t.Fatal(c.name, err)
		}
		all := strings.Join(faults, "\n")
		if c.fault == "" && all != "" || c.fault != "" && !strings.Contains(all, c.fault) {
			t.Errorf("%s: faults %q, want one that says %q", c.name, faults, c.fault)
		}
	}
	broken := errors.New("disk on fire")
	if _, _, err := CheckDocument(t.Context(), good, confirmed, brokenResolver{broken}); !errors.Is(err, broken) {
		t.Errorf("a resolver that fails gives %v", err)
	}
}

func TestTheCheckReportsWhatIsEmptyOrAPlaceholder(t *testing.T) {
	report, faults, err := CheckDocument(t.Context(), "# Title\n\n## Impact\n\n## Response\n\nTBD\n\n## Timeline\n\n```mermaid\ngantt\n```\n\n## Lessons\n\n### Well\n\n- text\n\n## End\n", nil, nil)
	if err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	var got []string
	for _, m := range report.Missing {
		got = append(got, m.Section+": "+m.What)
	}
	want := []string{"Impact: the section is empty", "End: the section is empty", "Response: line 7 holds a placeholder"}
	if !slices.Equal(got, want) || report.Complete {
		t.Errorf("missing %q, want %q", got, want)
	}
}

// A quote from a log with terminal colours stands in a document without them,
// and resolves all the same.
func TestQuotesResolveWithoutTheirTerminalSequences(t *testing.T) {
	logs := memory{"app": {"\x1b[31mERROR\x1b[0m pool exhausted: 50 of 50"}}
	res, err := Engine{}.Step(t.Context(), nil, StepInput{
		Problem: &ProblemInput{What: "p"}, Nodes: []NodeInput{{ID: "a", Claim: "The pool was exhausted at 50"}},
		Evidence: []EvidenceInput{{On: "a", Type: "log_excerpt", Ref: NewLogRef("app", 1, logs["app"]).String(), Text: logs["app"][0]}},
	}, logs)
	if err != nil {
		t.Fatal(err)
	}
	_, md, report, err := Render(t.Context(), rcaInput(&res.Analysis), logs, nil)
	if err != nil || len(report.Unresolved) > 0 || strings.Contains(md, "\x1b") {
		t.Fatalf("%+v, %v", report, err)
	}
	checked, faults, err := CheckDocument(t.Context(), md, &res.Analysis, logs)
	if err != nil || len(faults) > 0 || len(checked.Unresolved) > 0 {
		t.Errorf("%v %v %v", checked.Unresolved, faults, err)
	}
}

// What somebody told about the cause is marked as told, wherever it stands.
func TestToldCausesAreMarkedAsTold(t *testing.T) {
	in := full(nil, DocumentPostmortem, "")
	const said = "The outage was caused by the new release."
	in.Issue.Description, in.Impact, in.Leadup, in.Detected, in.Resolution, in.Recovery, in.Backlog, in.Recurrence = said, said, said, said, said, said, said, said
	in.WentWell, in.WentWrong, in.GotLucky = []string{said}, []string{said}, []string{said}
	for i := range in.Events {
		in.Events[i].Text = said
	}
	for _, in.Template = range allTemplates {
		_, md, _, err := Render(t.Context(), in, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for line := range strings.Lines(md) {
			if strings.Contains(line, "was caused by") && !strings.Contains(line, ":milestone") {
				told++
				if !strings.Contains(line, "As reported, not established: The outage") {
					t.Errorf("%s asserts what was told: %s", in.Template, line)
				}
			}
		}
		if _, faults, err := CheckDocument(t.Context(), md, nil, nil); err != nil || len(faults) > 0 || told < 3 {
			t.Errorf("%s: %d told, faults %v, %v", in.Template, told, faults, err)
		}
	}
}

func TestTheReportMissesOnlyWhatATemplateHasAPlaceFor(t *testing.T) {
	sections := func(template string) []string {
		_, _, report, err := Render(t.Context(), DocumentInput{Kind: DocumentPostmortem, Template: template, Issue: Issue{Title: "t"}}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, m := range report.Missing {
			out = append(out, m.Section)
		}
		return out
	}
	for template, want := range map[string][]string{
		"atlassian":          {"Leadup", "Backlog check", "Recurrence", "Recovery", "Lessons", "Root causes"},
		"google-sre":         {"Impact", "Lessons", "Detection", "Root causes"},
		"servicenow-problem": {"Recurrence", "Impact", "Response", "Root causes"},
		"short":              {"Impact", "Response", "Root causes"},
	} {
		got := sections(template)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%s does not miss %s", template, w)
			}
		}
	}
	if got := sections("short"); slices.Contains(got, "Leadup") || slices.Contains(got, "Lessons") {
		t.Errorf("short misses what it has no place for: %v", got)
	}
	if got := sections("google-sre"); slices.Contains(got, "Backlog check") {
		t.Errorf("google-sre misses what it has no place for: %v", got)
	}
}

func TestBrokenTemplatesSayWhere(t *testing.T) {
	for _, c := range []struct {
		text, what string
		line       int
	}{
		{"# x\n\n{{.Title", "unclosed action", 3},
		{"a\n{{if .Title}}\nb", "unexpected EOF", 3},
		{"a\nb\n{{nosuch .Title}}", "nosuch", 3},
		{"a\n{{.NoSuchField}}", "NoSuchField", 2},
		{"{{range .Roots}}\n{{.Owner}}{{end}}", "Owner", 2},
		{"{{with .Summary}}{{.Title}}{{end}}", "Title", 1},
		{"{{define \"x\"}}{{template \"x\"}}yyyyyyyy{{end}}{{template \"x\"}}", "depth", 1},
		{"{{template \"gone\"}}", "gone", 1},
		{`{{printf "%2000000000d" 1}}`, "", 0},
	} {
		if c.line == 0 {
			continue
		}
		var te *TemplateError
		if err := CheckTemplate("mine", c.text); !errors.As(err, &te) || te.Line != c.line || !strings.Contains(te.What, c.what) || strings.Contains(te.What, "docData") {
			t.Errorf("%q: %v (%+v), want line %d and %q", c.text, err, te, c.line, c.what)
		}
		own := fstest.MapFS{"mine.md.tmpl": {Data: []byte(c.text)}}
		in := full(readGood(t), DocumentRCA, "mine")
		if _, md, _, err := Render(t.Context(), in, goodLogs(t), own); !errors.As(err, &te) || md != "" {
			t.Errorf("%q renders: %v", c.text, err)
		}
	}
	for _, name := range allTemplates {
		text, own, err := ReadTemplate(nil, name)
		if err != nil || own {
			t.Fatal(name, own, err)
		}
		if err := CheckTemplate(name, text); err != nil {
			t.Error(err)
		}
	}
}

func readGood(t *testing.T) *Analysis {
	return readTranscript(t, filepath.Join(transcriptDir, "good.txtar")).play(t, nil)
}

func goodLogs(t *testing.T) memory {
	return readTranscript(t, filepath.Join(transcriptDir, "good.txtar")).logs
}

func TestTemplatesOfTheOwner(t *testing.T) {
	own := fstest.MapFS{
		"short.md.tmpl": {Data: []byte("own {{.Title}}")}, "acme.md.tmpl": {Data: []byte("acme {{$.Title}}")}, "notes.txt": {Data: []byte("x")}, "Bad name.md.tmpl": {Data: []byte("x")},
	}
	names, err := TemplateNames(own)
	if err != nil || !slices.Equal(names, []string{"acme", "atlassian", "google-sre", "rca", "servicenow-problem", "short"}) {
		t.Errorf("%v %v", names, err)
	}
	for name, want := range map[string]string{"short": "own Orders API answers 500\n", "acme": "acme Orders API answers 500\n"} {
		_, md, report, err := Render(t.Context(), full(nil, DocumentRCA, name), nil, own)
		if err != nil || md != want {
			t.Errorf("%s: %q, %v", name, md, err)
		}
		// Without a place for lessons none are missed; the causes always are.
		if len(report.Missing) == 0 || slices.ContainsFunc(report.Missing, func(m Missing) bool { return m.Section == "Timeline" }) {
			t.Errorf("%s misses %+v", name, report.Missing)
		}
	}
	for _, name := range []string{"nosuch", "../short", "a/b", "", strings.Repeat("x", 100)} {
		if _, _, err := ReadTemplate(own, name); !errors.Is(err, ErrNoTemplate) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, _, err := ReadTemplate(own, "nosuch"); !strings.Contains(err.Error(), "acme, atlassian") {
		t.Errorf("the error does not list the templates: %v", err)
	}
	var te *TemplateError
	if _, _, err := ReadTemplate(os.DirFS(t.TempDir()), "short"); err != nil {
		t.Errorf("an empty folder: %v", err)
	}
	if _, _, err := ReadTemplate(unreadable{}, "short"); !errors.As(err, &te) || strings.Contains(err.Error(), "secret-folder") {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

type unreadable struct{}

func (unreadable) Open(string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: "secret-folder/x", Err: fs.ErrPermission}
}

// CheckTemplate tries a template on a document that has everything: a variable
// without a value in the sample would not be tried.
func TestTheSampleHasEveryVariable(t *testing.T) {
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		switch {
		case v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0:
			t.Errorf("the sample has no %s", path)
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i), path+"."+v.Type().Field(i).Name)
			}
		case v.Kind() == reflect.Slice:
			walk(v.Index(0), path+"[0]")
		}
	}
	walk(reflect.ValueOf(sampleData()), "")
}

func TestTheDocsNameEveryVariable(t *testing.T) {
	b, err := os.ReadFile("../../docs/documents.md")
	if err != nil {
		t.Fatal(err)
	}
	var check func(typ reflect.Type)
	check = func(typ reflect.Type) {
		for f := range typ.Fields() {
			if !strings.Contains(string(b), "`."+f.Name+"`") {
				t.Errorf("docs/documents.md does not name .%s", f.Name)
			}
			if inner := f.Type; inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct {
				check(inner.Elem())
			}
		}
	}
	check(reflect.TypeFor[docData]())
	names, err := TemplateNames(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !strings.Contains(string(b), "| `"+n+"` |") {
			t.Errorf("docs/documents.md does not name the template %s", n)
		}
	}
}

func TestChartsAreReadAsTheyWereWritten(t *testing.T) {
	in := rcaInput(nil)
	events := append(in.Events,
		TimelineEvent{ID: "7", At: in.Events[0].At.Add(1500 * time.Millisecond), Type: "note: odd, type", Text: `a:b, "c" #35; <d> ; %%e {f} |g| \h` + "`i`"},
		TimelineEvent{ID: "8", At: in.Events[0].At, Type: EventRCAGenerated, Text: "not shown"})
	c, ok := chartOf(events)
	if !ok || len(c.phases) != 4 || len(c.events) != 6 {
		t.Fatalf("%+v %v", c, ok)
	}
	back, ok := parseGantt(c.gantt())
	if !ok || !reflect.DeepEqual(back, c) {
		t.Errorf("read %+v, wrote %+v\n%s", back, c, c.gantt())
	}
	for _, line := range strings.Split(strings.TrimSpace(c.gantt()), "\n") {
		if !regexp.MustCompile(`^(gantt|  (title|dateFormat|axisFormat|section) [^;]*|  [^:]* :(p\d+, \S+, \S+|milestone, e\d+, \S+, 0s))$`).MatchString(strings.NewReplacer("#58;", "", "#59;", "", "#quot;", "", "#35;", "", "#lt;", "", "#gt;", "", "#37;", "", "#123;", "", "#125;", "", "#124;", "", "#92;", "", "#96;", "", "#44;", "").Replace(line)) {
			t.Errorf("a line that Mermaid reads otherwise: %q", line)
		}
	}
	for _, bad := range []string{"", "gantt\n", "graph TD\n  A --> B\n", c.gantt() + "  click e1 href \"x\"\n", strings.Replace(c.gantt(), "04:09", "99:99", 1)} {
		if _, ok := parseGantt(bad); ok {
			t.Errorf("%q is read as a chart", bad)
		}
	}
	if _, ok := chartOf(events[:1]); ok {
		t.Error("one moment makes no axis")
	}
}

func TestTheTimelineIsDrawnWithinItsPicture(t *testing.T) {
	base := time.Date(2026, 3, 1, 4, 9, 0, 0, time.UTC)
	for _, gap := range []time.Duration{5 * time.Millisecond, time.Second, 90 * time.Second, 20 * time.Minute, 7 * time.Hour, 50 * 24 * time.Hour, 9000 * 24 * time.Hour} {
		var events []TimelineEvent
		for i, typ := range []string{EventImpactStarted, "note", EventDetected, "note", EventAcknowledged, "a_rather_long_type_of_events_of_somebody", EventMitigated, EventResolved} {
			events = append(events, TimelineEvent{ID: fmt.Sprint(i), At: base.Add(time.Duration(i*i) * gap), Type: typ, Text: strings.Repeat("what happened here ", 1+i%3)})
		}
		c, ok := chartOf(events)
		if !ok {
			t.Fatal(gap)
		}
		p := c.picture()
		if out := p.Outside(); len(out) > 0 {
			t.Errorf("%v: outside of the picture: %+v", gap, out)
		}
		if n := len(p.Items); n < 20 || n > 120 {
			t.Errorf("%v: %d items", gap, n)
		}
	}
}

// block returns the code blocks of Mermaid in a document.
func mermaidBlocks(t *testing.T, md string) []string {
	t.Helper()
	var out []string
	for _, m := range regexp.MustCompile("(?s)```mermaid\n(.*?)\n```").FindAllStringSubmatch(md, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestFiguresAreThoseOfTheDocument(t *testing.T) {
	tr := readTranscript(t, filepath.Join(transcriptDir, "good.txtar"))
	a := tr.play(t, nil)
	_, md, _, err := Render(t.Context(), rcaInput(a), tr.logs, nil)
	if err != nil {
		t.Fatal(err)
	}
	figure, err := Figures(t.Context(), tr.logs, nil, a)
	if err != nil {
		t.Fatal(err)
	}
	blocks := mermaidBlocks(t, md)
	if len(blocks) != 2 {
		t.Fatalf("%d figures", len(blocks))
	}
	for i, b := range blocks {
		p := figure("mermaid", b)
		if p == nil {
			t.Fatalf("figure %d is not drawn:\n%s", i, b)
		}
		if out := p.Outside(); len(out) > 0 {
			t.Errorf("figure %d: outside: %+v", i, out)
		}
		if figure("text", b) != nil || figure("mermaid", b+"\n  X --> Y") != nil || figure("mermaid", strings.ToUpper(b)) != nil {
			t.Errorf("figure %d is drawn though it was edited", i)
		}
	}
	// As it was when it was written, though the evidence has gone since; and as
	// the evidence resolves now.
	if figure, err = Figures(t.Context(), memory{}, a); err != nil || figure("mermaid", blocks[1]) == nil {
		t.Errorf("the graph of the analysis as it is kept is not drawn, %v", err)
	}
	_, bare, _, err := Render(t.Context(), rcaInput(a), memory{}, nil)
	if err != nil || figure("mermaid", mermaidBlocks(t, bare)[1]) == nil {
		t.Errorf("the graph without evidence is not drawn, %v", err)
	}
	broken := errors.New("disk on fire")
	if _, err := Figures(t.Context(), brokenResolver{broken}, a); !errors.Is(err, broken) {
		t.Errorf("a resolver that fails gives %v", err)
	}
}

func TestADocumentNamesTheRevisionThatItIsOf(t *testing.T) {
	a := readGood(t)
	a.ID = "0197a1f0-7c1e-7d3a-9f1e-0123456789ab"
	for _, template := range allTemplates {
		_, md, _, err := Render(t.Context(), full(a, DocumentRCA, template), goodLogs(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if id, revision := AnalysisNamed(md); id != a.ID || revision != a.Revision {
			t.Errorf("%s: %q, %d", template, id, revision)
		}
	}
	for _, none := range []string{"", "x, revision y", "revision 3", ", revision 9999999999"} {
		if id, _ := AnalysisNamed(none); id != "" {
			t.Errorf("%q names %q", none, id)
		}
	}
}

func FuzzCheckDocument(f *testing.F) {
	f.Add("# a\n\n**[E1]** x `log:a#L1-L1@0123456789abcdef`\n\n```text\nq\n```\n\nThe evidence confirms x [E1].")
	f.Add("```\n**CONFIRMED**\nThe root cause was x.")
	logs := memory{"a": {"one", "two"}}
	f.Fuzz(func(t *testing.T, md string) {
		report, faults, err := CheckDocument(t.Context(), md, nil, logs)
		if err != nil {
			t.Fatal(err)
		}
		if report.Complete && len(faults) > 0 || report.Cited > report.Claims {
			t.Fatalf("%+v with faults %q", report, faults)
		}
	})
}

func FuzzGantt(f *testing.F) {
	c, _ := chartOf(rcaInput(nil).Events)
	f.Add(c.gantt())
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := parseGantt(text); ok && len(c.picture().SVG()) == 0 {
			t.Fatal("nothing drawn")
		}
	})
}
