package corpus

import (
	"strings"
)

// The groups that begin with "s-" were written as somebody would who has never seen the engine or the other groups:
// labels, frames and spellings of their own. They share the check digits and the lists of words, no sentence.

// frames put a value behind, before or beside its label, as texts, forms and programs do. ¶ is the label, § the value.
var frames = []string{
	"¶: §", "¶ §", "(¶: §)", "[¶ §]", "¶ = §", "¶=§;", "¶ is §, right?", "§ is my ¶", "¶ no. §", "¶ number: §", "¶ #§", "¶ '§'", "¶ “§”",
	"- ¶: §\n- status: open\n", "| ¶ | § |\n", "<td>¶</td><td>§</td>", "**¶:** §", "¶:§", "¶....: §", "¶:\n§\n", "¶\t§\n", "¶, § (verified)",
	"Please confirm that § is the correct ¶ for this account.", "I need to change my ¶; the old one was §.", "what happens if somebody else uses my ¶ §?",
	"ticket 48213: caller gave ¶ § and hung up", "2024-05-17 08:12:44,120 WARN [form] invalid ¶: §", "validation failed for ¶ \"§\"", "¶ >> § <<",
	"The ¶ on the form (§) is unreadable.", "Re: ¶ §", "¶ - §.", "Hello, my ¶ is: §\nThanks!", "note to self: ¶ § — do not share", "¶ §\r\n",
	"{\"label\": \"¶\", \"value\": \"§\"}", "<field name=\"¶\">§</field>", "name;¶;state\nx;§;new\n", "¶: §, expires soon", "Enter ¶ > §",
}

// framed puts a marked value into one of the frames.
func framed(r *rng, labels []string, marked string) string {
	return strings.NewReplacer("¶", draw(r, labels), "§", marked).Replace(draw(r, frames))
}

