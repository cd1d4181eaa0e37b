package pii

import (
	"slices"
	"strings"
)

// A topic is what the words around a number say that it may be: a row of schemeTable, or one of the constants below.
type topic uint8

// Topics beside the rows of schemeTable, which have those from topicScheme on.
const (
	topicNone topic = iota
	topicIdentity
	topicTax
	topicPhone
	topicCall  // Words for calling someone, which programs use too.
	topicReach // Words that go with a phone number and with much else: only for what has the shape of one.
	topicCard
	topicSsn
	topicBank
	topicIban
	topicVat
	topicWallet
	topicImei
	topicVin
	topicPassport
	topicMac
	topicTechnical // What has no check digit, or a weak one, and stands beside these is more likely something else.

	topicScheme
)

// topicSet is a set of topics.
type topicSet [4]uint64

func (s *topicSet) add(t topic)      { s[t>>6] |= 1 << (t & 63) }
func (s *topicSet) has(t topic) bool { return s[t>>6]>>(t&63)&1 != 0 }
func (s *topicSet) empty() bool      { return s[0]|s[1]|s[2]|s[3] == 0 }

// scheme reports whether one of the topics is a row of schemeTable.
func (s *topicSet) scheme() bool {
	const general = 1<<topicScheme - 1
	return s[0]&^general|s[1]|s[2]|s[3] != 0
}

// topicWords are the words of the general topics, in lower case. A phrase of two words counts by its second.
var topicWords = map[topic]string{
	topicIdentity: "national id, identity, identitycard, identification, national number, citizen, citizenship, id card, id number, national insurance, " +
		"personal number, personal id, personal code, civil registration, ssn, social security, dni, cedula, cédula, identidad, identidade, identité, " +
		"identità, ausweis, personennummer, nationalid, idnumber, identificación, identificação",
	topicTax: "tax, taxpayer, tin, fiscal, fiscale, steuer, steuernummer, impuesto, impôt, vat, taxid, tributaria, podatkowy",
	topicPhone: "phone, phones, telephone, telephones, tel, mobile, mob, cell, cellphone, cellular, fax, telefax, sms, whatsapp, whats app, ph, dial, dialed, dialled, msisdn, " +
		"landline, handset, telefon, telefono, teléfono, telefone, téléphone, telephonnummer, telefonnummer, tlf, tfn nr, handy, mobil, " +
		"mobiltelefon, handynummer, rufnummer, festnetz, portable, móvil, movil, celular, cellulare, gsm, puhelin, matkapuhelin, " +
		"telefoonnummer, telefoon, mobiel, komórka, telefonu, telemóvel, fijo, fixe, télécopie, faks, hotline, helpline, " +
		"tollfree, toll free, телефон, тел, моб, 电话, 手机, 電話, 携帯, 전화, 휴대폰, טלפון, נייד, facsimile, voicemail, pager",
	topicCall: "soita, soittaa, ligue, call, calls, calling, called, callback, ring, ringing, rufen, anrufen, appelez, appeler, llamar, llame, llámame, ligar, chiama, chiamare, " +
		"zadzwoń, bel, bellen, ringa, позвоните, cep, text me, contact, reach, dial",
	topicReach: "contact, contacts, reach, reached, number, numbers, nummer, numero, número, numéro, at, on, text, texted, line, office, home, work, ext, me, numer, " +
		"kontakt, contacto, contato, contatto, support, desk, direct, emergency, customer",
	topicCard: "card, cards, visa, mastercard, amex, credit, debit, payment, cc, discover, pan, creditcard, cardnumber, kreditkarte, kreditkartennummer, karte, " +
		"carte, tarjeta, carta, cartão, karta, maestro, jcb, diners, unionpay, 银行卡号, 银行卡, 信用卡号, 信用卡, 卡号, カード番号, クレジットカード, 카드번호, 신용카드, карты, карта, rupay, kort, kreditkort, kaart, ccn, cardholder, american express, paid",
	topicSsn:    "ssn, ssns, social security, soc sec, socialsecurity, social insurance, tax id, taxid, itin, taxpayer, ss number, ss, social",
	topicBank:   "bank, account, acct, iban, konto, kontonummer, routing, aba, rtn, wire, clabe, cuenta, compte, conto, rekening, swift, bic, bankkonto, accounts, conta",
	topicIban:   "iban",
	topicVat:    "vat, ust, u st, mw st, mwst, iva, btw, tva, moms, mva, umsatzsteuer, ustid, vatin, gst, uid, alv, dph, pvm, pdv, ddv, dds, áfa, afm, taxable, tax id, taxid, tax number",
	topicWallet: "wallet, btc, bitcoin, eth, ethereum, crypto, address, litecoin, ltc, dogecoin, doge, ripple, xrp, monero, xmr, tron, trx, solana, sol, usdt, usdc, bch",
	topicMac:    "mac, macs, macaddr, hwaddr, lladdr, chaddr, bssid, hardware address, physical address, ethernet address",
	topicImei:   "imei, imeis, imeisv, deviceimei, device, handset",
	topicVin:    "vin, vehicle, chassis, fahrgestellnummer, fin, fahrzeug",
	topicTechnical: "commit, commits, build, version, revision, rev, sku, offset, seq, sequence, cursor, ticks, elapsed, bytes, ns, usec, msec, part number, order, " +
		"release, released, batch, pid, tid, hash, port, shipped, transferred, lag, ack, trace, span, java, kernel, blk, inode, blob, tick, firmware, code",
	topicPassport: "passport, passports, pasaporte, passaporto, passeport, reisepass, paszport, paszportu, passaporte, paspoort, pasport, passportno, " +
		"passnummer, pass nr, passi",
}

