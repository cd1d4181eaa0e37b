package digest

import "strings"

// A sym stands for one element of a template: zero for a value, a delimiter
// or mark by its byte, a word by its number.
type sym uint32

const (
	symValue  sym = 0
	symDelim  sym = 0x100 // plus the byte
	symSymbol sym = 0x200 // plus the byte
	symWord   sym = 0x400 // plus the number of the word
)

func (s sym) slot() bool { return s == symValue || s >= symWord }

// wordClass is what the look of a word says about whether it is a constant.
type wordClass uint8

const (
	plainWord      wordClass = iota
	functionWord             // is, not, to, and what ends as verbs do: no name
	capitalWord              // READY: a state
	identifierWord           // a.b, userName, read-write: a name of something
	mixedWord                // with digits
)

// words numbers the words of templates.
type words struct {
	numbers map[string]sym
	list    []wordInfo
}

type wordInfo struct {
	text  string
	class wordClass
}

func newWords() *words { return &words{numbers: map[string]sym{}} }

// symOf returns the number of a word. mixed says that it has digits, each run
// of which stands as 0.
func (w *words) symOf(b []byte, mixed bool) sym {
	if mixed {
		stem := make([]byte, 0, len(b))
		for i, c := range b {
			if !isDigit(c) {
				stem = append(stem, c)
			} else if i == 0 || !isDigit(b[i-1]) {
				stem = append(stem, '0')
			}
		}
		b = stem
	}
	if s, ok := w.numbers[string(b)]; ok {
		return s
	}
	s := symWord + sym(len(w.list))
	text := string(b)
	w.numbers[text] = s
	class := mixedWord
	if !mixed {
		class = classOf(text)
	}
	w.list = append(w.list, wordInfo{text, class})
	return s
}

// keep numbers a word of another list.
func (w *words) keep(info wordInfo) sym {
	if s, ok := w.numbers[info.text]; ok {
		return s
	}
	s := symWord + sym(len(w.list))
	w.numbers[info.text] = s
	w.list = append(w.list, info)
	return s
}

func (w *words) info(s sym) wordInfo { return w.list[s-symWord] }

func classOf(text string) wordClass {
	text = strings.TrimRight(text, ".!?*")
	if text == "" {
		return functionWord
	}
	upper, inner, marks := 0, 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'A' && c <= 'Z':
			upper++
			if i > 0 {
				inner++
			}
		case c == '-' || c == '\'':
		case !isLetter(c):
			marks++
		}
	}
	switch {
	case upper == len(text)-marks && upper > 1:
		return capitalWord
	case marks > 0 || inner > 0:
		return identifierWord
	case functionWords[strings.ToLower(text)] || verbal(text):
		return functionWord
	}
	return plainWord
}

// verbal reports whether a word ends as participles and nouns of actions do.
func verbal(w string) bool {
	if len(w) < 5 {
		return false
	}
	return strings.HasSuffix(w, "ed") || strings.HasSuffix(w, "ing") || strings.HasSuffix(w, "tion") || strings.HasSuffix(w, "ly")
}

var functionWords = set(`a an the is are was were be been being not no none nor to from for of in on at by with without and or but if when while
	until before after because as than then so that this these those it its has have had having do does did done will would can could
	cannot may might must shall should up down out off into onto over under again once here there all any both each few more most other
	some such only own same too very just now found lost sent got set read written write run ran begin began begun end open opened close
	closed start stop started stopped success successful succeeded failed failure fail ok error errors warning invalid valid unknown new
	old first last next previous bad good missing empty full ready busy idle active inactive enabled disabled true false yes null
	shutdown startup connect disconnect accept reject login logout send receive create delete remove add update get put`)

// announcing words are followed by a name: "user alice", "host db".
var announcing = set(`user users username uid host hostname server client node device dev interface iface file filename directory dir path
	class module package service daemon job task process program command domain url address database db table index topic queue group
	named called account login container pod namespace image volume key tag label session instance partition driver plugin
	filesystem share thread resource attribute property parameter option variable field column schema bean component app application
	activity provider library lib symbol method function procedure script unit target peer member role tenant bucket object project
	backend frontend proxy upstream comm vhost exchange stream consumer controller nfs
	branch repository repo zone region cluster pool vm guest datasource property filter handler listener servlet`)

// accounts are names that systems give their accounts: they are values even
// where only two of them are seen.
var accounts = set(`root admin administrator Administrator guest test user ftp www www-data nobody daemon operator oracle postgres mysql mail
	news cyrus nagios zabbix git ubuntu ec2-user centos debian pi support backup deploy jenkins tomcat apache nginx bin sys adm lp sync
	uucp games`)

// vocabularies are closed sets of words that stand for a value wherever two of
// one set are seen in a place: protocols above IP (IANA protocol-numbers) and
// types of resource records (IANA dns-parameters).
var vocabularies = func() map[string]uint8 {
	m := map[string]uint8{}
	for i, list := range []string{
		"tcp udp icmp sctp gre esp tcp4 tcp6 udp4 udp6 icmpv6 ipv6-icmp TCP UDP ICMP SCTP GRE ESP ICMPv6",
		"A AAAA ANY AXFR IXFR CAA CNAME DNAME DNSKEY DS HINFO HTTPS LOC MX NAPTR NS NSEC NSEC3 PTR RRSIG SOA SPF SRV SSHFP SVCB TLSA TXT",
	} {
		for w := range strings.FieldsSeq(list) {
			m[w] |= 1 << i
			// A word with digits is known without them.
			stem := strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return '0'
				}
				return r
			}, w)
			m[stem] |= 1 << i
		}
	}
	return m
}()

func set(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}
