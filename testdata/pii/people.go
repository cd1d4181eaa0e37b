package corpus

import (
	_ "embed"
	"strings"
	"unicode"
)

// The lists are written for this corpus: names that are common in their country by public statistics, and streets,
// towns and words that were made up or are everybody's. They are not those that the engine embeds.
var (
	//go:embed lists/given.txt
	givenText string
	//go:embed lists/surnames.txt
	surnameText string
	//go:embed lists/places.txt
	placeText string
	//go:embed lists/words.txt
	wordText string

	given    = strings.Fields(givenText)
	surnames = strings.Fields(surnameText)
	places   = strings.Split(strings.TrimSpace(placeText), "\n")
	words    = strings.Fields(wordText)
)

var peopleGroups = []group{
	{name: "name-field", pos: func(r *rng) string { return keyed(r, nameKeys, is("PersonName", person(r))) }, near: func(r *rng) string {
		return keyed(r, names("file name, queue name, app name, event name, service name, display mode, full path, name"), not("PersonName", notPerson(r)))
	}},
	{name: "name-idiom", pos: func(r *rng) string { return strings.ReplaceAll(draw(r, nameIdioms), "§", is("PersonName", person(r))) }},
	{name: "name-prose", n: 600, pos: func(r *rng) string {
		return strings.NewReplacer("§", is("PersonName", person(r)), "¶", draw(r, places)).Replace(draw(r, nameProse))
	}, near: func(r *rng) string {
		return strings.ReplaceAll(draw(r, notNameProse), "§", not("PersonName", notPerson(r)))
	}},
	{name: "user", pos: func(r *rng) string { return strings.ReplaceAll(draw(r, userIdioms), "§", is("UserName", user(r))) }, near: func(r *rng) string {
		return strings.ReplaceAll(draw(r, userIdioms), "§", not("UserName", r.pick("root", "nobody", "www-data", "postgres", "daemon", "SYSTEM", "nginx", "systemd-network", "mysql")))
	}},
	{name: "email", pos: func(r *rng) string {
		return anyOf(r, emailNames, is("Email", email(r)))
	}, near: func(r *rng) string {
		v := draw(r, []func(*rng) string{
			func(r *rng) string {
				return "git@" + r.pick("github.com", "gitlab.com") + ":" + draw(r, words) + "/" + draw(r, words) + ".git"
			},
			func(r *rng) string { return draw(r, words) + "@" + r.shape("9.99.9") },
			func(r *rng) string { return "@" + draw(r, words) },
			func(r *rng) string { return draw(r, words) + "@" },
			func(r *rng) string { return draw(r, words) + "@" + r.hex(12) },
			func(r *rng) string { return "@angular/" + draw(r, words) + "@" + r.shape("19.9.9") },
			func(r *rng) string { return draw(r, words) + "@" + draw(r, words) },
			func(r *rng) string { return draw(r, words) + "-" + r.shape("1") + "@2x.png" },
		})(r)
		return noisyOrBare(r, not("Email", v))
	}},
	{name: "phone", pos: func(r *rng) string {
		p := phone(r)
		if r.one(3) {
			return keyed(r, phoneNames, is("PhoneNumber", p))
		}
		return sentence(r, phoneNames, is("PhoneNumber", p))
	}, near: nearPhone},
	{name: "phone-e164", pos: func(r *rng) string { return anyOf(r, phoneNames, is("PhoneNumber", e164(r))) }},
	{name: "phone-prose", n: 600, pos: func(r *rng) string {
		return strings.ReplaceAll(draw(r, phoneProse), "§", is("PhoneNumber", phone(r)))
	}},
	{name: "address", n: 600, pos: func(r *rng) string {
		v := is("PostalAddress", address(r))
		if r.one(4) {
			return told(r, addressNames, v)
		}
		return strings.ReplaceAll(draw(r, addressProse), "§", v)
	}, near: func(r *rng) string {
		return strings.ReplaceAll(draw(r, []string{
			"‹PostalAddress|§›", "see ‹PostalAddress|§› for the numbers", "ran ‹PostalAddress|§› again", "the ‹PostalAddress|§› is fine",
		}), "§", draw(r, []string{
			"line " + r.digits(3) + " of file " + r.digits(2), "Table " + r.digits(1) + ", Column " + r.digits(2), "Page " + r.digits(2) + " of " + r.digits(3),
			r.digits(2) + " Worker Threads", "Rack " + r.digits(2) + " Row " + r.upper(1), r.digits(2) + " Open Connections", "Street View " + r.digits(1) + ".0",
			"Drive " + r.digits(1) + " of 4", "Lane " + r.digits(1) + " Error", "Road Map " + "2025", r.digits(3) + " Drive Errors", "Court of Appeal", "Wall Street",
		}))
	}},
}

