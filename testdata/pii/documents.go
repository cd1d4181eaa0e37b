package corpus

import "strings"

// Documents hold several values at once, in longer texts that were written apart from the templates of the other groups.
var documentGroups = []group{
	{name: "doc-mail", n: 300, pos: func(r *rng) string { return fillDocument(r, draw(r, mails)) }},
	{name: "doc-chat", n: 300, pos: func(r *rng) string { return fillDocument(r, draw(r, chats)) }},
	{name: "doc-form", n: 300, pos: func(r *rng) string { return fillDocument(r, draw(r, forms)) }},
	{name: "doc-config", n: 300, pos: func(r *rng) string { return fillDocument(r, draw(r, configs)) }},
	{name: "doc-log", n: 300, pos: func(r *rng) string { return fillDocument(r, draw(r, logTexts)) }},
	{name: "doc-plain", n: 300, near: func(r *rng) string { return fillDocument(r, draw(r, plainTexts)) }},
}

// fillDocument replaces §name by a value of the kind. In one document the same hole has the same value.
func fillDocument(r *rng, text string) string {
	for _, h := range []struct {
		name string
		draw func() string
	}{
		{"§name2", func() string { return is("PersonName", person(r)) }},
		{"§name", func() string { return is("PersonName", person(r)) }},
		{"§mail", func() string { return is("Email", email(r)) }},
		{"§phone", func() string { return is("PhoneNumber", phone(r)) }},
		{"§e164", func() string { return is("PhoneNumber", e164(r)) }},
		{"§addr", func() string { return is("PostalAddress", address(r)) }},
		{"§card", func() string { return is("CreditCard", cardForm(r, cardNumber(r))) }},
		{"§iban", func() string { return is("Iban", ibanForm(r, iban(r))) }},
		{"§birth", func() string { return is("DateOfBirth", r.birthday().Format(draw(r, dateForms))) }},
		{"§passport", func() string {
			return is("Passport", r.shape(draw(r, []string{"999999999", "A99999999", "AA9999999"})))
		}},
		{"§ssn", func() string {
			return is("Ssn/NationalId", pad(r.between(1, 665), 3)+"-"+pad(r.between(1, 99), 2)+"-"+pad(r.between(1, 9999), 4))
		}},
		{"§ip2", func() string { return is("IPv4", ipv4(r)) }},
		{"§ip", func() string { return is("IPv4", ipv4(r)) }},
		{"§mac", func() string { return is("MacAddress", r.hex(1)+r.of("048c", 1)+r.shape(":hh:hh:hh:hh:hh")) }},
		{"§user", func() string { return is("UserName", user(r)) }},
		{"§secret2", func() string { return is("Secret", random(r)) }},
		{"§secret", func() string { return is("Secret", random(r)) }},
		{"§password", func() string { return is("Secret", r.alnum(r.between(10, 18))+r.of("!*-_.", 1)+r.digits(2)) }},
		{"§host", func() string {
			return is("Hostname", draw(r, words)+"-"+r.digits(2)+"."+draw(r, words)+r.pick(".internal", ".corp", ".local"))
		}},
		{"§plate", func() string {
			return is("LicencePlate", r.shape(draw(r, []string{"AA99 AAA", "AAA-9999", "9AAA999"})))
		}},
		{"§word", func() string { return draw(r, words) }},
		{"§uuid", r.uuid},
		{"§hash", func() string { return r.hex(40) }},
		{"§num", func() string { return r.shape("19999") }},
		{"§time", func() string { return r.when().Format("2006-01-02T15:04:05.000Z") }},
	} {
		if strings.Contains(text, h.name) {
			text = strings.ReplaceAll(text, h.name, h.draw())
		}
	}
	return text
}

var mails = []string{
	"Hello,\n\nI ordered two weeks ago (order §num) and nothing has arrived. Could somebody get back to me on §phone? My address hasn't changed, it is still §addr.\n\nThanks\n§name\n",
	"Subject: Re: Refund\nFrom: §name <§mail>\n\nAs discussed, please transfer the amount to §iban. If you need anything else my mobile is §phone.\n\nCheers\n§name",
	"Guten Tag,\n\nhiermit kündige ich meinen Vertrag §num zum Monatsende. Bitte bestätigen Sie an §mail. Geboren am §birth.\n\nMit freundlichen Grüßen\n§name\n§addr\n",
	"Bonjour,\n\nje n'arrive plus à me connecter avec l'adresse §mail. Vous pouvez me joindre au §phone.\n\nCordialement,\n§name",
	"Hi team,\n\nour colleague §name is travelling; the passport number is §passport and the date of birth §birth. Hotel: §addr.\n\nBest\n§name2",
	"Dear Sir or Madam,\n\nI would like to update my payment details. New card: §card, expiry 08/28. SSN for verification: §ssn.\n\nYours sincerely,\n§name\n",
	"Buenos días, soy §name. Mi teléfono nuevo es §phone y mi correo §mail. Un saludo.",
}

var chats = []string{
	"[10:02] agent: Thanks for reaching out! Who am I speaking with?\n[10:02] customer: §name\n[10:03] agent: And the phone number on the account?\n[10:03] customer: §phone\n",
	"customer: hi my card got declined\nagent: which card is it?\ncustomer: its §card\nagent: thank you, one moment",
	"<user> can u check whats wrong w my account, email is §mail\n<bot> Sure! Please confirm your date of birth: \n<user> §birth",
	"Q: What is your home address?\nA: §addr\nQ: And a number where we can reach you?\nA: §phone\n",
	"agent: could you spell the email for me?\ncaller: yes, it's §mail, and I moved to §addr last month",
	"§word: anyone know the wifi password?\n§word: it's §password\n",
}

