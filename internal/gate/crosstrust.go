package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
)

// anyOf stands for all types or all fields in a [Trust].
const anyOf = "*"

// Trust says which originals the owner lets a destination have: those of some
// types, where they stand in some fields. The zero value trusts nothing.
type Trust struct {
	Types  []string // names of pii types, or "*"
	Fields []string // see [Crossing.JSON], or "*"
	// Also holds further rules, for trust in some types in some fields and in
	// others in others. They have none of their own.
	Also []Trust
}

// CheckTrust says whether an owner can mean t. Types of class secret have no
// originals, so that naming one is a mistake.
func CheckTrust(t Trust) error {
	for _, rule := range t.Also {
		if err := CheckTrust(Trust{Types: rule.Types, Fields: rule.Fields}); err != nil {
			return err
		}
	}
	if (len(t.Types) == 0) != (len(t.Fields) == 0) {
		return fmt.Errorf("trust: name both types and fields, %q for all of them", anyOf)
	}
	for _, name := range t.Types {
		typ, ok := pii.ParseType(name)
		switch {
		case name == anyOf:
		case !ok:
			return fmt.Errorf("trust: there is no type %q; docs/detection.md lists them", name)
		case typ.Class() == pii.ClassSecret:
			return fmt.Errorf("trust: %s is a type of secret, which nothing can restore", typ)
		}
	}
	return nil
}

func (t Trust) none() bool { return (len(t.Types) == 0 || len(t.Fields) == 0) && len(t.Also) == 0 }

// has reports whether a rule of t allows a type in a field.
func (t Trust) has(field string, typ pii.Type) bool {
	in := func(list []string, name string) bool {
		return slices.Contains(list, anyOf) || slices.Contains(list, name)
	}
	return in(t.Types, typ.String()) && in(t.Fields, field) ||
		slices.ContainsFunc(t.Also, func(rule Trust) bool { return in(rule.Types, typ.String()) && in(rule.Fields, field) })
}

// mayCross is the one place that says which originals go to a destination
// that is no person; [mayRestore] says it of persons.
func mayCross(d Destination, t Trust, field string, typ pii.Type) bool {
	return !strings.HasPrefix(string(d), "ai:") && typ.Class() != pii.ClassSecret && t.has(field, typ)
}