var (
	nameKeys     = names("full name, customer name, display name, first name, contact name, account holder, cardholder name, patient name, employee name, author name, owner name")
	emailNames   = names("email, email address, mail, user email, contact", "en:email, e-mail address, email address", "de:E-Mail-Adresse, E-Mail", "fr:adresse e-mail, courriel", "es:correo electrónico", "it:indirizzo e-mail", "nl:e-mailadres", "pl:adres e-mail", "pt:e-mail")
	phoneNames   = names("phone, phone number, mobile, tel, telephone, contact phone, home phone", "en:phone number, phone, mobile number, cell, telephone, contact number", "de:Telefonnummer, Telefon, Handynummer, Rufnummer", "fr:numéro de téléphone, téléphone, portable", "es:teléfono, número de teléfono, móvil", "it:numero di telefono, telefono, cellulare", "nl:telefoonnummer, mobiel", "pl:numer telefonu, telefon", "pt:telefone, número de telefone, telemóvel")
	addressNames = names("address, street address, home address, billing address, shipping address", "en:address, home address, billing address, mailing address", "de:Adresse, Anschrift", "fr:adresse", "es:dirección", "it:indirizzo", "nl:adres", "pl:adres", "pt:endereço, morada")

	nameIdioms = []string{
		"From: § <«Email|mail@example.org»>", "Author: § <«Email|dev@example.org»>", "Dear §,\n\nthank you for your letter.", "Hi §,\nplease restart the node.", "Best regards,\n§",
		"Signed-off-by: § <«Email|dev@example.org»>", "Kind regards,\n§\nOperations", "Co-authored-by: § <«Email|dev@example.org»>", "user \"§\" logged in", "Mr § called at nine.",
		"Mrs § asked for a refund.", "Dr. § is on call.", "Sehr geehrte Frau §,", "Lieber §,", "Mit freundlichen Grüßen\n§", "Cher §,", "Monsieur § a appelé.", "Estimado §:",
		"Approved by § on Monday.", "assigned to §", "Reported by: §", "Cc: § <«Email|cc@example.org»>", "Customer: §", "My name is §.", "my name is §", "Patient: §", "Attn: §", "c/o §",
		"contact § for access", "Je m'appelle §.", "Ich heiße §.", "Me llamo §.", "Mi chiamo §.", "Ik heet §.", "Nazywam się §.", "O meu nome é §.", "Name: §",
	}
	nameProse = []string{
		"I spoke to § about the outage and they will call back.", "§ wrote the runbook last year.", "We asked § to look at the disk.", "Yesterday § and the vendor met in ¶.",
		"The change was made by § during the night.", "§ lives in ¶ and works from home.", "According to §, nothing had changed.", "Could you tell § that the fix is out?",
		"§ from ¶ ordered two of them.", "The ticket was opened by §.", "§ has left the company.", "It was § who found the bug.", "I met § at the conference in ¶.",
		"Yesterday, § restarted the database.", "§'s laptop was stolen in ¶.", "Please give § access to the repository.", "The invoice goes to §, ¶.",
		"§ hat gestern angerufen.", "Gestern hat § den Server neu gestartet.", "§ habite à ¶.", "Hier, § a appelé le support.", "§ vive en ¶.", "Ayer § reinició el servidor.",
		"§ abita a ¶.", "§ woont in ¶.", "§ mieszka w ¶.", "§ mora em ¶.", "As § put it: leave it alone.", "§, our account manager, will be there.",
		"He transferred the money to §.", "This is § speaking.", "§ is the new owner of the service.", "Thanks to § for the patch.", "Was § in the meeting on Tuesday?",
	}
	notNameProse = []string{
		"The § is not reachable.", "§ has been restarted.", "We upgraded § to the new release.", "Restarting § now", "error in §: timeout", "§ started", "INFO § - ready", "see § in the manual",
		"The document describes § in detail.", "Starting §...", "Loaded §.", "[§] done", "Stopped §.", "§ completed with 0 errors", "open § and check the log",
	}
	userIdioms = []string{
		"Accepted publickey for § from 192.0.2.7 port 51234 ssh2: ED25519 SHA256:abc", "Failed password for § from 192.0.2.7 port 51234 ssh2",
		"Failed password for invalid user § from 192.0.2.7 port 22 ssh2", "pam_unix(sshd:session): session opened for user §(uid=1002) by (uid=0)",
		"pam_unix(sudo:session): session closed for user §", "sudo:  § : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/id",
		"open /home/§/.ssh/config: permission denied", "cwd=/Users/§/work/app", "C:\\Users\\§\\AppData\\Local\\Temp\\x.log", "\tAccount Name:\t\t§\r\n\tAccount Domain:\t\tEXAMPLE",
		"user=§ action=login result=ok", "username: §", "{\"user\":\"§\",\"op\":\"login\"}", "CORP\\§ logged on", "login: §", "{\"username\": \"§\"}",
		"Invalid user § from 192.0.2.7 port 40022", "Connection closed by authenticating user § 192.0.2.7 port 40022 [preauth]", "/home/§/app/main.py\", line 3", "psql: user \"§\" connected to db",
		"su: (to root) § on pts/1", "FATAL:  password authentication failed for user \"§\"", "logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=§",
	}
	phoneProse = []string{
		"Call me at §.", "call me on § tomorrow", "My number is §.", "You can reach me at § after six.", "Please ring § and ask for the manager.", "Text § if it happens again.",
		"I called § twice and nobody answered.", "Her cell is §.", "Give me a call at §, thanks", "Phone: §", "Tel. §", "Tel: §", "Mobile: §", "our hotline § is open all day", "Fax: §",
		"Meine Nummer ist §.", "Bitte rufen Sie mich unter § an.", "Mon numéro est le §.", "Appelez-moi au §.", "Mi número es §.", "Llámame al §.", "Il mio numero è §.", "Mijn nummer is §.",
		"Mój numer to §.", "O meu número é §.", "WhatsApp §", "contact § for help", "ph: §", "cell: §", "or dial §",
	}
	addressProse = []string{
		"I live at §.", "Please ship it to §.", "My address is §.", "The office at § is closed.", "Our site: §", "deliver to § by Friday", "He moved to § last year.", "§",
		"Ich wohne in der §.", "J'habite au §.", "Vivo en §.", "Abito in §.", "Ik woon op §.", "Mieszkam przy §.", "Moro na §.", "Send the parts to §, please.", "The alarm came from §.",
	}
)

