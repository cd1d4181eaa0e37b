package pii

import "bytes"

//go:generate go run ./bigrams $GOROOT bip39.txt

// letterPairs tells, for each letter and the one that follows it, how much more often than by chance they stand so in words:
// in quarters of a bit above or below 'M'. It is printed by bigrams_gen.go, which names its sources.
const letterPairs = "" +
	"AMPQBDMANAFSOSANASPTIFEGIA" + // a
	"SFEDRAAAUEAUECQKATNERABAHA" + // b
	"SIJGRENRLAPOIGTIAOQQIIAADA" + // c
	"QFFQXILDTAANFJPGARPIKGCCGA" + // d
	"NEQQKJHAFABPLSEJEURSDHFMDA" + // e
	"QFLLNRGEUAATJHRMAQQKKAABFA" + // f
	"OHIIXEINSAANFMPLARRHLABADA" + // g
	"VAEMVFAATAEHLCTEAOGOPAGAKA" + // h
	"KHPNJPOAAAAOOUUMAMPQAJAFAI" + // i
	"WAAAVNJALAGAJGRGAGRLTAAAAA" + // j
	"QCFLYGGITAANILLHEFONJAGACA" + // k
	"TEKMVEBAUAHQFGTFAFLPLDAAIA" + // l
	"VMGHVDDASABILERSAFOLNAAAFA" + // m
	"QFPRTLQDNAKIDKRDAFQTKGAAEA" + // n
	"HHUMCLJAHAFNNULOASNPNJMABA" + // o
	"SBMHTHEMPAFPFAROAUNQLCABCA" + // p
	"AAFOFFAAKAAQAFFFAFKAYAFAAA" + // q
	"SCLNXFHASAHIKISJAJNPKGBALA" + // r
	"MANHUCHOVAHIFGMNAGOUMBGAMC" + // s
	"SDKFUHBOUAALIEPLARNMMCBDKA" + // t
	"LLKKNKJAOAAPOVEPAQTSAAADAA" + // u
	"UHJIYJAFTAAKJGPIAFIKAABABA" + // v
	"XCHISGCLUAEFJSPJAQPHEAAFAA" + // w
	"PGRHRNIJRAAGHHOTHLIVFADJFA" + // x
	"OANGNDHAKAGLUTLUAMUMFAFAAA" + // y
	"RKAFYAAFPAAKFANIAFLAAAFAKO" // z

// wordy returns how much a run of letters is like a word, in quarters of a bit: above zero it is more likely one than
// letters at random. A capital behind a small letter begins a word of its own.
func wordy(run []byte) int {
	sum := 0
	for i := 1; i < len(run); i++ {
		if run[i] < 'a' && run[i-1] >= 'a' {
			continue
		}
		sum += int(letterPairs[int(run[i-1]|0x20-'a')*26+int(run[i]|0x20-'a')]) - 'M'
	}
	return sum
}

// noise returns how many bytes of v no words, names, dates or counters explain: letters that are no word, and the digits
// and short runs of letters between them.
func noise(v []byte) int {
	total := 0
	for i := 0; i < len(v); {
		if !is(v[i], alnum) {
			i++
			continue
		}
		j := run(v, i, len(v), alnum)
		total += segmentNoise(v[i:j])
		i = j
	}
	return total
}

// segmentNoise is noise of letters and digits without a separator.
func segmentNoise(v []byte) int {
	letters, digits, changes := 0, 0, 0 // Of what is not explained; of runs of letters and digits.
	ends := 0                           // Of digits at the end.
	for i := 0; i < len(v); {
		if isDigit(v[i]) {
			j := run(v, i, len(v), chDigit)
			digits += j - i
			changes++
			if j == len(v) {
				ends = j - i
			}
			i = j
			continue
		}
		// A run of letters, cut where a capital follows a small letter.
		j := i + 1
		for j < len(v) && isLetter(v[j]) && (v[j] >= 'a' || v[j-1] < 'a') {
			j++
		}
		changes++
		if j-i < 3 || wordy(v[i:j]) <= (j-i)/4 {
			letters += j - i
		}
		i = j
	}
	switch {
	case letters == 0:
		return 0
	case digits == 0 && changes < 2 && len(v) < 5: // An abbreviation: "us", "impl".
		return 0
	case digits > 0 && changes == 2 && letters <= 3 && len(v) < 8: // "v2", "http2", "x86".
		return 0
	case ends == digits && digits < 6 && letters > 2: // "server01"
		return letters
	}
	return letters + digits
}

// looksSecret reports whether v, behind a key name that has other uses too, can be a secret rather than a word, a
// number, a path or an address. The second result is for values that may be either.
func looksSecret(v []byte) (secret, perhaps bool) {
	n := len(v)
	if n < 6 || isLocation(v) || isPublished(v) {
		return false, false
	}
	if n > 256 {
		return true, true
	}
	var digits, letters, special, spaces int
	for _, c := range v {
		switch bits := charTab[c]; {
		case bits&chDigit != 0:
			digits++
		case bits&(chLower|chUpper) != 0:
			letters++
		case c == ' ':
			spaces++
		case c == '!' || c == '@' || c == '#' || c == '$' || c == '%' || c == '^' || c == '&' || c == '*' || c == '~' || c == '?' || c == '|':
			special++
		}
	}
	switch {
	case digits == n:
		return n >= 20, n >= 6 && n <= 8
	case bytes.Count(v, []byte("|")) > 1: // Of several parts: the key of a notification, of a cache.
		return false, false
	case n >= 12 && dull(v):
		return false, false
	case isUUID(v), isGrouped(v):
		return true, true
	case letters+digits < n*2/3 && digits < 2, spaces > 2:
		return false, false
	case digits > 0 && digits+letters == n && n >= 16 && allOf(v, chHex):
		return true, true
	}
	x := noise(v)
	switch {
	case spaces > 0:
		return x >= 16, x >= 10
	case special > 0 && digits > 0 && letters > 2 && n >= 8:
		return true, true
	case digits > 0 && letters > 0:
		return x >= 8 || n >= 7 && n <= 12 && digits > 1 && x*2 >= n, x >= 5
	}
	return x >= 14, x >= 10
}

