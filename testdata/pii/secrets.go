package corpus

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"hash/crc32"
	"strings"
)

// wordlist is the English word list of BIP-39, in its order: the place of a word is its value.
//
//go:embed lists/bip39.txt
var wordlistText string

var wordlist = strings.Fields(wordlistText)

var secretGroups = []group{
	{name: "secret", n: 800, pos: func(r *rng) string { return secretIn(r, spellAny(r, draw(r, secretKeys)), is("Secret", random(r))) }, near: nearSecret},
	{name: "password", n: 600, pos: func(r *rng) string {
		return secretIn(r, spellAny(r, draw(r, passwordKeys)), is("Secret", password(r)))
	}, near: nearPassword},
	{name: "secret-prose", pos: func(r *rng) string {
		return strings.ReplaceAll(draw(r, passwordProse), "§", is("Secret", password(r)))
	}, near: func(r *rng) string {
		return "‹Password|" + draw(r, notPasswordProse) + "›"
	}},
	{name: "flag", pos: func(r *rng) string {
		v := is("Secret", draw(r, []func(*rng) string{password, random})(r))
		return strings.NewReplacer("§", v, "£", draw(r, words)).Replace(draw(r, flagTexts))
	}, near: func(r *rng) string {
		return strings.ReplaceAll(draw(r, []string{"mysql -§ -h db", "ssh -§ host", "run --token-file §", "--password-stdin §", "app --pass-through §", "tool --key-size §", "docker -p § nginx", "mkdir -p §"}),
			"§", not("Password", r.pick("/etc/app/file", "./data/x", "4096", "8080:80", "p", "-v", "/run/secrets/db")))
	}},
	{name: "url-creds", pos: func(r *rng) string {
		scheme := r.pick("postgres", "postgresql", "mysql", "mongodb", "mongodb+srv", "redis", "amqp", "https", "http", "ftp", "smtp", "ldap", "sftp", "mssql")
		u := draw(r, words)
		if scheme == "redis" && r.one(2) {
			u = ""
		}
		pw := r.of(alnumChars, r.between(6, 24))
		if r.one(4) {
			pw = r.of(alnumChars, 8) + r.pick("%21", "!", "$", "%40", "_") + r.alnum(4)
		}
		url := scheme + "://" + is("UrlWithCredentials", u+":"+pw) + "@" + r.pick("db", "cache", "mq", "localhost") + ":" + r.shape("1999") + "/" + draw(r, words)
		return strings.ReplaceAll(draw(r, []string{"DATABASE_URL=§", "dsn: §", "connecting to §", "{\"url\":\"§\"}", "url = \"§\"", "git clone §", "§", "failed to reach §: timeout", "export X='§'"}), "§", url)
	}, near: func(r *rng) string {
		v := r.pick("https://example.org:8080/path", "http://host/a:b@c", "https://example.org/@user/1", "postgres://db:5432/x", "https://example.org/?q=a:b", "https://user@example.org/", "redis://cache:6379", "ssh://git@github.com/x/y", "postgres://${USER}:${PASS}@db/x", "https://<user>:<password>@example.org")
		return strings.ReplaceAll(draw(r, []string{"GET §", "url: §", "§"}), "§", not("UrlWithCredentials", v))
	}},
	{name: "header", pos: func(r *rng) string {
		switch r.IntN(5) {
		case 0:
			return r.pick("Authorization: Basic ", "authorization: Basic ", "\"Authorization\": \"Basic ") + is("Secret", b64(draw(r, words)+":"+password(r)))
		case 1:
			return r.pick("Authorization: Bearer ", "-H 'Authorization: Bearer ", "\"authorization\":\"Bearer ") + is("Secret", r.of(alnumChars+"-_", r.between(24, 60)))
		case 2:
			return r.pick("X-Api-Key: ", "X-Auth-Token: ", "Private-Token: ", "X-Vault-Token: ") + is("Secret", r.alnum(r.between(20, 40)))
		case 3:
			return "Cookie: " + is("Secret", "sessionid="+r.alnum(32))
		}
		return "Set-Cookie: " + r.pick("sid=", "session=", "auth=") + is("Secret", r.alnum(40)) + "; Path=/; HttpOnly"
	}, near: func(r *rng) string {
		return not("BearerToken", r.pick("Authorization: Bearer <token>", "Authorization: Bearer ${TOKEN}", "Bearer authentication is required", "WWW-Authenticate: Basic realm=\"x\"", "Authorization header missing",
			"basic access denied", "bearer of bad news", "X-Api-Key: ****", "Basic authentication failed", "token bearer not allowed", "WWW-Authenticate: Bearer error=\"invalid_token\""))
	}},
	{name: "jwt", pos: func(r *rng) string {
		v := is("Jwt/BearerToken", jwt(r))
		return strings.ReplaceAll(draw(r, []string{"Authorization: Bearer §", "token=§", "{\"id_token\":\"§\"}", "§", "got § from issuer", "access_token: §", "GET /cb?jwt=§ HTTP/1.1"}), "§", v)
	}, near: func(r *rng) string {
		return noisy(r, not("Jwt", draw(r, []string{
			"eyJ" + r.hex(6), "eyJ.abc.def", r.alnum(8) + "." + r.alnum(8) + "." + r.alnum(8), "com.example.Class", "eyJoYW5k.x",
		})))
	}},
	{name: "pem", n: 200, pos: func(r *rng) string {
		kind := r.pick("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "DSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK")
		sep := r.pick("\n", "\n", "\n", "\\n", "\r\n")
		body := "-----BEGIN " + kind + "-----" + sep
		if strings.HasPrefix(kind, "PGP") {
			body += sep
		}
		for range r.between(4, 12) {
			body += r.of(alnumChars+"+/", 64) + sep
		}
		v := is("PrivateKey", body+r.alnum(30)+"=="+sep+"-----END "+kind+"-----")
		if sep == "\\n" {
			return "{\"private_key\": \"" + v + "\\n\", \"id\": 3}"
		}
		return strings.ReplaceAll(draw(r, []string{"§", "key:\n§\n", "cat id_rsa\n§\ndone\n"}), "§", v)
	}, near: func(r *rng) string {
		kind := r.pick("CERTIFICATE", "PUBLIC KEY", "CERTIFICATE REQUEST", "PGP PUBLIC KEY BLOCK", "X509 CRL")
		return not("PrivateKey", "-----BEGIN "+kind+"-----\n"+r.of(alnumChars+"+/", 64)+"\n"+r.of(alnumChars+"+/", 64)+"\n-----END "+kind+"-----")
	}},
	{name: "vendor", n: 800, pos: func(r *rng) string {
		v := is("Secret", vendorToken(r))
		if r.one(2) {
			return strings.ReplaceAll(draw(r, plain), "§", v)
		}
		return secretIn(r, spellAny(r, draw(r, secretKeys)), v)
	}, near: func(r *rng) string {
		v := draw(r, []string{
			"ghp_" + r.digits(4), "AKIA" + r.upper(4), "sk_live_", "xoxb-your-token-here", "AIza" + r.alnum(6), "glpat-xxxxxxxxxxxxxxxxxxxx", "npm_install", "hf_hub_download", "sk-learn",
			"pk_" + r.alnum(6), "AKIAXXXXXXXXXXXXXXXX", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "SG.xxxx", "sk-" + draw(r, words) + "-" + draw(r, words), "dop_v1_", "gho_token",
		})
		return noisyOrBare(r, not("ApiKey", v))
	}},
	{name: "hash", pos: func(r *rng) string {
		const crypt = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		v := draw(r, []func(*rng) string{
			func(r *rng) string {
				return r.pick("$2a$", "$2b$", "$2y$") + r.pick("10", "12", "08") + "$" + r.of(crypt, 53)
			},
			func(r *rng) string { return "$6$" + r.of(crypt, 16) + "$" + r.of(crypt, 86) },
			func(r *rng) string { return "$5$" + r.of(crypt, 16) + "$" + r.of(crypt, 43) },
			func(r *rng) string { return "$1$" + r.of(crypt, 8) + "$" + r.of(crypt, 22) },
			func(r *rng) string { return "$y$j9T$" + r.of(crypt, 22) + "$" + r.of(crypt, 43) },
			func(r *rng) string {
				return "$argon2id$v=19$m=65536,t=3,p=4$" + r.of(alnumChars+"+/", 22) + "$" + r.of(alnumChars+"+/", 43)
			},
			func(r *rng) string {
				return "pbkdf2_sha256$" + r.shape("199999") + "$" + r.alnum(12) + "$" + r.of(alnumChars+"+/", 43) + "="
			},
			func(r *rng) string { return "{SSHA}" + r.of(alnumChars+"+/", 38) + "==" },
		})(r)
		return strings.ReplaceAll(draw(r, []string{"alice:§:19000:0:99999:7:::", "hash=§", "{\"hash\":\"§\"}", "§", "stored § for the account", "password_hash: §"}), "§", is("PasswordHash/Password", v))
	}, near: func(r *rng) string {
		return noisy(r, not("PasswordHash", r.pick("$2a$", "$6$rounds", "$1", "$5.00", "{SHA256}", "$argon", "$2b$10$")))
	}},
	{name: "seed", n: 200, pos: func(r *rng) string {
		v := is("SeedPhrase", seedPhrase(r))
		return strings.ReplaceAll(draw(r, []string{"seed phrase: §", "mnemonic=\"§\"", "My recovery phrase is §", "§", "{\"mnemonic\":\"§\"}", "wallet backup\n§\n"}), "§", v)
	}, near: func(r *rng) string {
		var w []string
		for range 12 {
			w = append(w, draw(r, wordlist))
		}
		w[r.between(3, 8)] = draw(r, words) + "s"
		return not("SeedPhrase", strings.Join(w, " "))
	}},
	{name: "encoded", pos: func(r *rng) string {
		switch inner := "password=" + password(r); r.IntN(3) {
		case 0:
			return "data: " + is("Secret", b64("username=app\n"+inner+"\n"))
		case 1:
			return "kind: Secret\ndata:\n  " + draw(r, words) + "-password: " + is("Secret", b64(password(r))) + "\n"
		}
		return `{"auths":{"registry.example.org":{"auth":"` + is("Secret", b64(draw(r, words)+":"+password(r))) + `"}}}`
	}},
}

var (
	secretKeys = []string{
		"api key", "api token", "secret key", "client secret", "auth token", "access token", "secret", "token", "access key", "private token", "webhook secret", "signing key", "signing secret",
		"encryption key", "service token", "refresh token", "app secret", "consumer secret", "api secret", "deploy token", "bot token", "admin token", "jwt secret", "session secret", "master key",
		"shared secret", "license key", "storage key", "account key", "my app api key", "stripe key", "acme api key", "zephyr token", "credentials", "hmac secret", "cookie secret", "secret token",
		"registry token", "subscription key", "integration key", "ingest key", "write key", "apikey", "authkey", "x api key", "bearer token", "personal access token", "api credential",
	}
	passwordKeys = []string{
		"password", "passwd", "pwd", "db password", "user password", "pass", "passphrase", "admin password", "root password", "smtp password", "ldap bind password", "mysql pwd", "redis password",
		"passwort", "kennwort", "mot de passe", "contrasena", "senha", "haslo", "wachtwoord", "losenord", "parola", "heslo", "clave", "adgangskode", "salasana", "keystore password", "new password",
	}
	passwordProse = []string{
		"The password is §.", "my password is §", "password: §", "use § as the password", "Login with admin / password §", "pw: §", "the root password was changed to § yesterday", "Das Passwort lautet §",
		"Passwort: §", "mot de passe : §", "Mot de passe: §", "contraseña: §", "La contraseña es §", "senha: §", "hasło: §", "wachtwoord: §", "ALTER USER app WITH PASSWORD '§';",
		"CREATE USER x IDENTIFIED BY '§';", "username: admin\npassword: §\n", "the passphrase is \"§\"", "credentials: admin:§", "PIN and password are 1234 and §", "api key is §", "login failed for admin with password §",
	}
	notPasswordProse = []string{
		"password is required", "Password must be at least 8 characters", "the password is incorrect", "password: invalid", "Enter password:", "password authentication failed", "Your password has expired",
		"Wrong password for the account", "the password is wrong", "Forgot password?", "password policy updated", "secret santa party on Friday", "token ring network", "The token is expired",
		"invalid token: unexpected end", "API key not found", "api key is missing", "Passwort vergessen?", "mot de passe oublié", "the secret of success", "password reset link sent", "change your password now",
		"password change requested", "password hash mismatch", "secret not found in namespace", "token bucket refilled", "key not present", "The password is being rotated.",
	}
	flagTexts = []string{
		"mysql -u £ -p§ db", "app --password § --port 80", "app --password=§", "curl -u £:§ https://example.org", "mysqldump --user=£ --password=§ db", "psql \"host=x password=§\"",
		"curl --user '£:§' https://example.org/a", "sshpass -p § ssh host", "redis-cli -a § ping", "run --api-key §", "tool --token=§ list", "docker login -u £ -p §", "ps: /usr/bin/app --secret-key § -v",
		"wget --http-password=§ x", "openssl enc -aes-256-cbc -k §", "net use Z: \\\\srv\\share /user:£ §", "ldapsearch -x -w § -D cn=admin", "mongo --username £ --password §", "kubectl create secret generic x --from-literal=password=§",
		"export PGPASSWORD=§", "SQLCMDPASSWORD=§ sqlcmd", "java -Djavax.net.ssl.keyStorePassword=§ -jar a.jar", "helm install x --set adminPassword=§",
	}
)

func spellAny(r *rng, words string) string {
	return spell(r, words, r.pick("snake", "camel", "SNAKE", "kebab", "Camel"))
}

// secretForms are assignments in configurations and code.
var secretForms = []string{
	"¤=§", "¤: §", "\"¤\": \"§\"", "¤ = \"§\"", "¤='§'", "export ¤=\"§\"", "const ¤ = '§';", "¤: \"§\"", "{\"¤\":\"§\"}", "<¤>§</¤>", "¤ := \"§\"", "self.¤ = \"§\"", "$¤ = '§';", "¤=§\n", "  ¤: §\n",
	"'¤' => '§',", "set ¤ \"§\"", "private static final String ¤ = \"§\";", "define('¤', '§');", "ENV ¤=§", "<add key=\"¤\" value=\"§\" />", "-e ¤=§", "¤=\"§\" \\", "os.environ['¤'] = '§'", "config.¤ = \"§\"",
	"\t¤:\t\"§\",", "level=debug msg=\"loaded\" ¤=§", "var ¤ = \"§\"", "¤ => \"§\"", "let ¤: &str = \"§\";", "headers.set('¤', '§')", "{ \"name\": \"¤\", \"value\": \"§\" }", "- name: ¤\n  value: §\n",
	"GET /api?¤=§&page=2 HTTP/1.1", "¤ ||= '§'", "resource \"x\" \"y\" {\n  ¤ = \"§\"\n}", "System.setProperty(\"¤\", \"§\");", "[section]\n¤ = §\n", "¤|§", "\\\"¤\\\":\\\"§\\\"",
	"client = new Client({ ¤: '§' });", "Client(¤='§')", "if ¤ == \"§\" {", "#define ¤ \"§\"",
}

func secretIn(r *rng, key, marked string) string {
	for {
		f := draw(r, secretForms)
		if f == "¤|§" && !r.one(4) {
			continue
		}
		unquoted := !strings.Contains(f, "\"§") && !strings.Contains(f, "'§'")
		if unquoted && strings.ContainsAny(marked, " &<>\"'#;,") || strings.Contains(f, "GET") && strings.ContainsAny(marked, "+%/=?&#!$@^*") {
			continue
		}
		if strings.Contains(f, "<¤>") && strings.ContainsAny(marked, "<&") {
			continue
		}
		return strings.NewReplacer("¤", key, "§", marked).Replace(f)
	}
}

// random is a secret of no known issuer.
func random(r *rng) string {
	switch r.IntN(9) {
	case 0:
		return r.hex(draw(r, []int{32, 40, 48, 64}))
	case 1:
		return r.alnum(r.between(20, 48))
	case 2:
		return r.of(alnumChars+"-_", r.between(24, 64))
	case 3:
		b := randomBytes(r, r.between(16, 48))
		return base64.StdEncoding.EncodeToString(b)
	case 4:
		return r.of(lowerChars+digitChars, r.between(16, 40))
	case 5:
		return r.of(upperChars+digitChars, r.between(16, 40))
	case 6:
		return r.of(lowerChars, 2) + r.pick("_", "-") + r.pick("live", "prod", "test", "v1") + r.pick("_", "-") + r.alnum(r.between(20, 40))
	case 7:
		return r.uuid()
	}
	return r.alnum(r.between(8, 12)) + "." + r.alnum(r.between(20, 30))
}

// password is one that a person chose, or a manager.
func password(r *rng) string {
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	switch r.IntN(7) {
	case 0:
		return title(draw(r, words)) + r.digits(4) + r.of("!$%*?+", 1)
	case 1:
		return r.of(alnumChars+"!$%*?-_+@^", r.between(10, 20))
	case 2:
		return draw(r, words) + "-" + draw(r, words) + "-" + draw(r, words) + r.digits(1)
	case 3:
		return strings.NewReplacer("a", "4", "e", "3", "o", "0", "i", "1").Replace(title(draw(r, words))) + r.of("!@#$", 1) + r.digits(3)
	case 4:
		return r.alnum(r.between(8, 16))
	case 5:
		return draw(r, words) + r.digits(r.between(2, 4))
	}
	return title(draw(r, words)) + "@" + title(draw(r, words)) + r.digits(2)
}

// nearSecret is what stands under names that look like those of secrets, and is none.
func nearSecret(r *rng) string {
	mark := func(v string) string { return not("Secret", v) }
	switch r.IntN(12) {
	case 0: // Names of things that are stored elsewhere.
		return secretIn(r, spellAny(r, draw(r, []string{"secret name", "token name", "key name", "secret ref", "key vault name", "password file", "secret path", "token file", "credentials file", "api key header"})),
			mark(r.pick(draw(r, words)+"-"+draw(r, words), "/run/secrets/"+draw(r, words), draw(r, words)+"-tls", "X-Api-Key")))
	case 1: // Numbers that count or limit.
		return secretIn(r, spellAny(r, draw(r, []string{"max tokens", "token count", "password length", "key size", "token ttl", "num tokens", "secret version", "session timeout", "prompt tokens"})), mark(r.shape("199")))
	case 2: // Public halves and digests.
		return secretIn(r, spellAny(r, draw(r, []string{"public key", "commit sha", "checksum", "etag", "digest", "build id", "image id", "sha256", "git commit", "content hash", "integrity"})), mark(r.hex(draw(r, []int{32, 40, 64}))))
	case 3: // Words of programs.
		return secretIn(r, spellAny(r, draw(r, []string{"auth type", "token type", "auth mode", "credential type", "key type", "secret type", "auth method", "key algorithm", "session state"})),
			mark(r.pick("bearer", "basic", "oauth2", "none", "rsa", "ed25519", "password", "jwt", "client_credentials", "Opaque", "active", "HS256")))
	case 4: // Placeholders.
		return secretIn(r, spellAny(r, draw(r, secretKeys)), mark(r.pick("${API_KEY}", "<your-token>", "****", "REDACTED", "{{ .Values.token }}", "null", "xxxxxxxx", "your_api_key_here", "$TOKEN", "<redacted>", "[hidden]", "%(token)s", "process.env.API_KEY", "env:TOKEN")))
	case 5: // Ids.
		return secretIn(r, spellAny(r, draw(r, []string{"client id", "request id", "trace id", "tenant id", "key id", "object id", "primary key", "partition key", "sort key", "cache key", "foreign key", "row key", "correlation id", "app id"})), mark(r.uuid()))
	case 6: // Keys of translations and maps.
		return secretIn(r, r.pick("key", "i18n_key", "labelKey", "messageKey", "sort_key"), mark(draw(r, words)+"."+draw(r, words)+"."+r.pick("title", "label", "error", "password", "token")))
	case 7: // Keys on keyboards, cells of tables.
		return secretIn(r, r.pick("key", "hotKey", "access_key_hint", "keycode", "key_binding"), mark(r.pick("Enter", "Ctrl+C", "ArrowDown", "Escape", "PageUp", "Backspace")))
	case 8: // Names of cloud resources.
		return secretIn(r, r.pick("secret_arn", "kms_key_arn", "keyArn", "secretId"), mark("arn:aws:kms:eu-west-1:"+r.digits(12)+":key/"+r.uuid()))
	case 9: // Cursors and tags.
		return secretIn(r, r.pick("next_page_token", "continuationToken", "nextToken", "pageToken"), mark(b64(draw(r, words)+r.digits(6))))
	case 10: // Switches.
		return secretIn(r, spellAny(r, draw(r, []string{"password enabled", "use token", "auth", "require password", "secret", "token", "show password", "remember token"})), mark(r.pick("true", "false", "yes", "no", "on", "off", "null", "none")))
	}
	// References in code.
	return r.pick("password = ", "token := ", "secret = ", "apiKey: ", "String token = ", "api_key = ", "password=") + mark(strings.ReplaceAll(
		r.pick("getPassword(§)", "os.Getenv(\"§\")", "config.get(§)", "process.env.§", "request.getHeader(\"§\")", "args.§", "self.§", "settings.§", "ctx.secrets[§]", "this.§"),
		"§", r.pick("user", "name", "TOKEN", "API_KEY", "field")))
}

func nearPassword(r *rng) string {
	v := r.pick("${DB_PASSWORD}", "$PASSWORD", "<password>", "********", "xxxxxxxx", "null", "", "{{ password }}", "[REDACTED]", "%s", "(hidden)", "****", "None", "nil", "undefined", "<redacted>", "true", "false", "required", "{password}", "$(cat /run/secrets/pw)", "ENC[...]", "redacted")
	if v == "" {
		v = "***"
	}
	return secretIn(r, spellAny(r, draw(r, passwordKeys)), not("Password", v))
}

func jwt(r *rng) string {
	e := base64.RawURLEncoding.EncodeToString
	head := e([]byte(`{"alg":"` + r.pick("HS256", "RS256", "ES256") + `","typ":"JWT"` + r.pick("", `,"kid":"`+r.hex(8)+`"`) + `}`))
	body := e([]byte(`{"sub":"` + r.digits(8) + `","iat":17` + r.digits(8) + `,"scope":"` + draw(r, words) + `"}`))
	return head + "." + body + "." + e(randomBytes(r, 32))
}

// vendorToken draws from formats that their issuers publish. The rows of the engine have more; this is a sample that
// was written without them.
func vendorToken(r *rng) string {
	return draw(r, []func(*rng) string{
		func(r *rng) string { return githubToken(r, r.pick("ghp", "gho", "ghs", "ghu")) },
		func(r *rng) string { return "github_pat_" + r.alnum(22) + "_" + r.alnum(59) },
		func(r *rng) string { return r.pick("AKIA", "ASIA") + r.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16) },
		func(r *rng) string { return "glpat-" + r.of(alnumChars+"-_", 20) },
		func(r *rng) string { return "xoxb-" + r.digits(12) + "-" + r.digits(12) + "-" + r.alnum(24) },
		func(r *rng) string { return r.pick("sk_live_", "rk_live_", "sk_test_") + r.alnum(r.pick24(24, 99)) },
		func(r *rng) string { return "AIza" + r.of(alnumChars+"-_", 35) },
		func(r *rng) string { return "SG." + r.of(alnumChars+"-_", 22) + "." + r.of(alnumChars+"-_", 43) },
		func(r *rng) string { return "ya29." + r.of(alnumChars+"-_", 68) },
		func(r *rng) string { return "hvs." + r.of(alnumChars+"-_", 95) },
		func(r *rng) string { return "dop_v1_" + r.hex(64) },
		func(r *rng) string { return "hf_" + r.of(lowerChars+upperChars, 34) },
		func(r *rng) string { return "sk-ant-api03-" + r.of(alnumChars+"-_", 93) + "AA" },
		func(r *rng) string {
			return "sk-proj-" + r.of(alnumChars+"-_", 74) + "T3BlbkFJ" + r.of(alnumChars+"-_", 74)
		},
		func(r *rng) string { return "shpat_" + r.hex(32) },
		func(r *rng) string { return "pypi-AgEIcHlwaS5vcmc" + r.of(alnumChars+"-_", 120) },
		func(r *rng) string { return githubToken(r, "npm") },
		func(r *rng) string { return r.shape("1999999999") + ":AA" + r.of(alnumChars+"-_", 33) }, // Telegram.
		func(r *rng) string { return "dckr_pat_" + r.of(alnumChars+"-_", 27) },
		func(r *rng) string { return "lin_api_" + r.alnum(40) },
		func(r *rng) string { return "NRAK-" + r.of(upperChars+digitChars, 27) },
		func(r *rng) string { return "glsa_" + r.alnum(32) + "_" + r.hex(8) },
		func(r *rng) string { return "PMAK-" + r.hex(24) + "-" + r.hex(34) },
		func(r *rng) string { return "tskey-auth-" + r.alnum(12) + "CNTRL-" + r.alnum(32) },
	})(r)
}

func (r *rng) pick24(n ...int) int { return n[r.IntN(len(n))] }

// githubToken ends in the CRC-32 of its random part, in base 62 (GitHub's blog, "Behind GitHub's new authentication
// token formats", 2021). npm uses the same form.
func githubToken(r *rng, prefix string) string {
	const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	body := r.alnum(30)
	sum := crc32.ChecksumIEEE([]byte(body))
	check := make([]byte, 6)
	for i := range check {
		check[5-i] = base62[sum%62]
		sum /= 62
	}
	return prefix + "_" + body + string(check)
}

// seedPhrase is a mnemonic of BIP-39: entropy and its checksum in words.
func seedPhrase(r *rng) string {
	n := draw(r, []int{16, 16, 24, 32})
	b := randomBytes(r, n)
	sum := sha256.Sum256(b)
	b = append(b, sum[0])
	bit := func(i int) int { return int(b[i/8]>>(7-i%8)) & 1 }
	var out []string
	for w := range n * 8 * 33 / 32 / 11 {
		v := 0
		for i := range 11 {
			v = v<<1 | bit(w*11+i)
		}
		out = append(out, wordlist[v])
	}
	return strings.Join(out, " ")
}
