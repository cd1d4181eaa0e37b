package triage

import (
	"strings"
	"sync"
)

// A state is what incidents are told to be in, by class and not by word: two
// claims that put the same thing into states of one class say the same.
type state uint32

const (
	isGone    state = 1 << iota // does not do what it is for, or is not there
	isSlow                      // does it late
	isFull                      // has nothing left
	isHigh                      // has much, or more than before
	isLow                       // has little, or less than before
	isStale                     // is as it was
	isWrong                     // is another than it should be
	isStuck                     // waits
	isCycling                   // goes and comes again
	isOff                       // was switched off
	isExpired                   // is past its time
	isPiled                     // waits in numbers
	isHot                       // is warmer than it should be
)

// stateWords are the words of each class: verbs in their base form, of which
// the other forms are made, and after the bar all that has but one form.
var stateWords = []struct {
	is    state
	verbs string
	other string
}{
	{
		isGone, `stall pause block skip omit close refuse fail crash stop die abort terminate halt cease disconnect collapse reject refuse deny decline interrupt disappear vanish lose break
		cancel prevent bounce disrupt suspend quit discard error kill deactivate detach malfunction black-out crap misfire lapse drop vanish bomb
		perish fault miss crater implode bail disable forbid disallow abend conk vacate sever disengage`,
		`lost broke broken shut down unavailable offline unreachable inaccessible unresponsive dead defunct inoperative inoperable unusable
		non-functional nonfunctional out-of-service out-of-order unsuccessful unsuccessfully impossible missing gone away dark red notready
		not-ready unserviceable non-operational nonoperational failure failures outage outages downtime disconnection disconnections
		interruption interruptions unavailability loss losses stoppage shutdown blackout breakdown breakdowns termination cessation rejection
		rejections refusal refusals denial denials disruption disruptions inability absence absent lack faults trouble problems problem issue
		issues unable undeliverable undelivered unresolved unresolvable unreadable unmountable unwritable unusable unopenable unsent unanswered
		unregistered unauthenticated unsynchronised unscheduled fatal abortive prevented exception exceptions crashe dying lying toast kaput
		unhealthy hosed bust busted borked knackered without none nowhere nobody incomplete unfinished undone gap gaps ate eaten swallowed blank empty unsuccessfully oom oomkilled oom-killed inaudible invisible powerless`,
	},
	{
		isSlow, `miss slow lag delay crawl drag degrade timeout throttle linger prolong postpone trail`,
		`slowly slowness sluggish sluggishly sluggishness late latency latencies behind overdue laggy degradation bad poor poorly prolonged tardy
		timeouts slowdown slowdowns wait waits slower lengthy degraded long longer overrun overran overruns overrunning unresponsive arrears lateness`,
	},
	{
		isFull, `exhaust saturate deplete fill consume overflow max`,
		`full empty exhaustion depletion saturation fills insufficient maxed filled`,
	},
	{
		isHigh, `elevate increase rise grow spike climb surge soar jump double triple overload escalate balloon mount swell`,
		`high higher rose risen grew grown heavy excessive excessively large larger peak peaked growth elevated overloaded busy busier huge
		massive massively unusually abnormally multiplied`,
	},
	{
		isLow, `drop decrease decline fall reduce shrink dip plunge dwindle sink diminish plummet lower halve`,
		`low lower lowered less fewer fell fallen shrank reduction weak`,
	},
	{isStale, `stagnate`, `stale outdated old out-of-date obsolete outmoded unsynced unrefreshed older yesterday antiquated`},
	{
		isWrong, `diverge drift misroute misdirect garble corrupt mangle scramble distort misplace mismatch misdeliver swap falsify jumble`,
		`wrong wrongly incorrect incorrectly inaccurate erroneous erroneously false mistaken another different corruption mismatch mismatched
		invalid inconsistent inconsistency unexpected garbage bogus misrouting elsewhere`,
	},
	{
		isStuck, `suspend block wait hang freeze stall pause lock deadlock stick jam`,
		`hung froze frozen stuck blocked blocking pending suspended unresponsive motionless standstill held queued`,
	},
	{
		isCycling, `restart reboot crash crashloop flap cycle loop recycle respawn oscillate alternate bounce relaunch`,
		`crashlooping crashloopbackoff repeatedly intermittently intermittent reboots restarts flapping`,
	},
	{isOff, `disable deactivate disengage`, `off inactive unused idle disabled unpowered offline stopped inoperative switched-off`},
	{isExpired, `expire lapse elapse`, `expiry expiration invalid overdue outdated expired`},
	{isPiled, `accumulate pile amass`, `backlog backlogs pending backlogged congested congestion accumulation undelivered unprocessed waiting`},
	{isHot, `overheat`, `hot overheated overheating overtemperature thermal`},
}

