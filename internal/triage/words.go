package triage

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// words splits a text into lower-case words for the lints. Punctuation at the
// ends of a word goes, what is inside stays ("max_connections", "10.0.0.1",
// "cert-manager"); "didn't" becomes "did not"; a pseudonym of a person becomes
// "[person]" and any other keeps its spelling. A clause end is the word ";".
func words(s string) []string {
	s = strings.ToLower(s)
	out := make([]string, 0, len(s)/5+2)
	for len(s) > 0 {
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end == 0 {
			_, n := utf8.DecodeRuneInString(s)
			s = s[n:]
			continue
		}
		if end < 0 {
			end = len(s)
		}
		out = word(out, s[:end], end == len(s))
		s = s[end:]
	}
	return out
}

// word appends what one run of non-space, in lower case, is made of.
func word(out []string, f string, last bool) []string {
	if f == "—" || f == "–" {
		return append(out, ";")
	}
	w := strings.TrimFunc(f, func(r rune) bool {
		if r < utf8.RuneSelf {
			return strings.ContainsRune("!\"#&'()*,-.:;<=>?@\\^`{|}~", r)
		}
		return unicode.IsPunct(r)
	})
	switch {
	case w == "":
	case w[0] == '[':
		if personToken(w) {
			w = "[person]"
		}
		out = append(out, w)
	case strings.HasSuffix(w, "n't") || strings.HasSuffix(w, "n’t"):
		out = append(out, contraction(strings.TrimSuffix(strings.TrimSuffix(w, "n't"), "n’t")), "not")
	case w == "cannot":
		out = append(out, "can", "not")
	default:
		out = append(out, strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s"))
	}
	switch c := f[len(f)-1]; {
	case c == ';', !last && len(w) > 2 && (c == '.' || c == '?' || c == '!'):
		out = append(out, ";")
	}
	return out
}

func contraction(stem string) string {
	switch stem {
	case "wo":
		return "will"
	case "ca":
		return "can"
	}
	return stem
}

func personToken(w string) bool {
	for _, p := range []string{"[person", "[name", "[employee"} {
		if strings.HasPrefix(w, p) {
			return true
		}
	}
	return false
}

// classes are the sets of words that patterns name with @.
var classes = map[string][]string{
	// Roles in which people act. "operator" is also a program: see people.
	"who": strings.Fields(`[person] engineer engineers admin admins administrator administrators sysadmin
		sysadmins developer developers dev dba dbas technician technicians operator operators intern contractor
		contractors employee employees someone somebody he she colleague coworker trainee sre oncaller
		analyst manager maintainer reviewer programmer`),
	"person": strings.Fields(`[person] engineer engineers admin admins administrator administrators sysadmin
		sysadmins developer developers dev devs dba dbas technician technicians operator operators intern
		contractor contractors employee employees someone somebody anyone he she they we i colleague colleagues
		coworker trainee sre sres analyst manager management maintainer reviewer programmer user users team teams
		staff people person on-call oncall ops helpdesk support human humans nobody no-one noone everyone individual owner owners author authors`),
	"slip": strings.Fields(`forgot forgotten forgets mistyped mistype fat-fingered fatfingered fat-finger
		misremembered carelessly negligently accidentally inadvertently mistakenly absent-mindedly`),
	"trait": strings.Fields(`careless negligent lazy sloppy incompetent inattentive inexperienced untrained
		unqualified complacent distracted reckless clumsy unprofessional`),
	"vice": strings.Fields(`carelessness negligence incompetence inattention laziness sloppiness complacency
		recklessness inexperience clumsiness`),
	"care": strings.Fields(`attention care diligence discipline competence skill skills responsibility ownership
		thoroughness vigilance common-sense`),
	"lapse": strings.Fields(`ignored overlooked missed misread misunderstood misconfigured misjudged botched
		messed screwed skipped bypassed broke caused neglected violated underestimated disregarded`),
	"duty": strings.Fields(`check checked notice noticed follow followed read test tested verify verified remember
		remembered pay ask asked think thought realise realize realised realized understand understood know known
		look looked bother bothered update updated renew renewed tell told communicate communicated escalate
		escalated document documented review reviewed double-check act acted react reacted respond responded watch
		watched monitor monitored care cared see seen run set configure configured validate validated`),
	"neg": strings.Fields(`not never`),
	"lackof": strings.Fields(`lack lacks lacked lacking absence missing insufficient inadequate poor no without
		nonexistent`),
	// What one buys, builds or writes: its absence is a wish, not a mechanism.
	"remedy": strings.Fields(`monitoring alerting alert alerts alarm alarms redundancy failover failovers runbook
		runbooks playbook automation backup backups training documentation tests testing test-coverage coverage
		load-balancer balancer circuit-breaker breaker autoscaling auto-scaling ha high-availability tool tooling tools dashboard
		dashboards observability staging qa review reviews code-review process processes procedure procedures policy
		policies governance checklist budget staff headcount people resources kubernetes prometheus grafana datadog
		splunk servicemesh service-mesh ci cd pipeline canary canaries rollback rate-limiting rate-limiter caching
		cache replica replication upgrade upgrades maintenance planning capacity-planning standards standardization
		communication awareness siem waf firewall mfa linting linter validation`),
	"wish":    strings.Fields(`upgraded replaced rewritten migrated modernized modernised refactored automated redesigned rearchitected`),
	"seen":    strings.Fields(`found seen logged observed noticed recorded reported shown visible present detected`),
	"signs":   strings.Fields(`error errors evidence sign signs trace traces indication indications log logs entry entries warning warnings alert alerts record records anomaly anomalies message messages hint symptoms complaints`),
	"link":    strings.Fields(`because therefore thereby consequently whereupon thus hence`),
	"outside": strings.Fields(`vendor vendors supplier isp carrier upstream-provider third-party 3rd-party aws azure gcp cloudflare microsoft google cloud-provider telco`),
}

// pattern is a sequence of word sets with gaps between them.
type pattern struct {
	sets  []map[string]bool
	gap   []int // most words skipped before sets[i]; gap[0] is unused
	start int   // most words before the first set, or -1 for anywhere
	end   bool  // the last set must be the last word
}

// lexicon finds patterns by their first word, so that a text costs one lookup
// per word and not one per pattern.
type lexicon map[string][]*pattern

// newLexicon compiles patterns: words are separated by spaces; "a|b" is a
// choice, "@name" a class, "~3" a gap of at most three words, "^" the start,
// "^2" the start but for two words, and "$" the end.
func newLexicon(list ...string) lexicon {
	lex := make(lexicon)
	for _, text := range list {
		p := &pattern{start: -1}
		gap := 0
		for _, el := range strings.Fields(text) {
			switch {
			case el[0] == '^':
				p.start, _ = strconv.Atoi("0" + el[1:])
			case el[0] == '~':
				gap, _ = strconv.Atoi(el[1:])
			case el == "$":
				p.end = true
			default:
				set := make(map[string]bool)
				for _, w := range strings.Split(el, "|") {
					if name, ok := strings.CutPrefix(w, "@"); ok {
						for _, c := range classes[name] {
							set[c] = true
						}
						continue
					}
					set[w] = true
				}
				p.sets, p.gap = append(p.sets, set), append(p.gap, gap)
				gap = 0
			}
		}
		for w := range p.sets[0] {
			lex[w] = append(lex[w], p)
		}
	}
	return lex
}

// match reports whether any pattern occurs in the words.
func (lex lexicon) match(ws []string) bool {
	for i, w := range ws {
		for _, p := range lex[w] {
			if (p.start < 0 || i <= p.start) && p.rest(ws, i+1, 1) {
				return true
			}
		}
	}
	return false
}

func (p *pattern) rest(ws []string, at, set int) bool {
	if set == len(p.sets) {
		return !p.end || at == len(ws)
	}
	for skip := 0; skip <= p.gap[set] && at+skip < len(ws); skip++ {
		if ws[at+skip] == ";" {
			return false // patterns do not cross clauses
		}
		if p.sets[set][ws[at+skip]] && p.rest(ws, at+skip+1, set+1) {
			return true
		}
	}
	return false
}

func wordSet(s string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

var stopWords = wordSet(`a an the of in on at to for from by with as is are was were be been being has have had it its
	this that these those there then and or but so very too also all some any our their his her my we they he she i
	which who when while during after before into onto over under up out off did do does just ; about again already
	itself`)

// synonyms brings words together that say the same of an incident. The right
// side is a stem.
var synonyms = func() map[string]string {
	m := make(map[string]string)
	for stem, list := range map[string]string{
		"down": `down unavailable outage offline unreachable inaccessible unresponsive crash crashe crashed crashing die died
			dead fail failed failing failure fails failures stopped stop broke broken`,
		"full":  `full exhausted exhaust exhaustion depleted saturated filled fill fills`,
		"slow":  `slow slowness sluggish latency delayed delay delays slowly`,
		"error": `error errors fault faults`,
		"many":  `many excessive multiple numerous`,
		"db":    `db database databases`,
		"host":  `host hosts server servers machine machines node nodes`,
		"app":   `app apps application applications`,
		"conn":  `conn connection connections connexion`,
		"mem":   `mem memory ram`,
		"cert":  `cert certificate certificates certs`,
		"conf":  `config configuration configurations configs configured settings setting`,
		"disk":  `disk disks volume volumes filesystem partition`,
		"space": `space storage capacity`,
		"expir": `expired expire expires expiry expiration`,
	} {
		for w := range strings.FieldsSeq(list) {
			m[w] = stem
		}
	}
	return m
}()

// positive are words whose negation means "down".
var positive = wordSet(`available reachable responding respond working work running run up accessible online responsive answering`)

// concept is the meaning of a claim as a sorted set of stems, for comparing
// claims with each other.
type concept struct {
	stems   []string
	negated bool
	ids     []string // words with a digit: numbers, versions, tokens
}

func conceptOf(ws []string) concept {
	var c concept
	for i := 0; i < len(ws); i++ {
		w := ws[i]
		if w == "not" || w == "never" || w == "no" {
			if i+1 < len(ws) && positive[ws[i+1]] {
				c.stems = append(c.stems, "down")
				i++
				continue
			}
			c.negated = !c.negated
			continue
		}
		if stopWords[w] {
			continue
		}
		if strings.ContainsAny(w, "0123456789") {
			c.ids = append(c.ids, w)
		}
		c.stems = append(c.stems, stem(w))
	}
	slices.Sort(c.stems)
	c.stems = slices.Compact(c.stems)
	slices.Sort(c.ids)
	return c
}

// stem cuts the common English endings. It is crude on purpose: both sides of
// a comparison are cut alike.
func stem(w string) string {
	if s, ok := synonyms[w]; ok {
		return s
	}
	for _, end := range []string{"ing", "ed", "es", "s"} {
		if rest, ok := strings.CutSuffix(w, end); ok && len(rest) >= 3 && !strings.HasSuffix(rest, "s") {
			return strings.TrimSuffix(rest, "e")
		}
	}
	return strings.TrimSuffix(w, "e")
}

// restates reports whether two claims say the same: four of five stems in
// common, the same polarity, and no number that differs.
func restates(a, b concept) bool {
	if a.negated != b.negated || len(a.stems) == 0 || len(b.stems) == 0 {
		return false
	}
	if len(a.ids) > 0 && len(b.ids) > 0 && !slices.Equal(a.ids, b.ids) {
		return false
	}
	common := 0
	for i, j := 0, 0; i < len(a.stems) && j < len(b.stems); {
		switch strings.Compare(a.stems[i], b.stems[j]) {
		case 0:
			common++
			i++
			j++
		case -1:
			i++
		default:
			j++
		}
	}
	return 5*common >= 4*(len(a.stems)+len(b.stems)-common)
}
