package pii

import "bytes"

var (
	pemBegin = []byte("-----BEGIN ")
	pemEnd   = []byte("-----END ")
)

// pem is called at "-----BEGIN". A block of a private key (RFC 7468, RFC 1421, OpenSSH, OpenPGP) is covered from there
// to the end of its last line. A block without an end is covered as far as its text looks like one.
func (e *engine) pem(i int) {
	b := e.b
	if i < e.pemEnd {
		return
	}
	label := i + len(pemBegin)
	if label >= len(b) || b[label-1] != ' ' {
		return
	}
	j := label
	for j < len(b) && j < label+64 && (is(b[j], chUpper|chDigit) || b[j] == ' ') {
		j++
	}
	if !bytes.Contains(b[label:j], []byte("PRIVATE KEY")) {
		return
	}
	for j < len(b) && j < label+80 && b[j] == '-' {
		j++
	}
	e.pemBody(i, j)
}

// pemBody reports the block, or the piece of a block, that starts at start and whose armour begins at body.
func (e *engine) pemBody(start, body int) {
	b := e.b
	hi := min(len(b), start+maxPEM)
	reason := Reason{Bits: ReasonStructure}
	var end int
	next := hi // A block does not reach into the next one.
	if k := bytes.Index(b[body:hi], pemBegin); k >= 0 {
		next = body + k
	}
	if k := bytes.Index(b[body:next], pemEnd); k >= 0 {
		end = body + k + len(pemEnd)
		for end < len(b) && end < body+k+80 && (is(b[end], chUpper|chDigit) || b[end] == ' ') {
			end++
		}
		for n := 0; end < len(b) && n < 5 && b[end] == '-'; n++ {
			end++
		}
	} else {
		end = pemRun(b, body, hi)
		reason.Bits |= ReasonTruncated
		if end == hi && hi < len(b) {
			e.goOn(continuation{kind: contPEM, at: end})
		}
	}
	if end-body < 256 && !hasKeyBytes(b[body:end]) {
		return
	}
	e.add(start, end, PrivateKey, rulePEM, reason, 98)
	e.pemEnd = max(e.pemEnd, end)
	e.claimed = max(e.claimed, end)
}

// pemRun returns the end of the text from i on that looks like the body of a block: lines of base64, header lines, and
// line ends in any spelling.
func pemRun(b []byte, i, hi int) int {
	end := i
	for i < hi {
		j := i
		for j < hi { // White space, real or escaped, and the glue of string literals.
			if isSpace(b[j]) || b[j] == '"' || b[j] == '\'' || b[j] == '+' && j > i {
				j++
			} else if b[j] == '\\' && j+1 < hi && (b[j+1] == 'n' || b[j+1] == 'r' || b[j+1] == 't' || b[j+1] == '\\') {
				j += 2
			} else {
				break
			}
		}
		if n := pemHeader(b[j:hi]); n > 0 {
			i = j + n
			end = i
			continue
		}
		k := j
		for k < hi && (is(b[k], chB64) && b[k] != '-' && b[k] != '_' || b[k] == '=') {
			k++
		}
		// A short run is a word of what comes next, unless it is the padded rest of the last line.
		if k == j || k-j < 20 && k < hi && b[k-1] != '=' {
			return end
		}
		end, i = k, k
	}
	return end
}

// pemHeader returns the length of a header line such as "Proc-Type: 4,ENCRYPTED", without its end, or 0.
func pemHeader(b []byte) int {
	for _, h := range [...]string{"Proc-Type: ", "DEK-Info: ", "Version: ", "Comment: ", "Hash: ", "Charset: "} {
		if len(b) >= len(h) && string(b[:len(h)]) == h {
			n := len(h)
			for n < len(b) && n < 128 && b[n] != '\n' && b[n] != '\\' && b[n] != '\r' {
				n++
			}
			return n
		}
	}
	return 0
}

// hasKeyBytes reports whether the body of a short block holds a line of base64, or a piece of one, rather than nothing or
// a word in its place.
func hasKeyBytes(body []byte) bool {
	n := 0
	for _, c := range body {
		if is(c, chB64) && c != '-' {
			if n++; n >= 14 {
				return true
			}
		} else {
			n = 0
		}
	}
	return false
}
