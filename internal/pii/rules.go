package pii

// RuleID identifies the detector, or the row of a detector's table, that made a finding.
type RuleID uint16

// The rules that are not rows of a table. Rows of vendorTable and schemeTable follow at ruleVendor.
const (
	ruleNone RuleID = iota
	ruleEmail
	ruleEmailEncoded
	ruleIPv4
	ruleIPv6
	ruleMac
	rulePhoneE164
	rulePhoneShape
	ruleSsn
	ruleCard
	ruleURLUserinfo
	ruleURLPath
	ruleAuthScheme
	ruleAssignment
	ruleFlag
	ruleCookie
	ruleJwt
	rulePEM
	ruleHostSuffix
	ruleHostKey
	ruleKnown

	// Secrets.
	rulePasswordHash
	ruleSeedPhrase
	ruleEncoded

	// Numbers of persons, accounts and devices.
	ruleNationalID
	rulePassport
	ruleDrivingLicence
	ruleVAT
	ruleIBAN
	ruleBankAccount
	ruleWallet
	rulePlate
	ruleGPS
	ruleBirthDate
	ruleIMEI
	ruleVIN
	ruleSerial

	// People and places.
	ruleNameField
	ruleNameProse
	ruleRoster
	ruleUserPath
	ruleUserIdiom
	ruleAddress
	ruleSID
	ruleDN

	ruleCustom // A rule of the owner's.

	ruleVendor
)

var ruleNames = [ruleVendor]string{
	ruleNone:         "none",
	ruleEmail:        "email",
	ruleEmailEncoded: "email-encoded",
	ruleIPv4:         "ipv4",
	ruleIPv6:         "ipv6",
	ruleMac:          "mac",
	rulePhoneE164:    "phone-e164",
	rulePhoneShape:   "phone-shape",
	ruleSsn:          "ssn",
	ruleCard:         "card",
	ruleURLUserinfo:  "url-userinfo",
	ruleURLPath:      "url-path",
	ruleAuthScheme:   "auth-scheme",
	ruleAssignment:   "assignment",
	ruleFlag:         "flag",
	ruleCookie:       "cookie",
	ruleJwt:          "jwt",
	rulePEM:          "pem",
	ruleHostSuffix:   "host-suffix",
	ruleHostKey:      "host-key",
	ruleKnown:        "known",

	rulePasswordHash: "password-hash",
	ruleSeedPhrase:   "seed-phrase",
	ruleEncoded:      "encoded",

	ruleNationalID:     "national-id",
	rulePassport:       "passport",
	ruleDrivingLicence: "driving-licence",
	ruleVAT:            "vat",
	ruleIBAN:           "iban",
	ruleBankAccount:    "bank-account",
	ruleWallet:         "wallet",
	rulePlate:          "plate",
	ruleGPS:            "gps",
	ruleBirthDate:      "birth-date",
	ruleIMEI:           "imei",
	ruleVIN:            "vin",
	ruleSerial:         "serial",

	ruleNameField: "name-field",
	ruleNameProse: "name-prose",
	ruleRoster:    "roster",
	ruleUserPath:  "user-path",
	ruleUserIdiom: "user-idiom",
	ruleAddress:   "address",
	ruleSID:       "sid",
	ruleDN:        "dn",

	ruleCustom: "custom",
}

// String returns the name of the rule, for example "email" or "vendor:github-pat". Rules of the owner's are all "custom";
// [Scanner.RuleName] tells them apart.
func (r RuleID) String() string {
	if r < ruleVendor {
		return ruleNames[r]
	}
	if r >= ruleUser {
		return ruleNames[ruleCustom]
	}
	prepare()
	i := int(r - ruleVendor)
	if i < len(vendorTable) {
		return "vendor:" + vendorTable[i].id
	}
	if i -= len(vendorTable); i < len(schemeTable) {
		s := &schemeTable[i]
		return schemeRules[s.typ] + ":" + s.id
	}
	return "unknown"
}