// isUUID reports whether v is a UUID as RFC 9562 writes it.
func isUUID(v []byte) bool {
	if len(v) != 36 {
		return false
	}
	for i, c := range v {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !is(c, chHex) {
			return false
		}
	}
	return true
}

// isLocation reports whether v is a path, a URL, the name of a file or of a class, a version, a time, or the digest of a
// content: what says where something is, or which.
func isLocation(v []byte) bool {
	n := len(v)
	switch {
	case v[0] == '/' && (n < 2 || v[1] != '/') && noise(v) < 16, v[0] == '.' && (v[1] == '/' || v[1] == '.'), v[0] == '~' && v[1] == '/':
		return true
	case n > 3 && v[1] == ':' && v[2] == '\\':
		return true
	case hasPrefixFold(v, "sha256:"), hasPrefixFold(v, "sha1:"), hasPrefixFold(v, "sha512:"), hasPrefixFold(v, "md5:"), hasPrefixFold(v, "sha1-"), hasPrefixFold(v, "sha256-"), hasPrefixFold(v, "sha512-"), hasPrefixFold(v, "arn:"), hasPrefixFold(v, "urn:"):
		return true
	case hasPrefixFold(v, "req-") && n == 40 && isUUID(v[4:]): // A request of OpenStack.
		return true
	}
	for i, c := range v[:n-2] {
		if c == ':' && v[i+1] == '/' && v[i+2] == '/' {
			return true
		}
	}
	// A file: a name, and an extension of two to five small letters.
	k := n - 1
	for k > 0 && k > n-6 && is(v[k], chLower) {
		k--
	}
	if v[k] == '.' && k > 0 && n-k > 2 && noise(v[:k]) < 8 {
		return true
	}
	return isVersion(v) || isTime(v)
}

// isVersion reports whether v is a version: numbers between dots, after a 'v' perhaps, with a word behind a dash.
func isVersion(v []byte) bool {
	if v[0]|0x20 == 'v' {
		v = v[1:]
	}
	dots := 0
	for i, c := range v {
		switch {
		case c == '.':
			dots++
		case isDigit(c):
		case i > 0 && (c == '-' || c == '+' || c == '_') && dots > 0:
			return noise(v[i:]) < 8
		default:
			return false
		}
	}
	return dots > 0
}

// isTime reports whether v begins with a date of ISO 8601.
func isTime(v []byte) bool {
	return len(v) >= 10 && allOf(v[:4], chDigit) && v[4] == '-' && allOf(v[5:7], chDigit) && v[7] == '-' && allOf(v[8:10], chDigit)
}

// weakSecret is looksSecret behind the key name k, whose other uses are known.
func weakSecret(k KeyID, v []byte) (secret, perhaps bool) {
	switch word := keyTable[k].word; {
	case word == "csrftoken" || word == "xsrftoken" || word == "authenticitytoken" || word == "requestverificationtoken":
		// It stands in each page and opens nothing without the session beside it: shown to the reviewer, not taken out.
		_, perhaps = looksSecret(v)
		return false, perhaps
	case k >= firstCode && k < firstVague: // A code of digits, mostly.
		digits := 0
		for _, c := range v {
			if isDigit(c) {
				digits++
			} else if !isLetter(c) && c != '-' {
				return looksSecret(v)
			}
		}
		if n := len(v); n >= 3 && n <= 10 && digits >= 3 && digits*2 >= n {
			return true, true
		}
		return looksSecret(v)
	case k >= firstVague && k < endVague:
		secret, perhaps = looksSecret(v)
		if secret && v[0] == '/' && bytes.Count(v, []byte{'/'}) > 2 { // The key of a store of keys, such as etcd's.
			return false, perhaps
		}
		if secret && (isUUID(v) || len(v) < 16 || allOf(v, chHex) && len(v) != 32 && len(v) < 48) {
			return false, perhaps
		}
		return secret, perhaps
	}
	return looksSecret(v)
}

// isGrouped reports whether v is written in groups of equal length, as licence keys and recovery codes are:
// ABCDE-12345-FGHIJ.
func isGrouped(v []byte) bool {
	size := bytes.IndexByte(v, '-')
	if size < 4 || size > 8 || len(v) < 3*size+2 || (len(v)+1)%(size+1) != 0 {
		return false
	}
	digits, words := 0, 0
	for i := 0; i < len(v); i += size + 1 {
		group := v[i : i+size]
		if !allOf(group, upperDigit) && !allOf(group, chLower|chDigit) || i > 0 && v[i-1] != '-' {
			return false
		}
		for _, c := range group {
			if isDigit(c) {
				digits++
			}
		}
		if allOf(group, chLower) {
			words++
		}
	}
	return digits > 3 && digits*4 < len(v)*3 && words < 2
}
