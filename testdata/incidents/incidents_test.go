package incidents

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

var plantedTypes = []string{
	"Email", "IPv4", "IPv6", "MacAddress", "PhoneNumber", "Ssn", "CreditCard", "UrlWithCredentials", "BearerToken", "ApiKey", "Password", "Jwt",
	"PrivateKey", "Hostname",
}

type recording struct {
	Incident
	Answers
	text map[string][]byte // by file, uncompressed
}

func load(t *testing.T, name string) recording {
	t.Helper()
	incident, answers, dir, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	r := recording{incident, answers, map[string][]byte{}}
	for _, l := range incident.Logs {
		data, err := fs.ReadFile(dir, l.File)
		if err != nil {
			t.Fatal(err)
		}
		if l.Gzip {
			z, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatalf("%s: %v", l.File, err)
			}
			if data, err = io.ReadAll(z); err != nil {
				t.Fatalf("%s: %v", l.File, err)
			}
		}
		r.text[l.File] = data
	}
	return r
}

func each(t *testing.T, check func(t *testing.T, r recording)) {
	t.Helper()
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) { check(t, load(t, name)) })
	}
}

func lineCount(text []byte) int {
	n := bytes.Count(text, []byte("\n"))
	if len(text) > 0 && text[len(text)-1] != '\n' {
		n++
	}
	return n
}

func TestThereAreAtLeastThreeIncidents(t *testing.T) {
	if n := len(Names()); n < 3 {
		t.Fatalf("%d incidents, want at least 3", n)
	}
}

func TestUnknownIncidentIsRefused(t *testing.T) {
	for _, name := range []string{"no-such-incident", "", "..", "../incidents", "/"} {
		if _, _, dir, err := Load(name); err == nil || dir != nil {
			t.Errorf("Load(%q) gave no error", name)
		}
	}
	if _, _, _, err := Load("no-such-incident"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v is not fs.ErrNotExist", err)
	}
}

func TestDescriptionIsComplete(t *testing.T) {
	names := Names()
	each(t, func(t *testing.T, r recording) {
		if !slices.Contains(names, r.Name) || !strings.HasSuffix(t.Name(), "/"+r.Name) {
			t.Errorf("name %q is not the folder's", r.Name)
		}
		if !slices.Contains([]string{"critical", "high", "medium", "low"}, r.Severity) {
			t.Errorf("severity %q", r.Severity)
		}
		for what, text := range map[string]string{
			"title": r.Title, "domain": r.Domain, "summary": r.Summary, "broken_on_purpose": r.GroundTruth.BrokenOnPurpose,
			"root_cause": r.GroundTruth.RootCause, "impact": r.Impact, "detection": r.Detection, "resolution": r.Resolution,
		} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s is empty", what)
			}
		}
		if len(r.GroundTruth.Contributing) == 0 || len(r.Recorded.Software) == 0 {
			t.Error("contributing factors or software missing")
		}
		if _, err := time.Parse(time.DateOnly, r.Recorded.Date); err != nil {
			t.Error(err)
		}
	})
}

func TestLogsAreAsDescribed(t *testing.T) {
	each(t, func(t *testing.T, r recording) {
		total, longest := 0, 0
		for _, l := range r.Logs {
			text := r.text[l.File]
			total += len(text)
			longest = max(longest, l.Lines)
			if n := lineCount(text); n != l.Lines || n == 0 {
				t.Errorf("%s has %d lines, incident.json says %d", l.File, n, l.Lines)
			}
			if l.Gzip != strings.HasSuffix(l.File, ".gz") {
				t.Errorf("%s: gzip is %t", l.File, l.Gzip)
			}
			if !utf8.Valid(text) {
				t.Errorf("%s is not UTF-8", l.File)
			}
			if l.Kind != "json-lines" {
				continue
			}
			for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
				var object map[string]any
				if err := json.Unmarshal(line, &object); err != nil {
					t.Fatalf("%s:%d: %v", l.File, i+1, err)
				}
			}
		}
		if longest < 5000 {
			t.Errorf("longest log has %d lines, want at least 5000", longest)
		}
		if limit := 3_000_000; total > limit {
			t.Errorf("%d bytes of logs, want at most %d", total, limit)
		}
	})
}

