package corpus

import "strings"

// strangerNames are given names and surnames that are usual in twenty-two countries, from general knowledge; the surname
// stands first where family is written first.
var strangerNames = []struct {
	given, family string
	familyFirst   bool
}{
	{"Heather Tyler Brandon Cassandra Marcus Tiffany Dwight Loretta Kyle Amber Roderick Janelle Travis Peggy", "Hutchinson Villanueva Sanderson McCoy Beasley Whitaker Dunlap Pruitt Holloway Gentry Mosley Kirkland", false},
	{"Gareth Imogen Alastair Philippa Callum Bethany Rhys Gemma Nigel Hilary Rupert Fiona", "Ashworth Pemberton Hargreaves Llewellyn Braithwaite Cartwright MacDonald Thistlewood Fairclough Ogilvie", false},
	{"Eoin Gráinne Cormac Aisling Declan Róisín Padraig Deirdre", "Ó Súilleabháin McGrath Kavanagh Hennessy Doyle Quigley O'Sullivan Mulcahy", false},
	{"Jürgen Anja Detlef Britta Holger Silke Thorsten Annika Friedhelm Ute Ralf Gisela", "Baumann Schuster Köhler Pfeiffer Steinmetz Vogt Lindner Kraus Winkler Obermeier Weiß Brandt", false},
	{"Bastien Océane Thierry Margaux Gaël Solène Jean-Luc Aurélie Hervé Maëlys Marie-Claire Gilles", "Lemoine Charpentier Guérin Boucher Marchand Perrot Roussel Giraud Leclerc Besnard Vasseur", false},
	{"Iker Rocío Álvaro Nerea Gonzalo Macarena Borja Inmaculada Raúl Estefanía", "Gutiérrez Ruiz Iglesias Cortés Vidal Peña Garrido Fuentes Cano Delgado", false},
	{"Matteo Chiara Alessio Martina Gennaro Ilaria Fabrizio Serena Tommaso Donatella", "Ricci Marino Conti Bruno Gallo Costa Mancini Longo D'Angelo De Luca", false},
	{"Joost Femke Bram Marijke Sander Lotte Wouter Anouk Thijs Saskia", "van Dijk de Vries Bakker Visser Smit Meijer de Groot Bos van den Berg Mulder", false},
	{"Zbigniew Agnieszka Przemysław Bożena Radosław Ewelina Sławomir Halina Arkadiusz Dorota", "Kowalski Lewandowska Zieliński Dąbrowska Wróbel Pawlak Michalski Sikora Baran Walczak", false},
	{"Linnéa Göran Ebba Rasmus Maja Björn Tuva Åsa Sindre Signe Anneli Jukka", "Lundgren Hedlund Sjöberg Holm Berglund Nyberg Virtanen Mäkinen Hansen Dahlberg Kristiansen", false},
	{"Vladimír Ludmila Zdeněk Jitka Radek Bohumil Vlasta Milada", "Dvořák Svoboda Černý Procházka Kučera Veselá Horák Pokorná", false},
	{"Dmitry Anastasia Sergei Ekaterina Oleg Yulia Maksim Galina Taras Oksana", "Volkov Smirnova Kuznetsov Morozova Lebedev Sokolova Shevchenko Kovalenko Bondarenko", false},
	{"Priyanka Rohit Anjali Suresh Meera Venkatesh Lakshmi Harpreet Aditya Shreya Manoj Divya", "Iyer Reddy Chaudhary Banerjee Nair Joshi Mehta Pillai Desai Mukherjee Agarwal Rao", false},
	{"Xiaoming Yuting Jianguo Meiling Haoran Zihan Weiwei Lihua", "Zhang Wang Liu Chen Huang Zhao Zhou Xu", true},
	{"Haruto Sakura Daiki Yui Kazuki Aiko Naoki Misaki Shinji Yoko", "Tanaka Suzuki Kobayashi Yoshida Matsumoto Inoue Saito Ogawa Nishimura", false},
	{"Minjun Jiwoo Seoyeon Hyunwoo Eunji Donghyun Sooyoung", "Kim Park Choi Jung Kang Yoon Lim", true},
	{"Anh Minh Thuy Huong Tuan Linh Duc Phuong", "Nguyen Tran Pham Hoang Vo Dang Bui Le", true},
	{"Oluwaseun Ngozi Emeka Adaeze Babajide Folake Kwame Abena Kofi Chiamaka", "Okonkwo Adebayo Eze Mensah Ogunleye Nwosu Owusu Asante Balogun Abiodun", false},
	{"Thabo Nomvula Sipho Zanele Wanjiru Otieno Achieng Kamau", "Nkosi Mokoena Khumalo Zulu Mwangi Kariuki Odhiambo Wambui", false},
	{"Khaled Aisha Omar Layla Youssef Maryam Tariq Samira Faisal Rania", "Al-Farsi Haddad Mansour El-Sayed Nasser Abdullah Hussein Al Hashimi Saleh Khoury", false},
	{"Selin Kerem Ayşe Burak Zeynep Murat Elif Tolga Derya Onur", "Yılmaz Kaya Şahin Çelik Aydın Öztürk Doğan Koç Aksoy", false},
	{"Thiago Juliana Otávio Larissa Caio Fernanda Rogério Simone João Vitória", "Barbosa Cavalcanti Moreira Nascimento Araújo Freitas Batista Monteiro Rezende dos Santos", false},
}

