package pii

import (
	"bytes"
	"slices"
	"strconv"
)

// Label returns the label of the token that stands for a value of type t. For addresses it tells private from public.
// It is empty only if there is no such type.
func Label(t Type, value []byte) string {
	if t == 0 || t >= numTypes {
		return ""
	}
	labels := typeTable[t].labels
	kind := ipPublic
	switch t {
	case IPv4:
		if a, _, ok := parseIPv4(value, 0); ok {
			kind = classifyIPv4(a)
		}
	case IPv6:
		if a, _, ok := parseIPv6(value, 0); ok {
			kind = classifyIPv6(a)
		}
	}
	if kind == ipPrivate {
		return labels[1]
	}
	return labels[0]
}

// Canonical returns the form of a value by which its identity is decided: two spellings of the same address, number or
// name have the same form. It never changes value and may return it. The form is for comparison and is not for show.
//
//	Email         percent and \u escapes undone, lower case
//	IPv4, IPv6    the address in full; a zone is kept
//	MacAddress    12 lower-case digits
//	PhoneNumber   escapes undone, digits, with a leading '+' if it has one
//	Ssn, CreditCard, Imei   digits
//	NationalId, Passport, DrivingLicence, VatNumber, Iban, BankAccount, LicencePlate, Vin, DeviceSerial
//	              letters in upper case and digits
//	Hostname      lower case, without a final dot
//	UserName      lower case, without the domain before it
//	PersonName    lower case, words one space apart, "Smith, John" as "john smith"
//	PostalAddress letters and digits, in lower case
//	WindowsSid    lower case
//	DistinguishedName   lower case, without spaces behind commas
//	others        as they are
func Canonical(t Type, value []byte) []byte {
	switch t {
	case Email:
		return lowerAll(decodeEscapes(value))
	case IPv4:
		if a, end, ok := parseIPv4(value, 0); ok && end == len(value) {
			out := make([]byte, 0, 15)
			for i, v := range a {
				if i > 0 {
					out = append(out, '.')
				}
				out = strconv.AppendUint(out, uint64(v), 10)
			}
			return out
		}
	case IPv6:
		if a, end, ok := parseIPv6(value, 0); ok {
			out := make([]byte, 0, 40)
			for i, v := range a {
				if i > 0 && i%2 == 0 {
					out = append(out, ':')
				}
				out = append(out, hexDigits[v>>4], hexDigits[v&15])
			}
			zone := value[end:]
			if len(zone) > 3 && string(zone[:3]) == "%25" {
				out = append(out, '%')
				zone = zone[3:]
			}
			return append(out, zone...)
		}
	case MacAddress:
		return keepBytes(value, chHex)
	case PhoneNumber:
		value = decodeEscapes(value)
		out := keepBytes(value, chDigit)
		if len(value) > 0 && value[0] == '+' {
			return append([]byte{'+'}, out...)
		}
		return out
	case Ssn, CreditCard, Imei:
		return keepBytes(value, chDigit)
	case UserName:
		if i := bytes.LastIndexByte(value, '\\'); i >= 0 {
			value = value[i+1:]
		}
		return lowerAll(value)
	case PersonName:
		return canonicalName(value)
	case PostalAddress:
		return slices.DeleteFunc(lowerAll(decodeEscapes(value)), func(c byte) bool { return !wordByte(c) })
	case WindowsSid:
		return lowerAll(value)
	case DistinguishedName:
		return bytes.ReplaceAll(lowerAll(value), []byte(", "), []byte(","))
	case NationalId, Passport, DrivingLicence, VatNumber, Iban, BankAccount, LicencePlate, Vin, DeviceSerial:
		return upperAll(keepBytes(value, chUpper|chLower|chDigit))
	case Hostname:
		out := lowerAll(value)
		if n := len(out); n > 1 && out[n-1] == '.' {
			out = out[:n-1]
		}
		return out
	}
	return value
}

// canonicalName undoes the escapes of forms, and the order and the case in which a name is written.
func canonicalName(value []byte) []byte {
	out := lowerAll(bytes.ReplaceAll(decodeEscapes(value), []byte{'+'}, []byte{' '}))
	if i := bytes.IndexByte(out, ','); i >= 0 && bytes.IndexByte(out[i+1:], ',') < 0 {
		out = append(append(bytes.Clone(out[i+1:]), ' '), out[:i]...)
	}
	return bytes.Join(bytes.Fields(out), []byte{' '})
}

const hexDigits = "0123456789abcdef"

// keepBytes returns the bytes of the class, in lower case.
func keepBytes(b []byte, bits uint32) []byte {
	out := make([]byte, 0, len(b)+1)
	for _, c := range b {
		if is(c, bits) {
			out = append(out, lower(c))
		}
	}
	return out
}

func lowerAll(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = lower(c)
	}
	return out
}

// upperAll puts b in upper case.
func upperAll(b []byte) []byte {
	for i, c := range b {
		b[i] = upper(c)
	}
	return b
}

// decodeEscapes undoes percent-encoding and \u00xx escapes of ASCII bytes.
func decodeEscapes(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '%' {
			if c, ok := hex2(b, i+1); ok {
				out = append(out, c)
				i += 2
				continue
			}
		}
		if b[i] == '\\' && i+5 < len(b) && string(b[i+1:i+4]) == "u00" {
			if c, ok := hex2(b, i+4); ok && c < 0x80 {
				out = append(out, c)
				i += 5
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}
