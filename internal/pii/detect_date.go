package pii

import "strings"

// monthNames are the names of the months and their short forms, each month's in one string.
var monthNames = func() map[string]uint8 {
	m := map[string]uint8{}
	for i, names := range [...]string{
		"january jan januar jänner janvier janv enero ene gennaio gen janeiro januari stycznia styczeń tammikuu tammikuuta leden ledna ianuarie",
		"february feb februar februari février févr fevrier febrero febbraio fevereiro fev lutego luty helmikuuta únor února februarie",
		"march mar märz maerz mrz mars marzo março marco maart mrt marca marzec maaliskuuta březen března martie",
		"april apr avril avr abril abr aprile kwietnia kwiecień huhtikuuta duben dubna aprilie",
		"may mai mayo maggio mag maio mei maj maja toukokuuta květen května",
		"june jun juni juin junio giugno giu junho czerwca czerwiec kesäkuuta červen června iunie",
		"july jul juli juillet juil julio luglio lug julho lipca lipiec heinäkuuta červenec července iulie",
		"august aug août aout agosto ago augustus augusti sierpnia sierpień elokuuta srpen srpna",
		"september sep sept septembre septiembre settembre set setembro września wrzesień syyskuuta září septembrie",
		"october oct oktober okt octobre octubre ottobre ott outubro out października październik lokakuuta říjen října octombrie",
		"november nov novembre noviembre novembro listopada listopad marraskuuta noiembrie",
		"december dec dezember dez décembre déc december diciembre dic dicembre dezembro grudnia grudzień joulukuuta prosinec prosince decembrie des desember",
	} {
		for _, n := range strings.Fields(names) {
			m[n] = uint8(i + 1) //nolint:gosec // 1 to 12.
		}
	}
	return m
}()

// monthAt returns the month whose name is the word at i, and where the word ends, or 0.
func monthAt(b []byte, i int) (month, end int) {
	var buf [16]byte
	n := 0
	j := i
	for j < len(b) && isTopicByte(b[j]) {
		if n == len(buf) {
			return 0, 0
		}
		buf[n] = foldAt(b, j)
		n++
		j++
	}
	m := monthNames[string(buf[:n])]
	if m != 0 && j < len(b) && b[j] == '.' {
		j++
	}
	return int(m), j
}

// numberAt reads a number of at most four digits at i.
func numberAt(b []byte, i int) (v, end int) {
	end = run(b, i, i+5, chDigit)
	if end-i > 4 {
		return -1, i
	}
	for _, c := range b[i:end] {
		v = v*10 + int(c-'0')
	}
	if end == i {
		v = -1
	}
	return v, end
}

func birthYear(v, digits int) bool { return digits == 4 && v >= 1880 && v <= 2035 || digits == 2 }

// dateEnd returns the end of a date at j, or 0: 1980-03-05, 05/03/1980, 5.3.80, 5 March 1980, March 5th, 1980, 5. März 1980,
// 5 de marzo de 1980, 05MAR1980, 19800305.
func dateEnd(b []byte, j int) int {
	if j >= len(b) {
		return 0
	}
	if !isDigit(b[j]) {
		return monthFirst(b, j)
	}
	v, k := numberAt(b, j)
	if v < 0 {
		if m := run(b, j, j+9, chDigit); m-j == 8 && dateDigits(b[j:m]) {
			return m
		}
		return 0
	}
	if k >= len(b) {
		return 0
	}
	if k-j == 4 {
		return yearFirst(b, k, v)
	}
	if k-j > 2 || v == 0 || v > 31 {
		return 0
	}
	if c := b[k]; (c == '/' || c == '-' || c == '.') && k+1 < len(b) && isDigit(b[k+1]) {
		m, l := numberAt(b, k+1)
		if l >= len(b) || b[l] != c || l-k > 3 || !calendar(m, v) && !calendar(v, m) {
			return 0
		}
		y, end := numberAt(b, l+1)
		if y < 0 || !birthYear(y, end-l-1) || end < len(b) && isWord(b[end]) {
			return 0
		}
		return end
	}
	return dayFirst(b, k, v)
}

// yearFirst reads a month and a day behind a year that ends at k.
func yearFirst(b []byte, k, year int) int {
	c := b[k]
	if !birthYear(year, 4) || c != '-' && c != '/' && c != '.' {
		return 0
	}
	m, l := numberAt(b, k+1)
	if l-k > 3 || l >= len(b) || b[l] != c {
		return 0
	}
	d, end := numberAt(b, l+1)
	if d < 0 || end-l > 3 || !calendar(m, d) || end < len(b) && isWord(b[end]) && b[end] != 'T' {
		return 0
	}
	if end < len(b) && b[end] == 'T' { // A time follows; it is not of the birth.
		return 0
	}
	return end
}

// dayFirst reads a month's name and a year behind a day that ends at k.
func dayFirst(b []byte, k, day int) int {
	for _, s := range [...]string{"st", "nd", "rd", "th", "er", "º", "ª", "."} {
		if hasPrefixFold(b[k:], s) {
			k += len(s)
			break
		}
	}
	k = skipBetween(b, k)
	m, k := monthAt(b, k)
	if m == 0 || !calendar(m, day) {
		return 0
	}
	k = skipBetween(b, k)
	y, end := numberAt(b, k)
	if y < 0 || !birthYear(y, end-k) || end < len(b) && isWord(b[end]) {
		return 0
	}
	return end
}

// monthFirst reads a month's name, a day and a year.
func monthFirst(b []byte, j int) int {
	m, k := monthAt(b, j)
	if m == 0 || k >= len(b) || b[k] != ' ' && b[k] != '-' && b[k] != '/' {
		return 0
	}
	d, l := numberAt(b, k+1)
	if l-k > 3 || !calendar(m, d) {
		return 0
	}
	for _, s := range [...]string{"st", "nd", "rd", "th"} {
		if hasPrefixFold(b[l:], s) {
			l += len(s)
			break
		}
	}
	l = skipBetween(b, l)
	y, end := numberAt(b, l)
	if y < 0 || !birthYear(y, end-l) || end < len(b) && isWord(b[end]) {
		return 0
	}
	return end
}

// skipBetween steps over what stands between the parts of a date: a comma, a space or a dash, and "of" or "de".
func skipBetween(b []byte, k int) int {
	if k < len(b) && b[k] == ',' {
		k++
	}
	if k < len(b) && (b[k] == ' ' || b[k] == '-' || b[k] == '/') {
		k++
	}
	for _, s := range [...]string{"of ", "de ", "del ", "di "} {
		if hasPrefixFold(b[k:], s) {
			return k + len(s)
		}
	}
	return k
}
