package triage

import (
	"strings"
	"time"
)

// moment is when a claim says that something happened. A clock without a zone
// or a date is compared only with one that lacks the same zone, on a date that
// is stated.
type moment struct {
	at      time.Time     // in UTC where the zone is known; the date is 1 January of year 0 where none is stated
	exact   time.Duration // a minute or a second: how far the moment may lie after at
	zoned   bool
	dated   bool
	present bool
}

var (
	clockTime = lazyRegexp(`\d{1,2}:\d{2}(?::\d{2})?`)
	// saidTime is the one moment of a claim: an RFC 3339 time, or a clock after
	// "at" or before a zone.
	saidTime = lazyRegexp(`(?i)(?:^|[\s(])(?:(at|@)\s+)?(?:(\d{4}-\d{2}-\d{2})[T ])?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s?(am|pm)?\s?(z|utc|gmt|cet|cest|[+-]\d{2}:?\d{2})?(?:$|[\s,.;)])`)
	saidDate = lazyRegexp(`\b\d{4}-\d{2}-\d{2}\b`)
	// spans are words by which a time is no moment: a bound, or what recurs.
	spans = wordSet(`until till before after since from between by every each daily nightly weekly hourly monthly always usually scheduled schedule cron around about
		roughly approximately to through expires`)
	zones = map[string]string{"z": "+0000", "utc": "+0000", "gmt": "+0000", "cet": "+0100", "cest": "+0200"}
)

// saidAt returns the moment that a claim states, if it states one and no other
// time.
func saidAt(claim string, ws []string) moment {
	if strings.IndexByte(claim, ':') < 0 || len(clockTime().FindAllString(claim, 3)) > 2 {
		return moment{}
	}
	for _, w := range ws {
		if spans[w] {
			return moment{}
		}
	}
	found := saidTime().FindAllStringSubmatch(claim, 2)
	if len(found) != 1 {
		return moment{}
	}
	m := found[0]
	at, date, hour, minute, second, half, zone := m[1], m[2], m[3], m[4], m[5], strings.ToLower(m[6]), strings.ToLower(m[7])
	if at == "" && zone == "" {
		return moment{} // a ratio, a port, a score
	}
	clocks := 1
	if strings.ContainsAny(zone, ":") {
		clocks = 2 // the offset looks like a clock
	}
	if len(clockTime().FindAllString(claim, 3)) > clocks {
		return moment{}
	}
	out := moment{exact: time.Second, zoned: zone != "", dated: date != "", present: true}
	if second == "" {
		second, out.exact = "00", time.Minute
	}
	if !out.dated {
		// A date elsewhere in the claim is that of its moment.
		if dates := saidDate().FindAllString(claim, 2); len(dates) == 1 {
			date, out.dated = dates[0], true
		} else {
			date = "0000-01-01"
		}
	}
	offset := strings.ReplaceAll(zone, ":", "")
	if z, ok := zones[zone]; ok {
		offset = z
	}
	if offset == "" {
		offset = "+0000"
	}
	if len(hour) == 1 {
		hour = "0" + hour
	}
	layout := "2006-01-02 15:04:05 -0700"
	text := date + " " + hour + ":" + minute + ":" + second + " " + offset
	if half != "" {
		layout, text = "2006-01-02 03:04:05 pm -0700", date+" "+hour+":"+minute+":"+second+" "+half+" "+offset
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return moment{}
	}
	out.at = t.UTC()
	return out
}

// momentOf returns when a node happened: what it says in its field, else what
// its claim says. The day of the problem dates a claim that states none.
func momentOf(n *Node, said moment, day string) moment {
	if n.At != "" {
		if t, err := time.Parse(time.RFC3339, n.At); err == nil {
			return moment{at: t, zoned: true, dated: true, present: true}
		}
	}
	if said.present && !said.dated && day != "" {
		if d, err := time.Parse(time.DateOnly, day); err == nil {
			said.at = said.at.AddDate(d.Year(), int(d.Month())-1, d.Day()-1)
			said.dated = true
		}
	}
	return said
}

// dayOf returns the one date that a text states, or "".
func dayOf(text string) string {
	if dates := saidDate().FindAllString(text, 2); len(dates) == 1 {
		return dates[0]
	}
	return ""
}

// later reports whether a cause surely happened after its effect.
func (m moment) later(effect moment) bool {
	return m.present && effect.present && m.dated && effect.dated && m.zoned == effect.zoned && m.at.Add(-effect.exact).After(effect.at)
}