func person(r *rng) string {
	g, s := draw(r, given), draw(r, surnames)
	switch r.IntN(12) {
	case 0:
		return g + " " + r.upper(1) + ". " + s
	case 1:
		return g + " " + s + "-" + draw(r, surnames)
	case 2:
		return g + " " + draw(r, given) + " " + s
	}
	return g + " " + s
}

// notPerson is two words in capitals that name no person.
func notPerson(r *rng) string {
	title := func(s string) string {
		c := []rune(s)
		c[0] = unicode.ToUpper(c[0])
		return string(c)
	}
	if r.one(3) {
		return r.pick("Windows Update", "Apache Tomcat", "Visual Studio", "Red Hat", "Block Manager", "Task Scheduler", "Event Log", "Java Virtual Machine", "Amazon Linux", "Google Chrome",
			"Power Supply", "Security Center", "Network Manager", "Remote Desktop", "Disk Cleanup", "Data Node", "Name Node", "Resource Manager", "Print Spooler", "Bluetooth Support",
			"Ada Handler", "Jenkins Agent", "Maven Central", "Prometheus Server", "Internal Error", "Bad Gateway", "Not Found", "Service Unavailable", "March Release", "San Francisco", "New York")
	}
	return title(draw(r, words)) + " " + title(draw(r, words))
}