// particles begin a surname that has several words.
var particles = map[string]bool{"van": true, "de": true, "den": true, "dos": true, "Al": true, "Ó": true, "De": true}

func strangerFamilies(list string) []string {
	var out []string
	join := false
	for _, w := range strings.Fields(list) {
		if join {
			out[len(out)-1] += " " + w
		} else {
			out = append(out, w)
		}
		join = particles[w]
	}
	return out
}

func strangerPerson(r *rng) string {
	c := draw(r, strangerNames)
	g, f := draw(r, strings.Fields(c.given)), draw(r, strangerFamilies(c.family))
	if c.familyFirst && r.one(2) {
		return f + " " + g
	}
	switch r.IntN(14) {
	case 0:
		return g + " " + r.upper(1) + ". " + f
	case 1:
		return strings.ToUpper(g + " " + f)
	case 2:
		return r.upper(1) + ". " + f
	case 3:
		return f + ", " + g
	}
	return g + " " + f
}

// strangerProse are sentences about somebody: a letter, a ticket, a chat, a report, a review, a note of a doctor.
var strangerProse = []string{
	"Following the call with §, we rolled back release 4.2.", "§ and I reviewed the incident this morning.", "Ask § about the firewall rule.", "The account belongs to §.", "§ reported that the page was blank.", "Our DBA, §, is looking into it.",
	"§ (network team) replaced the cable.", "I got a call from § at 3 am.", "Ticket reassigned to § because of holidays.", "We are waiting for § to sign off.", "§ said \"it works on my machine\".", "On Tuesday, § found the leak.", "After lunch § joined the bridge.",
	"Has § been told?", "The patient, §, was discharged on Friday.", "§ was born in Leeds and studied law.", "Invoice for §, due next week.", "The defendant § pleaded not guilty.", "This morning § wrote to me again.", "Thank you, §!", "I'm § from accounts.", "My colleague § will take over.",
	"My sister § lost her luggage.", "We'd like to book a table for §.", "Meeting notes: present were § and two vendors.", "The winner is §.", "§'s access was revoked.", "It took § four hours to restore the backup.", "Both § and the auditor agreed.", "I have emailed § twice.", "Nobody but § has the key.",
	"Please forward this to § in legal.", "As discussed with §, the limit stays.", "§ is out of office until Monday.", "She married § in 2009.", "CEO § resigned yesterday.", "In an interview, § denied the claim.", "Professor § teaches networks.", "Nurse § noticed the alarm first.", "Regards, §", "Thanks,\n§", "Hello §, how are you?",
	"Hey § - can you look?", "cc § please", "@team, § is the on-call engineer.", "Shift handed over from § to the next one.", "owner: §", "Requester: §\nPriority: 2", "Root cause by §: a full disk.", "(approved by §)", "written by §, May 2023", "Guest: §", "Passenger § missed the connection.", "§ bought 3 shares.", "Cardholder §, please call us.",
	"§ moved to Canada.", "Where does § work?", "I think § broke the build.", "Please add § to the group.", "Does § have a badge?", "The parcel was signed for by §.", "Interview with §.", "§, 34, was not injured.", "Her name is §.", "His lawyer, §, declined to comment.", "the new hire, §, starts Monday", "Manager: § Tel: none",
	"Das Ticket wurde von § geöffnet.", "Bitte wenden Sie sich an §.", "Le dossier de § est complet.", "Merci de contacter §.", "El cliente § llamó ayer.", "La richiesta di § è stata chiusa.", "De klacht van § is afgehandeld.", "Zgłoszenie od § zamknięto.", "O cliente § ligou ontem.", "Ärendet skapades av §.",
}

