package digest

import (
	"fmt"
	"time"
)

// clock turns the stamps of one log into points in time: it adds the year,
// the day and the zone that they leave out.
type clock struct {
	zone      *time.Location
	reference int64 // nanoseconds
	shift     int64
	formats   [len(formatNames)]int64
	zoneless  int64
	yearless  int64
	dateless  int64
	last      int64 // of the line before
	known     bool
	year      int // of the last stamp without one
	lastBare  int64
	dayStart  int64 // of the last stamp without a day
	backward  int64 // lines that are older than the one before by a second and more
	turns     int   // of the year

	hourKey    int64 // local hours since 1970 that offset is of
	hourOffset int64
	hourKnown  bool
}

func newClock(s Source) clock {
	c := clock{zone: time.UTC, reference: s.Reference.UnixNano(), shift: int64(s.Offset)}
	if s.Zone != nil {
		c.zone = s.Zone
	}
	return c
}

// resolve returns the time of a line, that of the line before if it has no
// stamp, and whether there is any.
func (c *clock) resolve(r *record) (int64, bool) {
	if !r.stamped {
		return c.last, c.known
	}
	c.formats[r.format]++
	t := r.nanos
	if r.flags&yearless != 0 {
		c.yearless++
		t = c.addYear(t)
	}
	if r.flags&dateless != 0 {
		c.dateless++
		t = c.addDay(t)
	}
	if r.flags&zoned == 0 {
		c.zoneless++
		t -= c.offset(t)
	}
	t += c.shift
	if c.known && t < c.last-second {
		c.backward++
	}
	c.last, c.known = t, true
	return t, true
}

// addYear places a stamp without a year: the first at or before the reference
// time, give or take a day for clocks and zones; later ones in the same year,
// until the months go back by half a year, which is New Year, or forward by as
// much, which is a line of the year before that came late.
func (c *clock) addYear(bare int64) int64 {
	const half = 183 * day
	switch {
	case c.year == 0:
		c.year = time.Unix(0, c.reference).In(c.zone).Year()
		if inYear(bare, c.year) > c.reference+day {
			c.year--
		}
	case bare < c.lastBare-half:
		c.year++
		c.turns++
	case bare > c.lastBare+half && c.turns > 0:
		c.year--
		c.turns--
	}
	c.lastBare = bare
	return inYear(bare, c.year)
}

// inYear moves a time of the year 1972 to another year. 29 February of a year
// that has none is 1 March.
func inYear(bare int64, year int) int64 {
	const march = 60 * day // 1 March, in a leap year
	start := int64(daysFromCivil(year, 1, 1)) * day
	in := bare - int64(daysFromCivil(leapYear, 1, 1))*day
	if in >= march && daysFromCivil(year, 3, 1)-daysFromCivil(year, 1, 1) == 59 {
		in -= day
	}
	return start + in
}

// addDay places a stamp without a day: the first on the day of the reference
// time or the one before, later ones on the same day until the hours go back
// by twelve.
func (c *clock) addDay(t int64) int64 {
	switch {
	case c.dateless == 1:
		_, off := time.Unix(0, c.reference).In(c.zone).Zone()
		local := c.reference + int64(off)*second
		c.dayStart = local - mod(local, day)
		if t+c.dayStart > local+hour {
			c.dayStart -= day
		}
	case t < c.lastBare-12*hour:
		c.dayStart += day
	}
	c.lastBare = t
	return c.dayStart + t
}

func mod(a, b int64) int64 {
	if r := a % b; r < 0 {
		return r + b
	} else { //nolint:revive // both branches say what they are
		return r
	}
}

// offset returns how far the zone is ahead of UTC at a local time.
func (c *clock) offset(local int64) int64 {
	key := local / hour
	if !c.hourKnown || key != c.hourKey {
		u := time.Unix(0, local).UTC()
		_, off := time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), 0, c.zone).Zone()
		c.hourKey, c.hourOffset, c.hourKnown = key, int64(off)*second, true
	}
	return c.hourOffset
}

// assumptions says what was added to the stamps.
func (c *clock) assumptions() (list []string) {
	ref := time.Unix(0, c.reference).UTC().Format(time.DateOnly)
	if c.yearless > 0 {
		s := fmt.Sprintf("%s no year: placed before %s", stamps(c.yearless), ref)
		if c.turns > 0 {
			s += fmt.Sprintf(", over %d turns of the year", c.turns)
		}
		list = append(list, s)
	}
	if c.dateless > 0 {
		list = append(list, fmt.Sprintf("%s no date: the first is placed before %s", stamps(c.dateless), ref))
	}
	if c.zoneless > 0 {
		list = append(list, fmt.Sprintf("%s no zone: taken as %s", stamps(c.zoneless), c.zone))
	}
	if c.shift != 0 {
		list = append(list, fmt.Sprintf("%v was added to every time", time.Duration(c.shift)))
	}
	if c.backward > 0 {
		list = append(list, fmt.Sprintf("%d lines are older than the line before", c.backward))
	}
	return list
}

func stamps(n int64) string {
	if n == 1 {
		return "1 stamp has"
	}
	return fmt.Sprintf("%d stamps have", n)
}
