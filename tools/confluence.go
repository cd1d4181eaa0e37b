package tools

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/confluence"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage/export"
)

const setConfluence = "confluence"

// pageOut is what every tool answers that writes a page.
type pageOut struct {
	ID       string   `json:"id" jsonschema:"example=98305"`
	URL      string   `json:"url"`
	Title    string   `json:"title"`
	Version  int      `json:"version" jsonschema_description:"expected_version of the next update"`
	Existing bool     `json:"existing,omitempty" jsonschema_description:"it was there before; nothing was sent"`
	Notes    []string `json:"notes,omitempty"`
}

type wiki struct {
	*outside
	client confluence.Client
}

func (c *call) wiki(ctx context.Context, instance, category, issueID string) (*wiki, error) {
	o, client, err := c.reach(ctx, setConfluence, instance, category, issueID)
	if err != nil {
		return nil, err
	}
	w := &wiki{outside: o}
	w.client, err = confluence.New(client)
	return w, o.failed(ctx, err)
}

// step is one request of a write that needs several.
type step struct {
	what string // for the person
	name string // on the record
	out  gate.Outgoing
	do   func(ctx context.Context, pageID string) error
}

// shaped clears the body of a write of a page, and holds it to what the
// service takes.
func (w *wiki) shaped(ctx context.Context, body any, kept map[string]string) (gate.Outgoing, error) {
	field := w.client.StorageField()
	out, err := w.x.Shaped(ctx, body, gate.Shape{XML: []string{field}, Kept: kept})
	if err != nil {
		return out, err
	}
	exact, err := out.Body.Text(w.x.Destination())
	if err != nil {
		return out, err
	}
	if err := intact(body, out, field); err != nil {
		return out, err
	}
	// What was put in here is checked; what stood there is the service's own.
	storage := strings.TrimPrefix(textAt(exact, field), kept[field])
	if err := export.CheckConfluence([]byte(storage)); err != nil {
		return out, usage("the page cannot be sent: what was redacted in it, or restored, breaks its format (%v): word it otherwise", err)
	}
	return out, nil
}

// intact holds that all but the texts of a body, its ids that is, arrive as
// they are: a request with another id is another request.
func intact(body any, out gate.Outgoing, field string) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if skeleton(string(b), field) != skeleton(out.Preview, field) {
		return usage("an id in the request reads like something that must be redacted (%s), so that nothing was sent: the owner can allow it with pii.allow_values", strings.Join(slices.Sorted(maps.Keys(out.Body.Counts())), ", "))
	}
	return nil
}

// skeleton is a JSON object without its title and the text at field.
func skeleton(doc, field string) string {
	var v any
	if json.Unmarshal([]byte(doc), &v) != nil {
		return doc
	}
	for _, path := range []string{"title", field} {
		names := strings.Split(path, ".")
		at, _ := v.(map[string]any)
		for _, name := range names[:len(names)-1] {
			at, _ = at[name].(map[string]any)
		}
		delete(at, names[len(names)-1])
	}
	b, err := json.Marshal(v)
	if err != nil {
		return doc
	}
	return string(b)
}

// textAt returns a text of a JSON object by the names on the way to it.
func textAt(doc, path string) string {
	var v any
	if json.Unmarshal([]byte(doc), &v) != nil {
		return ""
	}
	for name := range strings.SplitSeq(path, ".") {
		inner, _ := v.(map[string]any)
		v = inner[name]
	}
	s, _ := v.(string)
	return s
}

// fixed clears a body that holds ids and numbers of ours, which must arrive as
// they are.
func (w *wiki) fixed(ctx context.Context, body any) (gate.Outgoing, error) {
	out, err := w.x.JSON(ctx, body)
	if err != nil {
		return out, err
	}
	want, err := json.Marshal(body)
	if err == nil && out.Preview != string(want) {
		err = fmt.Errorf("%s: an id reads like something that must be redacted", w.x.Destination())
	}
	return out, err
}

// mark is the step that stores the mark of a page.
func (w *wiki) mark(ctx context.Context, m confluence.Mark, had *confluence.Property) (step, error) {
	out, err := w.fixed(ctx, w.client.MarkBody(m, had))
	return step{"Mark the page as written by tftsr", "mark", out, func(ctx context.Context, id string) error {
		return w.client.Mark(ctx, id, had, out.Body)
	}}, err
}

// labels is the step that adds labels.
func (w *wiki) labels(ctx context.Context, names []string) (step, error) {
	out, err := w.x.JSON(ctx, confluence.LabelBody(names))
	return step{"Label it", "labels", out, func(ctx context.Context, id string) error { return w.client.AddLabels(ctx, id, out.Body) }}, err
}