var forms = []string{
	"Full name: §name\nDate of birth: §birth\nPassport no.: §passport\nPhone: §phone\nE-mail: §mail\nAddress: §addr\n",
	"| Field | Value |\n|---|---|\n| Name | §name |\n| Email | §mail |\n| Mobile | §phone |\n| IBAN | §iban |\n",
	"full_name,email,phone,card_number\n§name,§mail,§e164,§card\n",
	"{\n  \"customer\": {\n    \"fullName\": \"§name\",\n    \"birthDate\": \"§birth\",\n    \"contact\": {\"email\": \"§mail\", \"phone\": \"§e164\"},\n    \"billing\": {\"iban\": \"§iban\"}\n  },\n  \"traceId\": \"§uuid\"\n}",
	"<applicant><fullName>§name</fullName><passportNumber>§passport</passportNumber><email>§mail</email><ssn>§ssn</ssn></applicant>",
	"BEGIN:VCARD\nVERSION:3.0\nFN:§name\nTEL;TYPE=CELL:§phone\nEMAIL:§mail\nEND:VCARD\n",
	"Driver: §name\nVehicle registration plate: §plate\nContact: §phone\n",
}

var configs = []string{
	"[database]\nhost = §host\nuser = app\npassword = §password\n\n[api]\nclient_secret = \"§secret\"\ntimeout = 30\n",
	"services:\n  web:\n    image: registry/§word:1.2.3\n    environment:\n      - DB_PASSWORD=§password\n      - STRIPE_API_KEY=§secret\n      - LOG_LEVEL=debug\n",
	"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: §word\n  uid: §uuid\ndata:\n  auth-token: §secret\n  endpoint: https://§host/v2\n",
	"import os\n\nclass Settings:\n    debug = False\n    secret_key = \"§secret\"\n    db = {\"user\": \"app\", \"password\": \"§password\"}\n    commit = \"§hash\"\n",
	"resource \"aws_db_instance\" \"main\" {\n  identifier = \"§word\"\n  username   = \"admin\"\n  password   = \"§password\"\n}\n\nvariable \"api_token\" {\n  default = \"§secret\"\n}\n",
	"spring.datasource.url=jdbc:postgresql://§host:5432/app\nspring.datasource.password=§password\njwt.secret=§secret\nserver.port=8080\n",
	"const config = {\n  apiKey: '§secret',\n  authToken: \"§secret2\",\n  retries: 3,\n  version: '1.4.2',\n};\nexport default config;\n",
	"$env:API_SECRET = \"§secret\"\nInvoke-RestMethod -Uri https://§host/api -Headers @{ 'X-Api-Key' = '§secret2' }\n",
}

var logTexts = []string{
	"§time INFO  AuthService - login ok user=§user ip=§ip\n§time WARN  AuthService - wrong password for §mail from §ip2\n",
	"§time ERROR payment failed card=§card trace=§uuid\n§time INFO retrying in 3 s\n",
	"{\"time\":\"§time\",\"msg\":\"user created\",\"user\":{\"email\":\"§mail\",\"displayName\":\"§name\"},\"client_ip\":\"§ip\"}\n",
	"§ip - - [10/Oct/2024:13:55:36 +0000] \"POST /login HTTP/1.1\" 302 0 \"-\" \"Mozilla/5.0\"\n§ip2 - - [10/Oct/2024:13:55:37 +0000] \"GET /reset?email=§mail HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n",
	"Oct 10 13:55:36 gw dhcpd[812]: DHCPACK on §ip to §mac via eth1\nOct 10 13:55:40 gw sshd[990]: Accepted password for §user from §ip2 port 50022 ssh2\n",
	"DEBUG request headers: {Authorization=[Bearer §secret], Accept=[*/*], X-Request-Id=[§uuid]}\n",
	"sms gateway: to=§e164 status=DELIVERED id=§uuid\nmail gateway: rcpt=§mail queued as §hash\n",
}

// plainTexts hold nothing: notes about releases, manuals, stack traces. ‹› marks what might be taken for something.
var plainTexts = []string{
	"‹PersonName|Release Notes›\n\nVersion 4.12.§num fixes the following issues: #§num, #§num. Upgrade with apt install §word=4.12.1-§num.\n",
	"The ‹PersonName|Load Balancer› forwards port 443 to ‹Hostname|backend› pools. See page 12, table 3.\n",
	"Exception in thread \"main\" java.lang.IllegalStateException: ‹Password|token expected›\n\tat com.example.‹PersonName|Auth Filter›.run(Filter.java:§num)\n",
	"Run ‹PostalAddress|12 Worker Threads› per core. Set ‹Secret|max_tokens=§num› and ‹Secret|token_budget: §num›.\n",
	"commit ‹Secret|§hash›\nAuthor: ci <‹Email|ci@localhost›>\nDate:   Mon Oct 7 10:00:00 2024 +0000\n\n    bump version to 2.§num.0\n",
	"The table has 1204500 rows; ‹PhoneNumber|1204500 2304500› were scanned in ‹PhoneNumber|120-450-999› batches of ids.\n",
	"id: ‹NationalId|§uuid›\nchecksum: ‹Secret|§hash›\nsize: ‹CreditCard|4096409640964096›\n",
	"Password rules: ‹Password|at least twelve› characters. The secret store is ‹Secret|vault›. API key rotation: ‹Secret|monthly›.\n",
	"Dear ‹PersonName|Customer›,\nyour request was received. ‹PersonName|Customer Service›\n",
	"meeting at ‹DateOfBirth|2024-10-07› in room ‹PostalAddress|Building 7 Floor 3›, dial-in via ‹Hostname|the usual link›\n",
}
