package resources

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/internal/triage"
)

const scheme = "tftsr://"

// address is the address of a resource, taken apart.
type address struct {
	kind     string
	id       string // of the issue or log, or the name of the domain
	document string
	from, to int64 // 0 where not given
}

// String returns the address in the one form that [parse] accepts.
func (a address) String() string {
	var out string
	switch a.kind {
	case kindIssue:
		out = "issues/" + a.id
	case kindTimeline, kindWhys:
		out = "issues/" + a.id + "/" + a.kind
	case kindDocument:
		out = "issues/" + a.id + "/documents/" + a.document
	case kindLog:
		out = "logs/" + a.id
	case kindHead:
		out = "audit/head"
	case kindDomain:
		out = "domains/" + a.id
	}
	sep := "?"
	for _, q := range []struct {
		name string
		n    int64
	}{{"from", a.from}, {"to", a.to}} {
		if q.n > 0 {
			out += sep + q.name + "=" + strconv.FormatInt(q.n, 10)
			sep = "&"
		}
	}
	return scheme + out
}

// parse reads an address. What no template describes is not ok, and neither
// is another spelling of an address, such as one with an escaped letter:
// whoever subscribes must not miss a change because of it.
func parse(uri string) (a address, ok bool) {
	rest, ok := strings.CutPrefix(uri, scheme)
	if !ok {
		return a, false
	}
	path, query, asked := strings.Cut(rest, "?")
	if asked {
		values, err := url.ParseQuery(query)
		if err != nil {
			return a, false
		}
		for name, v := range values {
			n, err := strconv.ParseInt(v[0], 10, 64)
			if err != nil || n < 1 || len(v) != 1 {
				return a, false
			}
			switch name {
			case "from":
				a.from = n
			case "to":
				a.to = n
			default:
				return a, false
			}
		}
	}
	switch p := strings.Split(path, "/"); {
	case path == "audit/head":
		a.kind = kindHead
	case len(p) == 2 && p[0] == "issues":
		a.kind, a.id = kindIssue, p[1]
	case len(p) == 2 && p[0] == "logs":
		a.kind, a.id = kindLog, p[1]
	case len(p) == 2 && p[0] == "domains":
		a.kind, a.id = kindDomain, p[1]
	case len(p) == 3 && p[0] == "issues" && (p[2] == kindTimeline || p[2] == kindWhys):
		a.kind, a.id = p[2], p[1]
	case len(p) == 4 && p[0] == "issues" && p[2] == "documents":
		a.kind, a.id, a.document = kindDocument, p[1], p[3]
	}
	if a.kind == kindDomain {
		_, ok = triage.DomainPrompt(a.id)
	} else {
		ok = a.kind == kindHead || isID(a.id) && (a.kind != kindDocument || isID(a.document))
	}
	paged := a.kind == kindTimeline || a.kind == kindWhys || a.kind == kindDocument || a.kind == kindLog
	ok = ok && (paged || a.from == 0) && (a.kind == kindLog || a.to == 0) && a.String() == uri
	return a, ok
}

// isID reports whether s may be the id of something: a UUID has no other
// characters.
func isID(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
