package tools

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/export"
)

// confirmed leads an issue to a confirmed cause and returns it with its log.
func (b *bench) confirmed() (issue, log string) {
	b.t.Helper()
	issue = b.issue()
	log = b.log(issue, "pool exhausted: 50 of 50 connections in use\nworker 7 kept its connection for 180 s\nlatency of the database was 0.4 ms\n")
	read := func(from int) (ref, text string) {
		out := b.call("read_log", map[string]any{"log_id": log, "from": from, "to": from})
		return at[string](b.t, out, "ref"), strings.TrimSpace(at[string](b.t, out, "lines", 0, "text"))
	}
	pool, poolText := read(1)
	worker, workerText := read(2)
	db, dbText := read(3)
	evidence := func(on, ref, text, effect string) map[string]any {
		return map[string]any{"on": on, "type": "log_excerpt", "ref": ref, "text": text, "effect": effect}
	}
	b.call("five_whys_step", map[string]any{
		"issue_id": issue, "problem": map[string]any{"what": "Checkout answers 502 to every request"},
		"nodes": []any{
			map[string]any{"id": "pool", "claim": "All 50 connections of the pool were in use"},
			map[string]any{"id": "worker", "parents": []any{"pool"}, "claim": "Worker 7 kept its connection for 180 s", "stop": "actionable", "why": "Had it returned the connection, the pool would have had a free one", "actionable_by": "orders team"},
			map[string]any{"id": "slow", "rival_of": "pool", "claim": "The database was slow"},
		},
		"evidence": []any{
			evidence("pool", pool, poolText, "supports"), evidence("worker", worker, workerText, "supports"), evidence("slow", db, dbText, "refutes"),
		},
		"countermeasures": []any{map[string]any{"node": "worker", "text": "Return the connection after each batch", "type": "prevent", "strength": "strong", "owner": "orders team", "due": "2026-04-01", "effect_check": "load test"}},
	})
	return issue, log
}

func TestADocumentIsWrittenEditedReadAndExported(t *testing.T) {
	b := newBench(t, setup{})
	issue, _ := b.confirmed()
	doc := b.call("generate_postmortem", map[string]any{"issue_id": issue, "template": "atlassian", "leadup": "A release on Friday."})
	id, text := at[string](t, doc, "document_id"), at[string](t, doc, "markdown")
	for _, want := range []string{"## Five whys", "A release on Friday.", "The evidence shows: All 50 connections", "[E1]"} {
		if !strings.Contains(text, want) {
			t.Errorf("the document lacks %q:\n%s", want, text)
		}
	}
	if at[float64](t, doc, "version") != 1 || !strings.HasSuffix(at[string](t, doc, "coverage"), " claims cited") || strings.HasPrefix(at[string](t, doc, "coverage"), "0") || len(at[[]any](t, doc, "missing")) == 0 {
		t.Errorf("answer %v", doc)
	}
	rca := b.call("generate_rca", map[string]any{"issue_id": issue})
	if at[string](t, rca, "document_id") == id {
		t.Error("the RCA took the place of the postmortem")
	}

	edited := strings.Replace(text, "A release on Friday.", "A release on Friday, by [PersonName_1] and bob.miller@acme-widgets.com.", 1)
	out := b.call("update_document", map[string]any{"document_id": id, "version": 1, "markdown": edited})
	if at[float64](t, out, "version") != 2 || strings.Contains(at[string](t, out, "markdown"), "bob.miller") {
		t.Errorf("the edit is not stored, or not redacted: %v", out)
	}
	for name, c := range map[string]struct {
		version  int
		markdown string
		want     string
	}{
		"an old version":        {1, edited, "is at version 2"},
		"no text":               {2, " \n", "markdown is empty"},
		"a claim without proof": {2, edited + "\nThe evidence confirms that aliens did it.\n", "cites no evidence"},
		"a citation of nothing": {2, edited + "\nThe evidence shows: it was them [E99].\n", "[E99], which is not among the evidence"},
	} {
		if _, problem := b.try("update_document", map[string]any{"document_id": id, "version": c.version, "markdown": c.markdown}); !strings.Contains(problem, c.want) {
			t.Errorf("%s: answered %q, want %q", name, problem, c.want)
		}
	}
	if got := b.call("get_document", map[string]any{"document_id": id}); at[float64](t, got, "document", "version") != 2 || !strings.Contains(at[string](t, got, "markdown"), "by [PersonName_1]") {
		t.Errorf("the newest version: %v", got)
	}
	if got := b.call("get_document", map[string]any{"document_id": id, "version": 1}); at[string](t, got, "markdown") != text || at[string](t, got, "document", "kind") != "postmortem" {
		t.Error("the first version is not what it was")
	}
	if _, problem := b.try("get_document", map[string]any{"document_id": id, "version": 9}); !strings.Contains(problem, "of this version") {
		t.Errorf("a version that is not there: %q", problem)
	}
	list := b.call("list_documents", map[string]any{"issue_id": issue})
	if len(at[[]any](t, list, "documents")) != 2 || at[string](t, list, "documents", 0, "id") != id {
		t.Errorf("list %v", list)
	}
	files := b.exports(id, map[string]string{"": ".md", "markdown": ".md", "html": ".html", "pdf": ".pdf", "confluence": ".confluence.xml"})
	// The causal graph is drawn, of the revision that the document is of, though
	// the analysis has gone on since.
	if n := bytes.Count(files["html"], []byte("<svg ")); n != 1 {
		t.Errorf("%d figures in the page, want the graph", n)
	}
	list2 := b.call("get_issue", map[string]any{"issue_id": issue})
	b.call("five_whys_step", map[string]any{"analysis_id": at[string](t, list2, "analyses", 0, "id"), "revision": 1, "nodes": []any{map[string]any{"id": "more", "claim": "The batch size was 500 rows", "parents": []any{"pool"}}}})
	if n := bytes.Count(b.exports(id, map[string]string{"html": ".html"})["html"], []byte("<svg ")); n != 1 {
		t.Errorf("%d figures once the analysis went on, want the graph", n)
	}
}

