package pii

import "bytes"

// standsForValue reports whether v says where a value comes from, or that it was left out, rather than being one.
func standsForValue(v []byte) bool {
	n := len(v)
	switch {
	case n == 1 && isDigit(v[0]): // A flag: "password=0".
		return true
	case v[0] == 'E' && bytes.HasPrefix(v, []byte("ENC[")): // Encrypted by SOPS.
		return true
	case n < 3 && !isWord(v[0]) && !isWord(v[n-1]) && v[0] < 0x80: // Punctuation of what stands around.
		return true
	case v[0] == '!' && yamlTags[string(v[1:])]:
		return true
	case n > 4 && v[0] == '{' && v[1] == '{' && v[n-1] == '}' && v[n-2] == '}': // A template.
		return true
	case n > 6 && (bytes.HasSuffix(v, []byte("...")) || bytes.HasSuffix(v, []byte("\xe2\x80\xa6"))): // Cut short.
		return n > 12 || isName(bytes.TrimRight(v, ".\xe2\x80\xa6"))
	case n > 10 && (v[n-1] == ']' && hasSuffixFold(v, "[redacted]") || v[n-1] == '>' && hasSuffixFold(v, "<redacted>")):
		return true
	case n >= 12 && (masking(v) || bytes.Contains(v, []byte("########")) || bytes.Contains(v, []byte("********")) || containsFold(v, "_your_") || containsFold(v, "-your-")):
		return true
	case isReference(v):
		return true
	}
	return namesItself(v)
}

// yamlTags stand before what names a value or is an encrypted one (Ansible, CloudFormation, Home Assistant).
var yamlTags = map[string]bool{"vault": true, "Ref": true, "Sub": true, "GetAtt": true, "ImportValue": true, "secret": true, "env_var": true, "include": true}

// masking reports whether half of v are runs of four or more bytes that values are masked with.
func masking(v []byte) bool {
	masked, same := 0, 1
	for i := 1; i <= len(v); i++ {
		if i < len(v) && v[i] == v[i-1] {
			same++
			continue
		}
		switch c := v[i-1]; c {
		case 'x', 'X', '*', '#', '.', '0', '?', '_', '-':
			if same >= 4 {
				masked += same
			}
		}
		same = 1
	}
	return masked*2 >= len(v)-4
}

// referenceRoots are the objects that programs and templates read settings from, in lower case.
var referenceRoots = [...]string{
	"var.", "vars.", "local.", "module.", "data.", "each.", "secrets.", "env.", "process.env", "os.environ", "os.getenv", "config.", "self.", "this.",
	"params.", "settings.", "props.", "args.", "opts.", "options.", "request.", "req.", "ctx.", "context.", "app.", "env:", "env[", "env(", "config[", "config(",
	"settings[", "params[", "args[", "options[", "secrets[", "github.", "vault:", "aws_secretsmanager", "random_password.", "azurerm_", "aws_", "google_",
	"keyvault(", "import.meta", "deno.env", "system.getenv", "getenv(", "$config", "$this->", "$env:", "conf.", "cfg.", "arn:", "ssm:", "op://", "file://", "file:/",
	"secretref:", "projects/", "ref+", "vault/", "env/", "kms:", "gcpkms", "awskms",
}

// isReference reports whether v is an expression that reads a value from elsewhere: var.db_password, os.environ["X"],
// getPassword(user), $(cat file).
func isReference(v []byte) bool {
	if v[0] == '$' {
		return len(v) > 2 && (v[1] == '(' || v[1] == '{' && isLetter(v[2]))
	}
	if !isLetter(v[0]) {
		return false
	}
	for _, r := range referenceRoots {
		if v[0]|0x20 == r[0] && hasPrefixFold(v, r) {
			// What follows must be a name, not the body of something random.
			return isCodePath(v)
		}
	}
	if subscript(v) {
		return true
	}
	// A call: a name, then something in parentheses, of which the cut may have taken the end.
	p := 0
	for p < len(v) && (is(v[p], chWord) || v[p] == '.' || v[p] == ':' && p+1 < len(v) && v[p+1] == ':' || v[p] == ':' && v[p-1] == ':') {
		p++
	}
	if p < 3 || p >= len(v) || v[p] != '(' {
		return false
	}
	if rest := v[p+1:]; len(rest) == 0 || rest[0] == ')' || isQuote(rest[0]) || rest[0] == '$' {
		return true
	}
	return v[len(v)-1] == ')' && isCodePath(v[p+1:len(v)-1]) && callName(v[:p])
}

