package triage

import (
	"maps"
	"slices"
	"strings"
)

// Who a claim may blame.
var (
	// roles are people, whatever stands before them.
	roles = wordSet(`[person] engineer engineers sysadmin sysadmins sysop developer developers dba dbas technician technicians intern interns
		contractor contractors employee employees someone somebody he she colleague colleagues coworker coworkers trainee joiner joiners newcomer trainees
		apprentice sre sres oncaller analyst analysts programmer programmers architect architects electrician electricians cleaner
		cleaners dev devs consultant consultants specialist specialists tester testers approver approvers requester supervisor
		supervisors responder responders person people staffer staffers janitor plumber hire newcomer student freelancer
		boss ceo cto ciso human humans individual individuals guy admins operators administrators managers dispatchers
		reviewers users maintainers author authors coder coders call-taker call-takers calltaker calltakers telecommunicator telecommunicators receptionist secretary
		clerk clerks teacher nurse nurses doctor officer officers deputy deputies sergeant salesperson salesman accountant bookkeeper
		 storekeeper craftsman craftsmen linesman linesmen subcontractor subcontractors expert experts scientist scientists
		planners assistant assistants director directors coordinator coordinators superintendent foreman foremen workman workmen tradesman
		fitter fitters bloke blokes chap chaps lad lads fellow dude kid guys mate folks man woman men women staffer newbie rookie novice novices
		teammate teammates whoever anyone anybody commander scrum-master undersigned stakeholder stakeholders cashier cashiers waiter teller tellers pharmacist pharmacists surgeon physician physicians librarian pilot trader traders lawyer mechanic mechanics
		carpenter builder welder janitors caretaker housekeeper concierge porter seller buyer storeman packer picker shopkeeper therapist radiographer paramedic firefighter
		firefighters policeman sheriff inspector inspectors surveyor geographer professor lecturer student students pupil tutor trainer journalist volunteer volunteers temp temps expert`)
	// doubles are people or parts of machines.
	doubles = wordSet(`admin administrator operator manager maintainer reviewer owner user dispatcher customer
		auditor assignee implementer on-call`)
	// strictDoubles are people only after a word that says which.
	strictDoubles = wordSet(`agent planner lead caller taker master driver worker author owner editor scheduler controller coordinator`)
	strictly      = wordSet(`helpdesk support desk service call team tech shift scrum customer project incident technical delivery van lorry truck floor field product release change warehouse night
		site network traffic air`)
	// groups of people; alone they blame nobody, with a lapse they do.
	groups = wordSet(`team teams staff personnel management operations ops helpdesk service-desk servicedesk desk procurement department
		departments facilities crew leadership squad devops netops secops everyone everybody they we shift qa support engineering`)
	nobody = wordSet(`nobody no-one noone`)
	// personal words before a double make a person of it.
	personal = wordSet(`mainframe batch plant crane machine radio switchboard computer data tape console the a an one another each some every no our their his her this that database db network systems storage security release
		change incident product service project shift duty night night-shift junior senior new former experienced inexperienced
		on-duty on-call domain telephony voice vmware linux windows unix ad vault backup cloud platform infrastructure site helpdesk
		support console noc control call tech team scrum account facility responsible field virtualization firewall oracle sap
		exchange second first-line second-line tired careless lone previous last same local`)
	// machines says that an operator is one of Kubernetes.
	machines = wordSet(`kubernetes k8s etcd prometheus cert-manager reconcile reconciled reconciles reconciling reconciler crd crds pod pods
		controller helm openshift namespace olm operatorhub statefulset strimzi replica replicas broker brokers deployment
		deployments configmap daemonset webhook`)
	// artefacts follow the participle in the name of an event: "user deleted
	// event".
	artefacts = wordSet(`event events message messages notification notifications flag record records hook hooks field webhook webhooks metric
		column topic table`)

	// givenNames are names that are no words of technology.
	givenNames = wordSet(`alice bob carol dave eve mallory trent john james robert michael david richard joseph thomas charles christopher daniel matthew anthony
		donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott
		brandon benjamin samuel gregory alexander patrick dennis tyler peter simon martin stefan stephan andreas thomas klaus jürgen juergen wolfgang hans uwe ralf
		dieter heinz sven lars bjorn björn anders nils olaf erik mikael johan henrik pierre jean françois francois luc antoine juan carlos luis miguel pedro pablo diego javier antonio
		giovanni marco paolo luca giuseppe francesco ivan dmitri dmitry sergey sergei alexei alexey vladimir mikhail oleg igor piotr pawel tomasz krzysztof andrzej marek
		ahmed mohamed mohammed muhammad omar hassan hussein rajesh ravi suresh ramesh sanjay amit anil vijay arjun rahul deepak pradeep priya anita sunita neha
		wei ming jun hiroshi takashi kenji yuki minh nguyen mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret
		sandra ashley kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda pamela
		emma nicole helen samantha katherine christine debra rachel carolyn janet catherine maria heather diane ruth julie olivia joyce virginia victoria kelly
		lauren christina joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria teresa sabine petra monika ursula renate birgit heike claudia
		ingrid astrid kirsten katja tanja svetlana olga natalia irina tatiana fatima aisha layla zoe chloe steve mike dan tom jim joe ben sam greg andy tony
		kumar singh patel sharma gupta khan smith jones müller mueller schmidt garcia rodriguez lopez chen wang zhang tanaka suzuki ivanov kowalski novak phil ted ken ron tim dave matt nick alex chris jeff jon fred barry gavin nigel trevor graham keith neil colin derek geoff ian`)
)

// whoWords are the people that patterns name with @who.
func whoWords() []string {
	set := maps.Clone(roles)
	for _, w := range strings.Fields(`admin administrator operator manager reviewer user customer team teams staff personnel management operations
		helpdesk procurement everyone shift dispatcher`) {
		set[w] = true
	}
	return slices.Sorted(maps.Keys(set))
}
