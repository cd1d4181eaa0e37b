package azuredevops

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Content is the text of a create or a change, which is cleared before it
// becomes a patch. The names of its fields are those that trust goes by.
type Content struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Comment     string `json:"comment,omitempty"`
	// Fields are what the owner configured, by reference name.
	Fields map[string]string `json:"fields,omitempty"`
}

// Level is what a severity of an issue becomes; what is empty is not sent.
type Level struct {
	Priority int
	Severity string
}

// LevelOf returns the level of a severity for a type with these fields, from
// their picklists, which customers change.
func (c Client) LevelOf(severity string, fields []Field) (Level, error) {
	name, err := SeverityName(severity)
	if err != nil {
		return Level{}, err
	}
	var l Level
	if f := fieldOf(fields, fieldPriority); f != nil {
		own := priorities
		if text := c.Instance.Options["priority"]; text != "" {
			if own, err = parsePriority(text); err != nil {
				return l, err
			}
		}
		if n := own[name]; len(f.Allowed) == 0 || slices.Contains(f.Allowed, strconv.Itoa(n)) {
			l.Priority = n
		}
	}
	if f := fieldOf(fields, fieldSeverity); f != nil {
		if l.Severity, err = c.severityOf(name, f.Allowed); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (c Client) severityOf(name string, allowed []string) (string, error) {
	if text := c.Instance.Options["severity"]; text != "" {
		own, err := parseSeverity(text)
		if err != nil {
			return "", err
		}
		if v, ok := own[name]; ok {
			if !slices.Contains(allowed, v) {
				return "", fmt.Errorf("the option severity names %q, which the field Severity does not allow; it allows: %s", v, strings.Join(allowed, ", "))
			}
			return v, nil
		}
	}
	number := strconv.Itoa(priorities[name])
	for _, v := range allowed {
		if rest, ok := strings.CutPrefix(v, number); ok && (rest == "" || rest[0] < '0' || rest[0] > '9') {
			return v, nil
		}
	}
	for _, v := range allowed {
		if strings.Contains(strings.ToLower(v), name) {
			return v, nil
		}
	}
	return "", nil // A picklist of other words: the default of the type stands.
}

// Draft is a new work item, but for its text.
type Draft struct {
	Type   Type
	Level  Level
	Tag    string
	fields []Field
}

// NewDraft starts a work item of a type. It is an error when the type requires
// a field that nobody gives.
func (c Client) NewDraft(t Type, fields []Field, severity, tag string) (Draft, Content, error) {
	l, err := c.LevelOf(severity, fields)
	if err != nil {
		return Draft{}, Content{}, err
	}
	d, text := Draft{t, l, tag, fields}, Content{}
	given := []string{fieldTitle, fieldTags}
	if text := c.Instance.Options["fields"]; text != "" {
		own, err := parseFields(text)
		if err != nil {
			return d, Content{}, err
		}
		for _, f := range own {
			given = append(given, f.Ref)
		}
	}
	text.Fields = c.configured(fields)
	for name, ref := range map[string]string{"area": fieldArea, "iteration": fieldIteration} {
		if c.Instance.Options[name] != "" {
			given = append(given, ref)
		}
	}
	if l.Priority > 0 {
		given = append(given, fieldPriority)
	}
	if l.Severity != "" {
		given = append(given, fieldSeverity)
	}
	given = append(given, textField(fields))
	var missing []string
	for _, f := range fields {
		// What the service computes counts as required there and has no default.
		if !f.Required || f.Default || slices.Contains(given, f.Ref) || computed[f.Ref] {
			continue
		}
		name := f.Ref
		if len(f.Allowed) > 0 {
			name += " (" + strings.Join(f.Allowed[:min(len(f.Allowed), maxShown)], ", ") + ")"
		}
		missing = append(missing, name)
	}
	if len(missing) > 0 {
		return d, text, fmt.Errorf("a %s of this project needs more fields: %s; the owner sets them with --option fields=REFERENCE.NAME=VALUE", t.Name, strings.Join(missing, "; "))
	}
	return d, text, nil
}

// maxShown is how many allowed values of a field are named.
const maxShown = 12

// computed are the fields that the service sets by itself.
var computed = map[string]bool{
	"System.Id": true, "System.Rev": true, fieldType: true, fieldProject: true, fieldState: true, fieldArea: true, fieldIteration: true,
	"System.AreaId": true, "System.IterationId": true, "System.CreatedBy": true, "System.CreatedDate": true, "System.ChangedBy": true, "System.ChangedDate": true,
	"System.Reason": true, "System.CommentCount": true, "System.NodeName": true, "System.AuthorizedAs": true, "System.AuthorizedDate": true,
	"System.RevisedDate": true, "System.PersonId": true, "System.Watermark": true, "System.AreaLevel1": true, "System.IterationLevel1": true,
}

// configured returns the fields of the option that the type has: several types
// share the option.
func (c Client) configured(fields []Field) map[string]string {
	own, err := parseFields(c.Instance.Options["fields"])
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for _, f := range own {
		if fieldOf(fields, f.Ref) != nil {
			out[f.Ref] = f.Value
		}
	}
	return out
}

// textField is where a form shows the text: the form of a bug does not show
// its description.
func textField(fields []Field) string {
	if fieldOf(fields, fieldRepro) != nil {
		return fieldRepro
	}
	return fieldDescription
}

// writable are the fields that a patch may write; those of the option fields
// come on top.
var writable = map[string]bool{
	fieldTitle: true, fieldDescription: true, fieldState: true, fieldTags: true, fieldHistory: true, fieldArea: true, fieldIteration: true,
	fieldRepro: true, fieldPriority: true, fieldSeverity: true,
}

// Operation is one of a JSON Patch (RFC 6902).
type Operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// Patch is a JSON Patch of a work item. It is only built by its methods.
type Patch struct {
	ops []Operation
	own map[string]string // further fields that may be written
	err error
}

// MarshalJSON implements [json.Marshaler].
func (p *Patch) MarshalJSON() ([]byte, error) {
	if p.err != nil {
		return nil, p.err
	}
	if len(p.ops) == 0 {
		return nil, errors.New("a patch that changes nothing")
	}
	return encode(p.ops)
}

// encode writes JSON in which HTML can be read: people see it before they
// approve of it.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// escapePointer escapes a reference token of a JSON Pointer (RFC 6901, section
// 3).
func escapePointer(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

func (p *Patch) test(rev int) { p.ops = append(p.ops, Operation{"test", "/rev", rev}) }

// set writes a field that may be written.
func (p *Patch) set(ref string, value any) {
	if _, own := p.own[ref]; !writable[ref] && !own {
		p.err = errors.Join(p.err, fmt.Errorf("the field %q is not one that may be written", ref))
		return
	}
	p.ops = append(p.ops, Operation{"add", "/fields/" + escapePointer(ref), value})
}

// long writes a text of several lines: as Markdown where it may be, else as
// HTML.
func (p *Patch) long(ref, text string, markdown bool) {
	if !markdown {
		html, err := toHTML(text)
		p.err = errors.Join(p.err, err)
		p.set(ref, html)
		return
	}
	p.set(ref, lines(text))
	p.ops = append(p.ops, Operation{"add", "/multilineFieldsFormat/" + escapePointer(ref), "Markdown"})
}

// maxTitle is how long a title can be, in characters.
const maxTitle = 255

// oneLine makes a title of a text.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if control(r) {
			return ' '
		}
		return r
	}, lines(text))), " ")
	if r := []rune(text); len(r) > maxTitle {
		text = string(r[:maxTitle-1]) + "…"
	}
	return text
}

