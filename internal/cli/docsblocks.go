package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/tools"
)

// typeCovers says what a span of each type covers and what it leaves out: the
// part of the table of types that no code knows.
var typeCovers = map[pii.Type]string{
	pii.Email:              "An address whose domain has a known top-level or internal suffix; also with `@` as `%40` or `\\u0040`. Not `git@host:path`.",
	pii.IPv4:               "A dotted quad, without port or prefix length. Not the addresses under [What stays](#what-stays), versions and object identifiers.",
	pii.IPv6:               "An address in any spelling of RFC 4291, with its zone, without prefix length. Only allocated, unique local, link-local, mapped and NAT64 ranges.",
	pii.MacAddress:         "Six octets with colons or dashes, or `0123.4567.89ab`. Not broadcast and multicast.",
	pii.PhoneNumber:        "A calling code in use behind `+` or `00` and a number of its country's length; North American numbers with separators; national forms with a trunk zero or a known grouping; behind a key or words for a telephone any 7 to 15 digits.",
	pii.Ssn:                "United States social security numbers that could have been issued: with dashes; with spaces or bare only behind words such as `ssn`.",
	pii.CreditCard:         "12 to 19 digits with a valid check digit, in an issuer's range or behind a key such as `card_number`.",
	pii.UrlWithCredentials: "The user information of a URL, `user:password`, `:password` or a token in its place, without the `@`. Scheme, host and path stay.",
	pii.BearerToken:        "The credentials behind `Bearer`, `Basic` and the other schemes of an Authorization header; values of keys such as `token` that look like a secret.",
	pii.ApiKey:             "Tokens in the form of an issuer ([Rules](#rules)); values of keys such as `secret_key`; the secret path of a webhook URL.",
	pii.Password:           "The value of a key such as `password`, of a password flag or SQL clause, of a Cookie or Set-Cookie header; without key name and quotes.",
	pii.Jwt:                "Two to five segments of base64url of which the first decodes to a JOSE header.",
	pii.PrivateKey:         "A PEM block from its first dash to its last; one without an end, as far as it looks like one.",
	pii.Hostname:           "A name under a suffix that only private networks resolve (`.internal`, `.local`, `.lan`, `.corp`, `.svc` …); a name behind a key such as `host`. Not well-known public services.",
	pii.PasswordHash:       "A stored hash of a password: bcrypt, argon2, crypt(3), NTLM, Kerberos, LDAP.",
	pii.SeedPhrase:         "The words of a wallet's recovery phrase (BIP 39, English), from the first to the last.",
	pii.CustomSecret:       "What a rule of the owner's matches, when the rule says that it is a secret.",
	pii.PersonName:         "Given name and surname, from a field or an idiom that holds one, in prose, or on the roster.",
	pii.UserName:           "The name of an account, in a path of a home folder, a field, or an idiom of logs.",
	pii.PostalAddress:      "A street with its number, as Latin-script countries write it, and the place behind it on the same line.",
	pii.DateOfBirth:        "A date behind words for birth.",
	pii.NationalId:         "A national identity, tax or health number whose check digit holds, or that the text names.",
	pii.Passport:           "A passport number that the text names.",
	pii.DrivingLicence:     "The number of a driving licence that the text names.",
	pii.VatNumber:          "A VAT number with its country's check digit, or one that the text names.",
	pii.Iban:               "An IBAN of its country's length whose check digits hold.",
	pii.BankAccount:        "A bank account, routing or sort code number that the text names.",
	pii.CryptoWallet:       "An address of a cryptocurrency whose checksum holds.",
	pii.LicencePlate:       "A vehicle's plate that the text names.",
	pii.GpsCoordinates:     "A pair of latitude and longitude with at least four decimals, or one that the text names.",
	pii.Custom:             "What a rule of the owner's matches.",
	pii.Imei:               "An IMEI with its check digit, where the text names it.",
	pii.Vin:                "A vehicle identification number with its check digit, or that the text names.",
	pii.DeviceSerial:       "The serial number of a device that the text names.",
	pii.WindowsSid:         "A Windows security identifier of an account or a domain; well-known ones stay.",
	pii.DistinguishedName:  "An X.500 or LDAP name of a person or a machine.",
}

