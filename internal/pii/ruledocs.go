package pii

// RuleDescription says in words what a rule is: the reference of detection and the explanation of a finding are made of
// it. Texts hold no markup but backquotes.
type RuleDescription struct {
	Finds   string
	Misses  string     // What looks as if it were found and is not.
	Reasons ReasonBits // The grounds that its findings can stand on.

	Vendor string // The issuer, for the rule of a vendor's token.
	Scheme string // For the rule of a numbering scheme, where a number is one: "named", "alone" on its line, "anywhere".
}

// RuleDoc describes a rule. Rows of tables are described by their table.
func RuleDoc(r RuleID) RuleDescription {
	switch {
	case r < ruleVendor:
		return ruleDocs[r]
	case r >= ruleUser:
		return ruleDocs[ruleCustom]
	}
	prepare()
	i := int(r - ruleVendor)
	if i < len(vendorTable) {
		d := vendorDoc
		d.Vendor = vendorTable[i].vendor
		d.Finds = "a credential of " + d.Vendor + " in the form that it gives out"
		return d
	}
	if i -= len(vendorTable); i < len(schemeTable) {
		s := &schemeTable[i]
		d := schemeDoc
		d.Finds = s.name
		d.Scheme = [...]string{named: "named", alone: "alone", anywhere: "anywhere"}[max(s.plain, s.grouped)]
		if s.check == nil {
			d.Reasons &^= ReasonChecksum
		}
		return d
	}
	return RuleDescription{}
}

var vendorDoc = RuleDescription{
	Misses:  "a form that was changed since its row was written; a prefix without its shape; one that is cut apart by a line end",
	Reasons: ReasonShape | ReasonPrefix | ReasonChecksum | ReasonKey | ReasonDecoded | ReasonStructure | ReasonEntropy | ReasonContext,
}

var schemeDoc = RuleDescription{
	Misses:  "one without a check digit that the text does not name; one whose check digit is wrong, unless the text names it",
	Reasons: ReasonShape | ReasonChecksum | ReasonRange | ReasonKey | ReasonContext | ReasonDecoded,
}

