package pii

// postOffice is called at the name of a post office box and reports it with what follows: "PO Box 123, Springfield".
func (e *engine) postOffice(i int) {
	b := e.b
	for _, w := range postOfficeWords {
		if !hasPrefix(b[i:], w) {
			continue
		}
		j := i + len(w)
		k := run(b, j, j+8, chWord)
		if k == j || !isDigit(b[j]) || i < e.addrEnd {
			return
		}
		end, _ := addressEnd(b, k)
		e.add(i, end, PostalAddress, ruleAddress, Reason{Bits: ReasonShape | ReasonStructure}, 80)
		e.addrEnd = max(e.addrEnd, end)
		return
	}
}

var postOfficeWords = []string{"PO Box ", "P.O. Box ", "P. O. Box ", "P.O.Box ", "Post Office Box ", "Postfach ", "GPO Box ", "Apartado de Correos ", "Casella Postale ", "Boîte Postale ", "Postbus "}

// postcodeWords end where a postal code begins.
var postcodeWords = []string{
	"postcode is ", "Postcode is ", "postcode ", "Postcode ", "post code ", "Post code ", "postal code is ", "Postal code is ", "postal code ", "Postal code ",
	"zip code is ", "ZIP code is ", "Zip code is ", "zip code ", "ZIP code ", "Zip code ", "zipcode ", "Postleitzahl ", "code postal ", "Code postal ", "código postal ", "Código postal ",
	"Postcode: ", "postcode: ", "Zip code: ", "ZIP code: ", "zip code: ", "Postal code: ", "Postal Code: ", "postal code: ", "ZIP Code: ", "Zip Code: ",
}

// namedPostcode is called at words that announce a postal code.
func (e *engine) namedPostcode(i int) {
	b := e.b
	for _, w := range postcodeWords {
		if hasPrefix(b[i:], w) {
			if end := postCode(b, i+len(w)); end > 0 {
				e.add(i+len(w), end, PostalAddress, ruleAddress, Reason{Bits: ReasonShape | ReasonContext}, 70)
			}
			return
		}
	}
}
