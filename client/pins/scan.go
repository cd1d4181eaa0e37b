package pins

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tftsr/tftsr/store"
)

// Sign is what a finding is a sign of.
type Sign string

// The signs of a poisoned definition.
const (
	SignHidden      Sign = "hidden text"     // characters that nobody sees, text pushed out of sight, comments
	SignInstruction Sign = "instruction"     // it tells a model what to do beyond the tool
	SignExfil       Sign = "exfiltration"    // it asks for what the tool does not need
	SignLookAlike   Sign = "look-alike name" // its name can be taken for another
	SignShadowing   Sign = "shadowing"       // it speaks of tools of others, or takes the name of one
	SignEncoded     Sign = "encoded text"    // it holds what only a program can read
)

// Finding is one sign.
type Finding struct {
	Sign Sign
	Path string // of the field; [Visible]
	Why  string // ours, with at most a few characters of the text; [Visible]
}

// Known are names that a new one is compared with: of our own tools and of the
// tools of other servers, each with whose it is.
type Known map[string]string

// maxFindings bounds what is said of one definition.
const maxFindings = 12

// Scan looks for signs of poisoning in a definition: in names, descriptions and
// every string of its schemas. They make an approval louder. A definition
// without findings may be poisoned all the same: what a sentence means to a
// model cannot be told from its words.
func Scan(p *store.Pin, known Known) []Finding {
	s := scan{known: known}
	s.name("name", p.Name)
	if whose, ok := known[p.Name]; ok && p.Kind == store.PinTool {
		s.add(SignShadowing, "name", "a tool of "+whose+" has the same name")
	}
	var tree any
	if json.NewDecoder(bytes.NewReader(p.Seen)).Decode(&tree) == nil {
		s.walk("", tree)
	}
	return s.found
}

type scan struct {
	known Known
	found []Finding
}

func (s *scan) add(sign Sign, path, why string) {
	f := Finding{sign, Visible(path), Visible(why)}
	if len(s.found) < maxFindings && !slices.Contains(s.found, f) {
		s.found = append(s.found, f)
	}
}

func (s *scan) walk(path string, v any) {
	switch v := v.(type) {
	case string:
		s.text(path, v)
	case []any:
		for _, e := range v {
			s.walk(path, e)
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			at := name
			if path != "" {
				at = path + "." + name
			}
			s.text(at, name)
			if strings.HasSuffix(path, "properties") {
				s.parameter(at, name)
			}
			s.walk(at, v[name])
		}
	}
}

var (
	instructions = lazy(
		`(ignore|disregard|forget|override)( all| any)?( of)?( the| your| my)?( previous| prior| above| earlier| other| system)+ (instruction|prompt|rule|message|guideline|tool)`,
		`(do not|don't|never|without) (tell|telling|inform|informing|mention|mentioning|reveal|revealing|show|showing|notify|notifying|alert|alerting|ask|asking)[a-z ,]{0,30}\b(user|human|person|operator|anyone|this)`,
		`</?(important|system|secret|instructions?|admin|assistant|hidden|critical|override)\b[^<>]{0,40}>`,
		`\[/?(inst|system|important)\]|<\|(im_start|im_end|system|endoftext)`,
		`\b(before|after|when|while|whenever|prior to) (using|calling|you use|you call|invoking|running|any|every) .{0,60}\b(you )?(must|should|need to|have to|always|first)\b`,
		`\byou (must|should|have to|need to|are required to)( also| always| first| never| now| silently)* (call|read|send|include|pass|use|open|fetch|execute|run|add|append|forward|copy|provide|ignore)\b`,
		`\b(system prompt|developer message|hidden instruction|new instructions?:|jailbreak)`,
		`\bthis (tool|server) (must|should|has to) (always )?be (used|called) (first|before|instead)`,
		`\b(silently|secretly|covertly|in the background)\b`,
	)
	exfiltration = lazy(
		`(~|\$home|/home/[^ ]{1,40}|/root|%userprofile%)/?\.?(ssh|aws|gnupg|kube|config|docker|netrc|npmrc|bash_history|zsh_history|cursor|claude)`,
		`\b(id_rsa|id_ed25519|authorized_keys|/etc/(passwd|shadow|sudoers)|\.env\b|mcp\.json|credentials\.json|claude_desktop_config|private[ _-]key)`,
		`\b(send|post|upload|forward|email|exfiltrate|transmit|leak|report|copy)\b.{0,80}\b(to|at|via)\b.{0,20}(https?://|[a-z0-9._-]+@[a-z0-9.-]+|webhook|attacker)`,
		`\b(include|pass|provide|paste|put|append|attach|insert|encode|supply)\b.{0,60}\b(full|entire|whole|complete|all)\b.{0,40}\b(conversation|chat|history|context|prompt|message|file|environment|content)`,
		`\b(contents? of|value of|your)\b.{0,30}\b(api[ _-]?keys?|access tokens?|passwords?|secrets?|credentials?|environment variables?|session tokens?|cookies?)`,
	)
	collectors = lazy(`^(system_?prompt|(chat_?|conversation_?|message_?|full_?)+(history|context|log)|conversation|chain_?of_?thought|reasoning|scratchpad|side_?note|hidden\w*|all_?(files|env|variables|secrets)|environment|env_?vars|passwords?|api_?keys?|private_?keys?|credentials|available_tools|other_?tools|model_?name)$`)
	comments   = lazy(`<!--`, `<[a-z]+[^>]{0,80}style=["'][^"']{0,80}(display: ?none|font-size: ?0|visibility: ?hidden)`, `\[//\]: ?#`)
	encoded    = lazy(`[a-z0-9+/]{80,}={0,2}`, `(\\x[0-9a-f]{2}){12,}`, `(\\u[0-9a-f]{4}){12,}`, `\b[0-9a-f]{96,}\b`, `data:[a-z]+/[a-z0-9.+-]+;base64,`)
)

