package pii

// phonePlus judges a number in international form: '+', plusLen bytes long if it is encoded, a calling code, and as many
// digits as its country's numbers have.
func (e *engine) phonePlus(i, plusLen int) {
	b := e.b
	first := i + plusLen
	if first+7 >= len(b) || b[first]-'1' > 8 || !e.startsAt(i) || i > 0 && (b[i-1] == '+' || b[i-1] == ')' || b[i-1] == ']' || b[i-1] == '.') {
		return
	}
	end, seps := first, 0
	open := false
	var id idText
	for j := first; j < len(b) && j < first+40; j++ {
		c := b[j]
		if isDigit(c) {
			if id.n > 15 {
				return
			}
			id.c[id.n] = c
			id.n++
			end = j + 1
			continue
		}
		if id.n >= 15 || j+1 >= len(b) {
			break
		}
		next := b[j+1]
		if plusLen == 3 { // In a form the separators are encoded as well.
			var n int
			c, n = numberByte(b, j, first)
			j += n - 1
			next, _ = numberByte(b, j+1, first)
		}
		if c == '(' && next == '0' && j+2 < len(b) && b[j+2] == ')' { // +44 (0)20: the zero is for calls from inside.
			j += 2
			continue
		}
		if c == ' ' && next == '(' || (c == '-' || c == '.') && next == '(' || c == '(' && isDigit(next) || c == ')' && (next == ' ' || next == '-' || isDigit(next)) ||
			(c == ' ' || c == '-' || c == '.' || c == '/') && isDigit(next) || c == ' ' && next == '-' && j+2 < len(b) && b[j+2] == ' ' || c == '-' && next == ' ' {
			seps++
			open = open || c == ')'
			continue
		}
		if c == 0xc2 && next == 0xa0 {
			j++
			seps++
			continue
		}
		break
	}
	ext := extension(b, end)
	if ext == end && end < len(b) && (isWord(b[end]) || b[end] == '@') || fraction(b, end) || seps > 8 || !e164(&id, seps) {
		return
	}
	start := i
	if open && i > 0 && b[i-1] == '(' && closesFirst(b[i+1:min(end, i+8)]) { // (+44) 20 7946 0958
		start = i - 1
	}
	e.add(start, ext, PhoneNumber, rulePhoneE164, Reason{Bits: ReasonShape | ReasonPrefix}, 85)
}

// closesFirst reports whether a parenthesis closes in b that opened before it.
func closesFirst(b []byte) bool {
	for _, c := range b {
		if c == ')' || c == '(' {
			return c == ')'
		}
	}
	return false
}

// e164 judges the digits of a number that begins with its calling code. Without separators nine digits are as likely
// anything else.
func e164(id *idText, seps int) bool {
	if id.n < 8 || id.n > 15 {
		return false
	}
	if id.c[0] == '1' {
		return id.n == 11 && nanp(id.c[1:11])
	}
	p := phonePlan(id)
	return p.max != 0 && id.n >= int(p.min) && id.n <= int(p.max) && (id.n >= 10 || seps > 0) && !id.repeats()
}

// fraction reports whether what follows a run of digits makes it part of a larger number.
func fraction(b []byte, end int) bool {
	return end+1 < len(b) && (b[end] == '.' || b[end] == '-' || b[end] == ',') && isDigit(b[end+1])
}

// nanp reports whether ten digits are a number of the North American Numbering Plan: neither area code nor exchange
// begin with 0 or 1 or end in 11 (nationalnanpa.com: NPA and NXX codes).
func nanp(d []byte) bool {
	return len(d) == 10 && d[0] > '1' && d[3] > '1' && (d[1] != '1' || d[2] != '1') && (d[4] != '1' || d[5] != '1')
}

// extension returns the end of an extension behind a number that ends at end, as in "x123", " ext. 123" and "#12", or
// end if there is none.
func extension(b []byte, end int) int {
	j := end
	if j < len(b) && b[j] == ',' {
		j++
	}
	if j < len(b) && b[j] == ' ' {
		j++
	}
	switch {
	case j >= len(b):
		return end
	case hasPrefixFold(b[j:], "extension"):
		j += 9
	case hasPrefixFold(b[j:], "extn"):
		j += 4
	case hasPrefixFold(b[j:], "ext"):
		j += 3
	case lower(b[j]) == 'x' || b[j] == '#' && j == end:
		j++
	default:
		return end
	}
	for n := 0; n < 2 && j < len(b) && (b[j] == '.' || b[j] == ' ' || b[j] == ':'); n++ {
		j++
	}
	k := run(b, j, j+7, chDigit)
	if k == j || k-j > 6 || k < len(b) && isWord(b[k]) {
		return end
	}
	return k
}

