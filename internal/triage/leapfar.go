package triage

import "strings"

// Much of what happens in a company has no way to a system: who sits where,
// what a page says, which colour it has. A claim about such things leaps,
// though it may name a page, a network or a licence; but for the few effects
// that each kind does have.

// away is a set of kinds of things that lie outside of systems.
type away uint8

const (
	premises  away = 1 << iota // rooms, doors, furniture, food
	people                     // teams, contracts, money, meetings
	publicity                  // what is sent to customers to win them
	papers                     // what is written, and where it is kept
	looks                      // how something looks or sounds
	fixtures                   // devices of rooms and desks that serve nobody else
)

var awayWords = lazyMap(func(m map[string]away) {
	for is, list := range map[away]string{
		premises: `extinguisher extinguishers scooter scooters stationery franking badge badges turnstile parking car garage cafeteria canteen kitchen kitchenette coffee tea espresso microwave dishwasher fridge vending
			lobby reception foyer elevator elevators lift escalator staircase carpet carpets furniture chair chairs sofa desk-booking plants whiteboard
			whiteboards laminator shredder refurbishment refurbish redecorated repainted painted catering lunch breakfast buffet uniform uniforms post-room mailroom
			loading-bay bicycle bike locker lockers gym gardener lawn blinds curtains window-cleaning fire-drill drill toilet toilets restroom washroom crèche creche
			playground auditorium atrium flagpole door doors kettle shuttle shelves signage lunchroom carpark janitorial
			plumbing cleaning cleaners gardening canteens hallway corridor corridors evacuation`,
		people: `team-building farewell commute commuting choir orchestra swimlanes swimlane hiring hired recruits joiner joiners intern interns onboarding newcomer payroll salary salaries bonus vacation birthday anniversary retirement
			sabbatical offsite retreat workshop webinar seminar meeting meetings stand-up retrospective retro sprint org-chart reorganisation reorg
			reorganization tariff tariffs expense expenses reimbursement appraisal survey surveys questionnaire
			 quarterly shareholders shareholder press-release tender charity raffle election-of union works-council headcount desk-move seating
			career interview interviews mentoring secondment timesheet timesheets accountant accountants lawyer lawyers legal-review pension
			insurance premiums policyholder sales-team council mayor sheriff librarian receptionist court courts museum church school recital kindergarten catering-contract headhunter applicant applicants job-title
			job-titles reporting-line travel chairperson committee`,
		publicity: `marketing newsletter newsletters campaign campaigns advert adverts advertisement advertisements advertising brochure brochures flyer flyers slogan billboard billboards
			sponsorship podcast tweet press influencer giveaway trade-show tradeshow leaflet leaflets rebrand rebranding coupon coupons mailshot`,
		papers: `wiki confluence readme handbook intranet jira slack spreadsheet spreadsheets powerpoint slide slides presentation visio memo glossary telephone-directory phonebook
			 user-guide guidebook noticeboard bulletin faq documentation docs diagram diagrams style-guide styleguide changelog letterhead
			poster posters white-paper whitepaper trello notion address-book addressbook blog on-hold cookbook estimation
			encyclopedia textbook`,
		looks: `theme themes colour color colours colors wallpaper wallpapers font fonts typeface icon icons favicon ringtone ringtones logo logos emoji emojis mascot
			dark-mode animation animations redesign redesigned restyled recoloured screensaver screensavers footer footers banner banners background-image avatar avatars skin splash
			wording palette cosmetic thumbnail thumbnails tooltip tooltips hold-music illustration illustrations motd spacing`,
		fixtures: `projector projectors lamp lamps video-wall videowall television televisions tv tvs toner ribbon laminators stapler stool stools docking dock
			docking-station webcam webcams loudspeaker loudspeakers e-reader smartwatch keyboard keyboards mouse mousepad charger chargers treadmill jukebox
			intercom doorbell thermostat thermostats printer printers photocopier copier copiers smartboard beamer beamers`,
	} {
		for _, w := range strings.Fields(list) {
			m[w] |= is
		}
	}
})

// awayPairs are such things by two words.
var awayPairs = lazyMap(func(m map[string]map[string]away) {
	for is, list := range map[away]string{
		looks:     `hold music, dark mode, light mode, stock photo, voice over, profile picture, profile pictures, profile photo`,
		premises:  `fire drill, meeting room, conference room, post room, loading bay, floor plan, fire extinguisher, door controller, door bell, door sign, new uniforms, air freshener, gift shop, office furniture, office move, office plants, meter reading`,
		fixtures:  `video wall, barcode scanners, barcode scanner`,
		papers:    `user guide, phone book, telephone directory, business card, business cards, tax roll, tax return, tax office, travel budget, marketing budget, budget meeting, budget review, release notes, cover page`,
		people:    `sales team, sales meeting, sales kickoff, changed teams, new hire, new hires, new colleague, company car, company cars, company party, company picnic, company newsletter, company retreat, org chart, stock price, annual report, annual leave, annual review, quarterly review, quarterly report, quarterly results, town hall, sprint length, legal department, job title, job titles, job advert, cost centre, cost center, opening hours, exchange rate, office hours, office party, parking permits`,
		publicity: `opt-out link, blog post, loyalty card, gift card`,
	} {
		for pair := range strings.SplitSeq(list, ", ") {
			first, second, _ := strings.Cut(pair, " ")
			if m[first] == nil {
				m[first] = make(map[string]away)
			}
			m[first][second] |= is
		}
	}
})

