package pii

import "bytes"

// command is a program that takes a password on its command line. The flags are single letters.
type command struct {
	attached string // Flags whose value follows at once: mysql -pX.
	spaced   string // Flags whose value is the next argument: sshpass -p X.
	pair     string // Flags whose value is "user:password", with the separator behind the letter: curl -u bob:X.
	slash    string // A flag with a slash, as it stands in the text: xfreerdp /p:X.
	login    bool   // "login" behind it begins a command that takes -p: docker login -p X.
	args     int    // The argument that is a password, counted from 1 without flags: wpa_passphrase ssid X.
	words    bool   // It takes "password X".
	last     byte   // The flag that makes the last argument a password: htpasswd -b file user X.
}

// commands are the programs by name, as their manuals describe them.
var commands = map[string]*command{
	"mysql": mysqlClient, "mysqldump": mysqlClient, "mysqladmin": mysqlClient, "mysqlimport": mysqlClient,
	"mysqlshow": mysqlClient, "mysqlcheck": mysqlClient, "mysqlpump": mysqlClient, "mysqlbinlog": mysqlClient,
	"mariadb": mysqlClient, "mariadb-dump": mysqlClient, "mariadb-admin": mysqlClient, "mycli": mysqlClient,
	"sshpass": {attached: "p", spaced: "p"},
	"curl":    {pair: "u:U:"}, "wget": {pair: "u:"}, "httpie": {pair: "a:"}, "http": {pair: "a:"},
	"redis-cli": {spaced: "a"}, "redis-benchmark": {spaced: "a"},
	"mongo": mongoClient, "mongosh": mongoClient, "mongodump": mongoClient, "mongorestore": mongoClient,
	"mongoexport": mongoClient, "mongoimport": mongoClient, "mongostat": mongoClient,
	"docker": registryClient, "podman": registryClient, "buildah": registryClient, "nerdctl": registryClient,
	"skopeo": registryClient, "helm": registryClient, "oras": registryClient, "crane": registryClient, "az": registryClient,
	"openssl": {spaced: "k"},
	"smbmap":  {spaced: "p"},
	"7z":      {attached: "p"}, "7za": {attached: "p"}, "7zr": {attached: "p"},
	"unzip": {spaced: "P"}, "zip": {spaced: "P"},
	"psexec": {spaced: "p"}, "psexec64": {spaced: "p"}, "rdesktop": {spaced: "p"}, "evil-winrm": {spaced: "p"},
	"netexec": {spaced: "p"}, "crackmapexec": {spaced: "p"}, "cqlsh": {spaced: "p"},
	"useradd": {spaced: "p"}, "usermod": {spaced: "p"},
	"sqlcmd": {attached: "P", spaced: "P"}, "bcp": {attached: "P", spaced: "P"}, "tsql": {spaced: "P"}, "osql": {attached: "P", spaced: "P"},
	"ipmitool": {spaced: "P"},
	"snmpwalk": snmpClient, "snmpget": snmpClient, "snmpset": snmpClient, "snmpbulkwalk": snmpClient, "snmpbulkget": snmpClient,
	"ldapsearch": ldapClient, "ldapadd": ldapClient, "ldapmodify": ldapClient, "ldapdelete": ldapClient,
	"ldapwhoami": ldapClient, "ldapcompare": ldapClient, "ldappasswd": {spaced: "was"},
	"smbclient": {pair: "U%"}, "rpcclient": {pair: "U%"}, "smbget": {pair: "U%"}, "winexe": {pair: "U%"}, "smbcacls": {pair: "U%"},
	"lftp":      {pair: "u,"},
	"schtasks":  {slash: " /rp "},
	"xfreerdp":  {slash: " /p:"},
	"wfreerdp":  {slash: " /p:"},
	"xfreerdp3": {slash: " /p:"},
	"htpasswd":  {last: 'b'},

	"nmcli":          {words: true},
	"wpa_passphrase": {args: 2},
	"vault":          {login: true},
}

var (
	mysqlClient    = &command{attached: "p"}
	mongoClient    = &command{spaced: "p"}
	registryClient = &command{login: true}
	snmpClient     = &command{spaced: "AX"}
	ldapClient     = &command{spaced: "w"}
	loginCommand   = &command{spaced: "p"}
)

// commandWords are the first words of commands, for wordHooks.
func commandWords() []string {
	words := make([]string, 0, len(commands))
	for name := range commands {
		end := run([]byte(name), 0, len(name), chWord)
		words = append(words, name[:end])
	}
	return words
}

// maxCommand is how far behind the name of a command its flags are looked for.
const maxCommand = 256

// command is called at a word that may name a command. What its flags mean is remembered for the rest of the line.
func (e *engine) command(i int) {
	b := e.b
	if i > 2 && b[i-1] == ' ' && b[i-3] == '-' && isLetter(b[i-2]) {
		return // The value of a flag: docker login -u crane -p x.
	}
	end := run(b, i, i+16, chWord)
	if end < len(b) && b[end] == '-' {
		end = run(b, end, i+16, chURL)
	}
	var buf [16]byte
	n := copy(buf[:], b[i:end])
	for j := range buf[:n] {
		buf[j] = lower(buf[j])
	}
	c := commands[string(buf[:n])]
	if c == nil || end < len(b) && (b[end] == '=' || b[end] == ':' && (end+1 >= len(b) || b[end+1] != ' ')) {
		return
	}
	e.cmd, e.cmdAt = c, i
	claimed := e.claimed // What stands before the argument is still to be judged.
	defer func() { e.claimed = claimed }()
	switch {
	case c.slash != "":
		e.slashFlag(end, c.slash)
	case c.args > 0:
		e.nthArgument(end, c.args)
	case c.last != 0:
		e.lastArgument(end, c.last)
	}
}

