package corpus

import "strings"

// The groups that begin with "t-" are a second blind set, written after the first had been tuned on, for those of its groups that
// had missed their goals: other sentences, forms, names and streets.

var secondFrames = []string{
	"¶ § was rejected by the airline.", "She handed over her ¶, § on the cover.", "We noted ¶ § in the file.", "¶\n§\n", "¶ :  §", "<b>¶</b> §", "your ¶ (no. §) expires", "{\"type\":\"¶\",\"number\":\"§\"}",
	"¶,state\n§,new\n", "renew ¶ §, please", "copy of ¶ § attached", "¶=\"§\"", "the ¶ was §", "* ¶: §", "¶ = '§'", "Is ¶ § still valid?", "he lost ¶ §.", "¶ §\tvalid", "1. ¶: §\n2. Photo: yes\n",
}

// second puts a marked value behind one of the labels, which bars part, into one of the frames.
func second(r *rng, labels, marked string) string {
	return strings.NewReplacer("¶", draw(r, strings.Split(labels, "|")), "§", marked).Replace(draw(r, secondFrames))
}

var (
	secondGiven  = strings.Fields("Leonie Torben Marlene Rainer Odette Lucien Capucine Ximena Rodrigo Noelia Pietro Federica Sjoerd Marloes Kacper Wiktoria Elin Mikkel Jakub Tereza Igor Polina Sandeep Nisha Arvind Yuki Riko Jisoo Taehyung Wei Jing Quang Trang Chukwuma Temitope Lindiwe Hassan Nour Cem Esra Gabriel Leticia Shannon Desmond Trevor Monique Caitlin Ewan")
	secondFamily = strings.Fields("Hofmann Ziegler Berger Lefèvre Renaud Collet Molina Serrano Vega Fontana Barbieri Veenstra Postma Kamiński Zawadzki Lindholm Holmberg Novotný Fedorov Popova Kapoor Verma Shetty Mori Hayashi Shin Kwon Zhu Gao Phan Duong Uche Bello Ndlovu Rahman Farouk Demirci Polat Teles Pacheco Donovan Hastings McKenna Sutherland Pryce Boyle")
)

// street draws the digits of an address: # is any, № one from 1.
func street(r *rng, form string) string {
	return strings.Map(func(c rune) rune {
		switch c {
		case '#':
			return rune('0' + r.IntN(10))
		case '№':
			return rune('1' + r.IntN(9))
		}
		return c
	}, form)
}