// strangerPlain are sentences in which a thing stands where a person could.
var strangerPlain = []string{
	"Following the call with §, we rolled back.", "Ask § about the rule.", "§ reported that the page was blank.", "The account belongs to §.", "§ was updated on Friday.", "We are waiting for § to finish.", "I got an alert from § at 3 am.", "On Tuesday, § failed.", "Please restart §.", "§ is out of memory.",
	"Has § been patched?", "the new release of §", "(see §)", "§ moved to another rack.", "Where does § run?", "I think § broke the build.", "Both § and the proxy agreed.",
}

var strangerThings = []string{
	"Active Directory", "Azure Monitor", "Google Cloud", "Elastic Search", "Load Balancer", "Change Advisory Board", "Human Resources", "Service Desk", "Exchange Online", "Power Automate", "Oracle Linux", "Blue Screen", "Cisco Router", "Palo Alto", "Check Point", "Jira Cloud", "Data Center", "Safe Mode", "Control Panel", "Patch Tuesday",
	"Hyper Visor", "South Wing", "Bank of Ireland", "New Zealand", "Los Angeles", "Standard Chartered", "General Motors", "Morgan Stanley", "Lloyds Bank", "Santa Monica", "Black Friday", "Deep Freeze", "Group Policy", "Domain Controller", "Thread Pool", "Garbage Collector", "Root Certificate", "Air Canada", "Red Cross", "Jenkins Pipeline",
	"Kafka Broker", "Grafana Alert", "Pager Duty", "Spring Boot", "Visual Basic", "Internet Explorer", "Primary Replica", "Blob Storage", "Terms of Service", "Release Manager", "Duty Manager", "Second Floor", "Meeting Room", "Quality Assurance", "Memory Leak", "Mount Everest", "Main Frame", "Lake Victoria", "Saint Petersburg", "Golden Gate",
}

