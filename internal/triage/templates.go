package triage

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
)

//go:embed templates/*.md.tmpl
var embedded embed.FS

// templateSuffix ends the names of the files of templates.
const templateSuffix = ".md.tmpl"

// maxRendered bounds what a template may write, in bytes: one that calls
// itself would write until the memory is full.
const maxRendered = 4 << 20

// Templates returns the templates that come with the program. Each may be
// overridden by a file of the same name in another file system given to
// [Render], which may have more of them.
func Templates() fs.FS {
	sub, err := fs.Sub(embedded, "templates")
	if err != nil {
		panic("triage: embedded templates: " + err.Error()) // a constant path
	}
	return sub
}

// TemplateNames returns the names of the templates of own and of those that
// come with the program, sorted. own may be nil.
func TemplateNames(own fs.FS) ([]string, error) {
	var names []string
	for _, fsys := range []fs.FS{own, Templates()} {
		if fsys == nil {
			continue
		}
		list, err := fs.Glob(fsys, "*"+templateSuffix)
		if err != nil {
			return nil, fmt.Errorf("list the templates: %w", err)
		}
		for _, file := range list {
			if name := strings.TrimSuffix(file, templateSuffix); validID(name, maxTemplateName) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

const maxTemplateName = 64

// DefaultTemplate returns the name of the template that a kind of document is
// written with unless another is asked for.
func DefaultTemplate(k DocumentKind) string {
	if k == DocumentPostmortem {
		return "google-sre"
	}
	return "rca"
}

// TemplateError says where a template is broken. It holds no text of an issue.
type TemplateError struct {
	Name string // of the template, without its suffix
	Line int    // 0 when it is not known
	What string
}

func (e *TemplateError) Error() string {
	where := e.Name + templateSuffix
	if e.Line > 0 {
		where += " line " + strconv.Itoa(e.Line)
	}
	return "the template " + where + ": " + e.What
}

// ErrNoTemplate is wrapped in the error for a name that no template has.
var ErrNoTemplate = errors.New("there is no such template")

// ReadTemplate returns the text of a template, and whether it is own's.
func ReadTemplate(own fs.FS, name string) (text string, isOwn bool, err error) {
	if !validID(name, maxTemplateName) {
		return "", false, fmt.Errorf("template names have letters, digits and hyphens: %w", ErrNoTemplate)
	}
	if own != nil {
		b, err := fs.ReadFile(own, name+templateSuffix)
		if err == nil {
			return string(b), true, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", false, &TemplateError{Name: name, What: "it cannot be read: " + bareError(err)}
		}
	}
	b, err := fs.ReadFile(Templates(), name+templateSuffix)
	if err != nil {
		names, listErr := TemplateNames(own)
		return "", false, errors.Join(fmt.Errorf("%w; there are: %s", ErrNoTemplate, strings.Join(names, ", ")), listErr)
	}
	return string(b), false, nil
}

// bareError leaves the path out of an error of a file system.
func bareError(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

func parseTemplate(own fs.FS, name string) (*template.Template, error) {
	text, _, err := ReadTemplate(own, name)
	if err != nil {
		return nil, err
	}
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, templateError(name, err)
	}
	return t, nil
}

// CheckTemplate tries a template on a document that has everything, and on one
// that has nothing. The error is a [TemplateError].
func CheckTemplate(name, text string) error {
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return templateError(name, err)
	}
	for _, d := range []docData{sampleData(), {}} {
		if err := t.Execute(&limited{io.Discard, maxRendered}, d); err != nil {
			return templateError(name, err)
		}
	}
	return nil
}

// place finds where text/template says that something is wrong:
// "template: NAME:LINE:COLUMN: executing "NAME" at <.X>: can't …".
var place = lazyRegexp(`^template: [^:]*:(\d+)(?::\d+)?: (.*)$`)

func templateError(name string, err error) error {
	e := &TemplateError{Name: name, What: err.Error()}
	if m := place().FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " ")); m != nil {
		if line, err := strconv.Atoi(m[1]); err == nil {
			e.Line = line
		}
		e.What = strings.Replace(m[2], "in type triage.docData", "among the variables of documents", 1)
	}
	return e
}

