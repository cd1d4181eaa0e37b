package corpus

import "strings"

// strangerKeyWords are names under which programs of no known vendor keep what opens a door, words in lower case.
var strangerKeyWords = []string{
	"payments api key", "crm token", "warehouse password", "smtp pass", "partner secret", "internal api token", "vault passphrase", "report db password", "sso client secret", "geo api key", "sentinel auth token",
	"billing secret key", "upload access key", "ftp password", "admin pwd", "hook signing secret", "push key secret", "ldap password", "mailer api secret", "session key", "encryption passphrase", "app secret key",
	"deploy key token", "queue password", "telemetry token", "cdn purge token", "jwt signing key", "proxy password", "backup encryption key", "sftp user password", "chat webhook token", "oauth client secret",
}

// strangerValue draws a secret of no known form: machine made, or made by a person.
func strangerValue(r *rng) string {
	switch r.IntN(10) {
	case 0, 1:
		return r.hex(draw(r, []int{24, 32, 32, 40, 48, 64}))
	case 2, 3:
		return r.alnum(draw(r, []int{16, 20, 24, 32, 40, 43}))
	case 4:
		return r.of(alnumChars+"-_", draw(r, []int{22, 32, 43}))
	case 5:
		return r.of(lowerChars+digitChars, draw(r, []int{16, 24, 32}))
	case 6:
		return r.uuid()
	case 7:
		return b64(string(randomBytes(r, draw(r, []int{18, 24, 30, 33}))))
	case 8:
		return r.pick("acme", "zeta", "orbit", "blue", "kite") + "_" + r.pick("live", "prod", "key", "tok") + "_" + r.alnum(24)
	}
	return strangerPassword(r)
}

func strangerPassword(r *rng) string {
	w := func() string { return draw(r, words) }
	upper := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	switch r.IntN(6) {
	case 0:
		return upper(w()) + r.shape("1999") + r.pick("!", "#", "$", "*", "@", "?")
	case 1:
		return w() + "-" + w() + "-" + r.shape("99")
	case 2:
		return r.of(alnumChars+"!@#%^*_+", r.between(9, 16)) + r.shape("9a")
	case 3:
		return upper(w()) + upper(w()) + r.shape("99")
	case 4:
		return r.of(lowerChars, 5) + r.digits(3) + r.of(upperChars, 3)
	}
	return r.pick("P@ssw0rd", "Tr0ub4dor", "S3cur3", "Qwerty", "W1nter", "Summer") + r.pick("&3", "!", "2024", "_x9", "#1") + r.digits(2)
}

