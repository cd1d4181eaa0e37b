package tools

import (
	"bytes"
	"context"
	"regexp"
	"slices"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/digest"
)

type searchLogIn struct {
	LogID    string `json:"log_id" gate:"id"`
	Text     string `json:"text,omitempty" gate:"text"`
	Pattern  string `json:"pattern,omitempty" gate:"pattern" jsonschema:"example=FATAL|too many clients" jsonschema_description:"RE2"`
	Template string `json:"template,omitempty" gate:"id"`
	Level    string `json:"level,omitempty" gate:"enum" jsonschema:"enum=info,enum=warning,enum=error,enum=fatal"`
	Since    string `json:"since,omitempty" gate:"id"`
	Until    string `json:"until,omitempty" gate:"id"`
	From     int64  `json:"from,omitempty"`
	Context  int64  `json:"context,omitempty"`
	MaxLines int    `json:"max_lines,omitempty"`
}

// Bounds of a search, which its schema leaves out for brevity.
const (
	maxContext = 20
	maxLines   = 500
	maxPattern = 500 // bytes
)

type searchLogOut struct {
	LogID   string     `json:"log_id"`
	Total   int64      `json:"total_lines"`
	Matches int64      `json:"matches"`
	Lines   []lineView `json:"lines"`
	NextRow int64      `json:"next_from,omitempty"`
	Note    string     `json:"note,omitempty"`
}

func searchLog() Tool {
	return define(spec{
		name: "search_log", title: "Search log", toolset: SetLogs, readOnly: true,
		description: "Find lines of a log that meet every condition; each has a ref to cite.",
	}, func(ctx context.Context, c *call, in searchLogIn) (searchLogOut, error) {
		log, err := c.log(ctx, in.LogID)
		if err != nil {
			return searchLogOut{}, err
		}
		s, err := newSearch(in, log)
		if err != nil {
			return searchLogOut{}, err
		}
		if in.Template != "" {
			if err := s.templates(ctx, c); err != nil {
				return searchLogOut{}, err
			}
		}
		s.out.Note = c.Gate.ReviewNote(log)
		// Times and levels of a line may depend on the lines before it.
		from := max(in.From, 1)
		if s.walker != nil {
			from = 1
		}
		if err := c.Store.Lines(ctx, log.ID, from, 0, s.line); err != nil {
			return searchLogOut{}, err
		}
		return s.out, nil
	})
}

// search is one pass over a log, in constant memory.
type search struct {
	in      searchLogIn
	log     *triage.Log
	text    []byte
	pattern *regexp.Regexp
	level   digest.Level
	window  window
	walker  *digest.Walker // nil where no condition needs it
	mined   *digest.Result // nil unless a template is wanted
	limit   int
	before  []lineView // the last lines that did not match
	after   int64      // lines still wanted after a match
	bytes   int
	full    bool
	out     searchLogOut
}

func newSearch(in searchLogIn, log *triage.Log) (*search, error) {
	s := &search{in: in, log: log, text: []byte(in.Text), limit: in.MaxLines}
	if in.From < 0 || in.Context < 0 || in.Context > maxContext || in.MaxLines < 0 || in.MaxLines > maxLines || max(len(in.Text), len(in.Pattern)) > maxPattern {
		return nil, usage("out of range: from 0 on, context up to %d, max_lines up to %d, text and pattern up to %d bytes", maxContext, maxLines, maxPattern)
	}
	s.out = searchLogOut{LogID: log.ID, Total: log.Lines, Lines: []lineView{}}
	if s.limit == 0 {
		s.limit = defaultLines
	}
	var err error
	if in.Pattern != "" {
		if s.pattern, err = regexp.Compile(in.Pattern); err != nil {
			return nil, usage("pattern is not a valid RE2 expression (https://github.com/google/re2/wiki/Syntax): quote special characters with a backslash")
		}
	}
	if s.window, err = parseWindow("since", in.Since, "until", in.Until); err != nil {
		return nil, err
	}
	if in.Level != "" {
		s.level, _ = digest.ParseLevel(in.Level)
	}
	if in.Text == "" && in.Pattern == "" && in.Template == "" && s.level == digest.LevelNone && s.window == (window{}) {
		return nil, usage("give at least one of text, pattern, template, level, since and until; read_log reads lines by range")
	}
	if in.From > log.Lines {
		return nil, usage("the log has %d lines; from is after its end", log.Lines)
	}
	if s.level != digest.LevelNone || s.window != (window{}) {
		s.walker = digest.NewWalker(source(log, window{}))
	}
	return s, nil
}

// templates finds the templates of all lines, as digest_log does.
func (s *search) templates(ctx context.Context, c *call) error {
	m := digest.New(digest.Options{Source: source(s.log, window{}), Lines: true})
	if err := c.mine(ctx, m, s.log); err != nil {
		return err
	}
	s.mined = m.Finish()
	if s.mined.Find(s.in.Template) < 0 {
		return usage("the log has no template %s; digest_log shows those it has", s.in.Template)
	}
	return nil
}

func (s *search) matches(n int64, b []byte) bool {
	ok := true
	if s.walker != nil {
		l := s.walker.Line(b) // every line, so that it keeps its place
		ok = l.Level >= s.level && s.window.holds(l.At)
	}
	return ok && n >= s.in.From &&
		(len(s.text) == 0 || bytes.Contains(b, s.text)) &&
		(s.pattern == nil || s.pattern.Match(b)) &&
		(s.mined == nil || s.mined.Templates[s.mined.TemplateOf(n)].ID == s.in.Template)
}

func (s *search) line(n int64, b []byte) error {
	switch {
	case s.matches(n, b):
		s.out.Matches++
		if s.full {
			return nil // counts on, so that the caller knows how many there are
		}
		for _, l := range s.before {
			s.out.Lines = append(s.out.Lines, l)
			s.bytes += l.size()
		}
		s.before = s.before[:0]
		s.show(n, b, true)
		s.after = s.in.Context
	case s.full || n < s.in.From:
	case s.after > 0:
		s.after--
		s.show(n, b, false)
	case s.in.Context > 0:
		if int64(len(s.before)) == s.in.Context {
			s.before = slices.Delete(s.before, 0, 1)
		}
		s.before = append(s.before, viewLine(s.log.ID, n, b, false))
	}
	return nil
}

// show adds a line to the answer, or notes where to go on when it is full.
func (s *search) show(n int64, b []byte, cite bool) {
	v := viewLine(s.log.ID, n, b, cite)
	if len(s.out.Lines) >= s.limit || s.bytes+v.size() > maxTextBytes && len(s.out.Lines) > 0 {
		if !s.full {
			s.full, s.out.NextRow = true, n
		}
		return
	}
	s.bytes += v.size()
	s.out.Lines = append(s.out.Lines, v)
}