// topicEntry is one word of a topic in topicTable.
type topicEntry struct {
	hash   uint64
	before uint64 // Hash of the word that must stand before, or 0.
	topic  topic
}

const topicBits = 13

// topicTable holds all words by their hash, in open addressing: entries of a word are together.
var topicTable [1 << topicBits]topicEntry

func makeTopics(t *[1 << topicBits]topicEntry) {
	put := func(tp topic, words string) {
		for _, w := range strings.Split(words, ",") {
			f := strings.Fields(w)
			if len(f) == 0 {
				continue
			}
			en := topicEntry{hash: topicHash([]byte(f[len(f)-1])), topic: tp}
			if len(f) > 1 {
				en.before = topicHash([]byte(f[len(f)-2]))
			}
			x := en.hash >> (64 - topicBits)
			for t[x].topic != topicNone {
				if t[x] == en {
					break
				}
				x = (x + 1) % uint64(len(t))
			}
			t[x] = en
		}
	}
	for tp := topicNone + 1; tp < topicScheme; tp++ {
		put(tp, topicWords[tp])
	}
	for i := range schemeTable {
		put(topicScheme+topic(i), schemeTable[i].words) //nolint:gosec // TestSchemesAreSound holds the bound.
	}
}

const (
	hashSeed  = 14695981039346656037
	hashPrime = 1099511628211
)

// topicHash is FNV-1a over the lower case of a word, with the high bits mixed in.
func topicHash(w []byte) uint64 {
	h := uint64(hashSeed)
	for i := range w {
		h = (h ^ uint64(foldAt(w, i))) * hashPrime
	}
	return finishHash(h)
}

func finishHash(h uint64) uint64 { return h * 0x9e3779b97f4a7c15 }

// foldAt returns the lower case of the byte at i, of ASCII and of the letters of ISO 8859-1 in UTF-8.
func foldAt(w []byte, i int) byte {
	c := w[i]
	if c < 0x80 {
		return lower(c)
	}
	if i > 0 && w[i-1] == 0xc3 && c >= 0x80 && c <= 0x9e && c != 0x97 {
		return c + 0x20
	}
	return c
}

func isTopicByte(c byte) bool { return isLetter(c) || c >= 0x80 }

// The bytes before and behind a number in which words are looked for.
const (
	topicBefore = 72
	topicBehind = 32
)

// topics returns what the words before start and behind end, on the same line, say. A word of a key name such as
// "customerTaxId" counts as if it stood alone.
func (e *engine) topics(start, end int) (set topicSet) {
	b := e.b
	set = e.topicsBefore(start)
	hi := min(len(b), end+topicBehind)
	if i := slices.Index(b[end:hi], '\n'); i >= 0 {
		hi = end + i
	} else if hi < len(b) {
		for hi > end && isTopicByte(b[hi]) && isTopicByte(b[hi-1]) {
			hi--
		}
	}
	collectTopics(&set, b[end:hi])
	return set
}

// labelEnds reports whether the line that ends at i ends in a colon, as that of a label above its value does.
func labelEnds(b []byte, i int) bool {
	if b[i-1] == '\r' {
		i--
	}
	return i > 1 && b[i-1] == ':' && isTopicByte(b[i-2])
}

// topicsBefore is topics for the words before start only.
func (e *engine) topicsBefore(start int) (set topicSet) {
	b := e.b
	set = e.around
	lo := max(0, start-topicBefore)
	for i := start; i > lo; i-- {
		if b[i-1] == '\n' {
			if i-1 > lo+1 && i+8 > start && labelEnds(b, i-1) { // The number is below its label.
				continue
			}
			lo = i
			break
		}
	}
	if lo > 0 && b[lo-1] != '\n' {
		for lo < start && isTopicByte(b[lo]) && isTopicByte(b[lo-1]) { // Not from the middle of a word.
			lo++
		}
	}
	collectTopics(&set, b[lo:start])
	return set
}

// hump reports whether a word of a name in camel case starts at the upper-case letter at i, as both do in "taxIDNumber".
func hump(b []byte, i int) bool {
	return is(b[i-1], chLower) || is(b[i-1], chUpper) && i+1 < len(b) && is(b[i+1], chLower)
}

// collectTopics adds the topics of the words of b, which is short.
func collectTopics(set *topicSet, b []byte) {
	prev := uint64(0)
	for i := 0; i < len(b); {
		if !isTopicByte(b[i]) {
			i++
			continue
		}
		h := uint64(hashSeed)
		j := i
		for j < len(b) && isTopicByte(b[j]) && (j == i || !is(b[j], chUpper) || !hump(b, j)) {
			h = (h ^ uint64(foldAt(b, j))) * hashPrime
			j++
		}
		digitBefore, digitBehind := i > 0 && isDigit(b[i-1]), j < len(b) && isDigit(b[j])
		short := j-i < 3
		i = j
		if digitBefore || short && digitBehind { // Of a hash, not a word.
			prev = 0
			continue
		}
		h = finishHash(h)
		for x := h >> (64 - topicBits); topicTable[x].topic != topicNone; x = (x + 1) % uint64(len(topicTable)) {
			if en := &topicTable[x]; en.hash == h && (en.before == 0 || en.before == prev) {
				set.add(en.topic)
			}
		}
		prev = h
	}
}
