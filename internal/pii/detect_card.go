package pii

// cardSeq judges the first k groups of a sequence as a card number: 4-4-4-4, 4-4-4-4-3, 4-4-4-1, 4-6-5, 4-6-4. mid says that a
// number stands before it: a row of numbers, such as the speeds of fans, has many groups of four.
func (e *engine) cardSeq(q *numSeq, k int, mid bool, sur *surround) bool {
	if mid && (k != 4 || !sur.topicSet(e, q.starts[0], q.ends[k-1]).has(topicCard)) || k < 4 && k < q.n && q.ends[k]-q.starts[k] == 4 && q.seps[k-1] == q.seps[0] {
		return false
	}
	usual := q.ends[0]-q.starts[0] == 4
	for i := range k {
		n := q.ends[i] - q.starts[i]
		switch {
		case i > 0 && i < k-1 && q.seps[i] != q.seps[0] || q.seps[0] == '/':
			return false
		case n == 4, i == 1 && k == 3 && n == 6, i == 2 && k == 3 && n == 5, i == 4 && n < 4, i == 3 && k == 4 && n < 4:
		default:
			usual = false
		}
	}
	return usual && e.card(q.starts[0], q.ends[k-1], true, sur)
}

// card judges a card number by its issuer's range, its length and its check digit.
func (e *engine) card(start, end int, grouped bool, sur *surround) bool {
	id := idOf(e.b[start:end])
	if id.n < 12 || id.n > 19 || luhnSum(id.c[:id.n])%10 != 0 || id.repeats() {
		return false
	}
	brand := cardBrand(&id)
	bits := ReasonShape | ReasonChecksum
	if brand != cardNone {
		bits |= ReasonRange
	}
	confidence := uint8(80)
	if grouped {
		confidence = 92
	}
	switch {
	case sur.topicSet(e, start, end).has(topicCard) && (grouped || brand != cardNone):
		bits |= ReasonContext
		confidence = 95
	case sur.keyed, brand == cardNone, brand == cardRare && !grouped && !sur.alone(e, start, end), id.n >= 17 && (!sur.alone(e, start, end) && !grouped),
		id.n < 14 && !sur.alone(e, start, end):
		return false
	}
	e.add(start, end, CreditCard, ruleCard, Reason{Bits: bits}, confidence)
	return true
}

type brandKind uint8

const (
	cardNone   brandKind = iota
	cardRare             // Valid, but the range or the length is also that of many other numbers.
	cardBrand1           // A brand's range with its usual length.
)

// brandRow is a range of issuer identification numbers of a brand.
type brandRow struct {
	from, to int    // Of the first six digits.
	usual    uint32 // A bit for each length that most of its cards have.
	rare     uint32 // A bit for each other length that it gives out.
}

const (
	n16      = 1 << 16
	n16to19  = 1<<16 | 1<<17 | 1<<18 | 1<<19
	n17to19  = 1<<17 | 1<<18 | 1<<19
	nMaestro = 1<<12 | 1<<13 | 1<<14 | 1<<15 | n16to19
)

// brandTable holds the ranges of ISO/IEC 7812 that brands have published in their rules and guides for merchants. Where
// ranges overlap, every row counts.
var brandTable = []brandRow{
	{400000, 499999, n16, 1<<13 | 1<<19},           // Visa
	{510000, 559999, n16, 0},                       // Mastercard
	{222100, 272099, n16, 0},                       // Mastercard, since 2017
	{340000, 349999, 1 << 15, 0},                   // American Express
	{370000, 379999, 1 << 15, 0},                   // American Express
	{601100, 601199, n16, n17to19},                 // Discover
	{622126, 622925, n16, n17to19},                 // Discover and UnionPay
	{644000, 659999, n16, n17to19},                 // Discover, RuPay, Elo, Troy, Verve
	{300000, 305999, 1 << 14, n16 | 1<<15},         // Diners Club
	{309500, 309599, 1 << 14, n16 | 1<<15},         // Diners Club
	{360000, 369999, 1 << 14, n16 | 1<<15 | 1<<19}, // Diners Club
	{380000, 399999, 1 << 14, n16 | 1<<15 | 1<<19}, // Diners Club
	{352800, 358999, n16, n17to19},                 // JCB
	{213100, 213199, 1 << 15, n16},                 // JCB, before 2005
	{180000, 180099, 1 << 15, n16},                 // JCB, before 2005
	{620000, 629999, n16, n17to19},                 // UnionPay
	{810000, 817199, n16, n17to19},                 // UnionPay, RuPay
	{817200, 829999, 0, n16},                       // RuPay
	{600000, 609999, 0, n16},                       // RuPay
	{508500, 508999, n16, 0},                       // RuPay
	{606985, 607984, n16, 0},                       // RuPay
	{608001, 608500, n16, 0},                       // RuPay
	{652150, 653149, n16, 0},                       // RuPay
	{353000, 353999, n16, 0},                       // RuPay and JCB
	{356000, 356999, n16, 0},                       // RuPay and JCB
	{220000, 220499, n16, n17to19},                 // Mir
	{220500, 220599, n16, 0},                       // BORICA
	{979200, 979289, n16, 0},                       // Troy
	{438935, 438935, n16, 0},                       // Elo
	{451416, 451416, n16, 0},                       // Elo
	{504175, 504175, n16, 0},                       // Elo
	{506699, 506778, n16, 0},                       // Elo
	{509000, 509999, n16, 0},                       // Elo
	{627780, 627780, n16, 0},                       // Elo
	{636297, 636368, n16, 0},                       // Elo
	{606282, 606282, n16, 1<<13 | 1<<19},           // Hipercard
	{384100, 384199, n16, 1<<19 | 1<<13},           // Hipercard
	{506099, 506198, n16, 1<<18 | 1<<19},           // Verve
	{507865, 507964, n16, 1<<18 | 1<<19},           // Verve
	{637000, 639999, 0, n16},                       // InstaPayment
	{501900, 501999, n16, 0},                       // Dankort
	{970400, 970499, 0, n16 | 1<<19},               // NAPAS
	{860000, 860099, n16, 0},                       // Uzcard
	{986000, 986099, n16, 0},                       // Humo
	{194600, 194699, 0, n16},                       // GPN
	{500000, 509999, 0, nMaestro},                  // Maestro
	{560000, 599999, 0, nMaestro},                  // Maestro
	{600000, 699999, 0, nMaestro},                  // Maestro
}

// cardBrand checks the issuer identification number and the length.
func cardBrand(id *idText) brandKind {
	p := id.num(0, 6)
	kind := cardNone
	for i := range brandTable {
		r := &brandTable[i]
		if p < r.from || p > r.to {
			continue
		}
		if r.usual>>id.n&1 != 0 {
			return cardBrand1
		}
		if r.rare>>id.n&1 != 0 {
			kind = cardRare
		}
	}
	return kind
}
