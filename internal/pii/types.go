package pii

import "strings"

// Class says what becomes of a detected value: how long it may live and who may ever see it again.
type Class uint8

// The classes. The zero value is no class.
const (
	// ClassSecret holds what opens a door: passwords, keys, tokens. Its values are never kept and never restored.
	ClassSecret Class = iota + 1
	// ClassPersonal holds what names or reaches a person.
	ClassPersonal
	// ClassInfrastructure holds what names a machine or a network.
	ClassInfrastructure
)

// String returns "secret", "personal" or "infrastructure".
func (c Class) String() string {
	switch c {
	case ClassSecret:
		return "secret"
	case ClassPersonal:
		return "personal"
	case ClassInfrastructure:
		return "infrastructure"
	}
	return "unknown"
}

// Level says what is done with a finding.
type Level uint8

const (
	// LevelShadow is what a rule on trial would redact besides what is redacted anyway; it is left in the text.
	LevelShadow Level = iota + 1
	// LevelSuspect is shown to a reviewer and left in the text.
	LevelSuspect
	// LevelRedact is replaced by a token.
	LevelRedact
)

// String returns "shadow", "suspect" or "redact".
func (l Level) String() string {
	switch l {
	case LevelShadow:
		return "shadow"
	case LevelSuspect:
		return "suspect"
	case LevelRedact:
		return "redact"
	}
	return "unknown"
}

// Type is the kind of a detected value. The zero value is no type. Numbers are not stable between releases: store the
// name.
type Type uint16

// The types. Each has one row in typeTable.
const (
	Email Type = iota + 1
	IPv4
	IPv6
	MacAddress
	PhoneNumber
	Ssn
	CreditCard
	UrlWithCredentials //nolint:revive,staticcheck // The name is part of the tool's output.
	BearerToken
	ApiKey //nolint:revive,staticcheck // As above.
	Password
	Jwt
	PrivateKey
	Hostname
	PasswordHash
	SeedPhrase
	CustomSecret // Matched by a rule of the owner's, as a secret.
	PersonName
	UserName
	PostalAddress
	DateOfBirth
	NationalId //nolint:revive,staticcheck // As above.
	Passport
	DrivingLicence
	VatNumber
	Iban
	BankAccount
	CryptoWallet
	LicencePlate
	GpsCoordinates
	Custom // Matched by a rule of the owner's.
	Imei
	Vin
	DeviceSerial
	WindowsSid
	DistinguishedName

	numTypes
)

// typeRow describes one type: everything that is not detection.
type typeRow struct {
	name  string
	class Class
	level Level // Level of a confident finding in the balanced preset.
	// rank decides the type of a union of overlapping findings: the highest wins. Whole keys and credentials of URLs
	// stand above tokens whose issuer is known, those above personal data and addresses, and those above values that
	// only their key name gives away.
	rank   uint8
	labels []string // Token labels in use for the type; the first is the default.
}