// ascii writes a name as mail addresses and accounts do.
func ascii(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x80 && unicode.IsLetter(c) {
			return unicode.ToLower(c)
		}
		for i, from := range []string{"äáàâãåą", "éèêëęě", "íìîïı", "öóòôõøő", "üúùûů", "çćč", "ñńň", "šśş", "žźż", "ğ", "ýÿ", "ł", "đ", "ř", "ť", "ÁÀÄÅÂĄ", "ÉÈÊ", "ÍÎİ", "ÖÓØ", "ÜÚ", "ÇĆČ", "ŠŚŞ", "ŽŹŻ", "Ł"} {
			if strings.ContainsRune(from, c) {
				return rune("aeioucnszgyldrtaeioucszl"[i])
			}
		}
		return -1
	}, s)
}

func user(r *rng) string {
	g, s := ascii(draw(r, given)), ascii(draw(r, surnames))
	switch r.IntN(5) {
	case 0:
		return g[:1] + s
	case 1:
		return g + "." + s
	case 2:
		return g + r.digits(2)
	case 3:
		return s + g[:1]
	}
	return g
}

func email(r *rng) string {
	local := user(r)
	switch r.IntN(6) {
	case 0:
		local += "+" + draw(r, words)
	case 1:
		local += "_" + r.digits(2)
	}
	domain := draw(r, words) + r.pick(".com", ".org", ".net", ".de", ".fr", ".co.uk", ".io", ".es", ".it", ".nl", ".pl", ".com.br", ".edu", ".gov", ".info", ".eu", ".ch", ".com.au", ".ac.uk", ".dev")
	if r.one(3) {
		domain = r.pick("gmail.com", "outlook.com", "yahoo.com", "gmx.de", "web.de", "orange.fr", "hotmail.com", "icloud.com", "proton.me")
	}
	if r.one(6) {
		domain = r.pick("mail.", "corp.", "eu.") + domain
	}
	return local + "@" + domain
}