// colours are the sequences by which logs colour terminals (ECMA-48, CSI).
var colours = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]`) })

// lines takes control characters out of a text of several lines.
func lines(text string) string {
	if strings.IndexByte(text, 0x1b) >= 0 {
		text = colours().ReplaceAllString(text, "")
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && control(r) {
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
}

func content(text string) (c Content, err error) {
	err = json.Unmarshal([]byte(text), &c)
	return c, err
}

// Patch returns the patch that files a draft with a cleared [Content], as
// JSON.
func (c Client) Patch(d Draft, text string) (*Patch, error) {
	in, err := content(text)
	if err != nil {
		return nil, err
	}
	p := &Patch{own: in.Fields}
	p.set(fieldTitle, oneLine(in.Title))
	if in.Description != "" {
		p.long(textField(d.fields), in.Description, c.Markdown())
	}
	if d.Level.Priority > 0 {
		p.set(fieldPriority, d.Level.Priority)
	}
	if d.Level.Severity != "" {
		p.set(fieldSeverity, d.Level.Severity)
	}
	for _, o := range []struct{ option, ref string }{{"area", fieldArea}, {"iteration", fieldIteration}} {
		if v := c.Instance.Options[o.option]; v != "" {
			p.set(o.ref, v)
		}
	}
	own, err := parseFields(c.Instance.Options["fields"])
	for _, f := range own {
		if v, ok := in.Fields[f.Ref]; ok && err == nil {
			p.set(f.Ref, v)
		}
	}
	p.set(fieldTags, d.Tag)
	return p, p.err
}

// Change is a change of a work item, but for its text.
type Change struct {
	Rev    int // that is changed; a newer one is a conflict
	Level  Level
	State  string
	fields []Field
}

// NewChange starts a change of an item whose type has these fields.
func NewChange(rev int, fields []Field) Change { return Change{Rev: rev, fields: fields} }

// Replaces returns the text that a new description takes the place of.
func (ch Change) Replaces(i *Item) string { return i.Long(textField(ch.fields)) }

// StateOf returns a state as its type spells it.
func (c Client) StateOf(t Type, name string) (string, error) {
	for _, s := range t.States {
		if strings.EqualFold(s, name) || strings.EqualFold(strings.ReplaceAll(s, " ", "_"), name) {
			return s, nil
		}
	}
	return "", fmt.Errorf("a %s is in one of the states: %s", t.Name, strings.Join(t.States, ", "))
}

// ChangePatch returns the patch of a change with a cleared [Content], as JSON.
// A comment goes along as history, in HTML.
func (c Client) ChangePatch(ch Change, text string) (*Patch, error) {
	in, err := content(text)
	if err != nil {
		return nil, err
	}
	p := &Patch{}
	p.test(ch.Rev)
	if in.Title != "" {
		p.set(fieldTitle, oneLine(in.Title))
	}
	if in.Description != "" {
		p.long(textField(ch.fields), in.Description, c.Markdown())
	}
	if ch.State != "" {
		p.set(fieldState, ch.State)
	}
	if ch.Level.Priority > 0 {
		p.set(fieldPriority, ch.Level.Priority)
	}
	if ch.Level.Severity != "" {
		p.set(fieldSeverity, ch.Level.Severity)
	}
	if in.Comment != "" {
		p.long(fieldHistory, in.Comment, false)
	}
	return p, p.err
}

// CommentBody returns the body of a comment of its own with a cleared
// [Content], as JSON.
func CommentBody(text string) (any, error) {
	in, err := content(text)
	return struct {
		Text string `json:"text"`
	}{lines(in.Comment)}, err
}
