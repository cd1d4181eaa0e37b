package pii

// readLabelled reports the value of a label that starts at j, if there is one. words is the number of words between.
func (e *engine) readLabelled(kind labelKind, j, words int) bool {
	b := e.b
	if j > 0 && gluedBefore(b, j) && b[j-1] != '/' && (kind != labelPosition || b[j-1] != '-') {
		return false
	}
	switch kind {
	case labelPlace:
		return e.place(j)
	case labelShort:
		return words < 3 && e.shortNumber(j)
	}
	s := e.labelledSpan(kind, j, words)
	if s.end == 0 || s.end < len(b) && (isWord(b[s.end]) || b[s.end] == '@') {
		return false
	}
	e.add(s.start, s.end, s.typ, s.rule, Reason{Bits: ReasonShape | ReasonContext}, s.confidence)
	return true
}

// labelledValue is what a label announces. An end of 0 is none.
type labelledValue struct {
	start, end int
	typ        Type
	rule       RuleID
	confidence uint8
}

// labelledSpan returns the value of a label that starts at j, if there is one there.
func (e *engine) labelledSpan(kind labelKind, j, words int) labelledValue {
	b := e.b
	end, t, rule, confidence := 0, DeviceSerial, ruleSerial, uint8(80)
	switch kind {
	case labelPassport:
		t, rule = Passport, rulePassport
		end = passportEnd(b, j)
	case labelLicence:
		t, rule = DrivingLicence, ruleDrivingLicence
		end = licenceEnd(b, j)
	case labelAccount:
		t, rule = BankAccount, ruleBankAccount
		end = groupsEnd(b, j, 6, 18)
	case labelSortCode:
		t, rule = BankAccount, ruleBankAccount
		if end = groupsEnd(b, j, 6, 8); end != 0 && digitsIn(b[j:end]) == 7 {
			end = 0
		}
	case labelBIC:
		t, rule = BankAccount, ruleBankAccount
		end = bicEnd(b, j)
	case labelPlate:
		t, rule = LicencePlate, rulePlate
		end = plateEnd(b, j)
	case labelBirth:
		t, rule, confidence = DateOfBirth, ruleBirthDate, 85
		end = dateEnd(b, j)
	case labelSerial:
		end = serialEnd(b, j, false)
	case labelSerialWeak:
		if words < 3 {
			end = serialEnd(b, j, true)
		}
	case labelRecord:
		t, rule, confidence = NationalId, ruleNationalID, 70
		end = recordEnd(b, j)
	case labelSIM:
		end = simEnd(b, j)
	case labelPosition:
		t, rule = GpsCoordinates, ruleGPS
		if words == 0 {
			if j > 0 && b[j-1] == '-' {
				j--
			}
			end = degreesEnd(b, j, 180)
		}
	case labelPhone:
		t, rule = PhoneNumber, rulePhoneShape
		if words < 3 {
			end = spacedPhoneEnd(b, j)
		}
	}
	return labelledValue{j, end, t, rule, confidence}
}

// spacedPhoneEnd takes seven or eight digits, and numbers that begin with the trunk zero and have a stroke or a dash between
// spaces: 030 / 123456-0.
func spacedPhoneEnd(b []byte, j int) int {
	k := run(b, j, j+9, chDigit)
	if n := k - j; (n == 7 || n == 8) && unitFree(b, k) && !dateDigits(b[j:k]) {
		return k
	}
	if b[j] != '0' || k+3 >= len(b) || b[k] != ' ' || b[k+1] != '/' && b[k+1] != '-' || b[k+2] != ' ' || k-j < 3 || k-j > 5 {
		return 0
	}
	end := groupsEnd(b, k+3, 4, 9)
	for m := end; m != 0 && m+1 < len(b) && (b[m] == '-' || b[m] == ' ') && isDigit(b[m+1]); { // A direct line: 123456-0.
		m = run(b, m+1, m+5, chDigit)
		if m < len(b) && isWord(b[m]) {
			break
		}
		end = m
	}
	return end
}

// shortNumber looks for a scheme whose numbers have fewer than nine digits and that the text names.
func (e *engine) shortNumber(j int) bool {
	b := e.b
	end := run(b, j, j+9, chDigit)
	if n := end - j; n < 6 || n > 8 || end < len(b) && isWord(b[end]) || !unitFree(b, end) {
		return false
	}
	var sur surround
	var best candidate
	for i := range shapeIndex.run[end-j] {
		e.weigh(&best, shapeIndex.run[end-j][i].scheme, j, end, false, named, &sur)
	}
	return e.addBest(&best)
}

// slashN is called at a word of letters and digits, before which "S/N" may stand.
func (e *engine) slashN(start, end int) bool {
	b := e.b
	j := start
	for j > 0 && start-j < 3 && (b[j-1] == ' ' || b[j-1] == ':' || b[j-1] == '(' || b[j-1] == '#') {
		j--
	}
	if j == start || j < 3 || lower(b[j-1]) != 'n' || b[j-2] != '/' || lower(b[j-3]) != 's' || j > 3 && isWord(b[j-4]) || serialEnd(b, start, false) < end {
		return false
	}
	return e.readLabelled(labelSerial, start, 0)
}
