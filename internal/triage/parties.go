package triage

// The outside parties that claims name. A service is met as itself, so that
// whatever it did or suffered lies outside; a maker is met in its wares, which
// are one's own ("the Dell server"), and only what a company does lies outside.
var (
	services = wordSet(`aws amazon azure gcp google cloudflare akamai fastly github gitlab.com bitbucket atlassian slack pagerduty opsgenie twilio stripe paypal adyen klarna
		worldpay braintree square visa mastercard swift okta auth0 onelogin duo datadog newrelic loggly sumologic honeycomb dockerhub npm npmjs pypi rubygems
		crates.io quay.io ghcr.io letsencrypt digicert sectigo globalsign verisign comodo entrust geotrust buypass godaddy namecheap gandi ns1 ultradns dyn
		neustar bt openreach verizon at&t att comcast lumen centurylink telekom vodafone telefonica orange colt level3 cogent telia arelion ntt tata gtt zayo
		sprint t-mobile tmobile o2 ee three talktalk sky virgin plusnet kpn ziggo swisscom sunrise salt a1 magenta telenor tele2 telstra optus rogers bell
		telus shaw cox charter spectrum frontier windstream altice sfr free bouygues tim wind iliad proximus telenet tdc elisa dna turkcell airtel jio mts
		megafon beeline claro tigo movistar bandwidth.com sinch vonage ringcentral 8x8 zoom equinix interxion digitalrealty rackspace digitalocean hetzner ovh
		ovhcloud scaleway ionos strato linode vultr heroku netlify vercel render fly.io backblaze wasabi snowflake databricks salesforce zendesk servicenow
		workday hubspot marketo mailchimp sendgrid mailgun postmark mimecast proofpoint sharefile dropbox box.com docusign onedrive o365 office365 openai
		anthropic mapbox here tomtom experian equifax dhl fedex usps intrado comtech rapidsos carbyne nga e.on rwe edf vattenfall enel iberdrola pg&e coned
		conedison duke-energy national-grid scottishpower stadtwerke firstnet bloomberg reuters refinitiv sabre amadeus galileo shopify ebay algolia
		contentful cloudinary imperva incapsula zscaler netskope statuspage circleci travisci travis launchdarkly jfrog launchpad docker.io segment mixpanel
		amplitude microsoft facebook meta apple twitter whatsapp telegram`)
	makers = wordSet(`oracle ibm sap dell hpe hp cisco juniper arista vmware broadcom redhat canonical suse citrix avaya genesys mitel motorola alcatel alcatel-lucent nokia
		ericsson huawei zte ribbon sonus audiocodes netapp emc pure-storage hitachi lenovo fujitsu supermicro intel amd nvidia qualcomm seagate samsung
		toshiba kioxia micron sandisk hynix western-digital crowdstrike symantec mcafee trellix sophos kaspersky eset bitdefender sentinelone fortinet
		checkpoint f5 a10 barracuda ubiquiti mikrotik tplink aruba brocade extreme splunk mongodb elastic confluent hashicorp docker mirantis rancher puppet
		chef progress veeam commvault veritas rubrik cohesity zerto dynatrace solarwinds nutanix percona mariadb timescale cockroach datastax vertiv apc eaton
		schneider siemens abb liebert hexagon tyler centralsquare zetron adobe autodesk panasonic zebra honeywell bmc ivanti quest manageengine unify poly
		polycom yealink snom`)
	// kinds are parties by what they are; some are so only after a word that
	// says whose.
	kinds = wordSet(`vendor supplier isp carrier telco manufacturer regulator government third-party 3rd-party outsourcer msp contractor subcontractor csp oem reseller
		wholesaler distributor landlord municipality registrar integrator hoster telecom utility hyperscaler authorities ministry freight courier maintainers
		lightning earthquake hurricane wildfire bank acquirer insurer clearinghouse neighbour neighbor excavator digger backhoe builders roadworks council
		electrician plumber telekom`)
	// whose make an outside party of the noun that follows.
	whose = wordSet(`national global public international hosted external outside third-party 3rd-party third upstream hosting cloud managed outsourced outsourcing
		colocation colo partner vendor supplier internet transit backbone telecom telecoms cellular wireless mobile payment sms email power electricity
		electric gas water energy utility building construction moving cleaning maintenance neighbouring neighboring wholesale interconnect peering identity
		saas cdn dns domain certificate 911 e911 map weather shipping logistics card credit acquiring clearing security voice sip service software hardware
		offshore roaming upstream satellite fibre fiber cable local regional incumbent state national federal government tower long-distance tandem content
		streaming video database search backup cooling elevator leasing subsidiary parent sister affiliated foreign managed-service network it`)
	// outsiders are the nouns that whose makes outside parties.
	outsiders = wordSet(`issuer scheme association chain bundle company firm provider operator supplier vendor contractor partner carrier processor gateway registrar authority
		agency utility party host hoster bank institution network service platform maintainer maintainers publisher developer author board works crew grid
		team technician engineer integrator consultancy consultant subsidiary tenant facility datacenter datacentre exchange api aggregator broker
		clearinghouse bureau tester auditor consultant researcher attacker scanner agent chain house suppliers providers carriers partners operators vendors
		companies contractors`)
	// actorVerbs are done by companies and not by their wares.
	actorVerbs = wordSet(`shipped ships released publishes published delivered delivers supplied supplies sold provided issued pushed recalled discontinued deprecated announced
		withdrew revoked suspended terminated replaced changed switched carried performed conducted scheduled rolled introduced removed retired raised lowered
		cut dug renamed migrated moved patched upgraded updated refused declined rejected forgot failed neglected confirmed acknowledged blocked closed let
		has had took misconfigured enforced throttled imposed decommissioned lapsed cancelled canceled stopped started sent ended dropped deployed deactivated
		disabled reassigned broke made added bricked signed reset paused merged acquired bought migrates throttles limits ported shed rerouted re-routed
		purged`)
	// held are nouns that go on the name of a party and stay its own.
	held = wordSet(`maps front door signal outage outages incident incidents bug defect maintenance update updates patch hotfix release releases support engineer
		engineers technician technicians staff field contractor api apis gateway service services servers server platform proxy certificate terms region zone
		zones party provider authority company utility hub cloud encrypt hat partner supplier centre center operator source maintainer maintainers ad ads
		actions intermediate ca side backbone core network networks status lambda s3 ec2 sqs dynamodb dns cdn upgrade default defaults exchange switch tandem
		tower sbc circuit circuits line lines trunk trunks backhaul interconnect peering datacenter datacentre control plane system systems responder ocsp
		portal webhook webhooks feed feeds registry resolver resolvers edge pop pops team teams crew account-team rep representative sales licence license
		licensing activation infrastructure database bank interface endpoint endpoints scheduled emergency planned unannounced regional global broken faulty
		faulty new latest content firmware definitions cumulative hosted managed operations noc desk helpdesk router routers firewall plant electrician
		cooling generator power fibre fiber cable backend instances group holdings inc ltd gmbh plc llc corp throttling rate web entra oauth identity sso ftp
		sftp grid digger excavator works board own`)
)