func typesTable() (string, error) {
	labels := map[pii.Type][]string{}
	for _, l := range pii.Labels() {
		t := pii.Token{Label: l}.Type()
		labels[t] = append(labels[t], "`["+l+"_1]`")
	}
	var b strings.Builder
	b.WriteString("| type | class | tokens | a span covers |\n| --- | --- | --- | --- |\n")
	for _, t := range pii.Types() {
		covers, ok := typeCovers[t]
		if !ok || len(labels[t]) == 0 {
			return "", fmt.Errorf("the type %s has no description or no label", t)
		}
		slices.Sort(labels[t])
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", t, t.Class(), strings.Join(labels[t], ", "), covers)
	}
	return b.String(), nil
}

// rulesTable describes the rules that are not rows of a table.
func rulesTable() (string, error) {
	var b strings.Builder
	b.WriteString("| rule | finds | on the grounds | misses |\n| --- | --- | --- | --- |\n")
	for r := pii.RuleID(1); r.String() != "unknown"; r++ {
		d := pii.RuleDoc(r)
		if d.Finds == "" || d.Misses == "" {
			return "", fmt.Errorf("the rule %s is not described", r)
		}
		if !strings.Contains(r.String(), ":") {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r, d.Finds, grounds(d.Reasons), d.Misses)
		}
	}
	return b.String(), nil
}

// grounds lists reasons by name.
func grounds(bits pii.ReasonBits) string {
	var names []string
	if bits == pii.AllReasons {
		return "those of what is found, and `decoded`"
	}
	bits.Each(func(name, _ string) { names = append(names, "`"+name+"`") })
	return strings.Join(names, ", ")
}

// vendorsList lists the formats of tokens by their issuer.
func vendorsList() (string, error) {
	rules := map[string][]string{}
	n := 0
	var last pii.RuleDescription
	for r := pii.RuleID(1); r.String() != "unknown"; r++ {
		if id, ok := strings.CutPrefix(r.String(), "vendor:"); ok {
			last = pii.RuleDoc(r)
			rules[last.Vendor] = append(rules[last.Vendor], "`"+id+"`")
			n++
		}
	}
	vendors := slices.SortedFunc(maps.Keys(rules), func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	for i, v := range vendors {
		slices.Sort(rules[v])
		vendors[i] = v + " (" + strings.Join(rules[v], ", ") + ")"
	}
	return wrap(fmt.Sprintf("%d formats of %d issuers, each a rule `vendor:` and its name. They stand on %s, and miss %s.", n, len(vendors), grounds(last.Reasons), last.Misses)) +
		"\n" + wrap(strings.Join(vendors, "; ")+"."), nil
}

// schemesTable lists the numbering schemes.
func schemesTable() (string, error) {
	var b strings.Builder
	var last pii.RuleDescription
	n := 0
	for r := pii.RuleID(1); r.String() != "unknown"; r++ {
		d := pii.RuleDoc(r)
		if d.Scheme == "" {
			continue
		}
		n++
		last = d
		check := "no"
		if d.Reasons&pii.ReasonChecksum != 0 {
			check = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r, d.Finds, check, d.Scheme)
	}
	return wrap(fmt.Sprintf("%d numbering schemes. They stand on %s, and miss %s. Where the last column says `named`, words that name the scheme must stand beside the "+
		"number; `alone`: or it is all there is on its line; `anywhere`: shape and check digit are enough.", n, grounds(last.Reasons|pii.ReasonChecksum), last.Misses)) +
		"\n| rule | number | check digit | where |\n| --- | --- | --- | --- |\n" + b.String(), nil
}

// reasonsTable lists the grounds of findings.
func reasonsTable() (string, error) {
	var b strings.Builder
	b.WriteString("| reason | |\n| --- | --- |\n")
	pii.AllReasons.Each(func(name, means string) { fmt.Fprintf(&b, "| `%s` | %s |\n", name, means) })
	return b.String(), nil
}

func keysList() (string, error) {
	var words []string
	for k := pii.KeyID(1); k.String() != ""; k++ {
		words = append(words, "`"+k.String()+"`")
	}
	slices.Sort(words)
	return wrap(strings.Join(words, ", ") + "."), nil
}

// wrap breaks a paragraph into lines that a source tree can hold.
func wrap(text string) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
		case column+1+len(word) > 140:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String() + "\n"
}