// limited fails when more than its rest is written to it.
type limited struct {
	w    io.Writer
	rest int
}

var errTooMuch = errors.New("it writes more than a document can hold")

func (l *limited) Write(p []byte) (int, error) {
	if l.rest -= len(p); l.rest < 0 {
		return 0, errTooMuch
	}
	return l.w.Write(p)
}

// fieldsOf returns the variables that a template uses, by their names.
func fieldsOf(t *template.Template) map[string]bool {
	used := map[string]bool{}
	for _, one := range t.Templates() {
		if one.Tree != nil && one.Root != nil {
			fieldsIn(one.Root, used)
		}
	}
	return used
}

func fieldsIn(n parse.Node, used map[string]bool) {
	branch := func(b parse.BranchNode) {
		fieldsIn(b.Pipe, used)
		fieldsIn(b.List, used)
		if b.ElseList != nil {
			fieldsIn(b.ElseList, used)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, c := range n.Nodes {
			fieldsIn(c, used)
		}
	case *parse.ActionNode:
		fieldsIn(n.Pipe, used)
	case *parse.IfNode:
		branch(n.BranchNode)
	case *parse.RangeNode:
		branch(n.BranchNode)
	case *parse.WithNode:
		branch(n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			fieldsIn(n.Pipe, used)
		}
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			fieldsIn(c, used)
		}
	case *parse.CommandNode:
		for _, a := range n.Args {
			fieldsIn(a, used)
		}
	case *parse.ChainNode:
		fieldsIn(n.Node, used)
	case *parse.FieldNode:
		used[n.Ident[0]] = true
	case *parse.VariableNode:
		if len(n.Ident) > 1 && n.Ident[0] == "$" {
			used[n.Ident[1]] = true
		}
	}
}

// sampleData has a value in every variable, as CheckTemplate tries them.
func sampleData() docData {
	at := "2026-03-01 04:09:00 UTC"
	list := []string{"text [E1]"}
	return docData{
		Title: "Orders API answers 500", Kind: "Postmortem", Facts: []pair{{"Severity", "high"}}, Description: "text", Problem: "text", Verdict: Confirmed, Undetermined: "text",
		Summary: list, Impact: []string{"text"}, Leadup: "text", Fault: list, Trigger: list,
		Timeline: []timelineRow{{at, EventDetected, "text", "source"}}, Chart: fence("mermaid", "gantt"), Notes: list, Times: []pair{{"Time to detect", "18 min"}},
		Roots: []statement{{Confirmed, "text [E1].", list}}, Chains: []chain{{Confirmed, list, []why{{"Why?", "text [E1]"}}}},
		Contributed: list, RuledOut: list, Detected: "text", Detection: list, Duration: list, Resolution: "text", Mitigated: list, Recovery: "text",
		Backlog: "text", Recurrence: list, WentWell: list, WentWrong: list, GotLucky: list,
		Actions: []action{{"c1", "text", "n1", "prevent", "strong", "owner", "2026-03-20", "text"}}, Diagram: fence("mermaid", "graph TD"),
		Evidence: []citation{{"E1", "Log excerpt", "note", fence("text", "line")}}, Sources: []source{{"a.log", "id", "7", "ab12", "approved"}},
		Missing: []Missing{{"Impact", "text", "text"}},
	}
}

// documentData builds the data of a document for a template that uses the
// variables of used.
func documentData(ctx context.Context, in DocumentInput, r Resolver, used map[string]bool) (docData, Completeness, error) {
	b := &builder{in: in, used: used, labels: make(map[string]string), told: make(map[string]bool)}
	err := b.build(ctx, r)
	return b.data, b.report, err
}