// subscript reports whether v is an element of an object, of which the cut may have taken the end: Configuration["Key"],
// sys.argv[1].
func subscript(v []byte) bool {
	p := 0
	for p < len(v) && (is(v[p], chWord) && !isDigit(v[p]) || v[p] == '.') {
		p++
	}
	if p < 3 || p+2 >= len(v) || v[p] != '[' {
		return false
	}
	if isQuote(v[p+1]) {
		return isCodePath(v[p:])
	}
	end := run(v, p+1, len(v), chDigit)
	return end > p+1 && end+1 == len(v) && v[end] == ']'
}

// substituted reports whether v, which stood between backquotes, is a command of a shell whose output is the value.
func substituted(v []byte) bool {
	cmd, args, ok := bytes.Cut(v, []byte(" "))
	return ok && len(args) > 0 && isName(cmd)
}

// callName reports whether v is a name as functions have: no digit, and a hump, an underscore or a dot, or a verb alone.
func callName(v []byte) bool {
	hump := false
	for i, c := range v {
		if isDigit(c) {
			return false
		}
		hump = hump || c == '_' || c == '.' || i > 0 && is(c, chUpper) && is(v[i-1], chLower)
	}
	return hump || equalFold(v, "get") || equalFold(v, "env") || equalFold(v, "getenv") || equalFold(v, "input") || equalFold(v, "lookup") || equalFold(v, "file")
}

// isCodePath reports whether v is made of names, brackets, quotes and separators, and is not random.
func isCodePath(v []byte) bool {
	digits := 0
	for _, c := range v {
		switch {
		case isDigit(c):
			digits++
		case isLetter(c), c == '_', c == '.', c == '-', c == '[', c == ']', c == '(', c == ')', c == '"', c == '\'', c == ':', c == '/', c == '>', c == ',', c == ' ', c == '$', c == '{', c == '}', c == '+', c == '@', c == '#', c == '?', c == '!':
		default:
			return false
		}
	}
	return digits*5 <= len(v) && noise(v) < 8
}

// namesItself reports whether v is the name of what should stand here: your_api_key, <token here>, my-secret-token-here,
// INSERT_KEY, changeme is not one: it is the password of many.
func namesItself(v []byte) bool {
	if len(v) > 64 || len(v) < 5 || !isName(v) {
		return false
	}
	for _, w := range [...]string{"your", "insert", "enter", "replace", "put_", "add_your", "paste"} {
		if hasPrefixFold(v, w) && len(v) > len(w) && (len(w) > 5 || v[len(w)] == '_' || v[len(w)] == '-' || v[len(w)] == ' ' || is(v[len(w)], chUpper)) {
			return true
		}
	}
	for _, w := range [...]string{"_here", "-here", " here", "_placeholder", "-placeholder"} {
		if hasSuffixFold(v, w) {
			return true
		}
	}
	return containsFold(v, "your_") || containsFold(v, "your-") || equalFold(v, "placeholder") || equalFold(v, "example") || equalFold(v, "dummy")
}

// alphabetical reports whether v holds the whole alphabet in its order, as what is made up for a document does.
func alphabetical(v []byte) bool {
	return len(v) >= 26 && containsFold(v, "abcdefghijklmnopqrstuvwxyz")
}

// isDummy reports whether v is what documents write for a password where its place alone says what it is.
func isDummy(v []byte) bool {
	for _, w := range [...]string{"password", "pass", "passwd", "pwd", "pw", "token", "test", "yyy", "secret", "key", "apikey", "api_key", "api-key", "user:password>"} {
		if equalFold(v, w) {
			return true
		}
	}
	return len(v) > 1 && v[len(v)-1] == '>' && isName(v[:len(v)-1]) // <user:password>
}
