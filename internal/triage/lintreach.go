package triage

import (
	"slices"
	"strings"
)

var reachEvents = newLexicon(
	"outage|bug|defect|incident|failure|downtime|maintenance|disruption|breakdown|fault|vulnerability|regression|problem|issue|degradation ~1 at|in|of|by|with|on|within ~3 @party",
	"cut|flooding|failure|outage|loss of ~1 the ~1 provider|carrier|isp|grid|exchange|mains",
	"^1 @party ~1 maintenance|outage|outages|incident|failure|downtime|problems|disruption|degradation", "lightning|storm|flood|flooding|fire|earthquake|hurricane|wildfire|tornado ~1 strike|strikes|damage|damaged|struck|hit|took|cut|flooded|destroyed",
	"^ storm|storms|lightning|hurricane|typhoon|cyclone|monsoon|tornado|earthquake|blizzard|landslide|tsunami|avalanche ~1 %past",
	"^ the|a|an|heavy|severe|ice|snow|winter|tropical storm|storms|lightning|hurricane|typhoon|cyclone|monsoon|tornado|earthquake|blizzard|landslide|tsunami|avalanche|rain|snow|winds ~1 %past",
	"flooding|fire ~1 of|at ~2 provider|exchange|centre|center", "grid|mains ~1 failure|outage|loss", "third party ~1 api|service|provider|library|%past", "^3 fibre|fiber|cable|duct cut",
	"@party side $", "cable|cables|fibre|fiber|duct|conduit|line|pole|mast ~3 cut|severed|damaged|torn|ripped|dug|hit|struck|broken ~2 by", "on|at their side|end",
)

var prepositions = wordSet("of for to from with by in on at into behind through via between against towards toward")

// maxReach is how far from the start of a claim the outside party stands.
const maxReach = 4

// partyWords are the outside parties that patterns name with @party.
func partyWords() []string {
	var out []string
	for _, set := range []map[string]bool{kinds, services, makers} {
		for w := range set {
			out = append(out, w, w+"s")
		}
	}
	return append(out, "provider", "providers", "partner")
}

// isOutOfReach reports whether a root cause is something that an outside party
// did or suffered: as the subject, as the owner of the subject, or by whom it
// was done.
func isOutOfReach(n *Node, _ bool, ws []string) bool {
	if !n.Root {
		return false
	}
	return reachEvents.match(ws) && !own(ws) || beyondReach(ws, owners(n.Claim)) || byParty(ws)
}

// own reports whether a claim begins with what one has of a party.
func own(ws []string) bool {
	return len(ws) > 1 && (ws[0] == "our" || ws[0] == "my") && !kinds[ws[1]] && !whose[ws[1]] && ws[1] != "provider" &&
		!slices.ContainsFunc(ws[1:min(5, len(ws))], func(w string) bool { return companies[w] })
}

// inOurs reports whether a claim is about what stands in one's own.
func inOurs(ws []string) bool {
	for i, w := range ws[:max(len(ws)-1, 0)] {
		if (w == "in" || w == "on" || w == "from" || w == "inside") && ws[i+1] == "our" {
			return true
		}
	}
	return false
}

// owners returns the words of a claim that stand in the genitive.
func owners(claim string) []string {
	var out []string
	for i, f := range strings.Fields(strings.ToLower(strings.ReplaceAll(claim, "’", "'"))) {
		if i > maxReach+1 {
			break
		}
		if w, ok := strings.CutSuffix(f, "'s"); ok {
			out = append(out, w)
		} else if w, ok := strings.CutSuffix(f, "s'"); ok {
			out = append(out, w+"s")
		}
	}
	return out
}

// party is how a claim names an outside party.
type party int

const (
	noParty party = iota
	aKind         // by what it is: "the carrier"
	aService
	aMaker
)

// partyAt returns the party that the word at i begins, and how many words name
// it.
func partyAt(ws []string, i int) (party, int) {
	w, next, third, before := ws[i], at0(ws, i+1), at0(ws, i+2), ""
	if i > 0 {
		before = ws[i-1]
	}
	switch {
	case companies[w] && i > 0 && !inSoftware[before] && !auxiliary[before] && !isPast(before):
		return aKind, 1
	case whose[w] && outsiders[next] && (w != "upstream" || i != 0) && !deviceNouns[next]:
		return aKind, 2
	case whose[w] && outsiders[third] && (whose[next] || modifies(next) && w != "upstream" && !deviceNouns[third]):
		return aKind, 3
	case doubleNames[w] != nil && doubleNames[w][next]:
		return aService, 2
	case elsewhose[w] && (w != "upstream" || i != 0) && next != "" && !ownable[next] && !ownable[third]:
		width := 2
		for width < 5 && i+width < len(ws) && modifies(ws[i+width]) && !ownable[ws[i+width]] {
			width++
		}
		return aKind, width
	case kinds[w], kinds[strings.TrimSuffix(w, "s")] && w != "carriers":
		return aKind, 1
	case (w == "provider" || w == "providers" || w == "partner") && (before == "" || before == "the" || before == "our" || before == "a"):
		return aKind, 1
	case (w == "customer" || w == "client" || w == "tenant") && next == "own":
		return aKind, 2
	case services[w] && !everydayName[w], services[w] && i == 0 && (actorVerbs[next] || auxiliary[next] || held[next]) && !deviceNouns[next]:
		return aService, 1
	case makers[w]:
		return aMaker, 1
	}
	return noParty, 0
}