// strangerStreets are addresses by country: # a digit, N one from 1, ~ a street of the list, ^ a town with its code.
var strangerAddresses = []struct{ forms, streets, towns string }{
	{"N### ~, ^|N## ~, Apt N#, ^|N#### ~\n^|N# ~ Suite N##, ^|N### ~|N### ~, Unit NB, ^|N## ~, ^, USA", "Maple Ave|Oak Street|W 4th St|Sunset Blvd|Old Mill Road|Peachtree Ln|County Road 12|E Elm St|Lakeview Dr|Jefferson Pkwy|Cherry Hill Ct|Riverside Terrace|Hickory Way|Highway 61", "Dayton, OH 454##|Tulsa, OK 741##|Boise, ID 837##|Tampa, FL 336##|Fresno, CA 937##|Reno, Nevada 895##|Ithaca, NY 148##"},
	{"N# ~, ^|N## ~, ^|Flat N, N# ~, ^|NA ~, ^|N# ~|The Old Mill, ~, ^", "High Street|Station Road|Church Lane|Victoria Terrace|Mill Close|Queens Road|Abbey Gardens|Kingsway|The Green|Park Avenue|Rose Hill|Chapel Street", "Leeds LS1 4AB|London SW1A 2AA|Bristol, BS8 1TH|York YO1 7HH|Cardiff CF10 3AT|Oxford OX1 2JD"},
	{"N## ~, ^|N### ~ Unit N#, ^|N## ~", "Rue Sherbrooke Ouest|Granville Street|Bloor St W|Portage Avenue|Jasper Ave NW|Barrington St", "Toronto, ON M4W 1A8|Vancouver, BC V6B 2W9|Montréal, QC H3A 1B9|Calgary AB T2P 2M5"},
	{"N# ~, ^|Unit N, N## ~, ^|N/N# ~, ^|N## ~", "George Street|Collins St|Flinders Lane|Pitt Street|Wattle Grove|Esplanade Road|Mackenzie Parade", "Sydney NSW 2000|Melbourne VIC 3000|Brisbane QLD 4000|Perth WA 6000"},
	{"~ N#, ^|~ N, ^|~ N##a, ^|~ N#", "Hauptstraße|Goethestr.|Am Markt|Lindenallee|Bahnhofstrasse|Berliner Straße|Schulweg|An der Mühle|Königsplatz|Rosenweg|Kirchgasse|Unter den Linden", "10117 Berlin|80331 München|20095 Hamburg|50667 Köln|01067 Dresden|A-1010 Wien|8001 Zürich"},
	{"N# ~, ^|N ~, ^|N# bis ~, ^|N##, ~, ^|N# ~", "rue de la Paix|avenue Victor Hugo|boulevard Saint-Michel|place du Marché|rue des Lilas|chemin des Vignes|impasse des Roses|quai de la Loire|allée des Tilleuls|cours Gambetta", "75002 Paris|69003 Lyon|33000 Bordeaux|13006 Marseille|59000 Lille|31000 Toulouse"},
	{"~ N#, ^|~, N#, ^|~ N, Nº B, ^|~ N#", "Calle Mayor|Avda. de la Constitución|C/ Serrano|Plaza de España|Paseo de Gracia|Calle del Pez|Avenida Diagonal|Ronda de Toledo", "28013 Madrid|08007 Barcelona|41001 Sevilla|46002 Valencia|48009 Bilbao"},
	{"~ N#, ^|~, N#, ^|~ N#/A, ^|~ N#", "Via Roma|Corso Garibaldi|Piazza del Duomo|Viale Europa|Via Giuseppe Verdi|Largo Augusto|Vicolo Stretto|Via dei Mille", "20121 Milano|00184 Roma|10123 Torino MI|50122 Firenze (FI)|80132 Napoli"},
	{"~ N#, ^|~ N##, ^|~ N#a|~ N##-N, ^", "Keizersgracht|Dorpsstraat|Kerkstraat|Prinses Beatrixlaan|Stationsplein|Oude Delft|Molenweg|Lange Voorhout|Meir", "1015 CJ Amsterdam|3511 AB Utrecht|2514 EA Den Haag|2000 Antwerpen|6211 LE Maastricht"},
	{"ul. ~ N#, ^|~ N#/N, ^|ul. ~ N|al. ~ N#, ^", "Marszałkowska|Długa|Mickiewicza|Piotrkowska|Jana Pawła II|3 Maja|Krakowska", "00-590 Warszawa|31-146 Kraków|90-001 Łódź|80-831 Gdańsk"},
	{"Rua ~, N##, ^|Av. ~, N### - Centro, ^|Rua ~, N# - apto N##, ^|Rua ~ N##", "das Flores|Augusta|XV de Novembro|do Comércio|Dom Pedro II|Paulista", "São Paulo - SP, 01310-100|1200-195 Lisboa|Rio de Janeiro - RJ, 20040-020|4000-322 Porto"},
	{"~ N, ^|~ N#, ^|~ N#", "Storgatan|Drottninggatan|Karl Johans gate|Vesterbrogade|Mannerheimintie|Nørregade|Kungsgatan|Strandvägen", "111 22 Stockholm|0154 Oslo|1620 København V|00100 Helsinki|411 19 Göteborg"},
	{"N-N-N ~, ^|N-N# ~, ^|^, ~ N-N-N", "Shibuya|Nishi-Shinjuku|Minami-Aoyama|Namba|Ginza", "Shibuya-ku, Tokyo 150-0002|Shinjuku-ku, Tokyo 160-0023|Chuo-ku, Osaka 542-0076"},
	{"N#, ~, ^|Flat N##, ~, ^|H.No. N-N-N##, ~, ^|Plot No. N#, ~, ^", "MG Road|Linking Road|Anna Salai|Sector 18|Park Street|Banjara Hills|Nehru Nagar|Brigade Road", "Bengaluru 560001|Mumbai, Maharashtra 400050|Chennai - 600002|Noida, UP 201301|Kolkata 700016|Hyderabad, Telangana 500034"},
	{"N# ~, ^|Plot N#, ~, ^|N ~, ^|Block N, ~, ^", "Admiralty Way|Adeola Odeku Street|Awolowo Road|Ring Road Central|Ngong Road|Long Street|Allen Avenue", "Lekki Phase 1, Lagos|Victoria Island, Lagos|Ikeja, Lagos|Accra|Nairobi|Cape Town 8001"},
}

