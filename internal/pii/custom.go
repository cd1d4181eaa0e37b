package pii

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// RuleMode says what is done with what a [CustomRule] finds.
type RuleMode uint8

const (
	// RuleEnforce redacts. It is the default.
	RuleEnforce RuleMode = iota
	// RuleShadow reports and leaves the text as it is, to try a rule out: findings are of [LevelShadow].
	RuleShadow
	// RuleOff does nothing.
	RuleOff
)

var ruleModeNames = [...]string{"enforce", "shadow", "off"}

// ParseRuleMode returns the mode with the given name: enforce, shadow or off.
func ParseRuleMode(name string) (RuleMode, bool) {
	for i, n := range ruleModeNames {
		if n == name {
			return RuleMode(i), true
		}
	}
	return 0, false
}

// CustomRule is a rule of the owner's: a pattern that is looked for near a word.
//
// The word is what triggers: the pattern runs only on the window around each place where the word stands, so that the
// cost of a rule is that of looking for its word. Windows end at bytes, not at lines; at their ends the pattern sees the
// ends of a text. In a JSON document a name of a member stands near all that is below it.
type CustomRule struct {
	// Name is shown with findings: letters, digits, '.', '_' and '-'.
	Name string
	// Keyword is looked for without regard to ASCII case, within words too. It has 3 to 64 bytes.
	Keyword string
	// Window is how many bytes before and behind the word are searched: 1 to 512. 0 stands for 64.
	Window int
	// Pattern is in the syntax of RE2. If it has a group, the first group is the value; otherwise all of it is.
	Pattern string
	// Secret makes what is found a [CustomSecret], which is never kept and never restored, rather than a [Custom].
	Secret bool
	Mode   RuleMode
}

// The bounds of rules: what they cost must be bounded whatever the owner writes and whatever the text holds.
const (
	MaxRules          = 64
	maxRuleName       = 64
	minKeyword        = 3
	maxKeyword        = 64
	defaultWindow     = 64
	maxWindow         = 512 // With the word, within lookBehind and lookAhead.
	maxPattern        = 512
	maxPatternProgram = 2000 // Instructions.
)

// ruleUser is the number of the first of the owner's rules, of which there is a set for each scanner.
const ruleUser RuleID = 1 << 14

// customSet is the rules of a scanner that are on.
type customSet struct {
	rules []customRule
	// starts has a bit for the first two bytes, in lower case, of each word.
	starts [1 << 10]uint64
}

type customRule struct {
	name    string
	keyword []byte // In lower case.
	window  int
	pattern *regexp.Regexp
	group   int
	typ     Type
	shadow  bool
	id      RuleID
}

// compileRules checks rules and makes them ready. An error names the rule and what is wrong with it.
func compileRules(rules []CustomRule) (*customSet, error) {
	if len(rules) > MaxRules {
		return nil, fmt.Errorf("%d rules are too many: at most %d", len(rules), MaxRules)
	}
	set := &customSet{}
	names := map[string]bool{}
	for i, r := range rules {
		if err := checkRule(r); err != nil {
			name := strconv.Quote(r.Name)
			if !validRuleName(r.Name) {
				name = strconv.Itoa(i + 1)
			}
			return nil, fmt.Errorf("rule %s: %w", name, err)
		}
		if names[r.Name] {
			return nil, fmt.Errorf("rule %q: there is another one of this name", r.Name)
		}
		names[r.Name] = true
		if r.Mode == RuleOff {
			continue
		}
		c := customRule{
			name: r.Name, keyword: lowerAll([]byte(r.Keyword)), window: r.Window, pattern: regexp.MustCompile(r.Pattern),
			typ: Custom, shadow: r.Mode == RuleShadow, id: ruleUser + RuleID(len(set.rules)), //nolint:gosec // At most MaxRules.
		}
		if c.window == 0 {
			c.window = defaultWindow
		}
		if c.pattern.NumSubexp() > 0 {
			c.group = 1
		}
		if r.Secret {
			c.typ = CustomSecret
		}
		x := uint(c.keyword[0])<<8 | uint(c.keyword[1])
		set.starts[x>>6] |= 1 << (x & 63)
		set.rules = append(set.rules, c)
	}
	if len(set.rules) == 0 {
		return nil, nil //nolint:nilnil // No rules, no error.
	}
	return set, nil
}

// CheckRules reports the first fault in rules, as [NewScanner] would.
func CheckRules(rules []CustomRule) error {
	_, err := compileRules(rules)
	return err
}

func validRuleName(s string) bool {
	return s != "" && len(s) <= maxRuleName && strings.IndexFunc(s, func(c rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", c)
	}) < 0
}