func TestEveryFormIsThere(t *testing.T) {
	var compressed, jsonLines, mixed int
	for _, name := range Names() {
		r := load(t, name)
		for _, l := range r.Logs {
			text := r.text[l.File]
			crlf := bytes.Count(text, []byte("\r\n"))
			if crlf > 0 && bytes.Count(text, []byte("\n")) > crlf && utf8.Valid(text) && utf8.RuneCount(text) < len(text) {
				mixed++
			}
			if l.Gzip {
				compressed++
			}
			if l.Kind == "json-lines" {
				jsonLines++
			}
		}
	}
	if compressed == 0 || jsonLines == 0 || mixed == 0 {
		t.Errorf("compressed %d, JSON lines %d, mixed line ends with UTF-8 %d; want each at least once", compressed, jsonLines, mixed)
	}
}

func TestEveryPlantedOriginalOccursRaw(t *testing.T) {
	seen := map[string]bool{}
	each(t, func(t *testing.T, r recording) {
		if len(r.Planted) < 100 {
			t.Errorf("%d originals, want at least 100", len(r.Planted))
		}
		listed := map[Planted]bool{}
		for _, p := range r.Planted {
			if !slices.Contains(plantedTypes, p.Type) {
				t.Errorf("unknown type %q", p.Type)
			}
			if len(p.Value) < 7 {
				t.Errorf("a %s of %d bytes is too short to be looked for", p.Type, len(p.Value))
			}
			if listed[p] {
				t.Errorf("a %s is listed twice", p.Type)
			}
			listed[p] = true
			seen[p.Type] = true
			found := false
			for _, text := range r.text {
				found = found || bytes.Contains(text, []byte(p.Value))
			}
			if !found {
				t.Errorf("%s %q occurs in no log", p.Type, p.Value)
			}
		}
	})
	for _, typ := range plantedTypes {
		if !seen[typ] {
			t.Errorf("no incident plants a %s", typ)
		}
	}
}