func strangerAddress(r *rng) string {
	c := draw(r, strangerAddresses)
	f := draw(r, strings.Split(c.forms, "|"))
	f = strings.NewReplacer("~", draw(r, strings.Split(c.streets, "|")), "^", draw(r, strings.Split(c.towns, "|"))).Replace(f)
	var b strings.Builder
	for i, ch := range f {
		switch {
		case ch == '#':
			b.WriteString(r.digits(1))
		case ch == 'N' && (i == 0 || !isLetter(f[i-1])) && (i+1 == len(f) || !isLower(f[i+1]) && f[i+1] != 'E' && f[i+1] != 'Y' && f[i+1] != 'S' && f[i+1] != 'W'):
			b.WriteString(r.of("123456789", 1))
		default:
			b.WriteRune(ch)
		}
	}
	return b.String()
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 }
func isLower(c byte) bool  { return c >= 'a' && c <= 'z' || c >= 0x80 }

var strangerAddressProse = []string{
	"Our new office is at §.", "Ship to: §", "I've moved to §.", "she lives at § with her dog", "Please send the replacement to §, thanks!", "Billing address: §", "The technician goes to § tomorrow.", "Address\n§\n", "Return the unit to § by May.", "Meet me at § at noon.", "Delivered at § yesterday.", "address=\"§\"",
	"The patient resides at §.", "Home: §", "Her address (§) has changed.", "Site visit: § - 9 am", "{\"address\":\"§\"}", "pick up from §", "located at §", "The house on § burned down.", "Anschrift: §", "Lieferadresse: §", "Adresse : §", "Dirección: §", "Indirizzo: §", "Adres: §", "Endereço: §", "Adress: §", "My address is §, could you update it?", "We are at §; ring twice.", "§",
	"How do I get to §?", "I want to change my address to §", "registered office: §", "The package for § was lost.",
}

var strangerPlaces = []string{
	"in line N# of the file", "Table N, Column N#", "Chapter N, Section N", "from N## Open Street Map tiles", "N# Way Interleave", "the N# Lane PCIe slot", "Drive N of N#", "N## Place Holders", "via Roma release N", "Route N# via gateway", "N# road tests passed", "Rack N#, Unit N#", "the avenue of attack N#", "the N Way handshake", "Building N#% done", "Suite N# passed, N failed",
	"Square N brackets", "Block N# of N##", "Circle CI N#.N", "N## Court orders", "exit N# at Park", "Port N#, Lane N", "Page N# Row N", "Test Drive N##", "N# Main Threads", "zone N#, sector N##", "Allee N", "Platz N frei",
}

var strangerPeopleGroups = []group{
	{name: "s-name", n: 800, pos: func(r *rng) string {
		return strings.ReplaceAll(draw(r, strangerProse), "§", is("PersonName", strangerPerson(r)))
	}, near: func(r *rng) string {
		return strings.ReplaceAll(draw(r, strangerPlain), "§", not("PersonName", draw(r, strangerThings)))
	}},
	{name: "s-given", pos: func(r *rng) string {
		c := draw(r, strangerNames)
		return strings.ReplaceAll(draw(r, []string{
			"Hi §, any news?", "Hello §,\nthe disk is full.", "Dear §,", "Thanks §!", "ask § to restart it", "§ said it was fine.", "I spoke with § yesterday.", "Cheers,\n§", "my name is §", "Talked to §: no change.", "§ is on holiday.", "§ and Peter met", "according to §, it works", "§'s laptop is broken", "told § to wait", "This is § from the help desk.",
		}), "§", is("PersonName", draw(r, strings.Fields(c.given))))
	}},
	{name: "s-address", n: 800, pos: func(r *rng) string {
		return strings.ReplaceAll(draw(r, strangerAddressProse), "§", is("PostalAddress", strangerAddress(r)))
	}, near: func(r *rng) string {
		v := strings.Map(func(c rune) rune {
			if c == '#' {
				return rune('0' + r.IntN(10))
			}
			return c
		}, strings.NewReplacer("N#", "1#", " N", " 3").Replace(draw(r, strangerPlaces)))
		return draw(r, []string{"see ", "", "error ", "now ", "got "}) + not("PostalAddress", v) + draw(r, []string{".", "", " again", ": ok"})
	}},
}
