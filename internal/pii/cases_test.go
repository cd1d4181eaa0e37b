package pii

import "maps"

// positives has texts in which «Type|value» marks what must be found, and nothing else may be.
var positives = allCases(corePositives, peoplePositives, formPositives)

// nearMisses has texts in which nothing may be found, or only what is marked.
var nearMisses = allCases(coreNearMisses, peopleNearMisses, formNearMisses)

// allCases joins tables by area; no two may have an area in common.
func allCases(tables ...map[string][]string) map[string][]string {
	all := make(map[string][]string)
	for _, t := range tables {
		for name := range t {
			if all[name] != nil {
				panic("two tables of cases have " + name)
			}
		}
		maps.Copy(all, t)
	}
	return all
}

var corePositives = map[string][]string{
	"passphrases": {
		"password: «Password|correct horse battery staple»",
		"2026-01-02 12:00:00 ERROR password: «Password|tulip orbit canyon»\nnext",
		"wifi passphrase: «Password|Blue Mountain River Stone»",
		`{"msg":"set password: «Password|tulip orbit canyon velvet»","n":1}`,
		"password=«Password|tulip orbit canyon velvet maple»\r\nuser=x",
		"new password:\n«Password|Tr0ub4dor&3»\n",
		"Password:\r\n  «Password|sunflower77»\r\n",
		"password:\n\n«Password|hunter22»",
	},
	"email": {
		"mail from «Email|alice@example.com» to «Email|bob.smith+tag@mail.example.co.uk».",
		"<«Email|alice@example.com»>, to=<«Email|o-brien_x@sub.example.org»>",
		"user=«Email|alice%40example.com»&x=1",
		"login=%3D«Email|alice%40example.com»",
		`{"mail":"«Email|alice\u0040example.com»"}`,
		`line\n«Email|alice@example.com»\nnext`,
		"IDN «Email|jürgen@müller.de» and «Email|bob@xn--mller-kva.de»",
		"postmaster «Email|root@mail.corp» and «Email|svc@host.local»",
		"«Email|ALICE@EXAMPLE.COM» upper",
		"mailto:«Email|alice@example.com»?subject=x",
		"«Email|a@b.co»",
		"«Email|first.last@example.com»'s mailbox",
		"email=«Email|alice@example.com»,status=sent",
	},
	"ipv4": {
		"Failed password for root from «IPv4|218.92.0.31» port 22",
		"src: /«IPv4|10.250.19.102»:54106 dest: /«IPv4|10.250.19.103»:50010",
		"10.0.0 is not «IPv4|10.0.0.1», is it «IPv4|192.168.1.1»?",
		"cidr «IPv4|172.16.5.0»/24 range «IPv4|52.1.2.3»-«IPv4|52.1.2.9»",
		"ip_«IPv4|10.1.2.3» host-1/«IPv4|10.0.0.5»:8080",
		"rhost=«IPv4|220.135.151.1» user=root",
		"[«IPv4|45.33.32.156»]",
		"remote «IPv4|100.64.1.2». Next",
		"upstream «IPv4|169.254.10.20» \x1b[31m«IPv4|10.9.8.7»\x1b[0m",
	},
	"ipv6": {
		"from «IPv6|2a01:4f8:c17:b8f::2» port 22",
		"[«IPv6|2607:f8b0:4005:805::200e»]:443",
		"link «IPv6|fe80::1ff:fe23:4567:890a%eth0» up",
		"full «IPv6|2001:0DB9:85a3:0000:0000:8a2e:0370:7334»",
		"unique «IPv6|fd12:3456:789a:1::1»/64",
		"mapped «IPv6|::ffff:10.1.2.3» end",
		"«IPv6|2a01:4f8::1»: unreachable",
	},
	"mac": {
		"MAC: «MacAddress|001A2B3C4D5E»", "mac address «MacAddress|001a2b3c4d5e» learned", "hwaddr=«MacAddress|001a2b3c4d5e»",
		"link/ether «MacAddress|52:54:00:12:34:56» brd ff:ff:ff:ff:ff:ff",
		"mac=«MacAddress|00-1A-2B-3C-4D-5E»;",
		"WAKE_MAC=«MacAddress|52-54-00-43-42-34»",
		"cisco «MacAddress|001a.2b3c.4d5e» dynamic",
		"DHCPACK to «MacAddress|08:00:27:6b:3d:aa» via eth0",
	},
	"phone": {
		"call «PhoneNumber|+1 415-555-2671» now",
		"tel:«PhoneNumber|+442071838750»",
		"phone «PhoneNumber|(415) 555-2671»",
		"reach me at «PhoneNumber|415-555-2671».",
		"phone=«PhoneNumber|4155552671»",
		`{"phone":"«PhoneNumber|+49 30 1234567»"}`,
		"cell «PhoneNumber|415 555 2671»",
		"x «PhoneNumber|+1 (415) 555-2671» y",
		"mobile: «PhoneNumber|0171 2345678»",
		"phone: «PhoneNumber|1-415-555-2671»",
		"x=1&phone=«PhoneNumber|%2B14155552671»&y=2",
		"to=«PhoneNumber|%2B14155552671»",
		"GET /x?phone=«PhoneNumber|%28415%29+555-2671»&y=2",
		"GET /x?phone=«PhoneNumber|%28415%29%20555-2671» HTTP/1.1",
		"GET /x?phone=«PhoneNumber|(415)+555-2671» HTTP/1.1",
		"GET /x?phone=«PhoneNumber|%2B44+20+7183+8750» HTTP/1.1",
		"GET /x?to=«PhoneNumber|%2B44+20+7183+8750» HTTP/1.1",
		"GET /x?to=«PhoneNumber|%2B33%201%2042%2068%2053%2000»&y=2",
	},
	"ssn": {
		"SSN: «Ssn|123-45-6789»",
		"employee «Ssn|219-09-9998», active",
		"ssn=«Ssn|123456789»",
		"social security number «Ssn|123 45 6789»",
	},
	"card": {
		"card «CreditCard|4111 1111 1111 1111» declined",
		"paid with «CreditCard|5555-5555-5555-4444»",
		"amex «CreditCard|3782 822463 10005» ok",
		"pan=«CreditCard|378282246310005»",
		"number «CreditCard|4242424242424242», exp 12/30",
		"card number «CreditCard|6011111111111117»",
		`{"card":"«CreditCard|30569309025904»"}`,
	},
	"url": {
		"postgres://«UrlWithCredentials|app:s3cr3t»@db:5432/app",
		"redis://«UrlWithCredentials|:p4ss»@cache:6379/0",
		"https://«UrlWithCredentials|bob:hunter2»@example.com/x?y=z",
		"amqp://«UrlWithCredentials|guest:p%40ss»@mq/vhost",
		"postgres://«UrlWithCredentials|app:p/ss»@db/app",
		"git clone https://«UrlWithCredentials|oauth2:a1b2c3d4e5f6a7b8»@git.example.com/x.git",
		"mongodb+srv://«UrlWithCredentials|u:p@ss»@c0.example.net/db",
		`"url":"postgres://«UrlWithCredentials|app:s3cr3t»@«Hostname|db01.prod.internal»:5432/app"`,
		"jdbc:postgresql://db/app?user=app&password=«Password|s3cr3t»&ssl=true",
	},
	"bearer": {
		"Authorization: Bearer «BearerToken|abcDEF123456ghiJKL»",
		"authorization: Basic «BearerToken|YWxpY2U6c2VjcmV0»",
		`"Authorization":"Bearer «BearerToken|0a1b2c3d4e5f6071»","x":1`,
		"curl -H 'Authorization: token «BearerToken|0a1b2c3d4e5f6071»' https://x.example",
		"proxy-authorization: Negotiate «BearerToken|YIIJvwYGKwYBBQUCoIIJszCC»",
		"auth=\"Bearer «BearerToken|oat-fDrGCuAvXM6qaa3j»\" rt=0.003",
		"{1.1.1.1|Bearer «BearerToken|zGf2CjQwcj79dkuxfMJ3»|} x",
		"sent Bearer «BearerToken|mF_9.B5f-4.1JqM» to server",
		"access_token=«BearerToken|ya0aBcDeF123456»&expires_in=3600",
		`Authorization: Digest «BearerToken|username="Mufasa", realm="x", response="6629fae49393a05397450978507c4ef1»"`,
	},
	"apikey": {
		"key «ApiKey|AKIAIOSFODNN7EXAMPLE» used",
		"token «ApiKey|ghp_16C7e42F292c6912E7710c838347Ae178B4a»",
		"push https://x «ApiKey|glpat-a1B2c3D4e5F6g7H8i9J0»",
		"«ApiKey|sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789»",
		"slack «ApiKey|xoxb-123456789012-abcdefABCDEF»",
		"api_key=«ApiKey|0123456789abcdef0123»",
		"x-api-key: «ApiKey|a8f5f167f44f4964e6c998de»",
		"stripe «ApiKey|sk_live_4eC39HqLyjWDarjtT1zdp7dc»",
		"g «ApiKey|AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe»",
		"eyJabcdef-«ApiKey|ghp_16C7e42F292c6912E7710c838347Ae178B4a»",
		`\n«ApiKey|npm_abcdefghijklmnopqrstuvwxyz0123456789»\n`,
		"post «ApiKey|https://hooks.slack.com/services/T00000000/B00000000/XXXXabcdXXXXabcdXXXX0123» failed",
		"https://api.telegram.org/bot«ApiKey|123456789:AAabcdefghijklmnopqrstuvwxyz0123456»/sendMessage",
		"aws_secret_access_key = «ApiKey|wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",
		"\x1b[32m«ApiKey|ghp_16C7e42F292c6912E7710c838347Ae178B4a»\x1b[0m",
	},
	"password": {
		"password=«Password|hunter2»",
		"user=«UserName|bob» password=«Password|hunter2» host=localhost",
		`{"user":"«UserName|bob»","password":"«Password|hun\"ter2»","x":1}`,
		`msg="{\"password\":\"«Password|hunter2»\",\"x\":1}"`,
		"db_password: «Password|hunter2»",
		"password: '«Password|it is long»'",
		"mysql -u root -p«Password|hunter2» db",
		"mysql -uroot -p'«Password|hunter two»' db",
		"tool --password «Password|hunter2» --verbose",
		"tool --password=«Password|hunter2» --verbose",
		"curl -u bob:«Password|hunter2» https://example.com",
		"PGPASSWORD=«Password|hunter2» psql",
		"{user=«UserName|bob», password=«Password|hunter2», id=1}",
		"Server=x;Database=y;User Id=z;Pwd=«Password|a,b;c»;Encrypt=true",
		"password%3D«Password|hunter2»%26x%3D1",
		"<password>«Password|hunter2»</password>",
		"Cookie: «Password|sid=abc123def; theme=dark»",
		"Set-Cookie: JSESSIONID=«Password|8A7F6E5D4C3B2A19»; Path=/",
		"CREATE USER x IDENTIFIED BY '«Password|hunter2»';",
		"passwd = \"«Password|hunter2»\"",
		"spring.datasource.password=«Password|hunter2»",
		"password=«Password|abc)def» (ok)",
		"secret=«Password|correct-horse»",
		"adminPassword: «Password|Tr0ub4dor»",
		"redis-cli -a «Password|hunter2» ping",
		"Invalid login (password=«Password|hunter2»)",
		"pass=«Password|hunter2»&user=x",
		"ALTER ROLE app WITH PASSWORD '«Password|UX*MOxAK»' VALID UNTIL '2027-03-31'",
		"stringData:\n  password: |\n    «Password|hunter2»\n  user: «UserName|bob»",
		`{"name":"DB_PASSWORD","value":"«Password|hunter2»"}`,
		"env:\n- name: DB_PASSWORD\n  value: «Password|hunter2»\n- name: LOG\n  value: debug",
		"SELECT PASSWORD('«Password|hunter2»')",
	},
	"jwt": {
		"jwt «Jwt|eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U» end",
		"alg none «Jwt|eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ».",
		"Authorization: Bearer «Jwt|eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJl»",
	},
	"pem": {
		"x\n«PrivateKey|-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx\nabc=\n-----END RSA PRIVATE KEY-----»\ny",
		`{"key":"«PrivateKey|-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAx\n-----END PRIVATE KEY-----»\n"}`,
		"«PrivateKey|-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAA»\n2024-01-01 12:00:00 INFO next line",
	},
	"host": {
		"connect to «Hostname|db01.prod.internal»:5432",
		"resolve «Hostname|web-1.corp» failed",
		"«Hostname|postgres.default.svc.cluster.local» lookup",
		"host=«Hostname|db01.acme.com» port=5432",
		"server: «Hostname|app.acme.io», request: x",
		"could not translate host name \"«Hostname|pg.acme.com»\" to address",
		"hostname=«Hostname|web01»",
		"printer «Hostname|hp-2.home.arpa» up",
		`{"host":"«Hostname|node-7»","level":"info"}`,
		"http://«Hostname|grafana.intra»/d/1",
	},
}