// The shapes below are simpler than any detector's; they only guard the list of originals against a recording that writes what it does not list.
func TestNoAddressIsLeftOutOfTheList(t *testing.T) {
	shapes := map[string]*regexp.Regexp{
		"Email": regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`),
		"Jwt":   regexp.MustCompile(`eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+`),
		"Host":  regexp.MustCompile(`[\w-]+(?:\.[\w-]+)*\.internal\b`),
		"IPv4":  regexp.MustCompile(`\b(?:10|172|192)\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`),
	}
	each(t, func(t *testing.T, r recording) {
		var known strings.Builder
		for _, p := range r.Planted {
			known.WriteString(p.Value + "\n")
		}
		all := known.String()
		for file, text := range r.text {
			for kind, shape := range shapes {
				for _, hit := range shape.FindAll(text, -1) {
					if !strings.Contains(all, string(hit)) && !containsPlanted(r.Planted, string(hit)) {
						t.Errorf("%s: %s %q is not listed", file, kind, hit)
					}
				}
			}
		}
	})
}

func containsPlanted(planted []Planted, text string) bool {
	return slices.ContainsFunc(planted, func(p Planted) bool { return strings.Contains(text, p.Value) })
}

func TestNothingOfTheRecordingMachineIsInTheLogs(t *testing.T) {
	traces := regexp.MustCompile(`/work/|/home/|/root/|/tmp/|Linux \d`)
	each(t, func(t *testing.T, r recording) {
		for file, text := range r.text {
			if hit := traces.Find(text); hit != nil {
				t.Errorf("%s contains %q", file, hit)
			}
		}
	})
}

// least is the number of letters and digits below which a citation shows too little to count as evidence.
const least = 8

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// checkFind reports a citation that occurs nowhere, or whose first line holds an original inside the cited text, so that redaction would change
// it.
func checkFind(t *testing.T, r recording, log, find string) {
	t.Helper()
	text, ok := r.text[log]
	if !ok {
		t.Errorf("citation of unknown log %q", log)
		return
	}
	at := bytes.Index(text, []byte(find))
	if letters(find) < least || strings.ContainsAny(find, "\r\n") || at < 0 {
		t.Errorf("%s: no line contains %q", log, find)
		return
	}
	start := bytes.LastIndexByte(text[:at], '\n') + 1
	end := len(text)
	if n := bytes.IndexByte(text[at:], '\n'); n >= 0 {
		end = at + n
	}
	line := string(text[start:end])
	from, to := at-start, at-start+len(find)
	for _, p := range r.Planted {
		for i := 0; ; {
			n := strings.Index(line[i:], p.Value)
			if n < 0 {
				break
			}
			if i+n < to && from < i+n+len(p.Value) {
				t.Errorf("%s: citation %q overlaps a planted %s", log, find, p.Type)
			}
			i += n + 1
		}
	}
}

var eventType = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func TestEveryCitationOccursAndSurvivesRedaction(t *testing.T) {
	each(t, func(t *testing.T, r recording) {
		for _, e := range r.Timeline {
			if _, err := time.Parse(time.RFC3339, e.At); err != nil {
				t.Error(err)
			}
			if !eventType.MatchString(e.Type) || e.Text == "" {
				t.Errorf("event at %s has type %q and text %q", e.At, e.Type, e.Text)
			}
			checkFind(t, r, e.Source.Log, e.Source.Find)
		}
		if !slices.IsSortedFunc(r.Timeline, func(a, b Event) int { return strings.Compare(a.At, b.At) }) || len(r.Timeline) < 5 {
			t.Error("the timeline is short or out of order")
		}
		for _, w := range r.Whys {
			for _, e := range w.Evidence {
				checkFind(t, r, e.Log, e.Find)
			}
			for _, a := range w.Alternatives {
				for _, e := range a.Evidence {
					checkFind(t, r, e.Log, e.Find)
				}
			}
		}
	})
}

func TestEverySearchFindsSomething(t *testing.T) {
	each(t, func(t *testing.T, r recording) {
		if len(r.Search) == 0 {
			t.Error("no searches")
		}
		for _, s := range r.Search {
			pattern, err := regexp.Compile(s.Pattern)
			if err != nil {
				t.Error(err)
				continue
			}
			if !pattern.Match(r.text[s.Log]) || s.Why == "" {
				t.Errorf("search of %q for %q finds nothing or lacks its reason", s.Log, s.Pattern)
			}
		}
	})
}

func TestAnswersHoldNoOriginal(t *testing.T) {
	each(t, func(t *testing.T, r recording) {
		text, err := json.Marshal(r.Answers)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Planted {
			if bytes.Contains(text, []byte(p.Value)) {
				t.Errorf("answers.json holds a planted %s", p.Type)
			}
		}
	})
}

func TestWhysFormACausalTree(t *testing.T) {
	each(t, func(t *testing.T, r recording) {
		depth := map[string]int{"": 0}
		children := map[string]int{}
		lanes := map[string]int{}
		deepest, roots := 0, 0
		for _, w := range r.Whys {
			parent, ok := depth[w.Parent]
			if !ok {
				t.Fatalf("%s: parent %q does not come before it", w.ID, w.Parent)
			}
			if _, ok := depth[w.ID]; ok {
				t.Fatalf("id %q twice", w.ID)
			}
			depth[w.ID] = parent + 1
			children[w.Parent+"/"+w.Lane]++
			lanes[w.Lane]++
			if w.Lane == "cause" {
				deepest = max(deepest, depth[w.ID])
			}
			if !slices.Contains([]string{"cause", "detection", "duration"}, w.Lane) {
				t.Errorf("%s: lane %q", w.ID, w.Lane)
			}
			if !slices.Contains([]string{"cause", "contributing", "condition", "trigger", "detection-gap", "response-gap"}, w.Kind) {
				t.Errorf("%s: kind %q", w.ID, w.Kind)
			}
			if !strings.HasPrefix(w.Question, "Why ") || !strings.HasSuffix(w.Question, "?") || w.Claim == "" || len(w.Evidence) == 0 {
				t.Errorf("%s: question, claim or evidence missing", w.ID)
			}
			if !w.Root {
				continue
			}
			roots++
			if w.ActionableBy == "" || w.Counterfactual == "" || len(w.Countermeasures) == 0 {
				t.Errorf("%s: a root cause needs an owner, a counterfactual and countermeasures", w.ID)
			}
			for _, c := range w.Countermeasures {
				if !slices.Contains([]string{"prevent", "detect", "mitigate", "respond", "learn"}, c.Type) ||
					!slices.Contains([]string{"strong", "intermediate", "weak"}, c.Strength) || c.Owner == "" || c.Text == "" {
					t.Errorf("%s: countermeasure %+v", w.ID, c)
				}
				if _, err := time.Parse(time.DateOnly, c.Due); err != nil {
					t.Error(err)
				}
			}
		}
		branches := 0
		for at, n := range children {
			if strings.HasSuffix(at, "/cause") && !strings.HasPrefix(at, "/") && n > 1 {
				branches++
			}
		}
		if deepest < 4 || branches == 0 || lanes["detection"] == 0 || lanes["duration"] == 0 || roots == 0 {
			t.Errorf("depth %d, branches %d, lanes %v, roots %d", deepest, branches, lanes, roots)
		}
	})
}
