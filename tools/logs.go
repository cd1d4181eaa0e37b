package tools

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/digest"
	"github.com/tftsr/tftsr/store"
)

// What the tools that read logs share.

const (
	defaultLines = 100
	maxLineBytes = 2000  // of one line in an answer; a reference still covers all of it
	maxTextBytes = 14000 // of all lines of an answer: sent as structure and as quoted JSON, it stays below the result cap
	lineOverhead = 40    // bytes of JSON around one line
	refBytes     = 80    // of a reference in an answer
)

type lineView struct {
	N    int64  `json:"n"`
	Text string `json:"text"`
	Ref  string `json:"ref,omitempty" jsonschema:"example=log:0197…#L12-L12@9f2c41d07be8a635" jsonschema_description:"cite this as evidence"`
}

func (l lineView) size() int { return len(l.Text) + len(l.Ref) + lineOverhead }

// viewLine shows a line of a log, with a reference if cite is set.
func viewLine(logID string, n int64, b []byte, cite bool) lineView {
	v := lineView{N: n, Text: clip(strings.ToValidUTF8(string(b), "\uFFFD"), maxLineBytes)}
	if cite {
		v.Ref = triage.NewLogRef(logID, n, []string{string(b)}).String()
	}
	return v
}

// log returns a log whose text may go to where the answer goes.
func (c *call) log(ctx context.Context, id string) (*triage.Log, error) {
	log, err := c.Store.Log(ctx, id)
	if err != nil {
		return nil, missing(err, "log", "list_logs")
	}
	return log, c.mayRead(ctx, log)
}

// mayRead lets a log's text go to where the answer goes.
func (c *call) mayRead(ctx context.Context, log *triage.Log) error {
	return c.mayReach(ctx, log, c.to)
}

// mayReach lets a log's text go to a destination, after asking the person at
// the host where the policy wants a review that has not been.
func (c *call) mayReach(ctx context.Context, log *triage.Log, to gate.Destination) error {
	if err := c.Gate.MayRead(log, to); err == nil || c.req == nil {
		return err
	}
	findings, err := c.Store.Findings(ctx, log.ID)
	if err != nil {
		return err
	}
	next, err := c.Gate.AskReview(ctx, c.req, log, findings, to)
	if next != nil {
		return &interrupt{next}
	}
	return err
}

// window is a stretch of time that a caller named. Either end may be open.
type window struct{ since, until time.Time }

func parseWindow(sinceName, since, untilName, until string) (w window, err error) {
	if w.since, err = parseTime(sinceName, since); err != nil {
		return w, err
	}
	if w.until, err = parseTime(untilName, until); err != nil {
		return w, err
	}
	if !w.since.IsZero() && !w.until.IsZero() && !w.since.Before(w.until) {
		return w, usage("%s must be before %s", sinceName, untilName)
	}
	return w, nil
}

// holds reports whether a time is within the window. A line without a time is
// within an open one only.
func (w window) holds(at time.Time) bool {
	if w.since.IsZero() && w.until.IsZero() {
		return true
	}
	return !at.IsZero() && (w.since.IsZero() || !at.Before(w.since)) && (w.until.IsZero() || at.Before(w.until))
}

// source says what is known of a log's times: its stamps are not later than
// its registration.
func source(log *triage.Log, w window) digest.Source {
	return digest.Source{Reference: log.CreatedAt, Since: w.since, Until: w.until}
}

// mine gives the lines of a log to m.
func (c *call) mine(ctx context.Context, m *digest.Miner, log *triage.Log) error {
	return c.Store.Lines(ctx, log.ID, 1, 0, func(_ int64, b []byte) error {
		m.AddLine(b)
		return nil
	})
}

// cite returns the reference of one line.
func (c *call) cite(ctx context.Context, log *triage.Log, n int64) (ref string, err error) {
	err = c.Store.Lines(ctx, log.ID, n, n, func(_ int64, b []byte) error {
		ref = triage.NewLogRef(log.ID, n, []string{string(b)}).String()
		return nil
	})
	return ref, err
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
