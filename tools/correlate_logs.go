package tools

import (
	"context"
	"slices"
	"time"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/internal/triage/digest"
)

type correlatedLog struct {
	LogID  string  `json:"log_id" gate:"id"`
	Offset float64 `json:"offset_seconds,omitempty" jsonschema:"example=-3600"`
}

type correlateLogsIn struct {
	Logs     []correlatedLog `json:"logs" jsonschema:"minItems=2,maxItems=8"`
	Since    string          `json:"since,omitempty" gate:"id"`
	Until    string          `json:"until,omitempty" gate:"id"`
	MaxLines int             `json:"max_lines,omitempty"`
}

type correlateLogsOut struct {
	Logs          []axisLog    `json:"logs"`
	BucketSeconds int64        `json:"bucket_seconds,omitempty"`
	Buckets       []axisBucket `json:"buckets"`
	Lines         []axisLine   `json:"lines"`
	Note          string       `json:"note"`
}

type axisLog struct {
	LogID   string   `json:"log_id"`
	Name    string   `json:"name" jsonschema:"example=nginx-error.log"`
	Events  int64    `json:"events"`
	From    string   `json:"from,omitempty"`
	To      string   `json:"to,omitempty"`
	Assumed []string `json:"assumed,omitempty"`
}

type axisBucket struct {
	At     string  `json:"at"`
	Events []int64 `json:"events"`
	Errors []int64 `json:"errors"`
}

type axisLine struct {
	At   string `json:"at"`
	Log  int    `json:"log" jsonschema_description:"place in logs, from 0"`
	N    int64  `json:"n"`
	Text string `json:"text"`
	Ref  string `json:"ref" jsonschema:"example=log:0197…#L12-L12@9f2c41d07be8a635"`

	at time.Time
}

const (
	axisLines   = 40
	axisBuckets = 40
	axisText    = 400  // bytes of one line
	axisReport  = 1500 // tokens that choose the notable lines of one log
)

func correlateLogs() Tool {
	return define(spec{
		name: "correlate_logs", title: "Correlate logs", toolset: SetLogs, readOnly: true,
		description: "Lay logs over one time axis: counts, and notable lines in order. Offsets mend clocks.",
	}, func(ctx context.Context, c *call, in correlateLogsIn) (correlateLogsOut, error) {
		w, err := parseWindow("since", in.Since, "until", in.Until)
		if err != nil {
			return correlateLogsOut{}, err
		}
		a := axis{c: c, window: w, limit: in.MaxLines}
		if a.limit < 0 || a.limit > 200 {
			return correlateLogsOut{}, usage("max_lines is at most 200")
		}
		if a.limit == 0 {
			a.limit = axisLines
		}
		for _, l := range in.Logs {
			if err := a.add(ctx, l); err != nil {
				return correlateLogsOut{}, err
			}
		}
		a.buckets()
		err = a.lines(ctx)
		return a.out, err
	})
}

// axis is a time axis with logs on it.
type axis struct {
	c       *call
	window  window
	limit   int
	logs    []*triage.Log
	sources []digest.Source
	results []*digest.Result
	out     correlateLogsOut
}

func (a *axis) add(ctx context.Context, in correlatedLog) error {
	const most = 100 * 365 * 24 * 3600
	if in.Offset < -most || in.Offset > most {
		return usage("offset_seconds is more than a century")
	}
	log, err := a.c.log(ctx, in.LogID)
	if err != nil {
		return err
	}
	s := source(log, a.window)
	s.Offset = time.Duration(in.Offset * float64(time.Second))
	m := digest.New(digest.Options{Source: s})
	if err := a.c.mine(ctx, m, log); err != nil {
		return err
	}
	r := m.Finish()
	rep := r.Report(0, digest.ReportOptions{})
	a.logs, a.sources, a.results = append(a.logs, log), append(a.sources, s), append(a.results, r)
	a.out.Logs = append(a.out.Logs, axisLog{log.ID, log.Name, rep.Events, rep.From, rep.To, rep.Assumed})
	if note := a.c.Gate.ReviewNote(log); note != "" {
		a.out.Note = note
	}
	return nil
}

// buckets counts the events of all logs in the same stretches of time.
func (a *axis) buckets() {
	a.out.Buckets = []axisBucket{}
	var first, last time.Time
	for _, r := range a.results {
		f, l := r.Span(0)
		if !f.IsZero() && (first.IsZero() || f.Before(first)) {
			first = f
		}
		if l.After(last) {
			last = l
		}
	}
	width := last.Sub(first) / axisBuckets
	for _, r := range a.results {
		_, width = r.Series(0, width)
	}
	a.out.BucketSeconds = int64(width / time.Second)
	at := map[time.Time]int{}
	for i, r := range a.results {
		points, _ := r.Series(0, width)
		for _, p := range points {
			k, ok := at[p.At]
			if !ok {
				k = len(a.out.Buckets)
				at[p.At] = k
				a.out.Buckets = append(a.out.Buckets, axisBucket{timestamp(p.At), make([]int64, len(a.logs)), make([]int64, len(a.logs))})
			}
			a.out.Buckets[k].Events[i] = p.Lines
			a.out.Buckets[k].Errors[i] = p.Errors
		}
	}
	slices.SortFunc(a.out.Buckets, func(x, y axisBucket) int {
		if x.At < y.At {
			return -1
		}
		return 1
	})
}

// lines merges the lines of all logs, or, where they are too many, the first
// of each template that a digest would show first.
func (a *axis) lines(ctx context.Context) error {
	var events int64
	for _, l := range a.out.Logs {
		events += l.Events
	}
	wanted := make([]map[int64]bool, len(a.logs)) // nil means all
	said := "all events of the window, in order"
	if events > int64(a.limit) {
		said = "the first lines of templates that are severe, rare, new or frequent, in order; narrow the window to see every event"
		for i, r := range a.results {
			wanted[i] = map[int64]bool{}
			for _, e := range r.Report(0, digest.ReportOptions{Budget: axisReport}).Templates {
				if len(wanted[i]) < max(1, a.limit/len(a.logs)) {
					wanted[i][e.Line] = true
				}
			}
		}
	}
	var all []axisLine
	for i, log := range a.logs {
		walker := digest.NewWalker(a.sources[i])
		err := a.c.Store.Lines(ctx, log.ID, 1, 0, func(n int64, b []byte) error {
			l := walker.Line(b)
			if l.Inside || l.At.IsZero() || !a.window.holds(l.At) || wanted[i] != nil && !wanted[i][n] {
				return nil
			}
			v := viewLine(log.ID, n, b, true)
			all = append(all, axisLine{At: timestamp(l.At), Log: i, N: n, Text: clip(v.Text, axisText), Ref: v.Ref, at: l.At})
			return nil
		})
		if err != nil {
			return err
		}
	}
	slices.SortStableFunc(all, func(x, y axisLine) int { return x.at.Compare(y.at) })
	a.out.Lines = []axisLine{}
	room := maxTextBytes - len(mustJSON(a.out))
	for _, l := range all {
		size := len(mustJSON(l)) + 1
		if size > room {
			said += "; not all fit"
			break
		}
		room -= size
		a.out.Lines = append(a.out.Lines, l)
	}
	if a.out.Note != "" {
		said += ". " + a.out.Note
	}
	a.out.Note = "lines: " + said
	return nil
}
