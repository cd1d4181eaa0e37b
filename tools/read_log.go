package tools

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/store"
)

type readLogIn struct {
	LogID    string `json:"log_id" gate:"id"`
	From     int64  `json:"from,omitempty" jsonschema:"minimum=1" jsonschema_description:"first line, counted from 1"`
	To       int64  `json:"to,omitempty" jsonschema:"minimum=1" jsonschema_description:"last line, inclusive"`
	Pattern  string `json:"pattern,omitempty" gate:"pattern" jsonschema:"maxLength=500,example=FATAL|too many clients" jsonschema_description:"only lines that match this RE2 expression; tokens such as [Email_3] are taken literally"`
	Context  int64  `json:"context,omitempty" jsonschema:"maximum=20" jsonschema_description:"lines around each match"`
	MaxLines int    `json:"max_lines,omitempty" jsonschema:"minimum=1,maximum=500" jsonschema_description:"100 unless given"`
}

type lineView struct {
	N    int64  `json:"n"`
	Text string `json:"text"`
	Ref  string `json:"ref,omitempty" jsonschema:"example=log:0197…#L12-L12@9f2c41d07be8a635" jsonschema_description:"cite this as evidence"`
}

type readLogOut struct {
	LogID   string     `json:"log_id"`
	Name    string     `json:"name"`
	Total   int64      `json:"total_lines"`
	Matches int64      `json:"matches,omitempty" jsonschema_description:"lines that match, shown or not"`
	Lines   []lineView `json:"lines"`
	Ref     string     `json:"ref,omitempty" jsonschema_description:"of the whole range, when no pattern was given"`
	NextRow int64      `json:"next_from,omitempty" jsonschema_description:"go on from here"`
	Note    string     `json:"note,omitempty"`
}

func (l lineView) size() int { return len(l.Text) + len(l.Ref) + lineOverhead }

const (
	defaultLines = 100
	maxLineBytes = 2000  // of one line in an answer; a reference still covers all of it
	maxTextBytes = 14000 // of all lines of an answer: sent as structure and as quoted JSON, it stays below the result cap
	lineOverhead = 40    // bytes of JSON around one line
)

func readLog() Tool {
	return define(spec{
		name: "read_log", title: "Read or search log", toolset: SetLogs, readOnly: true,
		description: "Read lines of a redacted log by range, or those that match a pattern. Each match, or else the whole range, comes with a reference that five_whys_step takes as evidence.",
	}, func(ctx context.Context, c *call, in readLogIn) (readLogOut, error) {
		log, err := c.Store.Log(ctx, in.LogID)
		if err != nil {
			return readLogOut{}, missing(err, "log", "list_logs")
		}
		if err := c.mayRead(ctx, log); err != nil {
			return readLogOut{}, err
		}
		r := reading{log: log, in: in, limit: in.MaxLines, lastShown: in.From - 1}
		if r.limit == 0 {
			r.limit = defaultLines
		}
		if in.To != 0 && in.To < in.From {
			return readLogOut{}, usage("to must not be before from; the log has %d lines", log.Lines)
		}
		if in.From > log.Lines {
			return readLogOut{}, usage("the log has %d lines; from is after its end", log.Lines)
		}
		if in.Pattern != "" {
			if r.pattern, err = regexp.Compile(in.Pattern); err != nil {
				return readLogOut{}, usage("pattern is not a valid RE2 expression (https://github.com/google/re2/wiki/Syntax): quote special characters with a backslash")
			}
		}
		return r.run(ctx, c)
	})
}

// mayRead lets a log's text go to the host's model, after asking the person
// there where the policy wants a review that has not been.
func (c *call) mayRead(ctx context.Context, log *triage.Log) error {
	if c.Gate.MayRead(log, gate.Host) == nil {
		return nil
	}
	findings, err := c.Store.Findings(ctx, log.ID)
	if err != nil {
		return err
	}
	next, err := c.Gate.AskReview(ctx, c.req, log, findings, gate.Host)
	if next != nil {
		return &interrupt{next}
	}
	return err
}

// reading is one pass over a log, in constant memory.
type reading struct {
	log       *triage.Log
	in        readLogIn
	pattern   *regexp.Regexp
	limit     int
	before    []lineView // the last lines that did not match
	after     int64      // lines still wanted after a match
	lastShown int64
	bytes     int
	full      bool
	shown     []string // whole lines, for the reference of the range
	out       readLogOut
}

func (r *reading) run(ctx context.Context, c *call) (readLogOut, error) {
	r.out = readLogOut{LogID: r.log.ID, Name: r.log.Name, Total: r.log.Lines, Lines: []lineView{}, Note: c.Gate.ReviewNote(r.log)}
	from := max(r.in.From, 1)
	err := c.Store.Lines(ctx, r.log.ID, from, r.in.To, r.line)
	if err != nil {
		return readLogOut{}, err
	}
	if r.pattern == nil && len(r.shown) > 0 {
		r.out.Ref = triage.NewLogRef(r.log.ID, from, r.shown).String()
	}
	return r.out, nil
}

func (r *reading) line(n int64, b []byte) error {
	switch {
	case r.pattern == nil:
		if !r.show(n, b) {
			return io.EOF
		}
	case r.pattern.Match(b):
		r.out.Matches++
		if r.full {
			return nil // counts on, so that the caller knows how many there are
		}
		for _, l := range r.before {
			r.out.Lines = append(r.out.Lines, l)
			r.bytes += l.size()
		}
		r.before = r.before[:0]
		r.show(n, b)
		r.after = r.in.Context
	case r.full:
	case r.after > 0:
		r.after--
		r.show(n, b)
	case r.in.Context > 0:
		if int64(len(r.before)) == r.in.Context {
			r.before = slices.Delete(r.before, 0, 1)
		}
		r.before = append(r.before, r.view(n, b))
	}
	return nil
}

// show adds a line to the answer, or notes where to go on when it is full.
func (r *reading) show(n int64, b []byte) bool {
	v := r.view(n, b)
	if len(r.out.Lines) >= r.limit || r.bytes+v.size() > maxTextBytes && len(r.out.Lines) > 0 {
		if !r.full {
			r.full, r.out.NextRow = true, n
		}
		return false
	}
	r.bytes += v.size()
	r.out.Lines = append(r.out.Lines, v)
	if r.pattern == nil {
		r.shown = append(r.shown, string(b))
	}
	return true
}

func (r *reading) view(n int64, b []byte) lineView {
	v := lineView{N: n, Text: clip(strings.ToValidUTF8(string(b), "\uFFFD"), maxLineBytes)}
	if r.pattern != nil {
		v.Ref = triage.NewLogRef(r.log.ID, n, []string{string(b)}).String()
	}
	return v
}

// clip cuts a long line at a rune boundary and says so.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + " …[cut]"
}

// byCount returns the most frequent findings.
func byCount(findings []store.LogFinding, limit int) []store.LogFinding {
	sorted := slices.SortedStableFunc(slices.Values(findings), func(a, b store.LogFinding) int {
		return int(b.Count - a.Count)
	})
	return sorted[:min(limit, len(sorted))]
}