// stateOf returns the classes of a word, or 0.
var stateOf = sync.OnceValue(func() map[string]state {
	m := make(map[string]state)
	for _, c := range stateWords {
		for w := range strings.FieldsSeq(c.other) {
			m[w] |= c.is
		}
		for v := range strings.FieldsSeq(c.verbs) {
			for _, w := range inflected(v) {
				m[w] |= c.is
			}
		}
	}
	return m
})

// inflected returns the forms of a regular English verb.
func inflected(v string) []string {
	end := v[len(v)-1]
	vowel := func(i int) bool { return strings.IndexByte("aeiou", v[i]) >= 0 }
	switch {
	case end == 'e':
		return []string{v, v + "s", v + "d", v[:len(v)-1] + "ing"}
	case end == 'y' && !vowel(len(v)-2):
		return []string{v, v[:len(v)-1] + "ies", v[:len(v)-1] + "ied", v + "ing"}
	case strings.HasSuffix(v, "s"), strings.HasSuffix(v, "x"), strings.HasSuffix(v, "ch"), strings.HasSuffix(v, "sh"):
		return []string{v, v + "es", v + "ed", v + "ing"}
	case len(v) <= 5 && strings.IndexByte("bgpt", end) >= 0 && vowel(len(v)-2) && !vowel(len(v)-3): // dropped
		return []string{v, v + "s", v + v[len(v)-1:] + "ed", v + v[len(v)-1:] + "ing"}
	}
	return []string{v, v + "s", v + "ed", v + "ing"}
}

// phrasals are verbs with a particle, by a word of state that says as much.
var phrasals = []struct{ word, list string }{
	{"refused", "turn away, turn down, kick off, throw off, boot out, boot off, knock back, send back, throw out, kick out, push back, bounce back, wave off, shut out, lock out"},
	{"down", "go down, come down, fall over, fall apart, go offline, go dark, go out, pack up, give out, give up, conk out, cut off, cut out, drop off, drop out, die off, wipe out, knock out, knock offline, bring down, take down, take offline, tear down, shut down, close down, power down, power off, black out, break down, break off, blow up, go missing, go away, bail out, crash out, fall out, fall off, come apart, go dead, hang up"},
	{"disabled", "turn off, switch off, toggle off"},
	{"full", "fill up, run out, use up, max out, eat up, clog up, run dry, book out, sell out, top out"},
	{"accumulated", "pile up, build up, stack up, heap up, mount up, queue up, line up, bank up"},
	{"slow", "slow down, take ages, take forever, bog down, drag on, fall behind, lag behind, get behind, run late, run behind, time out, drop behind, trail behind, run long"},
	{"stuck", "hold up, tie up, hang on, freeze up, lock up, seize up, jam up"},
	{"restarted", "start over, come back, bounce around, cycle through, reboot again"},
	{"rose", "shoot up, creep up, ramp up, speed up, move up, scale up"},
	{"fell", "go lower, dip down, tail off, taper off, trail off"},
	{"hot", "heat up, warm up, run hot"},
	{"answer", "pick up"},
	{"happen", "take place, come about, turn out"},
	{"work", "get through, go through, come through, come up, show up, turn up, boot up, start up, carry out, come in"},
}

// irregularForms are the other forms of the irregular verbs among them.
var irregularForms = map[string]string{
	"go": "goes went gone going", "come": "comes came coming", "fall": "falls fell fallen falling", "throw": "throws threw thrown throwing", "send": "sends sent sending",
	"shut": "shuts shutting", "give": "gives gave given giving", "cut": "cuts cutting", "bring": "brings brought bringing", "take": "takes took taken taking",
	"break": "breaks broke broken breaking", "blow": "blows blew blown blowing", "hang": "hangs hung hanging", "eat": "eats ate eaten eating", "run": "runs ran running",
	"build": "builds built building", "get": "gets got getting", "hold": "holds held holding", "freeze": "freezes froze frozen freezing", "tie": "ties tied tying",
	"shoot": "shoots shot shooting", "creep": "creeps crept creeping", "speed": "speeds sped speeding", "sell": "sells sold selling", "tear": "tears tore torn tearing", "die": "dies died dying",
}

// phrasalForms calls f with each form of each phrasal verb.
func phrasalForms(f func(from []string, to string)) {
	for _, p := range phrasals {
		for pair := range strings.SplitSeq(p.list, ", ") {
			verb, rest, _ := strings.Cut(pair, " ")
			forms := inflected(verb)
			if list, ok := irregularForms[verb]; ok {
				forms = append(strings.Fields(list), verb)
			}
			for _, v := range forms {
				f([]string{v, rest}, p.word)
			}
		}
	}
}