// phoneParen judges a number that begins with an area code in parentheses: "(415) 555-2671", "(020) 7946 0958",
// "(11) 98765-4321".
func (e *engine) phoneParen(i int) {
	b := e.b
	j := run(b, i+1, i+7, chDigit)
	area := j - i - 1
	if area < 2 || area > 5 || j+7 > len(b) || b[j] != ')' || !e.startsAt(i) || i > 0 && (b[i-1] == ')' || b[i-1] == ']' || b[i-1] == '.') {
		return
	}
	k := j + 1
	if b[k] == ' ' || b[k] == '-' {
		k++
	}
	if !isDigit(b[k]) {
		return
	}
	q := e.sequence(k, run(b, k, k+20, chDigit))
	end := q.ends[q.n-1]
	total := area + q.digits
	if q.more || !unitFree(b, end) && extension(b, end) == end || end < len(b) && isWord(b[end]) && extension(b, end) == end || total < 8 || total > 13 || q.digits < 5 {
		return
	}
	for g := range q.n - 1 {
		if s := q.seps[g]; s != ' ' && s != '-' && s != '.' || q.ends[g]-q.starts[g] < 2 {
			return
		}
	}
	id := idOf(b[i:end])
	start := i
	ok := false
	switch {
	case area == 3 && total == 10 && nanp(id.c[:10]) && (q.n != 3 || !trunkEight(b, i)):
		ok = true
		for _, p := range [...]string{"+1 ", "+1-", "1-", "1 ", "1"} {
			if i >= len(p) && string(b[i-len(p):i]) == p && (i == len(p) || !isWord(b[i-len(p)-1])) {
				start = i - len(p)
				break
			}
		}
	case b[i+1] == '0' && area > 1:
		ok = b[i+2] != '0' && total >= 8 && total <= 13
	case area == 2 && (total == 10 || total == 11) && q.n == 2 && q.ends[1]-q.starts[1] == 4: // Brazil.
		ok = true
	case area == 3 && total == 10 && q.n == 3 && trunkEight(b, i): // Russia: 8 (495) 123-45-67
		ok = true
		start = i - 2
	default:
		set := e.topicsBefore(i)
		ok = total >= 9 && (set.has(topicPhone) || set.has(topicCall))
	}
	if ok {
		e.add(start, extension(b, end), PhoneNumber, rulePhoneShape, Reason{Bits: ReasonShape | ReasonRange}, 75)
	}
}

// trunkEight reports whether the trunk prefix of Russia stands alone before the parenthesis at i.
func trunkEight(b []byte, i int) bool {
	return i >= 2 && (b[i-1] == ' ' || b[i-1] == '-') && (b[i-2] == '8' || b[i-2] == '7') && (i == 2 || !isWord(b[i-3]) && b[i-3] != '+')
}