// changes says in a few words whether a tool changes something.
func changes(t tools.Tool) string {
	if t.ReadOnly {
		return "no"
	}
	a := t.Definition.Annotations
	outside := a.OpenWorldHint != nil && *a.OpenWorldHint
	if outside || a.DestructiveHint != nil && *a.DestructiveHint {
		return "yes, once a person approves"
	}
	return "yes"
}

func toolsTable() (string, error) {
	var b strings.Builder
	b.WriteString("| tool | toolset | changes something | |\n| --- | --- | --- | --- |\n")
	for _, t := range tools.All() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", t.Name, t.Toolset, changes(t), t.Definition.Title)
	}
	return b.String(), nil
}

// toolsReference describes every tool by what hosts are told of it.
func toolsReference() (string, error) {
	var b strings.Builder
	total := 0
	for _, t := range tools.All() {
		def, err := json.Marshal(t.Definition)
		if err != nil {
			return "", err
		}
		if slices.Contains(tools.DefaultToolsets, t.Toolset) {
			total += len(def)
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s\n\nToolset `%s`. Changes something: %s. Takes %d tokens of the list.\n", t.Name, t.Definition.Description, t.Toolset, changes(t), len(def)/4)
		for _, side := range []struct {
			head   string
			schema any
		}{{"argument", t.Definition.InputSchema}, {"in the answer", t.Answer()}} {
			raw, ok := side.schema.(json.RawMessage)
			if !ok {
				return "", fmt.Errorf("%s: the schema is a %T", t.Name, side.schema)
			}
			var s jsonschema.Schema
			if err := json.Unmarshal(raw, &s); err != nil {
				return "", fmt.Errorf("%s: %w", t.Name, err)
			}
			if s.Properties.Len() == 0 {
				continue
			}
			fmt.Fprintf(&b, "\n| %s | type | |\n| --- | --- | --- |\n", side.head)
			fieldRows(&b, &s, "")
		}
	}
	return fmt.Sprintf("%d tools; the default list takes %d tokens, without services outside, whose tools are in it once an instance is configured.\n", len(tools.All()), total/4) + b.String(), nil
}

// fieldRows writes a row for each field of an object, those within it
// included.
func fieldRows(b *strings.Builder, s *jsonschema.Schema, prefix string) {
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		name, f := prefix+p.Key, p.Value
		kind := f.Type
		inner := f
		if f.Items != nil {
			name, inner = name+"[]", f.Items
			if kind = "list"; inner.Type != "object" {
				kind = "list of " + inner.Type
			}
		}
		if slices.Contains(s.Required, p.Key) {
			kind += ", required"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, kind, strings.ReplaceAll(meaning(f, inner), "|", "\\|"))
		if inner.Properties != nil {
			fieldRows(b, inner, name+".")
		}
	}
}

// meaning is what a schema says of a field: the description, the values and
// the bounds.
func meaning(f, inner *jsonschema.Schema) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if f.Description != "" {
		add("%s", f.Description)
	}
	if len(inner.Enum) > 0 {
		var words []string
		for _, v := range inner.Enum {
			words = append(words, fmt.Sprintf("`%v`", v))
		}
		add("one of %s", strings.Join(words, ", "))
	}
	if f.Minimum != "" {
		add("at least %s", f.Minimum)
	}
	if f.Maximum != "" {
		add("at most %s", f.Maximum)
	}
	if f.MinLength != nil {
		add("at least %d characters", *f.MinLength)
	}
	if f.MaxLength != nil {
		add("at most %d characters", *f.MaxLength)
	}
	if f.MaxItems != nil {
		add("at most %d", *f.MaxItems)
	}
	if len(f.Examples) > 0 {
		add("such as `%v`", f.Examples[0])
	}
	return strings.Join(parts, "; ")
}
