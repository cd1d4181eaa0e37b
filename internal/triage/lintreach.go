package triage

import (
	"slices"
	"strings"
)

// Outside parties, by what they are and by name. They cannot act on this
// analysis; what one has of theirs ("the AWS account", "the vendor field") is
// one's own.
var (
	parties = wordSet(`vendor vendors supplier suppliers isp isps carrier carriers telco telcos manufacturer
		manufacturers regulator government partner partners third-party 3rd-party outsourcer msp contractor contractors csp oem colocation reseller
		lightning earthquake hurricane wildfire landlord authorities municipality`)
	names = wordSet(`aws amazon azure microsoft gcp google cloudflare akamai fastly oracle ibm sap salesforce okta github gitlab.com atlassian slack
		pagerduty twilio stripe paypal adyen datadog newrelic dell hpe hp cisco juniper arista vmware broadcom redhat canonical
		docker dockerhub npm pypi letsencrypt let's digicert sectigo globalsign verisign godaddy verizon at&t comcast lumen
		telekom vodafone telefonica colt equinix digitalocean hetzner ovh ovhcloud linode heroku netapp emc lenovo intel amd nvidia
		seagate samsung kioxia micron crowdstrike symantec mcafee fortinet citrix servicenow workday avaya genesys mitel
		motorola intrado comtech solarwinds splunk mongodb openai anthropic`)
	// withNext are names of two words, by the first.
	withNext = map[string]string{
		"google": "cloud", "red": "hat", "docker": "hub", "let": "encrypt", "let's": "encrypt", "third": "party", "deutsche": "telekom", "power": "company", "electricity": "utility", "electric": "utility",
		"hosting": "provider", "cloud": "provider", "data": "centre", "service": "provider", "british": "telecom", "open": "source", "managed": "service", "construction": "company",
		"certificate": "authority", "palo": "alto", "new": "relic", "maintenance": "company", "outsourcing": "partner", "payment": "provider", "upstream": "provider", "external": "supplier",
		"aws": "support", "phone": "company", "telephone": "company", "energy": "supplier",
	}
	// hired are words before a provider that make it an outside party: there
	// are providers of identities and of metrics, too.
	hired = wordSet(`our the a hosting cloud internet upstream telecom payment managed colocation dns network external centre center sms email
		connectivity transit backbone energy voice sip cellular mobile`)
	// theirs are nouns that go on the name of a party and stay theirs.
	theirs = wordSet(`outage incident bug defect maintenance update patch firmware release support engineers engineer technicians technician staff api
		gateway service services servers ftp proxy certificate sbc terms instance region zone party provider authority company utility
		hub cloud encrypt hat partner supplier centre center operator source maintainer maintainers ad actions trunk intermediate ca
		ios system systems side circuit exchange network backbone status lambda s3 dns cdn upgrade default defaults driver drivers
		group batch app apps sla`)
	reachVerbs = wordSet(`was were had has lost dropped changed released shipped withdrew removed revoked suspended discontinued delivered broke cut
		did does is went let took struck leaked throttled terminated deleted sent rejected returned failed closed rebooted restarted
		performed rate-limited delayed routed`)
	// events befall a party.
	events = newLexicon(
		"outage|bug|defect|incident|failure|downtime|maintenance|disruption|breakdown|fault|vulnerability|regression|problem|issue ~1 at|in|of|by|with|on ~3 @party",
		"cut|flooding|failure|outage|loss of ~1 the ~1 provider|carrier|isp|grid|exchange",
		"^1 external|third-party|3rd-party|upstream|outside service|api|party|provider|supplier|vendor|partner|dns|system ~2 was|were|is|had|failed|went|unavailable|down|did|returned|changed",
		"^1 @party maintenance|outage|outages|incident|failure|downtime|problems|disruption", "lightning|storm|flood|flooding|fire|earthquake ~1 strike|strikes|damage|damaged|struck|hit|took|cut|flooded|destroyed", "flooding|fire ~1 of|at ~2 provider|exchange|centre|center", "grid ~1 failure|outage",
		"third party ~1 api|service|provider|library|%past", "fibre|fiber|cable cut",
	)
)

var prepositions = wordSet("of for to from with by in on at into behind through via between")

// maxReach is how far from the start of a claim the outside party stands.
const maxReach = 4

func partyWords() []string {
	var out []string
	for _, set := range []map[string]bool{parties, names} {
		for w := range set {
			out = append(out, w)
		}
	}
	return out
}

// isOutOfReach reports whether a root cause is something that an outside party
// did or suffered.
func isOutOfReach(n *Node, _ bool, ws []string) bool {
	return n.Root && (beyondReach(ws) || theirsDid(n.Claim))
}

// theirsDid finds what a party's own did: "the carrier's SBC rejected".
func theirsDid(claim string) bool {
	fields := strings.Fields(strings.ToLower(claim))
	for i, f := range fields {
		name, ok := strings.CutSuffix(strings.ReplaceAll(f, "’", "'"), "'s")
		if i > maxReach {
			return false
		}
		if !ok || !parties[name] && !names[name] && name != "provider" && (i == 0 || withNext[fields[i-1]] != name) {
			continue
		}
		return slices.ContainsFunc(fields[i+1:], func(w string) bool { return reachVerbs[w] || isPast(w) || auxiliary[w] || strings.HasSuffix(w, "s") })
	}
	return false
}

func beyondReach(ws []string) bool {
	if events.match(ws) {
		return true
	}
	for i := range ws {
		if i > maxReach || ws[i] == ";" {
			break
		}
		hires := (ws[i] == "provider" || ws[i] == "providers") && (i == 0 || hired[ws[i-1]])
		domains := ws[i] == "registrar" && slices.Contains(ws, "domain")
		if !hires && !domains && !parties[ws[i]] && !names[ws[i]] && (i+1 >= len(ws) || withNext[ws[i]] != ws[i+1]) {
			continue
		}
		if slices.ContainsFunc(ws[:i], func(w string) bool { return isPast(w) || auxiliary[w] || prepositions[w] }) {
			return false // no subject
		}
		for j := i + 1; j < len(ws) && j <= i+4; j++ {
			w := ws[j]
			if reachVerbs[w] || isPast(w) {
				return true
			}
			if !theirs[w] && !small[w] && !adverbs[w] && !names[w] && !parties[w] {
				break
			}
		}
	}
	return false
}