// phoneSeq judges the first k groups of a sequence, total digits, as a number in a national form. Forms that nothing
// else has stand for themselves where the sequence is whole; others need words that name a phone.
func (e *engine) phoneSeq(q *numSeq, k, total int, whole bool, sur *surround) bool {
	if total < 7 || total > 15 {
		return false
	}
	b := e.b
	start, end := q.starts[0], q.ends[k-1]
	dots, slash := 0, false
	for g := range k {
		n := q.ends[g] - q.starts[g]
		if n < 2 && g > 0 && (g > 1 || b[start] != '0' || b[start+1] != '0') || n > 8 {
			return false
		}
		if g == k-1 {
			break
		}
		switch q.seps[g] {
		case '.':
			dots++
		case '/':
			if g > 0 {
				return false
			}
			slash = true
		}
	}
	if dots > 0 && dots < k-1 || q.dated() {
		return false
	}
	id := idOf(b[start:end])
	key := q.key(k)
	shape := false
	switch d := id.c[:id.n]; {
	case key == key334 && nanp(d), key == key1334 && d[0] == '1' && nanp(d[1:]):
		shape = q.seps[k-2] != ' ' && q.seps[k-3] != ' '
	case d[0] == '0' && d[1] == '0':
		var in idText
		in.n = copy(in.c[:], d[2:])
		if shape = !slash && total >= 11 && dots == 0 && e164(&in, 1); !shape {
			return false
		}
	case d[0] == '0':
		shape = trunkShapes[key] && (dots == 0 || key == key22222)
		if slash && !shape {
			shape = k == 2 && total >= 8 && total <= 13 && q.ends[0]-q.starts[0] >= 3 && q.ends[0]-q.starts[0] <= 5
		}
	case slash:
		return false
	case key == key13322:
		shape = (d[0] == '8' || d[0] == '7') && d[1] >= '3' && dots == 0
	case key == key344:
		shape = d[0] == '1' && d[1] >= '3' && dots == 0 // China.
	case key == key254, key == key244:
		shape = q.seps[0] == ' ' && q.seps[1] == '-' // Brazil.
	case key == key433:
		shape = id.num(0, 4) == 1300 || id.num(0, 4) == 1800 // Australia.
	case key == key3222:
		shape = d[0] >= '6' && d[0] <= '9' && q.seps[0] == ' ' // Spain.
	}
	bits := ReasonShape
	confidence := uint8(60)
	switch topics := sur.topicSet(e, start, end); {
	case topics.has(topicPhone) && (shape || dots == 0 || total >= 9), topics.has(topicCall) && (shape || spokenShape(key, dots, &id)),
		topics.has(topicReach) && whole && !topics.has(topicTechnical) && (shape || spokenShape(key, dots, &id)):
		bits |= ReasonContext
		confidence = 85
	case !shape || !whole || topics.has(topicTechnical):
		return false
	}
	e.add(start, extension(b, end), PhoneNumber, rulePhoneShape, Reason{Bits: bits}, confidence)
	return true
}

// spokenShape reports whether digits in groups are a usual way to write a number without a trunk zero, where words
// around it speak of calling.
func spokenShape(key uint64, dots int, id *idText) bool {
	c := id.c[0]
	if dots > 0 && key != key334 {
		return false
	}
	switch key {
	case key334, key2322, key234, key37:
		return c >= '2'
	case key1334:
		return c == '1' && id.c[1] >= '2'
	case key333, key3222:
		return c >= '4'
	case key55:
		return c >= '6'
	case key2222, key44, key323, key332:
		return c >= '2' && id.num(0, 2) != 20
	case key244, key254, key344:
		return c != '0'
	}
	return false
}

// dated reports whether a sequence begins like a date or an IPv4 address.
func (q *numSeq) dated() bool {
	n := func(i int) int { return q.ends[i] - q.starts[i] }
	if q.n >= 3 && q.seps[0] == q.seps[1] {
		if n(0) == 4 && n(1) <= 2 && n(2) <= 2 && q.seps[0] != ' ' || n(0) <= 2 && n(1) <= 2 && n(2) == 4 && q.seps[0] != ' ' {
			return true
		}
		if q.n >= 4 && q.seps[0] == '.' && q.seps[2] == '.' && n(0) <= 3 && n(1) <= 3 && n(2) <= 3 && n(3) <= 3 && q.n == 4 {
			return true
		}
	}
	return false
}

// phonePlain judges a run of digits that the text calls a phone number.
func (e *engine) phonePlain(start, end int, sur *surround) {
	id := idOf(e.b[start:end])
	topics := sur.topicSet(e, start, end)
	d := id.c[:id.n]
	shape := id.n == 10 && nanp(d) || id.n == 11 && d[0] == '1' && nanp(d[1:]) || id.n >= 9 && id.n <= 12 && d[0] == '0' && d[1] != '0'
	switch {
	case id.n < 7 || id.n > 14 || id.repeats():
		return
	case topics.has(topicPhone) && id.n >= 8, topics.has(topicCall) && shape:
		e.add(start, extension(e.b, end), PhoneNumber, rulePhoneShape, Reason{Bits: ReasonShape | ReasonContext}, 75)
	}
}
