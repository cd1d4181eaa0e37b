package pii

import "strings"

// keyedRows lists, for the index of an issuer, the rows of its tokens that only a key name gives away.
var keyedRows map[int][]int

func makeKeyedRows() map[int][]int {
	m := map[int][]int{}
	i := 0
	for k := prefixRows; k < len(vendorTable); k++ {
		for issuers[i].name != vendorTable[k].vendor { // Both are in one order.
			i++
		}
		m[i] = append(m[i], k)
	}
	return m
}

// issuerHooks makes a hook of every word that gives away the issuer of tokens without a prefix.
func issuerHooks() []wordHook {
	var hooks []wordHook
	for i := range issuers {
		rows := keyedRows[i]
		if len(rows) == 0 {
			continue
		}
		words := strings.Fields(issuers[i].words)
		hooks = append(hooks, wordHook{words: words, hook: func(e *engine, at int) {
			if !cutsWord(e.b, at, words) {
				e.keyedToken(at, rows)
			}
		}})
	}
	return hooks
}

// cutsWord reports whether the one of words that stands at i ends behind the first letter of a word in camel case: the "sumO" of
// sumOfValues does not name Sumo Logic.
func cutsWord(b []byte, i int, words []string) bool {
	for _, w := range words {
		if end := i + len(w); end < len(b) && hasPrefixFold(b[i:], w) {
			return is(b[end], chLower) && is(b[end-1], chUpper) && is(b[end-2], chLower)
		}
	}
	return false
}

// keyedToken is called at a word that names an issuer. It looks for one of the issuer's tokens behind the separator
// that follows the key name: "discord bot token: x", `"plaidSecret" => "x"`, `setProperty("OKTA_TOKEN", "x")`.
func (e *engine) keyedToken(i int, rows []int) {
	const maxName, maxGap = 64, 40
	b := e.b
	if i < e.tokenEnd {
		return
	}
	j := i
	for j < len(b) && j < i+maxName && (is(b[j], chKey) || b[j] == ' ' || b[j] == '\t') {
		j++
	}
	separated := false
	v := j
	for ; v < len(b) && v < j+maxGap; v++ {
		switch c := b[v]; c {
		case '=', ':', '>', ',', '|':
			separated = true
			continue
		case '"', '\'', '`', '?', '\\', '(', ')', ']', ' ', '\t', '\r':
			continue
		case '\n':
			if separated && b[v-1] == '>' || v+1 < len(b) && b[v+1] == ' ' { // The text of an XML element.
				continue
			}
			return
		}
		break
	}
	if !separated || v >= len(b) || !isWord(b[v]) && b[v-1] != '"' {
		return
	}
	for _, k := range rows {
		end := vendorTable[k].match(b, v)
		if end < 0 || end < len(b) && (!endsAfter(b, end) && b[end] != '<' || b[end] == '.' && end+1 < len(b) && isWord(b[end+1])) || dull(b[v:end]) || isPlaceholder(b[v:end]) {
			continue
		}
		if !mixed(b[v:end]) && !allOf(b[v:end], chDigit) && len(vendorTable[k].parts) < 3 {
			continue
		}
		e.add(v, end, ApiKey, ruleVendor+RuleID(k), Reason{Bits: ReasonShape | ReasonContext}, 85) //nolint:gosec // The table is short.
		return
	}
}
