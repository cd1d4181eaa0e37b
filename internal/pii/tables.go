package pii

import (
	"strings"
	"sync"
)

// prepare builds the tables that are large, when the first scan asks for them: a program that only shows its version, or
// serves nobody yet, does not wait for what it does not use. Whatever makes an engine, or turns a rule into its name, calls
// it first; it costs one load when it is done. What a forgotten call would meet are empty tables whose first use panics,
// which the gate takes for a failed scan.
var prepare = sync.OnceFunc(func() {
	vendorTable = makeVendorTable()
	keyedRows = makeKeyedRows()
	infixRows = makeInfixRows()
	keyTrie = makeKeyTrie()
	secretDataKey = classifyKey([]byte("secret"))
	makeTopics(&topicTable)
	shapeIndex = makeShapeIndex()
	shapeMasks = makeShapeMasks()
	shapesGoOn = makeShapesGoOn()
	labels = makeLabels()
	seedWords = strings.Fields(bip39)
	isSeedTrigger = makeIsSeedTrigger()
	keyTails, hostHeads, shortTails, longTails, streetTails = makeKeyTails(), makeHostHeads(), makeShortTails(), makeLongTails(), makeStreetTails()
	wordHooks = makeWordHooks()
	makeStarts(&starts)
})

// Prepare begins to build the tables that scans need and returns at once. It is not needed: the first scan does the same
// and waits for it, about 4 ms. It is safe for concurrent use.
func Prepare() { go prepare() }