// strangerFiles hold one secret each. {snake}, {SNAKE}, {camel}, {Camel}, {kebab}, {dot} are spellings of its name, § the value, ¤ a
// password that a person chose, £ a word.
var strangerFiles = []string{
	// Java properties.
	"spring.datasource.url=jdbc:postgresql://db:5432/£\nspring.datasource.username=£\nspring.datasource.password=¤\n", "{dot}=§\nserver.port=8443\n", "# £\n{dot} = §\n", "{dot}:§\n", "hibernate.connection.password=¤\nhibernate.show_sql=true\n", "ssl.keystore.password=¤\n",
	// Terraform.
	"variable \"{snake}\" {\n  type    = string\n  default = \"§\"\n}\n", "resource \"aws_db_instance\" \"£\" {\n  engine   = \"postgres\"\n  username = \"£\"\n  password = \"¤\"\n}\n", "provider \"£\" {\n  region = \"eu-west-1\"\n  {snake} = \"§\"\n}\n", "{snake} = \"§\"\n", "    environment = {\n      {SNAKE} = \"§\"\n    }\n",
	// Ansible.
	"- name: create user\n  mysql_user:\n    name: £\n    password: \"¤\"\n    state: present\n", "{snake}: §\nansible_become_pass: \"{{ vault_become }}\"\n", "ansible_ssh_pass=¤\n", "web1 ansible_host=10.0.4.7 ansible_user=deploy ansible_password=¤\n", "vars:\n  {snake}: '§'\n",
	// Dockerfile, compose.
	"FROM alpine:3.19\nENV {SNAKE}=§\nCMD [\"run\"]\n", "ENV {SNAKE} §\n", "ARG {SNAKE}=§\nRUN make\n", "services:\n  db:\n    image: mysql:8\n    environment:\n      MYSQL_ROOT_PASSWORD: ¤\n      MYSQL_DATABASE: £\n", "    environment:\n      - {SNAKE}=§\n      - TZ=UTC\n", "      {SNAKE}: \"§\"\n    ports:\n      - 8080:80\n", "RUN curl -H \"X-Token: §\" https://example.org/x | sh\n",
	// GitHub Actions.
	"jobs:\n  build:\n    env:\n      {SNAKE}: §\n    runs-on: ubuntu-latest\n", "      - uses: acme/deploy@v2\n        with:\n          {kebab}: §\n          region: eu\n", "      - run: ./deploy --token §\n", "          password: ¤\n",
	// .npmrc, .netrc, .pgpass, pip.conf.
	"//npm.example.org/:_authToken=§\nalways-auth=true\n", "//npm.example.org/:_password=§\n", "_auth=§\nemail=ci@example.org\n", "machine git.example.org\nlogin ci\npassword ¤\n", "machine api.example.org login £ password ¤\n", "db.example.org:5432:£:£:¤\n", "[global]\nindex-url = https://«UrlWithCredentials/Secret|ci:£»@pypi.example.org/simple\n", "[pypi]\nusername = £\npassword = ¤\n",
	// PHP.
	"<?php\n$config['{snake}'] = '§';\n", "define('{SNAKE}', '§');\n", "define( 'DB_PASSWORD', '¤' );\n", "return [\n    '{snake}' => '§',\n    'debug' => false,\n];\n", "$conn = new mysqli(\"localhost\", \"£\", \"¤\", \"£\");\n", "    private ${camel} = \"§\";\n", "$pdo = new PDO($dsn, 'root', '¤');\n", "'{snake}' => env('{SNAKE}', '§'),\n",
	// Ruby.
	"config.{snake} = \"§\"\n", "  {snake}: \"§\",\n", "ENV[\"{SNAKE}\"] = \"§\"\n", "{SNAKE} = '§'.freeze\n", "production:\n  adapter: mysql2\n  username: £\n  password: ¤\n", ":{snake} => '§'\n", "{Camel}.configure do |c|\n  c.{snake} = '§'\nend\n",
	// C#.
	"private const string {Camel} = \"§\";\n", "var {camel} = \"§\";\n", "client.DefaultRequestHeaders.Add(\"X-{kebab}\", \"§\");\n", "\"ConnectionStrings\": {\n  \"Default\": \"Server=sql1;Database=£;User Id=sa;Password=¤;Encrypt=true\"\n}\n", "new NetworkCredential(\"£\", \"¤\")\n", "public string {Camel} { get; set; } = \"§\";\n",
	// appsettings.json, web.config.
	"{\n  \"Logging\": {\"LogLevel\": {\"Default\": \"Warning\"}},\n  \"{Camel}\": \"§\"\n}\n", "{\"Smtp\": {\"Host\": \"mail\", \"User\": \"£\", \"Password\": \"¤\"}}\n", "<appSettings>\n  <add key=\"{Camel}\" value=\"§\" />\n</appSettings>\n", "<add name=\"Main\" connectionString=\"Data Source=sql1;Initial Catalog=£;User ID=£;Password=¤\" />\n", "<network host=\"mail\" userName=\"£\" password=\"¤\" />\n", "<machineKey validationKey=\"§\" validation=\"SHA1\" />\n",
	// Shell.
	"export {SNAKE}=§\n", "export {SNAKE}='§'\n", "{SNAKE}=\"§\" ./run.sh\n", "set -x {SNAKE} §\n", "setenv {SNAKE} §\n", "mysql -h db -u £ -p'¤' £ < dump.sql\n", "PGPASSWORD=¤ psql -h db -U £\n", "sshpass -p '¤' ssh £@host\n", "echo \"§\" | docker login -u £ --password-stdin\n", "openssl enc -d -aes-256-cbc -in x -k ¤\n", "./tool --{kebab}=§ --verbose\n", "./tool --{kebab} §\n", "read -r {snake} <<< '§'\n",
	// curl.
	"curl -u £:¤ https://api.example.org/v1\n", "curl -H 'Authorization: Bearer §' https://api.example.org\n", "curl -H \"Authorization: Token §\" https://api.example.org\n", "curl -X POST -d '{\"username\":\"£\",\"password\":\"¤\"}' https://example.org/login\n", "curl 'https://api.example.org/v1/items?{snake}=§&limit=5'\n", "curl --header \"X-Api-Key: §\" https://example.org\n", "curl -d 'grant_type=client_credentials&client_id=£&client_secret=§' https://example.org/token\n", "curl -b 'session=§' https://example.org\n",
	// k8s, Helm.
	"apiVersion: v1\nkind: Secret\nmetadata:\n  name: £\nstringData:\n  {kebab}: §\n", "apiVersion: v1\nkind: Secret\ntype: Opaque\ndata:\n  {camel}: ×\n", "        env:\n        - name: {SNAKE}\n          value: \"§\"\n", "  auth:\n    rootPassword: \"¤\"\n    database: £\n", "{camel}: §\nreplicas: 2\n", "        args: [\"--{kebab}=§\", \"--v=2\"]\n", "helm upgrade £ ./chart --set {camel}=§\n", "postgresql:\n  postgresqlPassword: ¤\n",
	// Postman.
	"{\"key\": \"{camel}\", \"value\": \"§\", \"type\": \"secret\", \"enabled\": true}\n", "\"auth\": {\"type\": \"bearer\", \"bearer\": [{\"key\": \"token\", \"value\": \"§\", \"type\": \"string\"}]}\n", "\"auth\":{\"type\":\"basic\",\"basic\":[{\"key\":\"password\",\"value\":\"¤\"},{\"key\":\"username\",\"value\":\"£\"}]}\n", "\"apikey\": [{\"key\": \"value\", \"value\": \"§\"}, {\"key\": \"key\", \"value\": \"X-API-KEY\"}]\n",
	// SQL.
	"GRANT ALL ON £.* TO '£'@'%' IDENTIFIED BY '¤';\n", "CREATE USER £ WITH PASSWORD '¤';\n", "ALTER USER '£'@'localhost' IDENTIFIED WITH mysql_native_password BY '¤';\n", "CREATE LOGIN £ WITH PASSWORD = '¤';\n", "ALTER ROLE £ PASSWORD '¤';\n", "SET PASSWORD FOR '£'@'%' = PASSWORD('¤');\n", "INSERT INTO settings (name, value) VALUES ('{snake}', '§');\n", "UPDATE users SET password = '¤' WHERE id = 4;\n", "CREATE USER £ IDENTIFIED BY \"¤\";\n", "IDENTIFIED BY VALUES '§'\n",
	// PowerShell.
	"${camel} = \"§\"\n", "$env:{SNAKE} = '§'\n", "$pw = ConvertTo-SecureString '¤' -AsPlainText -Force\n", "Connect-Service -User £ -Password '¤'\n", "Invoke-RestMethod -Headers @{ \"X-Api-Key\" = \"§\" } -Uri https://example.org\n", "[Environment]::SetEnvironmentVariable('{SNAKE}', '§', 'User')\n", "net user £ ¤ /add\n", "cmdkey /generic:host /user:£ /pass:¤\n",
	// INI and others.
	"[£]\nhost = 10.2.3.4\n{snake} = §\n", "[client]\nuser=£\npassword=¤\n", "; £\n{Camel}=§\n", "{SNAKE} := §\n", "requirepass ¤\n", "  <server>\n    <id>£</id>\n    <username>£</username>\n    <password>¤</password>\n  </server>\n", "const {camel} = '§';\n", "let {camel}: string = \"§\";\n", "{snake} = \"§\"  # £\n", "{snake} = os.getenv(\"{SNAKE}\", \"§\")\n", "static {Camel} = \"§\";\n", "final String {camel} = \"§\";\n", "{Camel}: \"§\",\n", "val {camel} = \"§\"\n", "#define {SNAKE} \"§\"\n", "headers = {\"Authorization\": \"Bearer §\"}\n", "headers['{kebab}'] = '§'\n", "auth=('£', '¤')\n", "requests.get(url, auth=HTTPBasicAuth('£', '¤'))\n", "client = {Camel}Client(\"§\")\n", "  {camel}={\"§\"}\n", "process.env.{SNAKE} = '§'\n", "({snake} \"§\")\n", "{camel} := \"§\"\n", "static const char *{snake} = \"§\";\n", "my ${snake} = \"§\";\n", "password: |\n  ¤\n", "login: £ / ¤\n", "ldap_bind_pw ¤\n", "bindpw ¤\n", "snmp-server community ¤ RO\n", "enable secret ¤\n", "username £ password 0 ¤\n", "wpa_passphrase=¤\n", "psk=\"¤\"\n",
}

