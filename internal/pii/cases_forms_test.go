package pii

// formPositives are values in the forms that people, forms, tables and configurations give them.
var formPositives = map[string][]string{
	"below its label": {
		"Passport Number\n«Passport|912803456»\nnext",
		"date of birth:\r\n«DateOfBirth|5 March 1980»\r\n",
		"account number:\n«BankAccount|12345678»\n",
		"CPR-nr:\n«NationalId|211062-5629»\n",
	},
	"quotes of typography": {
		"passport “«Passport|X1234567»”",
		"DOB ‘«DateOfBirth|1980-03-05»’",
	},
	"labels and values": {
		`{"label": "Passport", "value": "«Passport|912803456»"}`,
		"D.O.B. «DateOfBirth|5/3/1980»",
		`{"type":"passport","number":"«Passport|592603436»"}`,
		"DOB\n«DateOfBirth|April 6, 1987»\n",
		"client.login('bob', '«Password|Oyster7603@»')",
		"A/C No «BankAccount|123456789»",
		"driving licence «DrivingLicence|739 244 208» found",
	},
	"names of columns": {
		"name;passport number;state\nx;«Passport|912803456»;new\n",
		"name;TC Kimlik No;state\nx;«NationalId|17291716060»;new\n",
		"INSERT INTO t (id, sort_code) VALUES (4, '«BankAccount|20-00-00»');",
	},
	"labels of several words before a sign": {
		"Medicare number = «NationalId|2123456701»",
		"Codul Numeric Personal=«NationalId|1630615123457»;",
	},
	"numbers as countries write them": {
		"codice fiscale: «NationalId|RSSMRA 85T10 A562S»",
		"RSA ID «NationalId|750330 5044 08 9»",
		"tel.: «PhoneNumber|0033 6 12 34 56 78»",
		"phone «PhoneNumber|212-555-0123x44» or none",
		"call «PhoneNumber|8 (916) 722-35-21» now",
		"The phone on the form («PhoneNumber|+1 (825) 285-5674») is wrong.",
		"tél:«PhoneNumber|06 12 34 56 78»",
	},
	"servers": {
		"nameserver «IPv4|77.199.53.24»",
		"server «IPv4|52.1.2.3» is down",
	},
	"functions and settings": {
		"define( 'DB_PASSWORD', '«Password|put it here 7»' );",
		"set -gx API_SECRET «ApiKey|GDmC1IyjBjJ0OnS0»",
		"requirepass «Password|foobared7»\n",
		"enable secret «Password|Summit8415!»\n",
		"$c = new mysqli(\"localhost\", \"bob\", \"«Password|Qwerty202424»\", \"app\");",
		"requests.get(url, auth=HTTPBasicAuth('bob', '«Password|AspenIris11»'))",
		"public string AdminPwd { get; set; } = \"«Password|sunflower77»\";",
		"<Login password={\"«Password|moss-violet-27»\"} />",
		`"apikey": [{"key": "value", "value": "«ApiKey|7e134b675a2d22af3a3dab9220e4f38a»"}, {"key": "key", "value": "X-API-KEY"}]`,
		"login: «UserName|robin» / «Password|SummitLava19»",
		"ALTER USER u IDENTIFIED BY VALUES '«Password|S:8F2D65FB5547»';",
	},
	"answers": {
		"Q: What is the admin password?\nA: «Password|hunter22x»\n",
		"user: «UserName|bob» cannot log in",
	},
	"names alone": {
		"ask «PersonName|Marta» to restart it",
		"Thanks «PersonName|Giulia»!",
		"«PersonName|Marta» said that it works",
		"I met «PersonName|Nguyen Van An» yesterday.",
	},
	"new forms of tokens": {
		"token «ApiKey|ghs_12345_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTYifQ.c2lnbmF0dXJlc2lnbmF0dXJlc2ln»",
	},
	"addresses": {
		"deliver to «PostalAddress|Via Roma 61/A, 20121 Milano»",
		"ship to «PostalAddress|12, High Street, Leeds LS1 4AB».",
		"We are at «PostalAddress|59 Awolowo Road, Lekki Phase 1, Lagos».",
		"at «PostalAddress|Plot No. 26, Brigade Road, Kolkata 700016»",
		"a «PostalAddress|Via Garibaldi 17, 50122 Firenze (FI)»",
	},
}

// formNearMisses are look-alikes of formPositives.
var formNearMisses = map[string][]string{
	"below no label": {
		"passport is required:\n912803456 rows\n",
		"see the passport\n912803456\n",
		"account number\n123456789\n",
	},
	"speeds of fans": {
		"Error: fan speeds ( 3552 3534 3375 4787 8657 **** )",
		"fans 4000 4111 1111 1111 1111 3515",
		"card 4984 4741 1170 4310",
	},
	"references": {
		"sso_client_secret: {{ lookup('env', 'SSO_CLIENT_SECRET') }}",
		`var adminPwd = Configuration["AdminPwd"];`,
		"admin_pwd = sys.argv[1]",
		"PROXY_PASSWORD=`pass show x`",
		"smtpPass = await getSecret('smtp-pass')",
		"ldap_password: !vault |",
		`password = input("Password: ")`,
		"queue_password = \"TODO\"",
		"requirepass is not set",
		"key=0|com.example.mobile|513|null|10129, when=5029473242617",
	},
	"versions": {
		"section 5.8.8.9 of the manual", "upgrade to 5.7.9.9", "sdk 4.2.1.4",
	},
	"other words": {
		"sumOfExposures = sumOfExposures;", "sumOfExposures = 3Kof2VffNQ0QgYIhXUPJosVlCaQKm2hfpWE6F1fT9YGY74blQBIPsrkCcf1TwKE5;",
	},
	"no answers": {
		"Q: Who knows the password?\nA: nobody\n", "forgot your password?\nA: reset it", "user: Affected users cannot log in",
	},
	"no names": {
		"ask Jenkins to build it", "the server said hello", "Thanks everybody!", "Kafka told the broker to stop", "Nguyen Van Server",
	},
	"no streets": {
		"from 300 Open Street Map tiles", "100 Place Holders again",
	},
}