// phonePlans are national numbers as their countries write them (ITU-T E.123 and the numbering plans): # is any digit, N one
// from 2. The calling code comes first.
var phonePlans = []struct {
	code  string
	forms []string // National, with the trunk prefix.
	intl  []string // Behind the code.
}{
	{"1", []string{"(212) N##-####", "415-N##-####", "646.N##.####", "312 N## ####", "(702)N##-####", "1-800-N##-####", "1 (305) N##-####", "503-N##-####"}, []string{"212-N##-####", "415N######", "(646) N##-####", "312 N## ####"}},
	{"1", []string{"416-N##-####", "(604) N##-####", "514 N##-####"}, []string{"416 N## ####", "604-N##-####"}},
	{"44", []string{"020 7### ####", "077## ######", "078## ### ###", "0161 ### ####", "01632 ######", "(020) 7### ####", "0121 ### ####"}, []string{"20 7### ####", "77## ######", "(0)20 7### ####", "161 ### ####"}},
	{"49", []string{"030 #######", "030/#######", "0151 ########", "0171-#######", "089 / ### ### ##", "(040) #### ####", "0221-######", "0172 #######", "06151/#####"}, []string{"30 #######", "151 ########", "(0)89 #######", "(0) 171 #######", "221-######"}},
	{"33", []string{"01 ## ## ## ##", "06 ## ## ## ##", "06.##.##.##.##", "06########", "04-##-##-##-##", "07 ## ## ## ##"}, []string{"1 ## ## ## ##", "6 ## ## ## ##", "(0)6 ## ## ## ##", "6########"}},
	{"34", []string{"91 ### ## ##", "6## ### ###", "612 ## ## ##", "93 ### ## ##", "956 ## ## ##"}, []string{"6## ### ###", "91 ### ## ##", "61N######"}},
	{"39", []string{"06 #### ####", "347 ### ####", "02 ########", "333 #######", "338-#######"}, []string{"06 #### ####", "347 ### ####", "02 ########"}},
	{"31", []string{"020 ### ####", "06-########", "06 ## ## ## ##", "010-#######"}, []string{"20 ### ####", "6 ########", "(0)6 #### ####"}},
	{"32", []string{"02 ### ## ##", "0479 ## ## ##", "09/###.##.##"}, []string{"2 ### ## ##", "479 ## ## ##"}},
	{"48", []string{"22 ### ## ##", "600 ### ###", "501-###-###", "12 ### ## ##"}, []string{"22 ### ## ##", "600 ### ###", "501######"}},
	{"351", []string{"21 ### ####", "912 ### ###", "210 ### ###"}, []string{"912 ### ###", "21 ### ####"}},
	{"41", []string{"044 ### ## ##", "079 ### ## ##", "022 ### ## ##"}, []string{"44 ### ## ##", "79 ### ## ##"}},
	{"43", []string{"01 #######", "0664 #######", "0676 ### ## ##"}, []string{"1 #######", "664 #######"}},
	{"46", []string{"08-### ### ##", "070-### ## ##", "031-## ## ##"}, []string{"8 ### ### ##", "70 ### ## ##"}},
	{"47", []string{"22 ## ## ##", "912 ## ###", "400 ## ###"}, []string{"22 ## ## ##", "912 ## ###"}},
	{"45", []string{"33 ## ## ##", "20 ## ## ##"}, []string{"33 ## ## ##", "20######"}},
	{"358", []string{"09 ### ####", "040 ### ####", "050-#######"}, []string{"9 ### ####", "40 ### ####"}},
	{"353", []string{"01 ### ####", "087 ### ####"}, []string{"1 ### ####", "87 ### ####"}},
	{"420", []string{"601 ### ###", "222 ### ###"}, []string{"601 ### ###", "222 ### ###"}},
	{"36", []string{"06 1 ### ####", "06 20 ### ####"}, []string{"1 ### ####", "20 ### ####"}},
	{"30", []string{"210 ### ####", "6#4 ### ####"}, []string{"210 ### ####", "6#4 #######"}},
	{"90", []string{"0212 ### ## ##", "0532 ### ## ##", "(0532) ### ## ##"}, []string{"212 ### ## ##", "532 ### ## ##"}},
	{"61", []string{"02 #### ####", "0412 ### ###", "(03) #### ####", "1300 ### ###"}, []string{"2 #### ####", "412 ### ###"}},
	{"64", []string{"09 ### ####", "021 ### ####"}, []string{"9 ### ####", "21 ### ####"}},
	{"91", []string{"98### #####", "080 N### ####", "98##-######"}, []string{"98### #####", "98########", "80 N### ####"}},
	{"81", []string{"03-####-####", "090-####-####", "06-####-####"}, []string{"3-####-####", "90-####-####"}},
	{"82", []string{"02-###-####", "010-####-####"}, []string{"2-###-####", "10-####-####"}},
	{"86", []string{"010-####-####", "138 #### ####", "138########"}, []string{"10 #### ####", "138 #### ####"}},
	{"55", []string{"(11) #####-####", "(21) N###-####", "11 #####-####"}, []string{"11 #####-####", "(21) #####-####"}},
	{"52", []string{"55 #### ####", "(33) #### ####"}, []string{"55 #### ####", "33 #### ####"}},
	{"54", []string{"011 4###-####", "(011) 15-4###-####"}, []string{"9 11 4###-####", "11 4###-####"}},
	{"27", []string{"011 ### ####", "082 ### ####"}, []string{"11 ### ####", "82 ### ####"}},
	{"972", []string{"03-###-####", "054-###-####"}, []string{"3-###-####", "54-###-####"}},
	{"7", []string{"8 (495) ###-##-##", "8-916-###-##-##"}, []string{"495 ###-##-##", "(916) ###-##-##"}},
}