var coreNearMisses = map[string][]string{
	"passphrases": {
		"password: must be at least eight characters", "password: «Password|hunter2» for the tulip orbit canyon", "Password: expired last friday evening",
		"password:\n  description: the password of the user", "password:\n- first\n- second", "password:\nPlease enter it again below", "password:\n/etc/app/secret9",
		"passwordPolicy:\n  sunflower77x", "password:\n  12345678",
	},
	"keys of stores": {
		`"request":"key:\"/registry/pods/column/alarm-d0d60e39a9-Wh3MS\" "`,
		"key=/config/v2/services/billing-7f9d2a1c44-Kq8Zt",
		"etcdctl get key: /registry/secrets/kube-system/bootstrap-token-a1b2c3d4e5",
	},
	"email": {
		"git@github.com:owner/repo.git", "user@localhost", "foo@2x.png", "getty@tty1.service started", "@decorator.route",
		"lodash@4.17.21", "com.foo.Bar@6d06d69c", "image@sha256:abcdef", "a@b", "user@1000.service: done", "x@y.log",
		"ssh://git@github.com/owner/repo", "actions/checkout@v4", "@user.name", "a@.com", "a@b..com",
	},
	"ipv4": {
		"v1.2.3.4", "version 1.2.3.4", "1.2.3.4.5", "OID 1.3.6.1.4.1.311", "127.0.0.1", "0.0.0.0", "255.255.255.0",
		"8.8.8.8 1.1.1.1 9.9.9.9", "192.0.2.7 198.51.100.3 203.0.113.9", "224.0.0.251", "Chrome/91.0.4472.124",
		"256.1.1.1", "1.2.3.4-beta", "10.0.0.1a", "libssl-1.1.1.1", "1.2.3", "01.02.03.04", "999.999.999.999",
		"2.5.29.15", "alsa (1.2.5.1-2)", "169.254.169.254", "foo-1.2.3.4.jar", "release: 10.20.30.400",
	},
	"ipv6": {
		"10:12:33", "std::cafe::fe", "a::b", "e::ca", "::1", "::", "ff02::1", "2001:db8::1", "dead::beef", "12:34:56:78",
		"2001:4860:4860::8888", "50:06:01:60:3b:a0:11:22", "Foo::Bar", "00:11:22:33:44:55:66:77", "::ffff:127.0.0.1", "2024:01:02",
		"abcd::", "fe80", "2001::", "fc00::/7", "face::1",
	},
	"mac": {
		"commit 1234567890ab for mac", "hmac 12345678abcd", "blob 001a2b3c4d5e",
		"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "50:06:01:60:3b:a0:11:22", "24-01-02-10-11-12", "backup-31-12-24-10-11-12.tar",
		"SHA1 ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01", "01:00:5e:00:00:fb", "1234.5678.9012",
		"550e8400-e29b-41d4-a716-446655440000", "gg:11:22:33:44:55",
	},
	"phone": {
		"+0100", "2024-01-02T10:11:12+02:00", "1700000000", "20240101-123456-789", "main+0x1234567890", "id 4155552671",
		"415-155-2671", "+12345678", "555-123-4567-890", "blk_-1608999687919862906", "1234567890", "3.14159265358",
		"192-168-1000", "pid 123-456-7890",
	},
	"ssn": {
		"000-12-3456", "666-12-3456", "912-12-3456", "123-00-4567", "123-45-0000", "123-45-67890", "078-05-1120", "x123-45-6789",
		"123456789", "2024-12-3456", "order 123-45-6789-1",
	},
	"card": {
		"4111111111111112", "blk_4111111111111111", "1234567812345670", "20240101123456", "0000000000000000", "4444444444444444",
		"id 6304000000000000", "trace 411111111111111112345", "1700000000000", "4111111111111111.5", "x4111111111111111",
		"e29b4111-1111-1111-1111-a41111111111",
	},
	"url": {
		"https://example.com/a@b", "http://host:8080/x", "postgres://user@db/x", "https://u:***@h/x", "https://u:${PASS}@h/",
		"https://user:@host/", "https://example.com:443/path?x=a@b", "://a:b@c", "http://[::1]:80/", "https://bob:xxxxx@h/",
	},
	"bearer": {
		"Bearer token required", "bearer authentication", "Basic authentication", "WWW-Authenticate: Basic realm=\"x\"",
		"Authorization: <redacted>", "authorization failed for user", "token: unexpected", "max_tokens=4096", "next_token=abcdef0123456789",
		"tokens: 12345", "Authorization: Bearer ****", "the bearer of this", "Unexpected token: '}'",
	},
	"apikey": {
		"https://hooks.slack.com/services/", "https://discord.com/api/webhooks/x", "AKIA", "AKIAshort", "sk-learn", "ghp_short", "xoxb-", "task_live_abc", "npm_config_cache", "hf_hub", "SKILL", "SG.x",
		"api_key=${API_KEY}", "api_key=", "api key missing", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "glpat-xxxxxxxxxxxxxxxxxxxx",
	},
	"password": {
		"password=****", "password=<redacted>", "password=${DB_PASS}", "password=", "password=null", `"password":""`,
		"password: incorrect", "Failed password for root", "password=[REDACTED]", "using password: YES", "PWD=/root",
		"--- PASS: TestFoo (0.00s)", "pass=3 fail=0", "bypass=1", "compass=north", "password_policy=strict", "mkdir -p /var/x",
		"ssh -p 2222 host", "docker run -u 1000:1000 x", "password=$DB_PASSWORD", "password={{ .Values.pw }}", "secretName: tls-cert",
		"password=%s", "passwordless login", `"password":null`, `"password":{"type":"string"}`, "--password --verbose", "password_file=/run/x",
		"Enter password:", "sshd: PAM password check", "token_type=bearer", "set-cookie: ***", "cookie: disabled", "secret_id: x",
		"password=xxxxxxxx", `{"name":"LOG_LEVEL","value":"debug"}`, "value: x", `"value":"x"`, "name: password_policy\nvalue: strict", "/etc/passwd: invalid", "passwd:   files systemd",
	},
	"jwt": {"eyJ", "eyJabc.def", "eyJub3QiOiJhIn0", "key.eyJx.y", "eyJmb28iOiJiYXIifQ.eyJ4IjoxfQ.sig"},
	"pem": {
		"-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEAx\n-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
		"----- BEGIN PRIVATE KEY", "-----------------------",
	},
	"host": {
		"foo.service", "error.log", "java.lang.String", "com.acme.Foo", "see github.com for more", "localhost", "host=localhost",
		"/etc/rc.local", ".env.local", "com.acme.internal.Foo", "jdk.internal.misc", "threading.local()", "host: true", "docker-compose.local",
		"this.internal", "server: nginx/1.2", "host=api.github.com", "/usr/local/bin", "the host is down", "window.local", "Host: *", "gpg-wks-server:amd64 2.2", "libwayland-server0:amd64",
	},
	"technical": {
		"550e8400-e29b-41d4-a716-446655440000", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "2024-01-02T10:11:12.123456Z",
		"blk_-1608999687919862906", "0x7ffd1234abcd", "container 4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e1234",
		"00000000  4d 5a 90 00 03 00 00 00  04 00 00 00 ff ff 00 00", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"Jan 12 03:04:05 combo sshd(pam_unix)[19939]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh",
		"pid=1234 ppid=1 uid=0 elapsed=0.0012 rss=123456789", "[Email_3] [PrivateIPv4_12]", "PMIX 1609459200.123",
	},
}