// attach is the step that adds a picture. Tokens in it stay tokens, whatever
// the instance is trusted with: it is drawn for them.
func (w *wiki) attach(ctx context.Context, f export.ConfluenceFigure, issueID string) (step, error) {
	form, err := confluence.Upload(f.Name, string(f.SVG))
	if err != nil {
		return step{}, err
	}
	x, err := w.Gate.Cross(ctx, w.x.Destination(), gate.Trust{}, issueID)
	if err != nil {
		return step{}, err
	}
	out, err := x.Text(ctx, "graph", form)
	if err == nil && out.Preview != form {
		err = usage("the picture %s holds something that must be redacted", f.Name)
	}
	return step{"Attach the picture " + f.Name, "attachment", out, func(ctx context.Context, id string) error { return w.client.Attach(ctx, id, out.Body) }}, err
}

// askAll asks the person for exactly the bytes of all steps.
func (w *wiki) askAll(ctx context.Context, wr write, steps []step) error {
	var payload, digests []byte
	keyed, restored := false, 0
	preview := fmt.Sprintf("%s at %s.", wr.what, w.inst.BaseURL)
	for n, s := range steps {
		exact, err := s.out.Body.Text(w.x.Destination())
		if err != nil {
			return err
		}
		payload = fmt.Appendf(payload, "%d:%s%d:%s", len(s.what), s.what, len(exact), exact)
		digests = fmt.Appendf(digests, "%d:%s%s", len(s.what), s.what, s.out.Digest)
		keyed = keyed || s.out.Keyed
		restored += s.out.Restored.Total()
		preview += fmt.Sprintf("\n\n%d. %s:\n%s", n+1, s.what, w.shown(s.out.Preview))
	}
	if restored > 0 {
		preview += fmt.Sprintf("\nOriginals go out in the place of tokens: %d.", restored)
	}
	if wr.note != "" {
		preview += "\n" + wr.note
	}
	asked := gate.Write{
		Tool: wr.tool, Destination: w.x.Destination() + gate.Destination("/"+wr.target), IssueID: wr.issueID, Payload: payload, Preview: preview, ApprovalID: wr.approval,
	}
	if keyed {
		sum := sha256.Sum256(digests)
		asked.Keyed = hex.EncodeToString(sum[:])
	}
	next, err := w.Gate.Authorize(ctx, w.req, asked)
	if err == nil && next != nil {
		err = &interrupt{next}
	}
	return err
}

var svgTag = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`) })

// shown is a body as a person reads it: JSON with the text of the page beneath,
// and of a picture what can be read in it.
func (w *wiki) shown(body string) string {
	if strings.HasPrefix(body, "--") {
		_, svg, _ := strings.Cut(body, "image/svg+xml\r\n\r\n")
		svg, _, _ = strings.Cut(svg, "\r\n--")
		words := slices.DeleteFunc(strings.Split(svgTag().ReplaceAllString(svg, "\n"), "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
		return fmt.Sprintf("%d bytes of SVG, in which one reads:\n%s", len(svg), strings.Join(words, "\n"))
	}
	storage := textAt(body, w.client.StorageField())
	var out bytes.Buffer
	short := body
	if storage != "" {
		var v any
		if json.Unmarshal([]byte(body), &v) == nil {
			b, err := json.Marshal(replaced(v, storage, "(below)"))
			if err == nil {
				short = string(b)
			}
		}
	}
	if json.Indent(&out, []byte(short), "", "  ") != nil {
		return body
	}
	if storage != "" {
		out.WriteString("\n" + storage)
	}
	return out.String()
}

// replaced puts another text in the place of one in v.
func replaced(v any, was, now string) any {
	switch v := v.(type) {
	case string:
		if v == was {
			return now
		}
	case map[string]any:
		for k := range v {
			v[k] = replaced(v[k], was, now)
		}
	case []any:
		for i := range v {
			v[i] = replaced(v[i], was, now)
		}
	}
	return v
}

// rest does what is left of a write after its page. The page is there: what the
// service refuses of these becomes a note.
func (w *wiki) rest(ctx context.Context, wr write, id string, steps []step) (notes []string, err error) {
	for _, s := range steps {
		wr.entity = id
		err := w.send(ctx, wr, s.out, func(ctx context.Context) (map[string]any, error) {
			return map[string]any{"part": s.name}, s.do(ctx, id)
		})
		var e *integrations.Error
		var u *usageError
		switch said := w.failed(ctx, err); {
		case err == nil:
		case errors.As(err, &e) && errors.As(said, &u):
			notes = append(notes, "not done: "+s.what+": "+u.text+"; call again, and only this is asked for")
		default:
			return notes, err
		}
	}
	return notes, nil
}

// written is the record's name for a write of a page.
func written(tool, target, entity, what, approval string, s *pageSource) write {
	return write{tool: tool, target: target, entity: entity, what: what, action: audit.ActionPublish, issueID: s.issueID(), approval: approval}
}

// answer clears what is said of a page.
func (w *wiki) answer(ctx context.Context, p *confluence.Page, existing bool, notes []string) (pageOut, error) {
	out := pageOut{ID: p.ID, URL: p.URL, Title: p.Title, Version: p.Version, Existing: existing, Notes: notes}
	return out, w.x.Back(ctx, &out)
}