// respell writes the letters and digits of v in one of several patterns: each # takes the next one, all else stands for
// itself. A pattern of another length does not fit and is not drawn.
func respell(r *rng, v string, patterns ...string) string {
	v = strings.NewReplacer(" ", "", "-", "", ".", "", "/", "").Replace(v)
	var fit []string
	for _, p := range patterns {
		if strings.Count(p, "#") == len(v) {
			fit = append(fit, p)
		}
	}
	if len(fit) == 0 {
		return v
	}
	var b strings.Builder
	i := 0
	for _, c := range draw(r, fit) {
		if c == '#' {
			b.WriteByte(v[i])
			i++
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// clutter holds numbers as logs, orders and builds have them, for what must stay.
var clutter = []string{
	"order § shipped", "build § passed", "tx § confirmed", "trace_id=§", "offset § in partition 3", "commit §", "pid § exited", "job-§ queued", "epoch §", "sku §", "/var/spool/§.tmp",
	"inode § is orphaned", "seq=§ ack=0", "id: §", "parcel §", "invoice line §", "took § ns", "<a id=\"§\">", "row § of 900", "blob § uploaded", "#§", "request § served", "v§", "ts=§ level=info",
	"Message-ID: <§@mail>", "rev §", "object § collected", "sum §", "checksum mismatch: §", "thread § parked", "serial of the zone: §", "GET /items/§ HTTP/1.1", "article § out of stock",
}

func cluttered(r *rng, marked string) string {
	return strings.ReplaceAll(draw(r, clutter), "§", marked)
}

// strangerIDs says how people name and write the numbers of national.go.
var strangerIDs = map[string]struct {
	labels   []string
	patterns []string
	named    bool // Found only where it is named.
}{
	"us-ssn":      {strings.Split("SSN|ssn|Social Security Number|social security no|Soc Sec #|SS#|social security|SocialSecurityNumber", "|"), []string{"###-##-####", "###-##-####", "### ## ####"}, true},
	"us-itin":     {strings.Split("ITIN|taxpayer identification number|individual taxpayer ID|itin number|tax id", "|"), []string{"###-##-####", "### ## ####"}, true},
	"uk-nhs":      {strings.Split("NHS number|NHS No|nhs|National Health Service number|NHS no.", "|"), []string{"### ### ####", "###-###-####", "##########"}, false},
	"uk-nino":     {strings.Split("NINO|National Insurance number|NI number|national insurance|NI no.|nino", "|"), []string{"#########", "## ## ## ## #", "## ###### #"}, false},
	"ca-sin":      {strings.Split("SIN|Social Insurance Number|social insurance no.|numéro d'assurance sociale|NAS|canadian sin", "|"), []string{"### ### ###", "###-###-###"}, false},
	"pl-pesel":    {strings.Split("PESEL|pesel|nr PESEL|numer PESEL|Pesel", "|"), []string{"###########"}, false},
	"pl-nip":      {strings.Split("NIP|numer NIP|nip firmy|Numer identyfikacji podatkowej", "|"), []string{"###-###-##-##", "###-##-##-###", "##########"}, true},
	"in-aadhaar":  {strings.Split("Aadhaar|aadhaar number|Aadhar card|UID|UIDAI number|aadhaar no", "|"), []string{"#### #### ####", "####-####-####", "############"}, false},
	"in-pan":      {strings.Split("PAN|PAN card|permanent account number|pan no|Income tax PAN", "|"), []string{"##########"}, true},
	"es-nif":      {strings.Split("DNI|dni|NIF|documento nacional de identidad|Documento de identidad|núm. DNI", "|"), []string{"#########", "########-#", "######## #", "##.###.###-#"}, false},
	"es-nie":      {strings.Split("NIE|nie|número de identidad de extranjero|Número de NIE", "|"), []string{"#########", "#-#######-#", "#-########"}, false},
	"it-cf":       {strings.Split("codice fiscale|C.F.|Cod. Fisc.|CF|Codice Fiscale|fiscal code", "|"), []string{"################", "###### ##### #####", "### ### ##### #####"}, false},
	"se-pnr":      {strings.Split("personnummer|Personnr|personal identity number|pnr|svenskt personnummer", "|"), []string{"######-####", "########-####"}, false},
	"fi-hetu":     {strings.Split("henkilötunnus|HETU|hetu|sosiaaliturvatunnus|Finnish personal identity code", "|"), nil, false},
	"tr-tckn":     {strings.Split("TC Kimlik No|T.C. Kimlik Numarası|TCKN|kimlik numarası|kimlik no", "|"), []string{"###########"}, false},
	"de-steuerid": {strings.Split("Steuer-ID|Steuer-IdNr.|Steueridentifikationsnummer|steuerliche Identifikationsnummer|IdNr|TIN", "|"), []string{"## ### ### ###", "###########"}, false},
	"au-tfn":      {strings.Split("TFN|tax file number|Tax File No.|tfn", "|"), []string{"### ### ###", "#########"}, true},
	"au-abn":      {strings.Split("ABN|Australian Business Number|abn", "|"), []string{"## ### ### ###", "###########"}, false},
	"au-medicare": {strings.Split("Medicare|medicare number|Medicare card|Medicare No.", "|"), []string{"#### ##### #", "##########"}, true},
	"br-cpf":      {strings.Split("CPF|cpf|Cadastro de Pessoas Físicas|CPF do cliente|nº CPF", "|"), []string{"###.###.###-##", "###########"}, false},
	"br-cnpj":     {strings.Split("CNPJ|cnpj|CNPJ da empresa|Cadastro Nacional da Pessoa Jurídica", "|"), []string{"##.###.###/####-##", "##############"}, false},
	"nl-bsn":      {strings.Split("BSN|burgerservicenummer|bsn-nummer|sofinummer|Burger Service Nummer", "|"), []string{"#########", "#### ## ###", "####.##.###"}, true},
	"be-nn":       {strings.Split("rijksregisternummer|numéro de registre national|registre national|INSZ|NISS|Belgian national number", "|"), []string{"##.##.##-###.##", "###########"}, false},
	"fr-nir":      {strings.Split("NIR|numéro de sécurité sociale|n° sécu|numéro INSEE|sécurité sociale|num_secu", "|"), []string{"# ## ## ## ### ### ##", "###############"}, false},
	"ch-ahv":      {strings.Split("AHV-Nr.|AHV-Nummer|numéro AVS|AHVN13|N° AVS|Sozialversicherungsnummer", "|"), []string{"###.####.####.##", "#############"}, false},
	"pt-nif":      {strings.Split("NIF|contribuinte|número de contribuinte|n.º de contribuinte|número de identificação fiscal", "|"), []string{"#########", "### ### ###"}, true},
	"no-fnr":      {strings.Split("fødselsnummer|fødselsnr|personnummer|fnr|Norwegian national ID", "|"), []string{"###########", "###### #####"}, false},
	"dk-cpr":      {strings.Split("CPR|CPR-nummer|cpr nr.|CPR-nr|personnummer", "|"), []string{"######-####"}, true},
	"cz-rc":       {strings.Split("rodné číslo|RČ|rodné č.|Rodne cislo|birth number", "|"), []string{"######/####"}, false},
	"ro-cnp":      {strings.Split("CNP|cod numeric personal|Codul Numeric Personal", "|"), []string{"#############"}, false},
	"bg-egn":      {strings.Split("ЕГН|EGN|егн|Единен граждански номер", "|"), []string{"##########"}, true},
	"hr-oib":      {strings.Split("OIB|oib|osobni identifikacijski broj", "|"), []string{"###########"}, false},
	"ie-pps":      {strings.Split("PPS|PPSN|PPS Number|Personal Public Service Number|pps no", "|"), nil, true},
	"za-id":       {strings.Split("ID number|South African ID|SA ID|identity number|RSA ID number", "|"), []string{"#############", "###### #### ## #"}, false},
	"kr-rrn":      {strings.Split("주민등록번호|RRN|resident registration number|주민번호", "|"), []string{"######-#######"}, false},
	"sg-nric":     {strings.Split("NRIC|nric no|FIN|IC number|NRIC/FIN", "|"), []string{"#########"}, false},
	"th-id":       {strings.Split("เลขประจำตัวประชาชน|Thai ID|Thai national ID card|citizen ID|TNIN", "|"), []string{"#-####-#####-##-#", "# #### ##### ## #", "#############"}, false},
	"cn-rid":      {strings.Split("身份证号|身份证|身份证号码|resident identity card|Chinese ID number", "|"), nil, false},
	"mx-curp":     {strings.Split("CURP|curp|clave única de registro de población|Clave CURP", "|"), nil, false},
	"ar-cuit":     {strings.Split("CUIT|CUIL|cuit|Clave Única de Identificación Tributaria", "|"), []string{"##-########-#", "###########"}, false},
	"cl-rut":      {strings.Split("RUT|rut|RUN|Rol Único Tributario", "|"), []string{"##.###.###-#", "#.###.###-#", "########-#", "#######-#"}, false},
	"ee-lt":       {strings.Split("isikukood|asmens kodas|Estonian ID code|personal code|a.k.", "|"), nil, false},
	"nz-ird":      {strings.Split("IRD|IRD number|ird no.|Inland Revenue number", "|"), []string{"##-###-###", "###-###-###"}, true},
	"il-id":       {strings.Split("תעודת זהות|Teudat Zehut|Israeli ID|ת.ז.|ID number", "|"), []string{"#########"}, true},
	"us-mbi":      {strings.Split("MBI|Medicare ID|Medicare Beneficiary Identifier|medicare number", "|"), []string{"####-###-####", "###########"}, false},
	"us-npi":      {strings.Split("NPI|NPI number|National Provider Identifier|provider npi", "|"), []string{"##########"}, true},
}

var strangerNationalGroups = func() []group {
	var out []group
	for _, id := range nationalIDs {
		how, ok := strangerIDs[id.group]
		if !ok {
			continue
		}
		typ := id.typ
		if typ == "" {
			typ = "NationalId"
		}
		write := func(r *rng) string {
			v := id.draw(r)
			if how.patterns != nil {
				v = respell(r, v, how.patterns...)
			}
			return v
		}
		out = append(out, group{
			name: "s-id-" + id.group, n: 80,
			pos: func(r *rng) string {
				v := is(typ, write(r))
				if r.one(5) {
					return keyed(r, id.names, v)
				}
				return framed(r, how.labels, v)
			},
			near: func(r *rng) string {
				switch {
				case id.near != nil:
					return cluttered(r, not(typ, id.near(r)))
				case how.named || id.weak:
					return cluttered(r, not(typ, strings.NewReplacer(" ", "", "-", "", ".", "", "/", "").Replace(id.draw(r))))
				}
				return cluttered(r, not(typ, spoil(r, write(r))))
			},
		})
	}
	return out
}()

var strangerNumberGroups = []group{
	{name: "s-iban", pos: func(r *rng) string {
		v := iban(r)
		switch r.IntN(5) {
		case 0, 1:
			v = fours(v, " ")
		case 2:
			v = fours(v, "-")
		}
		return framed(r, strings.Split("IBAN|iban|Kontoverbindung|Bankverbindung|compte bancaire|cuenta bancaria|conto|rekening|nr konta|beneficiary account|Account (IBAN)|bank account|our account|pay to|IBAN-Nr.", "|"), is("Iban", v))
	}, near: func(r *rng) string {
		v := iban(r)
		w := []byte(v)
		i := r.between(6, len(w)-1)
		if w[i] >= '0' && w[i] <= '9' {
			w[i] = '0' + (w[i]-'0'+1)%10
		} else {
			w[i] = 'A' + (w[i]-'A'+1)%26
		}
		return cluttered(r, not("Iban", string(w)))
	}},
	{name: "s-card", pos: func(r *rng) string {
		n := cardNumber(r)
		switch r.IntN(5) {
		case 0, 1:
			n = cardForm(r, n)
		case 2:
			if len(n) == 16 {
				n = n[:4] + "." + n[4:8] + "." + n[8:12] + "." + n[12:]
			}
		}
		return framed(r, strings.Split("card|credit card|Card number|CC|cc#|Visa|MasterCard|Amex|PAN|Kreditkarte|carte bleue|tarjeta|carta di credito|creditcard|karta kredytowa|cartão|カード番号|银行卡号|debit card|card no|payment method|kort", "|"), is("CreditCard", n))
	}, near: func(r *rng) string {
		n := cardNumber(r)
		switch r.IntN(5) {
		case 0:
			return cluttered(r, not("CreditCard", spoil(r, n)))
		case 1:
			return framed(r, []string{"card", "credit card"}, not("CreditCard", spoil(r, cardForm(r, n))))
		case 2:
			return cluttered(r, not("CreditCard", r.uuid()))
		case 3:
			return cluttered(r, not("CreditCard", r.shape("17999999999999999")))
		}
		return framed(r, []string{"card", "Visa", "card ending"}, not("CreditCard", r.pick("****", "xxxx-xxxx-xxxx-", "•••• ")+n[len(n)-4:]))
	}},
	{name: "s-passport", pos: func(r *rng) string {
		v := r.shape(draw(r, []string{"999999999", "A99999999", "AA9999999", "99AA99999", "AAA999999", "A9999999", "C01X99X9X", "AA999999", "999999999", "AA999999A"}))
		return framed(r, strings.Split("passport|Passport No|passport number|U.S. passport|Reisepass|Reisepass-Nr.|Passnummer|passeport|n° de passeport|pasaporte|pasaporte nº|passaporto|numero passaporto|paspoort|paszport|passaporte|pasaport no|паспорт|护照号|パスポート番号|travel document|passport_no", "|"), is("Passport", v))
	}, near: func(r *rng) string {
		return cluttered(r, not("Passport", r.shape(draw(r, []string{"999999999", "A99999999", "AA9999999"}))))
	}},
	{name: "s-licence", pos: func(r *rng) string {
		v := r.shape(draw(r, []string{"A9999999", "A999999999999", "99999999", "999999999", "A999-9999-9999", "AA999999A", "AAAAA999999AA9AA", "999 999 999", "A99-99-9999", "H99999999999", "AAAA999999", "9999999999", "A999 999 99 999 9"}))
		return framed(r, strings.Split("driver's license|drivers license|Driver License No|driving licence|driving licence number|DL|DL#|DLN|license no.|Führerschein|Führerschein-Nr.|permis de conduire|permiso de conducir|carnet de conducir|patente di guida|rijbewijs|prawo jazdy|carteira de motorista|CNH|carta de condução|ajokortti|körkort|driver licence number", "|"), is("DrivingLicence", v))
	}, near: func(r *rng) string { return cluttered(r, not("DrivingLicence", licence(r))) }},
	{name: "s-bank", pos: func(r *rng) string {
		switch r.IntN(5) {
		case 0:
			d := draw(r, []string{"01", "02", "03", "06", "07", "08", "11", "12", "21", "26", "31", "32"}) + r.digits(6)
			return framed(r, strings.Split("routing number|ABA|ABA routing|RTN|routing #|routing no|bank routing", "|"), is("BankAccount", d+pad((10-weighted(d, 3, 7, 1, 3, 7, 1, 3, 7)%10)%10, 1)))
		case 1:
			return framed(r, strings.Split("sort code|Sort Code|sortcode|sort-code", "|"), is("BankAccount", r.shape("99-99-99")))
		case 2:
			return framed(r, strings.Split("Kontonummer|Konto-Nr.|numéro de compte|número de cuenta|numero di conto|rekeningnummer|numer konta|número da conta|kontonummer|tilinumero", "|"), is("BankAccount", r.digits(r.between(8, 12))))
		}
		return framed(r, strings.Split("account number|bank account|Acct #|acct no|account no.|checking account|savings account|bank account number|Account Number|A/C No|direct deposit account|a/c", "|"), is("BankAccount", r.digits(r.between(8, 16))))
	}, near: func(r *rng) string { return cluttered(r, not("BankAccount", r.digits(r.between(8, 14)))) }},
	{name: "s-vat", pos: func(r *rng) string {
		return framed(r, strings.Split("VAT|VAT no|VAT ID|VAT Reg No|USt-ID|USt-IdNr|UID|TVA|n° TVA|TVA intracommunautaire|IVA|P. IVA|Partita IVA|BTW|btw-nr|NIP UE|ALV|MOMS|momsnummer|tax number|VAT number", "|"), is("VatNumber/NationalId", vat(r)))
	}, near: func(r *rng) string { return cluttered(r, not("VatNumber", wrongVAT(r))) }},
	{name: "s-birth", pos: func(r *rng) string {
		forms := append([]string{"2.1.2006", "1/2/2006", "1/2/06", "Jan 2 1998", "2 Jan 2006", "2nd of January 2006", "20060102", "02/01/06", "2006.01.02", "January 2 2006", "Mon, Jan 2 2006", "02-Jan-2006"}, dateForms...)
		form := draw(r, forms)
		if form == "Jan 2 1998" {
			form = "Jan 2 2006"
		}
		if form == "2nd of January 2006" {
			form = "2 January, 2006"
		}
		if strings.HasPrefix(form, "Mon") {
			form = "Jan 2, 2006"
		}
		v := is("DateOfBirth", r.birthday().Format(form))
		if r.one(3) {
			return strings.ReplaceAll(draw(r, []string{
				"I was born on §.", "born § in Leeds", "She was born on §, in Porto", "geboren am § in Köln", "né le § à Lyon", "née le §", "nacido el §", "nata il §", "nato a Roma il §", "*§ in Wien",
				"urodzony §", "b. §", "Patient (born §) admitted", "his birthday is §", "(DOB §)", "dob §", "D.O.B. §", "<birthDate>§</birthDate>", "\"dateOfBirth\":\"§\"", "birth_date,city\n§,Oslo\n", "BDAY:§", "geb. §",
			}), "§", v)
		}
		return framed(r, strings.Split("date of birth|DOB|D.O.B.|birthdate|Birthday|Geburtsdatum|geb.|date de naissance|fecha de nacimiento|data di nascita|geboortedatum|data urodzenia|data de nascimento|födelsedatum|fødselsdato|syntymäaika|doğum tarihi|datum narození|生年月日|出生日期|дата рождения|born", "|"), v)
	}, near: func(r *rng) string {
		d := not("DateOfBirth", r.when().Format(draw(r, dateForms)))
		return strings.ReplaceAll(draw(r, []string{
			"released §", "Due date: §", "meeting on §", "valid until §", "Deployed § by CI", "Rechnung vom §", "expires: §", "last login §", "log rotated on §", "copyright §", "Fixed in version of §", "\"createdAt\":\"§\"",
			"next reboot §", "date=§", "hired §", "joined on §", "Stand: §", "fecha de entrega: §", "the certificate of § was renewed", "start_date,end\n§,x\n",
		}), "§", d)
	}},
	{name: "s-wallet", pos: func(r *rng) string {
		return framed(r, strings.Split("BTC|bitcoin address|wallet|my wallet|send to|ETH|ether address|deposit address|donate|crypto|XRP|pay to|tx to|address|Bitcoin", "|"), is("CryptoWallet", wallet(r)))
	}, near: func(r *rng) string {
		switch r.IntN(3) {
		case 0:
			return cluttered(r, not("CryptoWallet", flip(r, base58Check(append([]byte{0}, randomBytes(r, 20)...), base58Bitcoin))))
		case 1:
			return cluttered(r, not("CryptoWallet", flip(r, bech32("bc", 0, randomBytes(r, 20)))))
		}
		return cluttered(r, not("CryptoWallet", "0x"+r.hex(draw(r, []int{8, 16, 12, 24}))))
	}},
	{name: "s-ip", pos: func(r *rng) string {
		v, typ := ipv4(r), "IPv4"
		if r.one(3) {
			v, typ = ipv6(r), "IPv6"
			if r.one(3) {
				v = strings.ToUpper(v)
			}
		}
		m := is(typ, v)
		if typ == "IPv6" && r.one(3) {
			return strings.ReplaceAll(draw(r, []string{"listen on [§]:443", "http://[§]/status", "peer [§] left", "from=[§]:51820"}), "§", m)
		}
		return strings.ReplaceAll(draw(r, []string{
			"from §.", "my ip is §", "(§)", "<§>", "'§'", "§, 127.0.0.1", "dial tcp §: connect: refused", "host: §", "\"clientIp\": \"§\",", "ssh admin@§", "nameserver §", "via §; route", "IP §!", "src:§ dst:x", "blocked=§|", "Adresse §", "§ → gateway",
			"http://§/login", "tcp://§", "inet § netmask 255.255.0.0", "A record: §", "l'adresse IP §", "whois §", "{§}", "Remote Address: §;", "ip-§", "addr=§", "ip\n§\n", "traceroute to §, 30 hops max", "§\tok", "host § is up", "deny from §",
		}), "§", m)
	}, near: func(r *rng) string {
		return strings.ReplaceAll(draw(r, []string{"release §", "upgrade to §", "version §", "firmware §", "section § of the manual", "Chrome/§ Safari", "sdk §", "libfoo-§.jar", "dotnet §", "v§ is out", "AssemblyVersion(\"§\")", "driver §", "FileVersion §", "schema §", "build §"}), "§",
			not("IPv4", draw(r, []func(*rng) string{
				func(r *rng) string { return r.shape("1.9.9.9") }, func(r *rng) string { return r.shape("119.0.1999.199") }, func(r *rng) string { return r.shape("10.0.19041.1999") },
				func(r *rng) string { return r.shape("1.2.3.4.5") }, func(r *rng) string { return r.shape("6.1.7601.19999") }, func(r *rng) string { return r.shape("300.1.2.19") },
			})(r)))
	}},
	{name: "s-mac", pos: func(r *rng) string {
		h := r.of(hexChars, 1) + r.of("048c", 1) + r.hex(10)
		sep := r.pick(":", ":", "-")
		v := h[:2] + sep + h[2:4] + sep + h[4:6] + sep + h[6:8] + sep + h[8:10] + sep + h[10:]
		if r.one(3) {
			v = strings.ToUpper(v)
		}
		if r.one(5) {
			v = h[:4] + "." + h[4:8] + "." + h[8:]
		}
		return framed(r, strings.Split("MAC|mac address|MAC-Adresse|adresse MAC|HWaddr|ether|BSSID|bluetooth address|station|lladdr|client-mac|dirección MAC", "|"), is("MacAddress", v))
	}, near: func(r *rng) string {
		return cluttered(r, not("MacAddress", r.shape(draw(r, []string{"hh:hh:hh:hh:hh", "hh:hh:hh", "hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh:hh", "hhhhhhhhhhhh", "99:99:99.999999"}))))
	}},
	{name: "s-phone", n: 600, pos: func(r *rng) string {
		p := is("PhoneNumber", strangerPhone(r))
		if r.one(2) {
			return strings.ReplaceAll(draw(r, strangerPhoneTexts), "§", p)
		}
		return framed(r, strings.Split("phone|Phone number|tel|Tel.|telephone|mobile|cell|Mobile no|contact|fax|Handy|Telefon|Rufnummer|téléphone|tél.|portable|teléfono|móvil|cellulare|telefono|telefoon|gsm|telefon|komórka|telefone|celular|puhelin|電話|电话|전화번호|whatsapp|emergency contact|phone_number", "|"), p)
	}, near: func(r *rng) string {
		return cluttered(r, not("PhoneNumber", draw(r, []func(*rng) string{
			func(r *rng) string { return r.digits(10) }, func(r *rng) string { return "17" + r.digits(8) },
			func(r *rng) string { return r.shape("1999-99-99") }, func(r *rng) string { return r.shape("99.99.9999") }, func(r *rng) string { return r.shape("1.99.999.9999") },
			func(r *rng) string { return r.shape("99:99:99.999") }, func(r *rng) string { return r.shape("1999 9999 99") }, func(r *rng) string { return r.digits(13) },
			func(r *rng) string { return r.shape("978-9-99-999999-9") }, func(r *rng) string { return r.shape("hhh-hhhh-hhhh") }, func(r *rng) string { return r.shape("-199 -199 1999") },
		})(r)))
	}},
	{name: "s-email", pos: func(r *rng) string {
		e := email(r)
		if r.one(6) {
			e = strings.ToUpper(e[:1]) + e[1:]
		}
		return strings.ReplaceAll(draw(r, []string{
			"Contact us: §.", "<§>", "mailto:§", "(§)", "\"§\"", "email=§&next=1", "§;", "to=<§>, relay=none", "My e-mail: §!", "e-mail: §, tel: none", "user §: login ok", "Schreiben Sie an §", "[§]", "write to § or call", "§\n", "'§',",
			"From:§", "adresse : §", "RCPT TO:<§>", "{\"mail\":\"§\"}", "a,b\n1,§\n", "<email>§</email>", "sent § a reminder", "cc:§;", "Is § yours?", "author §|x", "{§}", "@admin → §", "id=§ ok", "ссылка §",
		}), "§", is("Email", e))
	}, near: func(r *rng) string {
		return strings.ReplaceAll(draw(r, []string{"see §", "fetch §", "install §", "§ failed", "ref §"}), "§", not("Email", draw(r, []func(*rng) string{
			func(r *rng) string { return draw(r, words) + "@" + r.shape("1.9.9") }, func(r *rng) string { return "@" + draw(r, words) + "/core" }, func(r *rng) string { return "actions/" + draw(r, words) + "@v" + r.digits(1) },
			func(r *rng) string { return draw(r, words) + " @ " + draw(r, words) + ".com" }, func(r *rng) string { return "com.acme." + draw(r, words) + "@" + r.hex(8) }, func(r *rng) string { return draw(r, words) + "@@" + draw(r, words) },
		})(r)))
	}},
}

func fours(s, sep string) string {
	var parts []string
	for ; len(s) > 4; s = s[4:] {
		parts = append(parts, s[:4])
	}
	return strings.Join(append(parts, s), sep)
}

// strangerPhone writes a number of one of two dozen numbering plans in a form that is usual there.
func strangerPhone(r *rng) string {
	f := draw(r, []string{
		"+1 (N2N) N##-####", "(N2N) N##-####", "N2N-N##-####", "N2N.N##.####", "1-N2N-N##-####", "+1-N2N-N##-####", "+1 N2N N## ####", "(N2N)N##-####", "001-N2N-N##-####", "N2N-N##-####x###", "+1-N2N-N##-#### ext. ###", "N2N N## ####", "+1N2NN######",
		"+44 20 7### ####", "020 7### ####", "07### ######", "+44 7### ######", "(0161) ### ####", "+44(0)7### ######", "0115 ### ####", "+44 (0)1632 ######",
		"+49 30 ########", "030 ########", "0171 #######", "+49 (0)89 ######", "0049 171 #######", "(0221) ######", "+49-69-########", "0711/######",
		"+33 6 ## ## ## ##", "06 ## ## ## ##", "01.##.##.##.##", "+33 (0)1 ## ## ## ##", "0033 6 ## ## ## ##", "+336########",
		"+34 6## ### ###", "6## ## ## ##", "91 ### ## ##", "+34 91 ### ## ##", "+39 3## ### ####", "3## #######", "+39 06 ########", "+31 6 ########", "06-########", "+31 20 ### ####", "020-#######",
		"+48 ### ### ###", "5## ### ###", "+351 9## ### ###", "9## ### ###", "+41 79 ### ## ##", "079 ### ## ##", "+43 664 #######", "+46 70 ### ## ##", "070-### ## ##", "+47 4## ## ###", "+45 ## ## ## ##", "+358 40 #######",
		"+91 9#### #####", "+91-9#########", "9#### #####", "+86 138 #### ####", "138########", "+81 3-####-####", "03-####-####", "090-####-####", "+81-90-####-####", "+82 10-####-####", "010-####-####",
		"+61 4## ### ###", "04## ### ###", "(02) #### ####", "+61 2 #### ####", "+64 21 ### ####", "+55 11 9####-####", "(11) 9####-####", "(21) ####-####", "+52 55 #### ####", "+54 9 11 ####-####", "+27 82 ### ####", "082 ### ####",
		"+353 87 ### ####", "+972 5#-###-####", "05#-#######", "+971 50 ### ####", "+90 5## ### ## ##", "0 5## ### ## ##", "+7 9## ###-##-##", "8 (9##) ###-##-##", "+380 67 ### ## ##", "+65 8### ####", "+852 #### ####", "+30 69# ### ####", "+420 ### ### ###", "+36 30 ### ####", "+40 7## ### ###", "+234 803 ### ####", "+254 7## ######",
	})
	var b strings.Builder
	for _, c := range f {
		switch c {
		case '#':
			b.WriteString(r.digits(1))
		case 'N':
			b.WriteString(r.of("23456789", 1))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

var strangerPhoneTexts = []string{
	"Ring me on § tonight.", "she left § as her callback", "if urgent, dial § and press 2", "They can be contacted by phone at § or by mail.", "I tried § but it's disconnected", "SMS sent to §", "my new mobile is §, please update", "Fax us at §.",
	"Customer called from §, wants a refund", "For support call §.", "rappelez-moi au § svp", "Sie erreichen mich unter §.", "mi móvil es el §", "chiamami al §", "bel me op §", "zadzwoń pod §", "ligue para §", "soita §", "outgoing call to § failed", "verification code sent to §",
	"(tel: §)", "tel:§", "☎ §", "T: § | F: none", "Ph. §", "M §", "my number's §", "You can text me: §", "incoming call from §", "Mob: §", "call § asap!!", "WhatsApp me at §", "Reach her on §, extension none", "Please dial § for reception",
}