// forceful words say how even such a thing reaches a system: by load, power,
// water or heat.
var forceful = wordSet(`traffic load loaded requests queries bandwidth flood flooded flooding saturated saturating broadcast broadcasts storm doubled tripled quadrupled
	spike surge hammered overloaded unplugged plugged tripped breaker leaked leaking leak burst fire smoke smoked short-circuit short-circuited cut severed drilled pulled power
	outlet cable cables ate consumed exhausted scanning scanned crawled crawler downloads downloaded streaming streamed multicast loop looped bot bots
	vacuum vacuumed heat heated dust locked deleted wiped infected malware phishing hammering polled polling`)

// awayOf returns the kinds of outside things that a claim names.
func awayOf(ws []string) away {
	var is away
	for i, w := range ws {
		is |= awayWords[w]
		if i+1 < len(ws) {
			is |= awayPairs[w][ws[i+1]]
		}
	}
	return is
}

// bearing are the effects that a kind of outside thing may have.
func bears(is away, effect []string) bool {
	for _, w := range effect {
		switch {
		case awayWords[w] != 0,
			is&premises != 0 && physical[w],
			is&(people|papers) != 0 && human[w],
			is&publicity != 0 && busy[w],
			is&(looks|papers) != 0 && visual[w]:
			return true
		}
	}
	return false
}

var (
	physical = wordSet("overheated overheating temperature hot cooling power water smoke fan fans intake humidity tripped ups generator unplugged psu thermal")
	human    = wordSet(`unnoticed noticed paged page alert alerts alerted detected detection escalated escalation acknowledged lasted longer restored restore recovery
		runbook ticket tickets unanswered handover responded response renewed reviewed mitigated repair repaired`)
	busy = wordSet(`503 502 504 429 slow slowly latency overload overloaded traffic spike surge p99 p95 p50 timeouts timeout requests load checkout shop store website site pages orders
		queue queued busy capacity saturated saturation throttled cpu`)
	visual = wordSet("page pages rendered render renders rendering styles style layout displayed dashboard dashboards unreadable blank label labels picture pictures pdf text image images")
)

// A trade is a field so narrow that what happens in it stays there. Its words
// mean it wherever they stand.
type trade uint8

const (
	voice trade = 1 << iota
	mailing
	printing
	desktops
)

var trades = lazyMap(func(m map[string]trade) {
	for is, list := range map[trade]string{
		voice: `sip trunk trunks codec codecs fax faxes voicemail handset handsets pbx ivr dtmf sbc extension extensions dial-plan dialplan number-plan numbering did dids pstn isdn
			e1 t1 pri ucm cucm rtp srtp t.38 g.711 g.729 ata softphone softphones hunt-group headset headsets hold ringback call-waiting phones audio echo greetings greeting
			calls call call-takers call-taker caller callers psap psaps 911 ali ani esn cad esrp ecrf lvf esinet ng911 msag dispatch dispatchers dispatcher text-to-911 radio talkgroup
			voice static sdp jitter conference conferences exchange`,
		mailing:  `smtp greylisted greylisting greylist spam mailbox mailboxes mx dkim spf dmarc newsletter outlook postfix exim sendmail mail mails e-mail email emails imap pop3 bounce`,
		printing: `printer printers toner spooler print printing prints printed label-printers`,
		desktops: `wallpaper chrome firefox screensaver macro macros excel powerpoint desktop desktops laptop laptops docking keyboard webcam`,
	} {
		for _, w := range strings.Fields(list) {
			m[w] |= is
		}
	}
})

// audible are effects that one hears; carriers are the fields that can bring
// them about.
var (
	audible  = wordSet("audio echo static choppy jitter garbled one-way crackling robotic stutter stuttering distorted distortion noise clipped clipping muffled hum inaudible hear heard")
	carriers = fieldMask("bgp", "codec", "vmotion", "keepalive", "psu", "stratum", "campaign")
)

// elsewhere are words of what no one depends on.
var elsewhere = wordSet("sandbox playground hackathon decommissioned retired unrelated prototype demo proof-of-concept poc")

func tradeOf(ws []string) trade {
	var is trade
	for _, w := range ws {
		is |= trades[w]
	}
	return is
}

// inward are words of what lies so deep in a system that no trade reaches it.
var inward = wordSet(`esxi hyper-v crashed bios mirroring lockups kernel panic heap gc metaspace jvm etcd raft quorum fsync tempdb tablespace undo redo deadlock deadlocks ora-01555 wal vacuum index datastore vmotion vm vms
	hypervisor raid dimm ecc lun san multipath inode inodes pod pods kubelet evicted eviction kafka consumer rabbitmq offset offsets replica replication replicas redis
	lsass blue bluescreen kerberos dfsr sysvol wsus gpo saml vault unseal sealed kms terraform jenkins runner pipeline s3 bucket idrac ilo fan psu drive drives disk
	snapshot snapshots iops query queries table tables database db transaction transactions archive archiver checkpoint`)