var typeTable = [numTypes]typeRow{
	Email:              {"Email", ClassPersonal, LevelRedact, 50, []string{"Email"}},
	IPv4:               {"IPv4", ClassInfrastructure, LevelRedact, 44, []string{"PublicIPv4", "PrivateIPv4"}},
	IPv6:               {"IPv6", ClassInfrastructure, LevelRedact, 45, []string{"PublicIPv6", "PrivateIPv6"}},
	MacAddress:         {"MacAddress", ClassInfrastructure, LevelRedact, 46, []string{"MacAddress"}},
	PhoneNumber:        {"PhoneNumber", ClassPersonal, LevelRedact, 47, []string{"PhoneNumber"}},
	Ssn:                {"Ssn", ClassPersonal, LevelRedact, 48, []string{"Ssn"}},
	CreditCard:         {"CreditCard", ClassPersonal, LevelRedact, 49, []string{"CreditCard"}},
	UrlWithCredentials: {"UrlWithCredentials", ClassSecret, LevelRedact, 90, []string{"UrlWithCredentials"}},
	BearerToken:        {"BearerToken", ClassSecret, LevelRedact, 70, []string{"BearerToken"}},
	ApiKey:             {"ApiKey", ClassSecret, LevelRedact, 80, []string{"ApiKey"}},
	Password:           {"Password", ClassSecret, LevelRedact, 60, []string{"Password"}},
	Jwt:                {"Jwt", ClassSecret, LevelRedact, 75, []string{"Jwt"}},
	PrivateKey:         {"PrivateKey", ClassSecret, LevelRedact, 100, []string{"PrivateKey"}},
	Hostname:           {"Hostname", ClassInfrastructure, LevelRedact, 40, []string{"Hostname"}},
	PasswordHash:       {"PasswordHash", ClassSecret, LevelRedact, 76, []string{"PasswordHash"}},
	SeedPhrase:         {"SeedPhrase", ClassSecret, LevelRedact, 95, []string{"SeedPhrase"}},
	CustomSecret:       {"CustomSecret", ClassSecret, LevelRedact, 59, []string{"CustomSecret"}},
	PersonName:         {"PersonName", ClassPersonal, LevelRedact, 38, []string{"PersonName"}},
	UserName:           {"UserName", ClassPersonal, LevelRedact, 37, []string{"UserName"}},
	PostalAddress:      {"PostalAddress", ClassPersonal, LevelRedact, 51, []string{"PostalAddress"}},
	DateOfBirth:        {"DateOfBirth", ClassPersonal, LevelRedact, 43, []string{"DateOfBirth"}},
	NationalId:         {"NationalId", ClassPersonal, LevelRedact, 53, []string{"NationalId"}},
	Passport:           {"Passport", ClassPersonal, LevelRedact, 41, []string{"Passport"}},
	DrivingLicence:     {"DrivingLicence", ClassPersonal, LevelRedact, 41, []string{"DrivingLicence"}},
	VatNumber:          {"VatNumber", ClassPersonal, LevelRedact, 52, []string{"VatNumber"}},
	Iban:               {"Iban", ClassPersonal, LevelRedact, 55, []string{"Iban"}},
	BankAccount:        {"BankAccount", ClassPersonal, LevelRedact, 42, []string{"BankAccount"}},
	CryptoWallet:       {"CryptoWallet", ClassPersonal, LevelRedact, 56, []string{"CryptoWallet"}},
	LicencePlate:       {"LicencePlate", ClassPersonal, LevelRedact, 39, []string{"LicencePlate"}},
	GpsCoordinates:     {"GpsCoordinates", ClassPersonal, LevelRedact, 43, []string{"GpsCoordinates"}},
	Custom:             {"Custom", ClassPersonal, LevelRedact, 36, []string{"Custom"}},
	Imei:               {"Imei", ClassPersonal, LevelRedact, 54, []string{"Imei"}},
	Vin:                {"Vin", ClassPersonal, LevelRedact, 54, []string{"Vin"}},
	DeviceSerial:       {"DeviceSerial", ClassInfrastructure, LevelRedact, 35, []string{"DeviceSerial"}},
	WindowsSid:         {"WindowsSid", ClassInfrastructure, LevelRedact, 61, []string{"WindowsSid"}},
	DistinguishedName:  {"DistinguishedName", ClassInfrastructure, LevelRedact, 62, []string{"DistinguishedName"}},
}

// String returns the name of the type as it appears in results and tokens, or "unknown".
func (t Type) String() string {
	if t == 0 || t >= numTypes {
		return "unknown"
	}
	return typeTable[t].name
}

// Class returns the class of the type, or 0 if there is no such type.
func (t Type) Class() Class {
	if t >= numTypes {
		return 0
	}
	return typeTable[t].class
}

// ParseType returns the type with the given name, ignoring case.
func ParseType(name string) (Type, bool) {
	for t := Type(1); t < numTypes; t++ {
		if strings.EqualFold(typeTable[t].name, name) {
			return t, true
		}
	}
	return 0, false
}

// Types returns all types in their fixed order.
func Types() []Type {
	ts := make([]Type, 0, numTypes-1)
	for t := Type(1); t < numTypes; t++ {
		ts = append(ts, t)
	}
	return ts
}

// Preset chooses how eager a [Scanner] is.
type Preset uint8

const (
	// PresetBalanced redacts what is probable and shows what is possible as suspect. It is the default.
	PresetBalanced Preset = iota
	// PresetStrict redacts what is only possible too.
	PresetStrict
	// PresetSecretsOnly reports types of class secret only.
	PresetSecretsOnly

	numPresets
)

var presetNames = [numPresets]string{"balanced", "strict", "secrets-only"}

// String returns "balanced", "strict" or "secrets-only".
func (p Preset) String() string {
	if p >= numPresets {
		return "unknown"
	}
	return presetNames[p]
}

// ParsePreset returns the preset with the given name.
func ParsePreset(name string) (Preset, bool) {
	for i, n := range presetNames {
		if n == name {
			return Preset(i), true
		}
	}
	return 0, false
}
