package pii

import "slices"

// strength says where a number with the shape and the check digits of a scheme may stand to be one.
type strength uint8

const (
	// named needs words that name the scheme beside it: there is no check digit, or one that too many numbers have.
	named strength = iota
	// alone may also be all there is on its line.
	alone
	// anywhere stands for itself.
	anywhere
)

// scheme is the numbering scheme of one authority.
type scheme struct {
	id   string // Of the rule: a country code (ISO 3166-1) and a name.
	name string
	typ  Type
	// shapes are the ways to write it: 9 is a digit, A a letter, X either, ~ one of space, dash and dot, the same in all
	// its places; all else is itself.
	shapes         string
	plain, grouped strength // For shapes of one word, and for others.
	check          checkFunc
	general        topic  // A general topic that names it too, or 0.
	words          string // Words that name it, as in topicWords.
	source         string
}

// schemeTable holds all schemes. A row is all that a new one needs.
var schemeTable = slices.Concat(americanSchemes, britishSchemes, westSchemes, northSchemes, eastSchemes, asianSchemes, southernSchemes, vatSchemes)

// schemeRules are the rules of schemes by their type.
var schemeRules = map[Type]string{
	NationalId: ruleNames[ruleNationalID], VatNumber: ruleNames[ruleVAT], BankAccount: ruleNames[ruleBankAccount],
	DrivingLicence: ruleNames[ruleDrivingLicence], Passport: ruleNames[rulePassport],
}

// ruleScheme returns the rule of row i of schemeTable. Rules of schemes follow those of vendors.
func ruleScheme(i int) RuleID {
	return ruleVendor + RuleID(len(vendorTable)+i) //nolint:gosec // The tables are short.
}