// modifies reports whether a word may stand within a noun phrase.
func modifies(w string) bool { return !prepositions[w] && !auxiliary[w] && !isPast(w) && !stopWords[w] }

var (
	// companies are parties whatever they deal in.
	companies = wordSet(`provider providers supplier suppliers vendor vendors carrier carriers contractor contractors reseller resellers aggregator registrar insurer hoster
		wholesaler distributor subcontractor integrator`)
	// inSoftware are the providers that are parts of programs.
	inSoftware = wordSet(`identity data metrics metric terraform auth authentication oidc saml oauth config configuration content credential credentials wmi ole trace context
		storage key tenant crypto csi cni state session membership role file event type value log logging ldap kerberos secret secrets cloud service location
		feature flag cache`)
	// ownable are of other people's make and one's own.
	ownable = wordSet(`library libraries lib libs jar jars cookie cookies driver drivers module modules plugin plugins package packages dns interface interfaces ip ips
		address addresses block queue timeout timeouts traffic load balancer balancers port ports keepalive disk disks drive drives cable antenna monitor
		monitors script scripts font fonts server servers host hosts pool list name names url urls users user facing hard usb display link links table tables
		key keys secret secrets volume volumes zone view route routes gateway firewall data code component components dependency dependencies software app
		apps tool tools`)
	// elsewhose are words that make an outside party of whatever follows.
	elsewhose = wordSet("third-party 3rd-party external upstream")
	// doubleNames are names of two words.
	doubleNames = lazyMap(func(m map[string]map[string]bool) {
		for name := range strings.SplitSeq("google cloud, oracle cloud, ibm cloud, alibaba cloud, microsoft azure, open source, let encrypt, let's encrypt, red hat, palo alto, new relic, docker hub, certificate authority, virgin media, deutsche telekom, british telecom, "+
			"hurricane electric, level 3, terraform registry, maven central, chrome store, app store, play store, helm hub, nuget gallery, ansible galaxy, puppet forge, google maps", ", ") {
			first, second, _ := strings.Cut(name, " ")
			if m[first] == nil {
				m[first] = make(map[string]bool)
			}
			m[first][second] = true
		}
	})
	// everydayName are companies that are called like a word.
	everydayName = wordSet(`three free sky orange bell sprint spectrum frontier here swift wind box tim salt sunrise ee charter cox shaw square duo segment render meta apple dna
		mts zoom render slack amplitude honeycomb`)
	// deviceNouns are parts of one's own that are called after what they serve.
	deviceNouns = wordSet(`queue block pool timeout timeouts table column field port interface card agent client plugin plugins config configuration setting settings account
		accounts key keys token tokens route routes record records import export job adapter driver cookie cookies secret secrets filter filters quota bucket
		policy role`)
)

