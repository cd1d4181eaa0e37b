package pii

import (
	"bytes"
	"hash/fnv"
	"math/rand"
	"strings"
	"testing"
)

// classBytes returns the bytes of a class that a generated token is made of.
func classBytes(class uint32) []byte {
	var all []byte
	for c := byte('0'); c <= 'z'; c++ {
		if is(c, class) && is(c, alnum) {
			all = append(all, c)
		}
	}
	return all
}

// sample makes a token of a row, with parts of their least length if short, else of their greatest, within reason.
// With fill, every run is of that byte, or of the first of its class.
func sample(r *vendorRow, short bool, fill byte) string {
	h := fnv.New64a()
	h.Write([]byte(r.id))
	rnd := rand.New(rand.NewSource(int64(h.Sum64())))
	var sb strings.Builder
	sb.WriteString(r.prefix)
	for _, p := range r.parts {
		sb.WriteString(p.lit)
		n := p.max
		if short || n > 2000 {
			n = p.min
		}
		all := classBytes(p.class)
		for k := range n {
			switch c := all[rnd.Intn(len(all))]; {
			case fill != 0 && is(fill, p.class):
				sb.WriteByte(fill)
			case fill != 0 && p.lit == "":
				sb.WriteByte(all[0])
			case k == 0 && n > 4 && is('7', p.class):
				sb.WriteByte('7')
			case k == 1 && n > 4 && is('a', p.class):
				sb.WriteByte('a')
			case k == 1 && n > 4 && is('Q', p.class):
				sb.WriteByte('Q')
			default:
				sb.WriteByte(c)
			}
		}
	}
	return sb.String()
}

// around returns what must stand before a token of row k for it to be found.
func around(k int) string {
	if k < prefixRows {
		return "use "
	}
	for i, rows := range keyedRows {
		for _, row := range rows {
			if row == k {
				return strings.Fields(issuers[i].words)[0] + " = "
			}
		}
	}
	return ""
}

func foundBy(s *Scanner, text string, k int) (hits []Finding) {
	for _, f := range s.Scan(nil, []byte(text)) {
		if f.Rule == ruleVendor+RuleID(k) {
			hits = append(hits, f)
		}
	}
	return hits
}

// covered reports whether findings that are redacted cover text[start:end], and nothing beside it.
func exactly(s *Scanner, text string, start, end int) bool {
	at := int64(start)
	for _, f := range s.Scan(nil, []byte(text)) {
		if f.Level != LevelRedact || f.Start != at || f.End > int64(end) {
			return false
		}
		at = f.End
	}
	return at == int64(end)
}

func TestEachVendorTokenIsFoundAndItsNearMissesAreNot(t *testing.T) {
	s := newScanner(t, Options{})
	for k := range vendorTable {
		r := &vendorTable[k]
		before := around(k)
		if r.id == "roblox" {
			continue // Its prefix is a sentence; see TestVendorTokensInTheWild.
		}
		for _, short := range []bool{true, false} {
			token := sample(r, short, 0)
			text := before + token + "\nthen"
			if !exactly(s, text, len(before), len(before)+len(token)) {
				t.Errorf("%s: not found in %q: %v", r.id, text, s.Scan(nil, []byte(text)))
			}
		}
		token := sample(r, true, 0)
		last := &r.parts[len(r.parts)-1]
		misses := map[string]string{}
		if last.lit != "" || last.min > 0 { // Else the prefix is a token.
			misses["a placeholder"] = before + sample(r, true, 'x')
			misses["nothing but the prefix"] = before + r.prefix + "\nthen"
		}
		if k < prefixRows || r.parts[0].min == r.parts[0].max { // Else it is as good a token as the other.
			misses["embedded in a word before"] = before + "Z9" + token
		}
		if last.lit != "" || last.max < 1000 {
			misses["embedded in a word behind"] = before + sample(r, false, 0) + "Z9Z9"
		}
		if last.lit == "" && last.min > 1 {
			misses["one byte short"] = before + token[:len(token)-1] + "\nthen"
		}
		for i := range r.parts { // A byte of the wrong alphabet in the middle of the first long run.
			if p := &r.parts[i]; p.lit == "" && p.min > 3 {
				at := len(r.prefix)
				for _, q := range r.parts[:i] {
					at += len(q.lit) + q.min
				}
				b := []byte(token)
				b[at+p.min/2] = "zZ*!#"[strings.IndexFunc("zZ*!#", func(c rune) bool { return !is(byte(c), p.class) })]
				misses["wrong alphabet"] = before + string(b) + "\nthen"
				break
			}
		}
		for what, text := range misses {
			if hits := foundBy(s, text, k); len(hits) > 0 {
				t.Errorf("%s: %s is found: %q", r.id, what, text)
			}
		}
	}
}