// exports writes a document in formats and compares what is said of each file
// with the file.
func (b *bench) exports(id string, suffixes map[string]string) map[string][]byte {
	b.t.Helper()
	files := map[string][]byte{}
	for format, suffix := range suffixes {
		args := map[string]any{"document_id": id}
		if format != "" {
			args["format"] = format
		}
		out := b.call("export_document", args)
		name := at[string](b.t, out, "file")
		data, err := os.ReadFile(filepath.Join(b.deps.Config.DataDir, filepath.FromSlash(name)))
		if err != nil {
			b.t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if !strings.HasSuffix(name, suffix) || at[string](b.t, out, "sha256") != hex.EncodeToString(sum[:]) || at[float64](b.t, out, "bytes") != float64(len(data)) {
			b.t.Errorf("%s: %v", format, out)
		}
		again := b.call("export_document", args)
		if at[string](b.t, again, "sha256") != at[string](b.t, out, "sha256") {
			b.t.Errorf("%s: other bytes the second time", format)
		}
		files[format] = data
	}
	return files
}

var planted = []string{"jane.roe@acme-widgets.com", "10.44.12.7", "hunter2-Xk81"}

const plantedText = "Ask jane.roe@acme-widgets.com on 10.44.12.7 with password: hunter2-Xk81"

// What is put into a document behind the tools' back, or into a template,
// comes out redacted in every format.
func TestWhatIsPlantedInADocumentIsExportedRedacted(t *testing.T) {
	fpdf.SetDefaultCompression(false) // so that the text of the pages can be searched
	defer fpdf.SetDefaultCompression(true)
	b := newBench(t, setup{})
	issue, _ := b.confirmed()
	doc := b.call("generate_rca", map[string]any{"issue_id": issue})
	id := at[string](t, doc, "document_id")
	stored, err := b.deps.Store.Document(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	stored.Version++
	stored.Title = "RCA " + plantedText
	stored.Markdown += "\n## More\n\n" + plantedText + "\n\n| " + plantedText + " | x |\n| --- | --- |\n| y | " + plantedText + " |\n\n```text\n" + plantedText + "\n```\n\n- [x](https://10.44.12.7/a)\n"
	if err := b.deps.Store.SaveDocument(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	for format, data := range b.exports(id, map[string]string{"md": ".md", "html": ".html", "pdf": ".pdf", "confluence": ".confluence.xml"}) {
		for _, p := range planted {
			if bytes.Contains(data, []byte(p)) || bytes.Contains(data, utf16BE(p)) {
				t.Errorf("%s holds %q", format, p)
			}
		}
		if !bytes.Contains(data, []byte("[Email_")) {
			t.Errorf("%s has no token for what was planted", format)
		}
	}

	// Hidden by formatting from a scan of the source: every format but Markdown
	// leaves it out, and Markdown, which could not, is refused.
	stored.Version++
	stored.Title, stored.Markdown = "RCA", "# RCA\n\nAsk jane.**roe**@acme-widgets.com on 10.44.&#49;2.7\n"
	if err := b.deps.Store.SaveDocument(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	for format, data := range b.exports(id, map[string]string{"html": ".html", "pdf": ".pdf", "confluence": ".confluence.xml"}) {
		for _, p := range []string{"10.44.12.7", "roe"} {
			if bytes.Contains(data, []byte(p)) {
				t.Errorf("%s holds %q", format, p)
			}
		}
	}
	if _, problem := b.try("export_document", map[string]any{"document_id": id, "format": "markdown"}); !strings.Contains(problem, "formatting hides") {
		t.Errorf("Markdown: answered %q", problem)
	}
}

func utf16BE(s string) []byte {
	var out []byte
	for _, r := range s {
		out = append(out, byte(r>>8), byte(r))
	}
	return out
}

func TestTemplatesOfTheOwnerAreUsedAndScanned(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := newBench(t, setup{config: func(c *config.Config) { c.Documents.Templates = dir }})
	issue := b.issue()
	write("acme.md.tmpl", "# Acme: {{.Title}}\n\n"+plantedText+"\n")
	doc := b.call("generate_rca", map[string]any{"issue_id": issue, "template": "acme"})
	text := at[string](t, doc, "markdown")
	for _, p := range planted {
		if strings.Contains(text, p) {
			t.Errorf("the document holds %q of the template", p)
		}
	}
	if !strings.Contains(text, "# Acme: ") {
		t.Errorf("the template is not used: %q", text)
	}
	write("acme.md.tmpl", "# Acme\n{{.Nope}}\n")
	_, problem := b.try("generate_rca", map[string]any{"issue_id": issue, "template": "acme"})
	if !strings.Contains(problem, "acme.md.tmpl line 2") || !strings.Contains(problem, "tftsr templates check") || strings.Contains(problem, dir) {
		t.Errorf("a broken template: %q", problem)
	}
	if got := b.call("get_document", map[string]any{"document_id": at[string](t, doc, "document_id")}); at[string](t, got, "markdown") != text {
		t.Error("the broken template took something away")
	}
	if _, problem := b.try("generate_rca", map[string]any{"issue_id": issue, "template": "nosuch"}); !strings.Contains(problem, "there are: acme, atlassian") {
		t.Errorf("an unknown template: %q", problem)
	}
	if _, problem := b.try("generate_rca", map[string]any{"issue_id": issue, "template": "../acme"}); problem == "" || strings.Contains(problem, dir) {
		t.Errorf("a path as a template: %q", problem)
	}
}

// A document whose evidence went since it was written says so in every format.
func TestAnExportSaysThatItsEvidenceHasGone(t *testing.T) {
	b := newBench(t, setup{})
	issue, _ := b.confirmed()
	doc := b.call("generate_rca", map[string]any{"issue_id": issue})
	id := at[string](t, doc, "document_id")
	stored, err := b.deps.Store.Document(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	stored.Version++
	stored.Markdown = strings.Replace(stored.Markdown, "worker 7 kept its connection for 180 s", "worker 7 kept its connection for 900 s", 1)
	if err := b.deps.Store.SaveDocument(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"markdown", "html", "confluence"} {
		out := b.call("export_document", map[string]any{"document_id": id, "format": format})
		data, err := os.ReadFile(filepath.Join(b.deps.Config.DataDir, filepath.FromSlash(at[string](t, out, "file"))))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte("what it rests on has changed")) || !strings.Contains(fmt.Sprint(out["missing"]), "quote-absent") {
			t.Errorf("%s does not say so: %v", format, out["missing"])
		}
	}
}

func TestFontsThatCannotBeReadAreTheOwnersToMend(t *testing.T) {
	font := filepath.Join(t.TempDir(), "font.ttf")
	b := newBench(t, setup{config: func(c *config.Config) { c.Documents.Font = font }})
	doc := b.call("generate_rca", map[string]any{"issue_id": b.issue()})
	id := at[string](t, doc, "document_id")
	try := func(format string) string {
		_, problem := b.try("export_document", map[string]any{"document_id": id, "format": format})
		return problem
	}
	for name, make := range map[string]func() error{
		"missing": func() error { return nil },
		"text":    func() error { return os.WriteFile(font, []byte("no font"), 0o600) },
		"folder":  func() error { _ = os.Remove(font); return os.Mkdir(font, 0o700) },
	} {
		_ = os.RemoveAll(font)
		if err := make(); err != nil {
			t.Fatal(err)
		}
		if problem := try("pdf"); !strings.Contains(problem, "documents.font") || strings.Contains(problem, font) || strings.HasPrefix(problem, "protocol error") {
			t.Errorf("%s: %q", name, problem)
		}
		if problem := try("html"); problem != "" {
			t.Errorf("%s: HTML needs no font: %q", name, problem)
		}
	}
}

func TestEveryTemplateExportsInEveryFormat(t *testing.T) {
	b := newBench(t, setup{})
	issue, _ := b.confirmed()
	names, err := triage.TemplateNames(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		doc := b.call("generate_postmortem", map[string]any{"issue_id": issue, "template": name})
		files := b.exports(at[string](t, doc, "document_id"), map[string]string{"html": ".html", "confluence": ".confluence.xml"})
		if err := export.CheckConfluence(files["confluence"]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
