package pii

import "bytes"

// call is called at a '(' with a quote behind it: the arguments of a function may be the name of a strong key and any
// value, as in os.Setenv("DB_PASSWORD", "x"), an account and its password, or the value of what the function sets, as in
// setPassword("x").
func (e *engine) call(i int) {
	b := e.b
	if i < e.claimed {
		return
	}
	q := b[i+1]
	end := run(b, i+2, i+2+maxKey, chKey)
	name := b[runBack(b, i, i-maxKey, chKey):i]
	if end < len(b) && b[end] == q && end > i+2 {
		v := end + 1
		if v < len(b) && b[v] == ',' {
			v = run(b, v+1, v+9, chSpace)
			if v < len(b) && isQuote(b[v]) {
				switch k := classifyKey(b[i+2 : end]); {
				case keyTable[k].kind == keyNone && takesAccount(name):
					e.accountArgument(v)
				case keyTable[k].kind == keyNone && takesServer(name): // The account stands between.
					user := readValue(b, v, false)
					if next := user.end + 1; user.quoted && next < len(b) && b[next] == ',' {
						if v = run(b, next+1, next+9, chSpace); v < len(b) && isQuote(b[v]) {
							e.accountArgument(v)
						}
					}
				case keyTable[k].kind == keyStrong && !comparing(name): // Other keys are argument's.
					e.judge(k, v)
				}
				return
			}
		}
	}
	if !setter(name) {
		return
	}
	k := classifyKey(name)
	if row := keyTable[k]; row.kind == keyStrong || row.kind == keyWeak {
		if n := bytes.IndexByte(b[i+2:min(len(b), i+2+maxTag)], q); n >= 0 && i+3+n < len(b) && b[i+3+n] == ')' {
			e.judge(k, i+1)
		}
	}
}

// takesAccount reports whether the name of a function says that it takes an account and its password:
// PSCredential("bob", "x"), HTTPBasicAuth("bob", "x"), client.login("bob", "x").
func takesAccount(name []byte) bool {
	return hasSuffixFold(name, ".login") || hasSuffixFold(name, "credential") || hasSuffixFold(name, "credentials") || hasSuffixFold(name, "basicauth") || hasSuffixFold(name, "basic_auth")
}

// takesServer reports whether the name of a function says that it takes a server, an account and its password
// (php.net: mysqli::__construct).
func takesServer(name []byte) bool {
	return hasSuffixFold(name, "mysqli") || hasSuffixFold(name, "mysqli_connect") || hasSuffixFold(name, "mysql_connect")
}

// accountArgument reports the string at v, an argument that is a password by its place.
func (e *engine) accountArgument(v int) {
	if val := readValue(e.b, v, false); !isPlaceholder(e.b[val.start:val.end]) {
		e.addValue(val, Password, ruleAssignment, Reason{Bits: ReasonStructure}, 80)
	}
}

// setter reports whether the name of a function says that it takes a value: setPassword, withToken.
func setter(name []byte) bool {
	for i := len(name) - 1; i > 0; i-- {
		if name[i-1] == '.' {
			name = name[i:]
			break
		}
	}
	return hasPrefixFold(name, "set") || hasPrefixFold(name, "with") || hasPrefixFold(name, "use") || equalFold(name, "password")
}

// comparing reports whether the name of a function says that its second argument is no value of the first: log.info,
// assertEquals, replace.
func comparing(name []byte) bool {
	return hasPrefixFold(name, "log") || containsFold(name, "assert") || containsFold(name, "equal") || containsFold(name, "replace") ||
		containsFold(name, "print") || hasSuffixFold(name, "label") || hasSuffixFold(name, "message") || hasSuffixFold(name, "text")
}