func TestVendorTableIsSound(t *testing.T) {
	vendors := map[string]bool{}
	ids := map[string]bool{}
	for _, v := range issuers {
		if vendors[v.name] {
			t.Errorf("%s stands twice", v.name)
		}
		vendors[v.name] = true
		if v.source == "" || len(v.tokens) == 0 {
			t.Errorf("%s: no source, or no form", v.name)
		}
		for _, w := range strings.Fields(v.words) {
			if w != strings.ToLower(w) || len(w) < 4 {
				t.Errorf("%s: %q must be four or more lower-case letters", v.name, w)
			}
		}
	}
	for k := range vendorTable {
		r := &vendorTable[k]
		if ids[r.id] {
			t.Errorf("%s stands twice", r.id)
		}
		ids[r.id] = true
		if k < prefixRows && len(r.prefix) < 2 || k >= prefixRows && around(k) == "" {
			t.Errorf("%s: neither a prefix nor words", r.id)
		}
		n := len(r.prefix)
		for i, p := range r.parts {
			n += len(p.lit) + p.min
			// A run takes all it can: what follows it must not be of its class unless its length is fixed.
			if i+1 < len(r.parts) && p.lit == "" && p.min != p.max {
				if next := r.parts[i+1]; next.lit == "" || is(next.lit[0], p.class) {
					t.Errorf("%s: part %d runs into the next", r.id, i)
				}
			}
		}
		if n < 14 && k < prefixRows || n > maxValue {
			t.Errorf("%s: %d bytes", r.id, n)
		}
	}
	if len(vendors) < 220 {
		t.Errorf("%d vendors, want 220", len(vendors))
	}
	t.Logf("%d vendors, %d forms: %d with a prefix, %d behind a key name", len(vendors), len(vendorTable), prefixRows, len(vendorTable)-prefixRows)
}

func TestChecksumsOfTokensAreChecked(t *testing.T) {
	s := newScanner(t, Options{})
	for _, c := range []struct {
		token string
		holds bool
	}{
		{"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", true}, // From GitHub's description of the format.
		{"ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18", false},
	} {
		found := s.Scan(nil, []byte(c.token))
		if len(found) != 1 || found[0].Reason.Has(ReasonChecksum) != c.holds {
			t.Errorf("%s: %v, want the checksum to be %v", c.token, found, c.holds)
		}
	}
}

func TestBadTokenFormsAreRefused(t *testing.T) {
	for _, form := range []string{"", "x{", "x{q3}", "x{a}", "x{a5-3}", "x{a0}", "x{ax}"} {
		if parts, err := parseForm(nil, form); err == nil {
			t.Errorf("%q: %v", form, parts)
		}
	}
	if parts, err := parseForm(nil, "k-{uuid}"); err != nil || len(parts) != 10 || !bytes.Equal([]byte(parts[0].lit), []byte("k-")) {
		t.Errorf("a UUID: %v, %v", parts, err)
	}
}

func TestVendorTokensInTheWild(t *testing.T) {
	s := newScanner(t, Options{})
	const hex32 = "7fa1c09be2d34f5681a0b7c8d9e4f213"
	for _, c := range []string{
		"«ApiKey|https://hooks.slack.com/services/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» posted",
		"POST hooks.example.com; «ApiKey|hooks.slack.com/workflows/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»",
		"url=«ApiKey|https://discord.com/api/webhooks/812345678901234567/Zk3xP9qLw2Vn8Rt5Yb1Mc7Hd4Jf6Gs0Au-EoIiQeWaKxCzTvBnNmLpSr»",
		"«ApiKey|https://contoso.webhook.office.com/webhookb2/7fa1c09b-e2d3-4f56-81a0-b7c8d9e4f213@0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0/IncomingWebhook/" + hex32 + "/1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901»",
		"app «ApiKey|1308742762612587|rhoK1cbv0DOU_RTX_87O4MkX7AI» ok",
		"bot «ApiKey|5123456789:AAF8kd93lsQmX7pLzR2vT0wYbN4cHj6gEuI» started",
		"MTk4 «ApiKey|MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs_9aBcDe» ready",
		"secret «ApiKey|abc8Q~dEfGhIjKlMnOpQrStUvWxYz012345.-_ab» issued",
		`discord bot token: «ApiKey|MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs_9aBcDe»`,
		`"algolia_admin": "«ApiKey|` + hex32 + `»"`,
		`set("OKTA_ORG", "«ApiKey|00Qa7_Zx9-kLmN0pQrStUvWxYz1234567890AbCdEf»")`,
		"<plaidSecret>\n  «ApiKey|7fa1c09be2d34f5681a0b7c8d9e4f2»\n</plaidSecret>",
		"MAILCHIMP: «ApiKey|" + hex32 + "-us12»",
		"export TF_TOKEN_app=«ApiKey|a8Xk2Lm9Qw7Er5.atlasv1.Zk3xP9qLw2Vn8Rt5Yb1Mc7Hd4Jf6Gs0AuEoIiQeWaKxCzTvBnNmLpSrUyHg0123456789»",
	} {
		checkMarked(t, s, c)
	}
	for _, c := range []string{
		"https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", "see hooks.slack.com/services for more",
		"https://discord.com/api/webhooks/id/token", "1308742762612587|ok", "row 1308742762612587|3|done|rhoK1cbv0DOU_RTX_87O4MkX7A",
		"12:AA34", "at 5123456789:AAF8", "okta: enabled", "discord = true", "the algolia index: products", "MTk4NjIyNDgzNDcxOTI1MjQ4.txt",
		"~/Q~x", "AQ~ 8Q~dEfGh", "twitter: @someone", "video.ico-7a388b69018576d24b59331fd60aab0c.png", "v1.0-rc1", "1.0.ico-7a388b69018576d24b59331fd60aab0c",
		"asana: 12345", "segment fault at 7fa1c09be2d34f56", "particle=7", "linear: 0.5", "drone: x", "sonar.projectKey=demo",
	} {
		checkMarked(t, s, c)
	}
}
