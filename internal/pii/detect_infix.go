package pii

// infixToken is called at a byte in the middle of tokens that begin in no way of their own. The rows are those of the
// vendors; what is looked for here is where they begin.
func (e *engine) infixToken(i int) {
	b := e.b
	switch b[i] {
	case '~': // Client secrets of Microsoft Entra: three bytes, a digit, "Q~" (learn.microsoft.com: secret formats; gitleaks).
		if i >= 5 && b[i-1] == 'Q' && isDigit(b[i-2]) && allOf(b[i-5:i-2], chKey|chTilde) {
			e.tokenAround(i-5, i+1, chKey|chTilde, 31, 34, infixRows.azure)
		}
	case '|': // App access tokens of Facebook: the number of the app, a bar, the secret.
		if i >= 15 && isDigit(b[i-1]) {
			if start := runBack(b, i, i-17, chDigit); i-start == 15 || i-start == 16 {
				e.tokenAround(start, i+1, chURL, 27, 40, infixRows.facebook)
			}
		} else {
			e.barPair(i)
		}
	case ':': // Tokens of Telegram's bots: a number, a colon, 35 bytes that begin with "AA".
		if start := runBack(b, i, i-11, chDigit); i-start >= 8 && i-start <= 10 {
			e.tokenAround(start, i+1, chURL, 35, 35, infixRows.telegram)
		}
	}
}

// discordToken is called at a dot behind a word with letters and digits that begins at start and is as long as the number
// of a bot in base64; a time and a signature follow.
func (e *engine) discordToken(start, i int) {
	b := e.b
	if c := b[start]; (c == 'M' || c == 'N' || c == 'O') && i+35 <= len(b) && b[i+7] == '.' && allOf(b[i+1:i+7], chURL) {
		e.tokenAround(start, i+8, chURL, 27, 38, infixRows.discord)
	}
}

// infixRows are the rows of vendorTable of tokens that are found by what stands inside them.
var infixRows struct{ azure, facebook, telegram, discord, twilio, aws int }

func makeInfixRows() (x struct{ azure, facebook, telegram, discord, twilio, aws int }) {
	x.azure, x.facebook, x.telegram = rowOf("azure-secret"), rowOf("facebook-app"), rowOf("telegram")
	x.discord, x.twilio, x.aws = rowOf("discord-bot"), rowOf("twilio"), rowOf("aws-secret")
	return x
}

// rowOf returns the row of vendorTable with the given id.
func rowOf(id string) int {
	for k := range vendorTable {
		if vendorTable[k].id == id {
			return k
		}
	}
	panic("no token form " + id)
}

// tokenAround reports a token of row k that begins at start and whose last part, of lo to hi bytes of a class, begins at
// rest.
func (e *engine) tokenAround(start, rest int, class uint32, lo, hi, k int) {
	b := e.b
	end := run(b, rest, rest+hi+1, class)
	for end > rest+lo && b[end-1] == '.' {
		end--
	}
	if end-rest < lo || end-rest > hi || end < len(b) && isWord(b[end]) || start > 0 && is(b[start-1], class) && start != e.fresh {
		return
	}
	if !mixed(b[rest:end]) || dull(b[rest:end]) {
		return
	}
	e.add(start, end, ApiKey, ruleVendor+RuleID(k), Reason{Bits: ReasonShape | ReasonPrefix}, 92) //nolint:gosec // The table is short.
}