func phoneShape(r *rng, form string) string {
	return strings.Map(func(c rune) rune {
		switch c {
		case '#':
			return rune('0' + r.IntN(10))
		case 'N':
			return rune('2' + r.IntN(8))
		}
		return c
	}, form)
}

// phone draws a number in one of its national or international forms.
func phone(r *rng) string {
	p := phonePlans[r.IntN(len(phonePlans))]
	if r.one(2) {
		return phoneShape(r, p.forms[r.IntN(len(p.forms))])
	}
	number := phoneShape(r, p.intl[r.IntN(len(p.intl))])
	switch r.IntN(6) {
	case 0:
		return "00" + p.code + " " + number
	case 1:
		if !strings.HasPrefix(number, "(") {
			return "+" + p.code + "-" + strings.ReplaceAll(number, " ", "-")
		}
	case 2:
		return "(+" + p.code + ") " + number
	}
	return "+" + p.code + " " + number
}

func e164(r *rng) string {
	p := phonePlans[r.IntN(len(phonePlans))]
	number := phoneShape(r, strings.ReplaceAll(p.intl[r.IntN(len(p.intl))], "(0)", ""))
	return "+" + p.code + strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, number)
}

func nearPhone(r *rng) string {
	switch r.IntN(7) {
	case 0:
		return noisy(r, not("PhoneNumber", r.when().Format("20060102150405")))
	case 1:
		return noisy(r, not("PhoneNumber", r.shape("1999999999")))
	case 2:
		return noisy(r, not("PhoneNumber", r.shape("1.99.999.9999")))
	case 3:
		return noisy(r, not("PhoneNumber", r.uuid()))
	case 4:
		return noisy(r, not("PhoneNumber", r.shape("1999-99-99")))
	case 5:
		return "range " + not("PhoneNumber", r.shape("199-999-199999")) + " of ids"
	}
	return "ISBN " + not("PhoneNumber", "978-"+r.shape("9-99-999999-9"))
}

// address draws a street with its number and a town, as a country writes them.
func address(r *rng) string {
	n := pad(r.between(1, 250), 1)
	s := draw(r, surnames)
	town := draw(r, places)
	switch r.IntN(11) {
	case 0, 1, 2:
		us := pad(r.between(100, 9899), 1) + " " + r.pick("", "", "N ", "West ") + s + " " + r.pick("Street", "St", "St.", "Avenue", "Ave", "Road", "Rd", "Drive", "Dr", "Lane", "Blvd", "Court", "Way", "Boulevard", "Terrace")
		if r.one(3) {
			us += r.pick(", Apt ", " Apt. ", ", Suite ", " #") + r.digits(2)
		}
		return us + ", " + town + ", " + r.pick("CA", "NY", "TX", "WA", "FL", "IL", "OH", "CO", "MA") + " " + r.shape("19999")
	case 3, 4:
		return n + " " + s + " " + r.pick("Road", "Street", "Lane", "Close", "Gardens", "Avenue", "Crescent", "Square") + ", " + town + ", " + r.shape(draw(r, []string{"AA9 9AA", "AA99 9AA", "A9 9AA", "A99 9AA"}))
	case 5:
		return s + r.pick("straße ", "strasse ", "weg ", "platz ", "allee ", "str. ") + n + ", " + r.shape("19999") + " " + town
	case 6:
		return n + r.pick("", " bis", ",") + " " + r.pick("rue", "avenue", "boulevard", "place", "chemin") + " " + r.pick("", "de ", "du ") + s + ", " + r.shape("19999") + " " + town
	case 7:
		return r.pick("Calle ", "C/ ", "Avenida ", "Plaza ") + s + r.pick(" ", ", ") + n + ", " + r.shape("19999") + " " + town
	case 8:
		return r.pick("Via ", "Viale ", "Piazza ", "Corso ") + s + r.pick(" ", ", ") + n + ", " + r.shape("19999") + " " + town
	case 9:
		return s + r.pick("straat ", "laan ", "weg ", "plein ") + n + ", " + r.shape("1999 AA") + " " + town
	}
	return r.pick("ul. ", "al. ", "Rua ", "Avenida ") + s + " " + n + ", " + r.shape("99-999") + " " + town
}