// login is called at "login", which makes what stands before it another command, or names an account and its password.
func (e *engine) login(i int) {
	if j := i + len("login"); j < len(e.b) && e.b[j] == ':' { // "login: bob / x"
		claimed := e.claimed // The account is still to be judged.
		e.account(i)
		e.claimed = claimed
		return
	}
	c := e.commandAt(i)
	if c == nil || !c.login {
		return
	}
	e.cmd, e.cmdAt = loginCommand, i
	if c == commands["vault"] {
		e.nthArgument(i+len("login"), 1)
	}
}

// commandAt returns the command whose arguments stand at i, or nil.
func (e *engine) commandAt(i int) *command {
	if e.cmd == nil || e.cmdAt >= i || e.cmdAt < i-maxCommand || bytes.IndexByte(e.b[e.cmdAt:i], '\n') >= 0 {
		return nil
	}
	return e.cmd
}

// shortFlag judges a flag of one letter at i that may take a password.
func (e *engine) shortFlag(i int) {
	b := e.b
	v := i + 2
	if i < e.claimed || v >= len(b) || b[v] == '\n' {
		return
	}
	flag := b[i+1]
	if !isQuote(b[v]) && b[v] != ' ' && e.cmd == nil {
		return
	}
	c := e.commandAt(i)
	if c == nil {
		if flag == 'p' && isQuote(b[v]) { // -p'hunter two', whatever the command.
			e.flagValue(v, ReasonStructure)
		}
		return
	}
	spaced := b[v] == ' '
	for v < len(b) && v < i+8 && b[v] == ' ' {
		v++
	}
	if v >= len(b) || isSpace(b[v]) || spaced && b[v] == '-' {
		return
	}
	for k := 0; k+1 < len(c.pair); k += 2 {
		if c.pair[k] == flag {
			e.pairValue(v, c.pair[k+1])
			return
		}
	}
	flags := c.attached
	if spaced {
		flags = c.spaced
	}
	for k := range len(flags) {
		if flags[k] == flag {
			e.flagValue(v, ReasonStructure|ReasonContext)
			return
		}
	}
}

// flagValue reports the value at v of a flag that takes a password.
func (e *engine) flagValue(v int, bits ReasonBits) {
	val := readValue(e.b, v, false)
	if text := e.b[val.start:val.end]; !isPlaceholder(text) {
		e.addValue(val, Password, ruleFlag, Reason{Bits: bits}, 80)
	}
}

// pairValue reports what stands behind the separator in the value at v, "user:password".
func (e *engine) pairValue(v int, sep byte) {
	b := e.b
	val := readValue(b, v, false)
	if j := bytes.IndexByte(b[val.start:val.end], sep); j >= 0 {
		val.start += j + 1
		if text := b[val.start:val.end]; !isPlaceholder(text) && !isDummy(text) {
			e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure | ReasonContext}, 85)
		}
	}
}

// slashFlag looks on the line for a flag with a slash, such as " /p:", and reports its value.
func (e *engine) slashFlag(i int, flag string) {
	b := e.b
	for j := i; j+len(flag) < len(b) && j < i+maxCommand && b[j] != '\n'; j++ {
		if b[j] == ' ' && hasPrefixFold(b[j:], flag) && !isSpace(b[j+len(flag)]) {
			e.flagValue(j+len(flag), ReasonStructure|ReasonContext)
			return
		}
	}
}

// nthArgument reports the n-th argument behind i, flags not counted, if it is the last or a flag or operator follows.
func (e *engine) nthArgument(i, n int) {
	b := e.b
	for ; n > 0; n-- {
		var ok bool
		for {
			if i, ok = e.nextArg(i); !ok {
				return
			}
			if b[i] != '-' {
				break
			}
			i = readValue(b, i, false).end
		}
		val := readValue(b, i, false)
		if n > 1 {
			i = val.end
			if val.quoted {
				i++
			}
			continue
		}
		if text := b[val.start:val.end]; len(text) >= 6 && !isPlaceholder(text) && text[0] != '<' {
			e.addValue(val, Password, ruleFlag, Reason{Bits: ReasonStructure | ReasonContext}, 75)
		}
	}
}

// nextArg returns the start of the argument that follows i on the line.
func (e *engine) nextArg(i int) (int, bool) {
	b := e.b
	j := run(b, i, i+16, chSpace)
	if j == i || j >= len(b) || bytes.IndexByte(b[i:j], '\n') >= 0 || b[j] == '|' || b[j] == ';' || b[j] == '>' || b[j] == '&' {
		return 0, false
	}
	return j, true
}

// lastArgument reports the last argument of the command that goes on at i, if it has the flag.
func (e *engine) lastArgument(i int, flag byte) {
	has, n, last := false, 0, value{}
	for range 12 {
		j, ok := e.nextArg(i)
		if !ok {
			break
		}
		last = readValue(e.b, j, false)
		i = last.end
		if last.quoted {
			i++
		}
		if e.b[j] == '-' {
			has = has || bytes.IndexByte(e.b[j:last.end], flag) > 0
			continue
		}
		n++
	}
	if text := e.b[last.start:last.end]; has && n >= 2 && !isPlaceholder(text) && text[0] != '-' {
		e.addValue(last, Password, ruleFlag, Reason{Bits: ReasonStructure | ReasonContext}, 80)
	}
}