var secondGroups = []group{
	{name: "t-passport", n: 200, pos: func(r *rng) string {
		return second(r, "passport|passport number|Passport No.|Reisepass|passeport|pasaporte|paspoortnummer", is("Passport", r.shape(draw(r, []string{"999999999", "AA9999999", "A99999999", "99AA99999", "C9XX99X9X"}))))
	}},
	{name: "t-licence", n: 200, pos: func(r *rng) string {
		return second(r, "driver's license|driving licence|DL number|Führerschein|permis de conduire|patente di guida", is("DrivingLicence", r.shape(draw(r, []string{"A9999999", "99999999", "AAAAA999999AA9AA", "A999-9999-9999", "999 999 999"}))))
	}},
	{name: "t-birth", n: 200, pos: func(r *rng) string {
		v := is("DateOfBirth", r.birthday().Format(draw(r, []string{"2006-01-02", "2.1.2006", "1/2/2006", "2 January 2006", "January 2, 2006", "02-Jan-2006"})))
		return strings.ReplaceAll(draw(r, []string{"DOB\n§\n", "date of birth is §", "born: §", "Geburtsdatum: §", "née le § à Nantes", "nacida el §", "nato il § a Pisa", "patient dob=§", "Date of Birth: § (verified)", "birthday - §", "D.O.B.: §"}), "§", v)
	}},
	{name: "t-bank", n: 200, pos: func(r *rng) string {
		return second(r, "account number|bank account|checking account|Kontonummer|numéro de compte|cuenta bancaria", is("BankAccount", r.digits(r.between(8, 14))))
	}},
	{name: "t-name", n: 400, pos: func(r *rng) string {
		p := draw(r, secondGiven) + " " + draw(r, secondFamily)
		return strings.ReplaceAll(draw(r, []string{
			"The fix came from § last night.", "§ escalated the case.", "Can § approve it?", "I was told by § that it is safe.", "Invite § to the review.", "§ rebooted the switch at noon.", "My manager is §.", "A letter from § arrived.", "Call § first.", "We hired § in June.",
			"The badge of § was found.", "§ and two others resigned.", "Escorted by §, the visitor left.", "This page was last edited by §.", "Emergency contact: §", "Speaker: §, 10:30", "Who is §?", "Happy birthday, §!", "§ hat das Ticket geschlossen.", "§ a fermé le ticket.", "§ cerró el caso.", "Signed: §",
		}), "§", is("PersonName", p))
	}},
	{name: "t-given", n: 200, pos: func(r *rng) string {
		return strings.ReplaceAll(draw(r, []string{"Hi §!", "please ask § first", "§ replied at once.", "Thanks, §", "told § about it", "Dear §, hello", "according to § it was full", "I talked to §.", "Morning §, any news?", "This is § again."}), "§", is("PersonName", draw(r, secondGiven)))
	}},
	{name: "t-address", n: 300, pos: func(r *rng) string {
		v := draw(r, []string{
			street(r, "№# Orchard Road, Singapore 2388##"), street(r, "№## Birch St, Salem, OR #730№"), street(r, "№### NE 5th Ave, Apt #, Portland, OR #72№2"), street(r, "# Castle Street, Durham DH№ 3RW"), street(r, "Flat №, №# Cromwell Road, London SW7 5BD"), street(r, "Schillerstraße №#, 603№3 Frankfurt"),
			street(r, "№# rue Gambetta, 67000 Strasbourg"), street(r, "Calle Alcalá №#, 280№4 Madrid"), street(r, "Via Manzoni №, 20№2№ Milano"), street(r, "Herengracht №##, №0№6 BE Amsterdam"), street(r, "ul. Kopernika №#, 00-35# Warszawa"), street(r, "Rua Garrett №#, №200-204 Lisboa"),
			street(r, "Sveavägen №#, №№№ 34 Stockholm"), street(r, "№# Queen Street, Auckland №0№0"), street(r, "№## King St W, Toronto, ON M5V №J2"), street(r, "№2, Residency Road, Bengaluru 560025"),
		})
		return strings.ReplaceAll(draw(r, []string{"We moved to § in spring.", "Send it to §.", "Shop: §", "The order goes to §, thanks", "He was seen at §.", "address: §", "Visit us: §", "(§)", "§", "from § to the depot"}), "§", is("PostalAddress", v))
	}},
	{name: "t-secret", n: 300, pos: func(r *rng) string {
		return strangerFill(r, draw(r, []string{
			"[profile]\n{snake} = §\n", "{SNAKE}: '§' # rotate\n", "setx {SNAKE} \"§\"\n", "app.{camel} = \"§\"\n", "<{camel}>§</{camel}>\n", "connect(host='db', user='£', password='¤')\n", "\"{kebab}\": \"§\",\n", "jdbc:mysql://db/£?user=£&password=¤\n", "--set {camel}=§ \\\n", "echo {SNAKE}=§ >> .env\n",
			"- {SNAKE}=§\n", "ldapadd -D cn=admin -w ¤ -f x.ldif\n", "rabbitmqctl add_user £ ¤\n", "{snake}=§;\n", "ALTER USER £ WITH PASSWORD '¤';\n", "auth: {user: £, password: ¤}\n", "pass = \"¤\"\n", "client.login('£', '¤')\n", "X-Auth-Token: §\n",
		}))
	}},
}