// beyondReach reports whether the subject of a claim is an outside party, or
// what belongs to one.
func beyondReach(ws, owners []string) bool {
	if own(ws) || inOurs(ws) {
		return false
	}
	if len(ws) > 3 {
		// "the backbone of the carrier was congested"
		k := 0
		for k < 4 && k+2 < len(ws) && ws[k+1] != "of" && ws[k+1] != "at" && !isPast(ws[k]) && !auxiliary[ws[k]] && !prepositions[ws[k]] {
			k++
		}
		if k < 4 && k+2 < len(ws) && (ws[k+1] == "of" || ws[k+1] == "at") {
			at := k + 2
			if leading[ws[at]] && at+1 < len(ws) {
				at++
			}
			if is, width := partyAt(ws, at); is != noParty && is != aMaker && at+width < len(ws) && (auxiliary[ws[at+width]] || isPast(ws[at+width])) {
				return true
			}
		}
	}
	for i := 0; i < len(ws) && i <= maxReach && ws[i] != ";"; i++ {
		if slices.Contains(owners, ws[i]) {
			next := at0(ws, i+1)
			switch {
			case i == 0 && services[ws[i]] && everydayName[ws[i]] && !deviceNouns[next] && slices.ContainsFunc(ws[1:], func(w string) bool { return isPast(w) || auxiliary[w] }),
				next == "hosted" || next == "saas",
				outsiders[ws[i]] && companyLike[ws[i]],
				(ws[i] == "customer" || ws[i] == "client" || ws[i] == "tenant" || ws[i] == "subscriber") && premisesOf[next],
				i > 0 && (ws[i-1] == "neighbouring" || ws[i-1] == "neighboring" || ws[i-1] == "other" || ws[i-1] == "another"):
				return true
			}
		}
		is, width := partyAt(ws, i)
		if is == noParty {
			continue
		}
		if slices.ContainsFunc(ws[:i], func(w string) bool { return isPast(w) || auxiliary[w] || prepositions[w] }) {
			return false // no subject
		}
		if is != aMaker && (at0(ws, i+width) == "of" || at0(ws, i+width) == "for" || at0(ws, i+width) == "from" || at0(ws, i+width) == "at") {
			for j := i + width + 1; j < len(ws) && j <= i+width+5; j++ {
				if isPast(ws[j]) || auxiliary[ws[j]] {
					return true
				}
			}
		}
		owner := slices.Contains(owners, ws[i+width-1]) || width == 2 && slices.Contains(owners, ws[i]) || ws[i+width-1] == "own"
		if is == aService && actsOnUs(ws[i+width:]) {
			return true
		}
		if owner && slices.ContainsFunc(ws[i+width:], func(w string) bool { return isPast(w) || auxiliary[w] || strings.HasSuffix(w, "s") }) {
			return true
		}
		for j := i + width; j < len(ws) && j <= i+width+5; j++ {
			w := ws[j]
			verb := isPast(w) && !held[w] || auxiliary[w] || actorVerbs[w] && w != "works"
			switch {
			case verb && w == "lost" && is == aKind && ws[i] == "carrier" && i == 0, ws[i] == "carrier" && i == 0 && auxiliary[w] && (at0(ws, j+1) == "lost" || at0(ws, j+1) == "down" || at0(ws, j+1) == "absent"):
				return false // of a link
			case verb && is == aMaker && !owner && j == i+width && !actorVerbs[w]:
				return false // "Oracle ran out of processes"
			case verb && is == aMaker && !owner && j > i+width && !actorOrHeld(ws[i+width:j]):
				return false
			case verb:
				return true
			case owner && !isPresent(w), held[w], small[w] && !prepositions[w], adverbs[w], strings.HasSuffix(w, "ly"), services[w], makers[w], kinds[w]:
			case (isPresent(w) || is != aMaker && len(w) > 4 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && (leading[at0(ws, j+1)] || at0(ws, j+1) == "us")) && !deviceNouns[w]:
				return true
			default:
				j = len(ws)
			}
		}
	}
	return false
}

// actsOnUs reports whether what follows a name did something to what is ours.
func actsOnUs(ws []string) bool {
	for i, w := range ws[:min(max(len(ws)-1, 0), 5)] {
		if prepositions[w] {
			return false
		}
		if (isPast(w) || finite[w]) && !auxiliary[w] {
			return i < len(ws)-1 && (ws[i+1] == "our" || ws[i+1] == "us")
		}
	}
	return false
}

var (
	companyLike = wordSet("company firm bank chain agency authority institution subsidiary bureau consultancy house publisher partner utility neighbour neighbor")
	// premisesOf are what customers have at home.
	premisesOf = wordSet(`proxy firewall network router vpn gateway isp pc pcs browser laptop it admin team datacenter datacentre server servers nat carrier provider power line
		antivirus`)
)

// actorOrHeld reports whether words that follow the name of a maker are people
// or acts of the company, and no ware of it.
func actorOrHeld(ws []string) bool {
	return slices.ContainsFunc(ws, func(w string) bool { return actors[w] })
}

var actors = wordSet(`support engineer engineers technician technicians staff update updates hotfix patch release outage maintenance cloud activation licence license
		licensing portal firmware definitions content field team rep website hub registry mirror cumulative signature signatures recall advisory`)

// isPresent reports whether a word looks like a verb of the third person that
// follows its subject.
func isPresent(w string) bool { return finite[w] || presentVerbs[w] }

// byParty finds who did what is told in the passive: "was cut by a contractor".
func byParty(ws []string) bool {
	for i, w := range ws {
		if w != "by" || i == 0 || !isPast(ws[i-1]) {
			continue
		}
		for j := i + 1; j < len(ws) && j <= i+3; j++ {
			if is, width := partyAt(ws, j); is != noParty && (ws[i+1] != "our" || is == aKind) {
				end := at0(ws, j+width)
				if end == "" || end == ";" || small[end] || prepositions[end] || stopWords[end] || actors[end] {
					return is != aMaker || ws[i-1] != "caused"
				}
			}
		}
	}
	return false
}