func lazy(exprs ...string) func() []*regexp.Regexp {
	return sync.OnceValue(func() []*regexp.Regexp {
		var out []*regexp.Regexp
		for _, e := range exprs {
			out = append(out, regexp.MustCompile("(?s)"+e))
		}
		return out
	})
}

// maxScanned bounds how much of one text is looked at, in bytes; that there is
// more is a finding itself.
const maxScanned = 64 << 10

func (s *scan) text(path, text string) {
	if len(text) > maxScanned {
		s.add(SignHidden, path, "it is longer than anybody reads")
		text = text[:maxScanned]
	}
	for _, r := range text {
		if Invisible(r) && r != '\r' {
			s.add(SignHidden, path, "characters that nobody sees, such as "+string(r))
			break
		}
	}
	if farAway(text) {
		s.add(SignHidden, path, "text behind many blanks or empty lines")
	}
	plain := fold(text)
	for _, group := range []struct {
		sign  Sign
		exprs []*regexp.Regexp
	}{
		{SignInstruction, instructions()},
		{SignExfil, exfiltration()},
		{SignHidden, comments()},
		{SignEncoded, encoded()},
	} {
		for _, e := range group.exprs {
			if m := e.FindString(plain); m != "" {
				s.add(group.sign, path, "“"+clip(m)+"”")
			}
		}
	}
	s.others(path, plain)
}

// others looks for names of other tools.
func (s *scan) others(path, plain string) {
	for name, whose := range s.known {
		if n := strings.ToLower(name); len(n) >= 6 && strings.ContainsAny(n, "_-.") && hasWord(plain, n) {
			s.add(SignShadowing, path, "it speaks of "+name+", a tool of "+whose)
		}
	}
}

func hasWord(text, word string) bool {
	for i := 0; ; {
		n := strings.Index(text[i:], word)
		if n < 0 {
			return false
		}
		start, end := i+n, i+n+len(word)
		if (start == 0 || !wordByte(text[start-1])) && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		i = end
	}
}

func wordByte(c byte) bool {
	return c == '_' || c == '-' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= 0x80
}

// name looks at the name of a thing, which people and models recognise it by.
func (s *scan) name(path, name string) {
	for _, r := range name {
		if r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsMark(r)) {
			s.add(SignLookAlike, path, "it has "+string(r)+", which is no plain letter")
			break
		}
	}
	mine := skeleton(name)
	for other, whose := range s.known {
		if other == name {
			continue
		}
		theirs := skeleton(other)
		if mine == theirs || len(mine) >= 6 && oneApart(mine, theirs) {
			s.add(SignLookAlike, path, "it can be taken for "+other+" of "+whose)
		}
	}
}

func (s *scan) parameter(path, name string) {
	for _, r := range name {
		if r > unicode.MaxASCII && unicode.IsLetter(r) {
			s.add(SignLookAlike, path, "a parameter with "+string(r)+", which is no plain letter")
			break
		}
	}
	for _, e := range collectors() {
		if e.MatchString(fold(name)) {
			s.add(SignExfil, path, "a parameter that collects more than a tool needs")
		}
	}
}

// skeleton writes a name without what can be taken for something else
// (after UTS #39, for ASCII).
func skeleton(name string) string {
	s := fold(name)
	s = strings.NewReplacer("_", "", "-", "", ".", "", " ", "", "0", "o", "1", "l", "i", "l", "5", "s", "rn", "m", "vv", "w").Replace(s)
	return s
}

// cyrillicGreek are letters that look like ones of ASCII (UTS #39,
// confusables.txt; the lower-case ones that names are made of).
var cyrillicGreek = strings.NewReplacer("а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ј", "j", "ѕ", "s", "ԁ", "d", "һ", "h", "ո", "n",
	"ɡ", "g", "ν", "v", "ο", "o", "α", "a", "ρ", "p", "τ", "t", "ι", "i", "κ", "k", "ı", "i", "ⅼ", "l")

// Plain is a text as a reader takes it: see [Scan].
func Plain(text string) string { return fold(text) }

// fold is a text as a reader takes it: compatible forms and look-alikes as
// plain letters, lower case, without what is not seen, single blanks.
func fold(text string) string {
	text = cyrillicGreek.Replace(strings.ToLower(norm.NFKC.String(text)))
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '’' || r == '‘':
			return '\''
		case Invisible(r):
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// farAway reports whether something stands behind so many blanks or empty
// lines that it is not seen beside the rest.
func farAway(text string) bool {
	blanks, lines := 0, 0
	for _, r := range strings.TrimSpace(text) {
		switch {
		case r == '\n':
			lines++
		case unicode.IsSpace(r):
			blanks++
		default:
			if blanks >= 60 || lines >= 12 {
				return true
			}
			blanks, lines = 0, 0
		}
	}
	return false
}

// oneApart reports whether a becomes b by one letter.
func oneApart(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > 1 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return i == len(b) || a[i+1:] == b[i+1:]
	}
	return a[i+1:] == b[i:]
}

func clip(s string) string {
	const most = 70
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