// ruleDocs has a row for every rule that is not a row of a table itself. TestFindingsStandOnTheirRulesGrounds holds the
// grounds to what is found.
var ruleDocs = [ruleVendor]RuleDescription{
	ruleNone: {},
	ruleEmail: {
		Finds:   "an e-mail address whose domain ends in a known top-level domain or an internal suffix",
		Misses:  "quoted local parts, address literals, `git@host:path`, addresses written as \"name at domain\"",
		Reasons: ReasonShape | ReasonKey | ReasonContext | ReasonDecoded,
	},
	ruleEmailEncoded: {
		Finds:   "an e-mail address whose `@` is encoded, as `%40`, `\\u0040`, an HTML entity or a full-width sign",
		Misses:  "encodings of other characters of the address",
		Reasons: ReasonShape | ReasonDecoded,
	},
	ruleIPv4: {
		Finds:   "an address in four decimal numbers",
		Misses:  "octal, hexadecimal and single-number forms; addresses under \"What stays\"; four-part versions where words say so",
		Reasons: ReasonShape | ReasonRange | ReasonContext | ReasonKey,
	},
	ruleIPv6: {
		Finds:   "an address in any spelling of RFC 4291, in allocated, local, mapped and translated ranges",
		Misses:  "ranges that are not given out; addresses under \"What stays\"",
		Reasons: ReasonShape | ReasonRange | ReasonContext | ReasonKey,
	},
	ruleMac: {
		Finds:   "six octets with colons or dashes, or three groups with dots; twelve digits in one behind words that call them so",
		Misses:  "twelve digits without separators or words; broadcast and multicast",
		Reasons: ReasonShape | ReasonRange | ReasonContext | ReasonKey,
	},
	rulePhoneE164: {
		Finds:   "a `+` or `00`, a calling code in use, and a number of a length that its country has",
		Misses:  "numbers cut apart by words",
		Reasons: ReasonShape | ReasonPrefix | ReasonRange | ReasonKey | ReasonContext | ReasonDecoded,
	},
	rulePhoneShape: {
		Finds:   "a number in a national form: North American with separators; others where a key or words nearby name a telephone",
		Misses:  "national numbers that nothing names; bare runs of digits",
		Reasons: ReasonShape | ReasonRange | ReasonKey | ReasonContext | ReasonDecoded,
	},
	ruleSsn: {
		Finds:   "a United States social security number that could have been issued",
		Misses:  "one with spaces or bare that nothing names; areas, groups and serials that are not given out",
		Reasons: ReasonShape | ReasonRange | ReasonKey | ReasonContext,
	},
	ruleCard: {
		Finds:   "a payment card number with its check digit, in an issuer's range and of its brand's length, or named",
		Misses:  "numbers of 17 to 19 digits that nothing names; numbers inside longer runs; wrong check digits",
		Reasons: ReasonShape | ReasonChecksum | ReasonRange | ReasonKey | ReasonContext,
	},
	ruleURLUserinfo: {
		Finds:   "the user information of a URL, with a password or a token in it",
		Misses:  "a user name alone; placeholders such as `${PASS}`",
		Reasons: ReasonStructure | ReasonShape | ReasonEntropy | ReasonPrefix | ReasonDecoded,
	},
	ruleURLPath: {
		Finds:   "the secret path of a webhook URL",
		Misses:  "webhooks of services that have no row",
		Reasons: ReasonStructure | ReasonShape | ReasonPrefix | ReasonEntropy | ReasonDecoded,
	},
	ruleAuthScheme: {
		Finds:   "the credentials behind `Bearer`, `Basic` and the other schemes of an Authorization header",
		Misses:  "words such as \"Bearer authentication\"; placeholders",
		Reasons: ReasonStructure | ReasonKey | ReasonShape | ReasonEntropy | ReasonDecoded,
	},
	ruleAssignment: {
		Finds:   "the value of a key that names a secret, in configuration, code, JSON, XML, YAML, CSV, SQL and text",
		Misses:  "keys that are not in the list; behind keys with other uses, values that do not look like a secret; references to variables and calls",
		Reasons: ReasonKey | ReasonStructure | ReasonEntropy | ReasonDecoded | ReasonTruncated | ReasonShape | ReasonContext,
	},
	ruleFlag: {
		Finds:   "the value of a password flag of a command, or of a clause of SQL",
		Misses:  "flags of one letter of programs that are not known; passwords given by position",
		Reasons: ReasonStructure | ReasonKey | ReasonEntropy | ReasonDecoded | ReasonContext | ReasonShape,
	},
	ruleCookie: {
		Finds:   "the pairs of a Cookie header, the value of a Set-Cookie header",
		Misses:  "cookies outside their headers",
		Reasons: ReasonKey | ReasonStructure | ReasonDecoded,
	},
	ruleJwt: {
		Finds:   "a JSON Web Token whose first segment decodes to a JOSE header",
		Misses:  "tokens whose header is cut off",
		Reasons: ReasonShape | ReasonChecksum | ReasonStructure | ReasonDecoded | ReasonTruncated | ReasonPrefix,
	},
	rulePEM: {
		Finds:   "a private key in an armour, from its first dash to its last",
		Misses:  "keys without their armour: raw DER, bare base64 that nothing names",
		Reasons: ReasonStructure | ReasonTruncated | ReasonDecoded | ReasonShape,
	},
	ruleHostSuffix: {
		Finds:   "a name under a suffix that only private networks resolve, or of a form that Windows and clouds give to machines",
		Misses:  "names under public domains, single labels",
		Reasons: ReasonPrefix | ReasonShape | ReasonStructure | ReasonDecoded,
	},
	ruleHostKey: {
		Finds:   "a name behind a key or a word that names a machine",
		Misses:  "names of well-known public services",
		Reasons: ReasonKey | ReasonContext | ReasonShape | ReasonStructure | ReasonDecoded,
	},
	ruleKnown: {
		Finds:   "a value that was detected before, without what gave it away then",
		Misses:  "values below the floor of length and rarity; spellings that differ in more than ASCII case; values of class secret in another case",
		Reasons: ReasonKnown | ReasonDecoded,
	},
	rulePasswordHash: {
		Finds:   "a stored hash of a password: bcrypt, argon2, scrypt, crypt(3), PBKDF2, LDAP, NTLM, Kerberos",
		Misses:  "bare hexadecimal digests, which are the same as those of files",
		Reasons: ReasonShape | ReasonPrefix | ReasonStructure | ReasonKey | ReasonContext | ReasonChecksum | ReasonDecoded,
	},
	ruleSeedPhrase: {
		Finds:   "the words of a wallet's recovery phrase, English list of BIP 39, whose checksum holds or that the text names",
		Misses:  "other languages' lists; phrases with numbers between the words",
		Reasons: ReasonShape | ReasonChecksum | ReasonContext | ReasonKey | ReasonDecoded,
	},
	ruleEncoded: {
		Finds:   "a run of base64, percent escapes or other escapes in which something is found after decoding, to a depth of 2; all of the run is redacted",
		Misses:  "compressed and encrypted data; hexadecimal; more than two encodings; runs that are cut apart",
		Reasons: AllReasons,
	},
	ruleNationalID: {
		Finds:   "a national number whose scheme is not known, where the text names it",
		Misses:  "numbers that nothing names",
		Reasons: ReasonShape | ReasonKey | ReasonContext | ReasonChecksum | ReasonRange,
	},
	rulePassport: {
		Finds:   "a passport number that the text names",
		Misses:  "numbers that nothing names: they have no check digit",
		Reasons: ReasonShape | ReasonKey | ReasonContext,
	},
	ruleDrivingLicence: {
		Finds:   "the number of a driving licence that the text names",
		Misses:  "numbers that nothing names: few countries' have a check digit",
		Reasons: ReasonShape | ReasonKey | ReasonContext | ReasonChecksum,
	},
	ruleVAT: {
		Finds:   "a VAT number with its country's prefix and check digit, or one that the text names",
		Misses:  "numbers without prefix that nothing names",
		Reasons: ReasonShape | ReasonChecksum | ReasonKey | ReasonContext | ReasonPrefix,
	},
	ruleIBAN: {
		Finds:   "an IBAN of its country's length whose check digits hold, with spaces or without",
		Misses:  "numbers that are cut off or whose check digits are wrong",
		Reasons: ReasonShape | ReasonChecksum | ReasonKey | ReasonContext | ReasonPrefix | ReasonRange | ReasonDecoded,
	},
	ruleBankAccount: {
		Finds:   "an account, routing or sort code number that the text names",
		Misses:  "numbers that nothing names",
		Reasons: ReasonShape | ReasonKey | ReasonContext | ReasonChecksum | ReasonRange,
	},
	ruleWallet: {
		Finds:   "an address of a cryptocurrency whose checksum holds",
		Misses:  "addresses of currencies without a checksum that nothing names",
		Reasons: ReasonShape | ReasonChecksum | ReasonPrefix | ReasonKey | ReasonContext | ReasonDecoded,
	},
	rulePlate: {
		Finds:   "a vehicle's plate that the text names",
		Misses:  "plates that nothing names",
		Reasons: ReasonShape | ReasonKey | ReasonContext,
	},
	ruleGPS: {
		Finds:   "a pair of latitude and longitude, of 11 m or better, or one that the text names",
		Misses:  "pairs with fewer decimals; degrees, minutes and seconds without their signs",
		Reasons: ReasonShape | ReasonRange | ReasonKey | ReasonContext | ReasonStructure,
	},
	ruleBirthDate: {
		Finds:   "a date behind words for birth",
		Misses:  "dates that nothing names; ages",
		Reasons: ReasonShape | ReasonKey | ReasonContext | ReasonRange,
	},
	ruleIMEI: {
		Finds:   "an IMEI with its check digit that the text names",
		Misses:  "15 digits that nothing names",
		Reasons: ReasonShape | ReasonChecksum | ReasonKey | ReasonContext,
	},
	ruleVIN: {
		Finds:   "a vehicle identification number with its check digit, or that the text names",
		Misses:  "numbers without the check digit, as in Europe, that nothing names",
		Reasons: ReasonShape | ReasonChecksum | ReasonKey | ReasonContext | ReasonRange,
	},
	ruleSerial: {
		Finds:   "the serial number of a device that the text names",
		Misses:  "numbers that nothing names",
		Reasons: ReasonShape | ReasonKey | ReasonContext,
	},
	ruleNameField: {
		Finds:   "the name of a person in a field or an idiom that holds one: `From:`, `displayName=`, \"Dear …\"",
		Misses:  "fields that are only called `name`; single given names",
		Reasons: ReasonKey | ReasonContext | ReasonStructure | ReasonShape | ReasonDecoded,
	},
	ruleNameProse: {
		Finds:   "a given name and a surname of the lists, capitalised, side by side in prose",
		Misses:  "names that are not in the lists, single names, names in lower or upper case",
		Reasons: ReasonShape | ReasonContext | ReasonKnown,
	},
	ruleRoster: {
		Finds:   "a name of the owner's roster",
		Misses:  "names that are not on it",
		Reasons: ReasonKnown | ReasonShape | ReasonContext,
	},
	ruleUserPath: {
		Finds:   "the account in the path of a home folder",
		Misses:  "home folders in other places; system accounts",
		Reasons: ReasonStructure | ReasonShape | ReasonDecoded | ReasonContext,
	},
	ruleUserIdiom: {
		Finds:   "an account in a field or an idiom of logs: \"Failed password for …\", `user=`, `DOMAIN\\user`",
		Misses:  "idioms that are not known; system accounts such as `root` and `www-data`",
		Reasons: ReasonKey | ReasonContext | ReasonStructure | ReasonShape | ReasonDecoded,
	},
	ruleAddress: {
		Finds:   "a street with its number, and the place behind it",
		Misses:  "addresses without a word or an ending for a street; addresses over several lines; other scripts than Latin",
		Reasons: ReasonShape | ReasonKey | ReasonContext | ReasonStructure,
	},
	ruleSID: {
		Finds:   "a Windows security identifier of an account or a domain",
		Misses:  "well-known identifiers, which are the same everywhere",
		Reasons: ReasonShape | ReasonPrefix | ReasonStructure | ReasonDecoded | ReasonKey,
	},
	ruleDN: {
		Finds:   "an X.500 or LDAP name of a person or a machine",
		Misses:  "names of certificate authorities",
		Reasons: ReasonShape | ReasonStructure | ReasonKey | ReasonDecoded | ReasonContext,
	},
	ruleCustom: {
		Finds:   "what a rule of the owner's matches near its word",
		Misses:  "what stands outside its window",
		Reasons: ReasonShape | ReasonContext,
	},
}