func checkRule(r CustomRule) error {
	switch {
	case !validRuleName(r.Name):
		return fmt.Errorf("its name must have 1 to %d letters, digits, '.', '_' or '-'", maxRuleName)
	case r.Keyword == "":
		return errors.New("it has no keyword: name a word that stands near the value, so that the pattern runs there only")
	case len(r.Keyword) < minKeyword || len(r.Keyword) > maxKeyword:
		return fmt.Errorf("its keyword has %d bytes: at least %d, at most %d", len(r.Keyword), minKeyword, maxKeyword)
	case strings.TrimSpace(r.Keyword) == "":
		return errors.New("its keyword is white space: name a word")
	case r.Window < 0 || r.Window > maxWindow:
		return fmt.Errorf("its window of %d bytes is out of range: at least 1, at most %d", r.Window, maxWindow)
	case r.Pattern == "":
		return errors.New("it has no pattern")
	case len(r.Pattern) > maxPattern:
		return fmt.Errorf("its pattern has %d bytes: at most %d", len(r.Pattern), maxPattern)
	case int(r.Mode) >= len(ruleModeNames):
		return errors.New("its mode is unknown: use enforce, shadow or off")
	}
	tree, err := syntax.Parse(r.Pattern, syntax.Perl)
	if err != nil {
		var se *syntax.Error
		if errors.As(err, &se) {
			return fmt.Errorf("its pattern does not compile: %s: %q", se.Code, se.Expr)
		}
		return fmt.Errorf("its pattern does not compile: %w", err)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return fmt.Errorf("its pattern does not compile: %w", err)
	}
	if n := len(prog.Inst); n > maxPatternProgram {
		return fmt.Errorf("its pattern needs %d instructions: at most %d; use smaller repetitions", n, maxPatternProgram)
	}
	if re, err := regexp.Compile(r.Pattern); err != nil {
		return fmt.Errorf("its pattern does not compile: %w", err)
	} else if re.MatchString("") {
		return errors.New("its pattern matches the empty text: it would find something everywhere")
	}
	return nil
}

// RuleName returns the name of the rule that made a finding of s: "email", "vendor:github-pat", or "custom:" and the
// name of one of the owner's rules.
func (s *Scanner) RuleName(r RuleID) string {
	if i := int(r) - int(ruleUser); i >= 0 && s.custom != nil && i < len(s.custom.rules) {
		return "custom:" + s.custom.rules[i].name
	}
	return r.String()
}

// findCustom applies the owner's rules to the places before limit at which their words start.
func (e *engine) findCustom(limit int) {
	set, b := e.s.custom, e.b
	for i := e.known; i < limit && i+1 < len(b); i++ {
		x := uint(lower(b[i]))<<8 | uint(lower(b[i+1]))
		if set.starts[x>>6]>>(x&63)&1 == 0 {
			continue
		}
		for k := range set.rules {
			r := &set.rules[k]
			if end := i + len(r.keyword); end <= len(b) && hasPrefixFold(b[i:end], string(r.keyword)) {
				e.applyCustom(r, max(0, i-r.window), min(len(b), end+r.window))
			}
		}
	}
}

// customUnder applies the owner's rules to a value of a document, which begins at from and stands under the names of path: to
// its first bytes, if a name holds the word of the rule.
func (e *engine) customUnder(path []string, from int) {
	if e.s.custom == nil {
		return
	}
	for k := range e.s.custom.rules {
		r := &e.s.custom.rules[k]
		if slices.ContainsFunc(path, func(name string) bool { return bytes.Contains(lowerAll([]byte(name)), r.keyword) }) {
			e.applyCustom(r, from, min(len(e.b), from+r.window))
		}
	}
}

// applyCustom reports what a rule finds in a window. In cleared text a window that holds a token is left alone: what is
// in it was judged when the value was still there, and other text has come into the window since.
func (e *engine) applyCustom(r *customRule, lo, hi int) {
	window := e.b[lo:hi]
	if e.mode == ModeCleared && holdsToken(window) {
		return
	}
	for _, m := range r.pattern.FindAllSubmatchIndex(window, -1) {
		start, end := m[2*r.group], m[2*r.group+1]
		if start < 0 || start == end {
			continue
		}
		reason := Reason{Bits: ReasonShape | ReasonContext}
		if !r.shadow {
			e.add(lo+start, lo+end, r.typ, r.id, reason, 90)
		} else if e.mode == ModeRaw && !e.s.off[r.typ] {
			e.push(lo+start, lo+end, Finding{Type: r.typ, Rule: r.id, Reason: reason, Confidence: 90, Level: LevelShadow})
		}
	}
}

// holdsToken reports whether b holds a token, or a look-alike that was escaped.
func holdsToken(b []byte) bool {
	for i := bytes.IndexByte(b, '['); i >= 0 && i+1 < len(b); {
		if _, _, ok := ParseToken(b[i:min(len(b), i+maxTokenLen)]); ok || b[i+1] == '=' {
			return true
		}
		j := bytes.IndexByte(b[i+1:], '[')
		if j < 0 {
			break
		}
		i += 1 + j
	}
	return false
}
