package pii

// numberKeys name numbers that belong to a person, an account or a device.
var numberKeys = []keyRow{
	{"phone", keyPhone, PhoneNumber, true},
	{"phonenumber", keyPhone, PhoneNumber, true},
	{"telephone", keyPhone, PhoneNumber, true},
	{"tel", keyPhone, PhoneNumber, true},
	{"mobile", keyPhone, PhoneNumber, true},
	{"msisdn", keyPhone, PhoneNumber, true},
	{"fax", keyPhone, PhoneNumber, true},
	{"ssn", keySsn, Ssn, true},
	{"socialsecurity", keySsn, Ssn, true},
	{"socialsecuritynumber", keySsn, Ssn, true},
	{"cardnumber", keyCard, CreditCard, true},
	{"creditcard", keyCard, CreditCard, true},
	{"ccnumber", keyCard, CreditCard, true},
	{"ccnum", keyCard, CreditCard, true},
	{"pan", keyCard, CreditCard, true},
}
