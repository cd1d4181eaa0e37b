package pii

import "bytes"

// maxManifest is how far behind its data the kind of an object is looked for.
const maxManifest = 4 << 10

// secretData is called at "data" and "stringData". In a Secret of Kubernetes every value of these maps goes, whatever
// its key. It knows the Secret by a "kind" at most lookBehind bytes before or maxManifest behind.
func (e *engine) secretData(i int) {
	b := e.b
	end := run(b, i, i+16, chWord)
	if n := end - i; n != len("data") && n != len("stringData") {
		return
	}
	if i > 0 && b[i-1] == '"' && end+1 < len(b) && b[end] == '"' && b[end+1] == ':' {
		e.secretMap(run(b, end+2, end+10, chSpace))
		return
	}
	if end >= len(b) || b[end] != ':' {
		return
	}
	start := blanks(b, end+1)
	if start < len(b) && b[start] == '\r' {
		start++
	}
	if start >= len(b) || b[start] != '\n' {
		return
	}
	start++
	indent := 0
	for indent < i && indent < 64 && b[i-1-indent] == ' ' {
		indent++
	}
	if at := i - indent; at > 0 && b[at-1] != '\n' || !e.isSecret(i, end, "kind: Secret") {
		return
	}
	e.dropConts(contSecret)
	e.goOn(continuation{kind: contSecret, at: start, quote: byte(indent)}) //nolint:gosec // At most 64.
}

// secretKind is called at "kind" with "Secret" behind it.
func (e *engine) secretKind(i int) { e.kindAt = i + 1 }

// isSecret reports whether the document around the key b[i:end] says that it is a Secret: its kind stands at most
// lookBehind bytes before or maxManifest behind, where it ends in kind.
func (e *engine) isSecret(i, end int, kind string) bool {
	b := e.b
	mark := []byte("\n---") // Begins the next document.
	if at := e.kindAt - 1; at >= 0 && at < i && at >= i-lookBehind && !bytes.Contains(b[at:i], mark) {
		return true
	}
	from, hi := max(end, e.noKind), min(len(b), end+maxManifest)
	if from >= hi {
		return false
	}
	k := bytes.Index(b[from:hi], []byte(kind))
	if k < 0 {
		e.noKind = max(end, hi-len(kind)) // Nothing before it needs to be searched again.
		return false
	}
	head := bytes.TrimRight(b[end:from+k], " ")
	return !bytes.Contains(head, mark) && (kind[0] == 'k' || bytes.HasSuffix(head, []byte(`"kind":`)))
}

// secretLine judges a line of the data of a Secret, deeper than indent, and arranges for the next.
func (e *engine) secretLine(i, indent int) {
	b := e.b
	key := i
	for key < len(b) && key < i+128 && b[key] == ' ' {
		key++
	}
	end := run(b, key, key+256, chKey)
	if key-i <= indent || end == key || end >= len(b) || b[end] != ':' {
		return
	}
	v := blanks(b, end+1)
	hi := min(len(b), end+maxRow)
	next := hi
	if n := bytes.IndexByte(b[end:hi], '\n'); n >= 0 {
		next = end + n + 1
	}
	if v < next && b[v] != '\n' && b[v] != '\r' {
		val, ok := readBlock(b, v)
		if !ok {
			val = readValue(b, v, false)
		}
		next = max(next, min(len(b), val.end+1))
		if !isPlaceholder(b[val.start:val.end]) {
			e.secretEntry(val)
		}
	}
	if next < len(b) {
		e.goOn(continuation{kind: contSecret, at: next, quote: byte(indent)}) //nolint:gosec // At most 64.
	}
}

// secretEntry reports a value of a Secret. What it holds besides is found as well.
func (e *engine) secretEntry(v value) {
	claimed := e.claimed
	e.addValue(v, Password, ruleAssignment, Reason{Bits: ReasonStructure}, 85)
	e.claimed = claimed
}

// secretMap judges the values of the JSON object at i if the document around it is a Secret.
func (e *engine) secretMap(i int) {
	b := e.b
	if i >= len(b) || b[i] != '{' || !e.isSecret(i, i, `"Secret"`) {
		return
	}
	hi := min(len(b), i+maxRow)
	for j := i + 1; j < hi; {
		j = run(b, j, j+64, chSpace)
		if j >= hi || b[j] != '"' {
			return
		}
		n := bytes.IndexByte(b[j+1:hi], '"')
		if n < 0 {
			return
		}
		j = run(b, j+n+2, j+n+10, chSpace)
		if j >= hi || b[j] != ':' {
			return
		}
		j = run(b, j+1, j+9, chSpace)
		if j >= hi || b[j] != '"' {
			return
		}
		v := readValue(b, j, false)
		if v.cont != contNone || !v.quoted {
			return
		}
		if !isPlaceholder(b[v.start:v.end]) {
			e.secretEntry(v)
		}
		j = run(b, v.end+1, v.end+65, chSpace)
		if j >= hi || b[j] != ',' {
			return
		}
		j++
	}
}

// blanks returns the end of the run of at most 16 spaces and tabs at i.
func blanks(b []byte, i int) int {
	hi := min(len(b), i+16)
	for i < hi && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	return i
}

// secretDataKey is the key that the values of a Secret are judged by.
var secretDataKey KeyID

// secretAround reports whether a document says near i, at most maxManifest bytes away, that an object is a Secret.
func secretAround(doc []byte, i int) bool {
	near := doc[max(0, i-maxManifest):min(len(doc), i+maxManifest)]
	for {
		k := bytes.Index(near, []byte(`"Secret"`))
		if k < 0 {
			return false
		}
		if bytes.HasSuffix(bytes.TrimRight(near[:k], " \n\t"), []byte(`"kind":`)) {
			return true
		}
		near = near[k+1:]
	}
}