// strangerNots are the same places with what is no secret in them: placeholders, references, templates, words, sizes, settings.
var strangerNots = []string{
	"{snake}: ‹Password|${{ secrets.{SNAKE} }}›", "{SNAKE}=‹Password|${{SNAKE}}›", "password: ‹Password|\"{{ vault_password }}\"›", "{dot}=‹Password|${{SNAKE}:}›", "{snake} = ‹Password|var.{snake}›", "{snake} = ‹Password|data.vault.x.data[\"{snake}\"]›", "{SNAKE}: ‹Password|changeme›", "{snake} = \"‹Password|<your-key-here>›\"", "{camel}: \"‹Password|YOUR_API_KEY›\"",
	"$config['{snake}'] = ‹Password|getenv('{SNAKE}')›;", "{snake} = ‹Password|ENV[\"{SNAKE}\"]›", "var {camel} = ‹Password|Configuration[\"{Camel}\"]›;", "{snake} = os.environ[‹Password|\"{SNAKE}\"›]", "const {camel} = ‹Password|process.env.{SNAKE}›;", "export {SNAKE}=‹Password|$(cat /run/secrets/x)›", "{SNAKE}=‹Password|`pass show x`›",
	"{snake}: ‹Password|\"\"›", "{snake}: ‹Password|null›", "{snake}: ‹Password|true›", "{snake}_file: ‹Password|/run/secrets/£›", "{snake}_ttl: ‹Password|3600›", "{camel}Enabled = ‹Password|false›", "{snake}_length = ‹Password|16›", "secretName: ‹Password|£-tls›", "secretKeyRef:\n  name: ‹Password|£-secret›\n  key: ‹Password|password›", "tokenizer: ‹Password|bert-base-uncased›",
	"passwordField: ‹Password|txtPassword›", "{snake}: ‹Password|!vault |›", "public ‹Password|string {Camel}› { get; set; }", "def {snake}(‹Password|self›):", "func get{Camel}(‹Password|ctx context.Context›) error", "{camel}: ‹Password|string›;", "{camel} = ‹Password|req.body.{camel}›", "{camel}: ‹Password|this.{camel}›,", "if (‹Password|{camel}› == null) throw", "private readonly ‹Password|ITokenService› tokenService;",
	"password = ‹Password|input(\"Password: \")›", "password=‹Password|xxxxxxxx›", "password: ‹Password|********›", "{SNAKE}=‹Password|<REDACTED>›", "{SNAKE}=‹Password|%{SNAKE}%›", "--{kebab} ‹Password|<token>›", "--{kebab}=‹Password|$TOKEN›", "curl -u ‹Password|$USER:$PASS› https://example.org", "Authorization: Bearer ‹Password|{{token}}›", "Authorization: Bearer ‹Password|$TOKEN›", "\"value\": \"‹Password|{{{camel}}}›\"",
	"IDENTIFIED BY ‹Password|'${DB_PASS}'›", "keySize=‹Password|2048›", "key: ‹Password|name›", "primaryKey: ‹Password|userId›", "foreign_key: ‹Password|order_id›", "cacheKey = ‹Password|\"user-profile\"›", "sortKey: ‹Password|createdAt›", "keyboard: ‹Password|us-intl›", "token_type: ‹Password|bearer›", "tokenEndpoint: ‹Password|https://example.org/oauth/token›", "csrf_cookie_name = ‹Password|csrftoken›", "password_policy: ‹Password|strong›",
	"authentication: ‹Password|ldap›", "auth: ‹Password|basic›", "git_sha: ‹Password|0f5c1d2e3a4b5c6d7e8f90a1b2c3d4e5f6a7b8c9›", "checksum: ‹Password|sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08›", "uuid: ‹Password|6fa459ea-ee8a-4ca4-894e-db77e160355e›", "public_key: ‹Password|ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0f0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f5›", "integrity: ‹Password|sha512-4zH0rN7d3oJk1n2m3b4v5c6x7z8a9s0d1f2g3h4j5k6l7==›",
	"<input type=\"password\" name=\"‹Password|password›\" placeholder=\"‹Password|Enter your password›\">", "label.password=‹Password|Password›", "error.invalid_token=‹Password|The token has expired›", "{snake}: ‹Password|ENC[AES256_GCM,data:x]›", "{snake}: ‹Password|{{ .Values.{camel} }}›", "{snake}: ‹Password|{{ lookup('env', '{SNAKE}') }}›", "{snake} = ‹Password|Secrets.get(:{snake})›", "{camel} = ‹Password|await getSecret('{kebab}')›", "{SNAKE}=‹Password|placeholder›", "{SNAKE}=‹Password|example›", "{SNAKE}=‹Password|dummy›", "{snake} = \"‹Password|insert-key-here›\"",
	"{snake} = \"‹Password|TODO›\"", "{SNAKE}=‹Password|none›", "pass: ‹Password|[1, 2, 3]›", "tests: 14 pass: ‹Password|12› fail: 2", "@Value(\"‹Password|${{dot}}›\")", "valueFrom: ‹Password|arn:aws:ssm:eu-west-1:123456789012:parameter/£›", "data-key=‹Password|\"£-row\"›", "monkey = ‹Password|\"george\"›", "secretary: ‹Password|\"front desk\"›", "{camel} = ‹Password|KeyVault.GetSecret(\"{kebab}\")›", "{snake} = ‹Password|sys.argv[1]›",
}

func strangerFill(r *rng, text string) string {
	key := draw(r, strangerKeyWords)
	pairs := []string{"§", is("Secret", strangerValue(r)), "¤", is("Secret", strangerPassword(r)), "×", is("Secret", b64(strangerValue(r))), "£", draw(r, words), "{dot}", strings.ReplaceAll(key, " ", ".")}
	for _, s := range []string{"snake", "SNAKE", "camel", "Camel", "kebab"} {
		pairs = append(pairs, "{"+s+"}", spell(r, key, s))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

var strangerSecretGroups = []group{
	{name: "s-secret", n: 1000, pos: func(r *rng) string { return strangerFill(r, draw(r, strangerFiles)) }, near: func(r *rng) string { return strangerFill(r, draw(r, strangerNots)) }},
}
