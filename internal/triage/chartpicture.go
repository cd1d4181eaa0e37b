package triage

import (
	"strings"
	"time"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

// Measures of the picture of a time axis, in pixels.
const (
	chartW    = 720.0
	chartLeft = 128.0 // of the axis
	chartEnd  = 700.0
	laneH     = 26.0
	phaseH    = 24.0
	maxTicks  = 7
)

// picture draws the axis: phases as bars on top, then a lane for each type of
// events, with a dot and the beginning of the text where there is room for it.
func (c *chart) picture() *picture.Picture {
	from, to := c.bounds()
	width := to.Sub(from)
	at := func(t time.Time) float64 {
		return chartLeft + (chartEnd-chartLeft)*float64(t.Sub(from))/float64(width)
	}
	p := &picture.Picture{W: chartW, Title: "Timeline from " + stamp(from) + " to " + stamp(to)}
	types := c.types()
	top := 30.0
	lanes := top + 8
	if len(c.phases) > 0 {
		lanes += phaseH + 20
	}
	bottom := lanes + laneH*float64(len(types))
	p.H = bottom + 10
	c.axis(p, from, to, at, top, bottom)
	if len(c.phases) > 0 {
		c.bars(p, at, top+8)
	}
	for i, typ := range types {
		c.lane(p, typ, at, lanes+laneH*(float64(i)+0.5))
	}
	return p
}

// ticks are the distances between marks of an axis that people can read.
var ticks = []time.Duration{
	10 * time.Millisecond, 100 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 2 * 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour,
}

func (c *chart) axis(p *picture.Picture, from, to time.Time, at func(time.Time) float64, top, bottom float64) {
	step := ticks[len(ticks)-1]
	for _, s := range ticks {
		if to.Sub(from)/s <= maxTicks {
			step = s
			break
		}
	}
	for to.Sub(from)/step > maxTicks {
		step *= 2
	}
	form := "15:04"
	switch {
	case step < time.Second:
		form = "15:04:05.00"
	case step < time.Minute:
		form = "15:04:05"
	case step >= 24*time.Hour:
		form = "2006-01-02"
	}
	p.Items = append(p.Items,
		picture.Line(chartLeft, top, chartEnd, top, picture.Ink),
		picture.Text{X: 8, Y: top - 10, S: from.Format(time.DateOnly) + " UTC", Size: 11, Bold: true, Class: picture.Ink})
	day := ""
	for t := from.Truncate(step); !t.After(to); t = t.Add(step) {
		if t.Before(from) {
			continue
		}
		x := at(t)
		label := t.Format(form)
		if d := t.Format("01-02 "); form == "15:04" && d != from.Format("01-02 ") && d != day {
			label, day = d+label, d
		}
		anchor := picture.Middle
		if half := picture.Width(label, 11, false) / 2; x+half > chartW {
			anchor = picture.End
			x = min(x, chartW-2)
		}
		p.Items = append(p.Items,
			picture.Polyline{Points: []picture.Point{{X: at(t), Y: top}, {X: at(t), Y: bottom}}, Class: picture.Muted, Width: 0.75, Dashed: true},
			picture.Text{X: x, Y: top - 10, S: label, Size: 11, Anchor: anchor, Class: picture.Muted})
	}
}

// bars draws the phases one after the other. A name that does not fit into its
// bar is left out: the table beside the picture has it.
func (c *chart) bars(p *picture.Picture, at func(time.Time) float64, y float64) {
	p.Items = append(p.Items, picture.Text{X: 8, Y: y + phaseH*0.65, S: "phases", Size: 11, Class: picture.Muted})
	for _, ph := range c.phases {
		x, w := at(ph.from), at(ph.to)-at(ph.from)
		class := phaseClass(ph.name)
		p.Items = append(p.Items, picture.Rect{X: x, Y: y, W: w, H: phaseH, R: 4, Class: class})
		if lines := picture.Wrap(ph.name, 11, false, w-8, 1); len(lines) == 1 && lines[0] == ph.name {
			p.Items = append(p.Items, picture.Text{X: x + w/2, Y: y + phaseH*0.65, S: ph.name, Size: 11, Anchor: picture.Middle, Class: class})
		}
	}
}

func phaseClass(name string) picture.Class {
	moment, _, _ := strings.Cut(strings.TrimPrefix(name, "until "), " ")
	switch moment {
	case EventDetected:
		return picture.Bad
	case EventAcknowledged, EventMitigated:
		return picture.Warn
	case EventResolved:
		return picture.Good
	}
	return picture.Panel
}

func eventClass(typ string) picture.Class {
	switch typ {
	case EventImpactStarted:
		return picture.Bad
	case EventDetected, EventAcknowledged:
		return picture.Warn
	case EventMitigated, EventResolved:
		return picture.Good
	}
	return picture.Accent
}

// lane draws the events of one type.
func (c *chart) lane(p *picture.Picture, typ string, at func(time.Time) float64, y float64) {
	const r, size = 5.0, 11.0
	name := picture.Wrap(strings.ReplaceAll(typ, "_", " "), size, false, chartLeft-16, 1)
	if len(name) > 0 {
		p.Items = append(p.Items, picture.Text{X: 8, Y: y + 4, S: name[0], Size: size, Class: picture.Ink})
	}
	p.Items = append(p.Items, picture.Line(chartLeft, y, chartEnd, y, picture.Muted))
	class := eventClass(typ)
	var xs []float64
	var texts []string
	for _, e := range c.events {
		if e.typ == typ {
			xs, texts = append(xs, at(e.at)), append(texts, e.text)
		}
	}
	taken := chartLeft // up to where the lane is written on
	for i, x := range xs {
		p.Items = append(p.Items, picture.Rect{X: x - r, Y: y - r, W: 2 * r, H: 2 * r, R: r, Class: class})
		end := chartW - 4
		if i+1 < len(xs) {
			end = xs[i+1] - r - 6
		}
		label := picture.Text{X: x + r + 4, Y: y - 4, Size: size, Class: picture.Ink}
		lines := picture.Wrap(texts[i], size, false, end-label.X, 1)
		room := len(lines) == 1 && (lines[0] == texts[i] || end-label.X > 60)
		if free := x - r - 4 - taken; !room && i == len(xs)-1 && free > 60 {
			// To the left there is more room.
			lines = picture.Wrap(texts[i], size, false, free, 1)
			label.X, label.Anchor, room = x-r-4, picture.End, len(lines) == 1
		}
		taken = x + r + 4
		if room {
			label.S = lines[0]
			taken = max(taken, label.X+picture.Width(label.S, size, false))
			p.Items = append(p.Items, label)
		}
	}
}
