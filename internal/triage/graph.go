package triage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// stateVersion is the form of [Analysis.State] that this package writes. A
// reader refuses what it does not know rather than dropping it.
const stateVersion = 1

// Lane is the question that a part of the graph answers.
type Lane string

// The lanes: why it happened, why it was not noticed sooner, why it lasted or
// spread.
const (
	LaneCause     Lane = "cause"
	LaneDetection Lane = "detection"
	LaneDuration  Lane = "duration"
)

// Lanes returns the lanes in their order.
func Lanes() []Lane { return slices.Clone(allLanes[:]) }

var allLanes = [...]Lane{LaneCause, LaneDetection, LaneDuration}

// Kind is the part that a node plays.
type Kind string

// The kinds of nodes.
const (
	KindCause        Kind = "cause"
	KindContributing Kind = "contributing"
	KindCondition    Kind = "condition"
	KindTrigger      Kind = "trigger"
	KindDetectionGap Kind = "detection-gap"
	KindResponseGap  Kind = "response-gap"
)

// Kinds returns the kinds in their order.
func Kinds() []Kind {
	return []Kind{KindCause, KindContributing, KindCondition, KindTrigger, KindDetectionGap, KindResponseGap}
}

// Gate says how the causes below a node work together.
type Gate string

// The gates. Without one, each cause below is a part of the explanation.
const (
	GateAnd Gate = "AND" // only together do they explain it
	GateOr  Gate = "OR"  // any one of them explains it
)

// ClaimStatus is what the evidence says of a claim. The engine derives it;
// nobody sets it.
type ClaimStatus string

// The statuses of a claim.
const (
	Hypothesis   ClaimStatus = "hypothesis"   // nothing that counts speaks for or against it
	Supported    ClaimStatus = "supported"    // a verified log excerpt speaks for it, nothing against
	Refuted      ClaimStatus = "refuted"      // a verified log excerpt speaks against it, nothing for
	Inconclusive ClaimStatus = "inconclusive" // evidence contradicts itself
)

// EvidenceType is the kind of a piece of evidence. What is cited as lines of a
// log, whatever its type, the engine can resolve, and only that can support a
// claim: the export of a metric, a diff or the output of a command, kept as a
// log, is as good as a log. Everything else only adds weight.
type EvidenceType string

// The types of evidence.
const (
	EvidenceLog       EvidenceType = "log_excerpt"
	EvidenceToolCall  EvidenceType = "tool_call" // of the record: audit:SEQ
	EvidenceDiff      EvidenceType = "config_diff"
	EvidenceMetric    EvidenceType = "metric"
	EvidenceChange    EvidenceType = "change"
	EvidenceTicket    EvidenceType = "ticket"
	EvidenceTestimony EvidenceType = "testimony"
)

// EvidenceTypes returns the types of evidence, strongest first.
func EvidenceTypes() []EvidenceType {
	return []EvidenceType{EvidenceLog, EvidenceToolCall, EvidenceDiff, EvidenceMetric, EvidenceChange, EvidenceTicket, EvidenceTestimony}
}

// Effect is the direction of a piece of evidence.
type Effect string

// The effects. Empty means [Supports].
const (
	Supports Effect = "supports"
	Refutes  Effect = "refutes"
)

// Check is the result of resolving a piece of evidence.
type Check string

// The results. Evidence that cites neither a log nor the record has none.
const (
	CheckOK       Check = "ok"
	CheckNoRange  Check = "range-missing"
	CheckDigest   Check = "digest-mismatch"
	CheckNoQuote  Check = "quote-absent"
	CheckTooShort Check = "quote-too-short"
	CheckNoRecord Check = "record-missing"
)

// Evidence speaks for or against one claim.
type Evidence struct {
	ID        string       `json:"id"` // "e1", given by the engine
	Type      EvidenceType `json:"type"`
	Effect    Effect       `json:"effect"`
	Ref       string       `json:"ref,omitempty"`  // LogRef, audit:SEQ, or the id of a change, ticket or metric
	Text      string       `json:"text,omitempty"` // the quote, or what was said or measured
	Note      string       `json:"note,omitempty"`
	Check     Check        `json:"check,omitempty"`
	Line      int64        `json:"line,omitempty"` // where a verified quote begins
	Withdrawn bool         `json:"withdrawn,omitempty"`
}

// excerpt reports whether the evidence cites lines of a log, which the engine
// resolves.
func (e *Evidence) excerpt() bool {
	return e.Type == EvidenceLog || e.Type != EvidenceTestimony && strings.HasPrefix(e.Ref, "log:")
}

// fails reports whether the evidence cites lines or an entry that do not
// resolve.
func (e *Evidence) fails() bool {
	return (e.excerpt() || e.Type == EvidenceToolCall) && e.Check != CheckOK
}

// Alternative is another explanation that was considered for a node's effect.
// It is rejected when verified evidence refutes it and none supports it.
type Alternative struct {
	ID        string      `json:"id"`
	Claim     string      `json:"claim"`
	Status    ClaimStatus `json:"status"`
	Evidence  []Evidence  `json:"evidence,omitempty"`
	Withdrawn bool        `json:"withdrawn,omitempty"`
}

// StopReason says why a branch ends at a node.
type StopReason string

// The reasons to stop.
const (
	StopActionable StopReason = "actionable" // a root cause: somebody named can change it
	StopExternal   StopReason = "external"   // beyond the organisation's reach
	StopUnknowable StopReason = "unknowable" // the evidence no longer exists
	StopTooCostly  StopReason = "too-costly" // finding out costs more than it gives
)

// StopReasons returns the reasons to stop.
func StopReasons() []StopReason {
	return []StopReason{StopActionable, StopExternal, StopUnknowable, StopTooCostly}
}

// MeasureType is what a countermeasure does.
type MeasureType string

// MeasureTypes returns the types of countermeasures.
func MeasureTypes() []MeasureType {
	return []MeasureType{"prevent", "detect", "mitigate", "respond", "learn"}
}

// Strength grades a countermeasure: strong removes the cause or makes it
// impossible, intermediate guards or alerts, weak asks people to be careful.
type Strength string

// The strengths.
const (
	Strong       Strength = "strong"
	Intermediate Strength = "intermediate"
	Weak         Strength = "weak"
)

// Strengths returns the strengths, strongest first.
func Strengths() []Strength { return []Strength{Strong, Intermediate, Weak} }

// Countermeasure is what will be done about a node.
type Countermeasure struct {
	ID          string      `json:"id"` // "c1", given by the engine
	Text        string      `json:"text"`
	Type        MeasureType `json:"type"`
	Strength    Strength    `json:"strength"`
	Owner       string      `json:"owner,omitempty"`
	Due         string      `json:"due,omitempty"` // YYYY-MM-DD
	EffectCheck string      `json:"effect_check,omitempty"`
	Withdrawn   bool        `json:"withdrawn,omitempty"`
}

// Node is one claim of the graph. Its parents are the effects that it
// explains; a node without parents explains the problem itself.
type Node struct {
	ID              string           `json:"id"`
	Lane            Lane             `json:"lane"`
	Kind            Kind             `json:"kind"`
	Question        string           `json:"question"` // what it answers, made by the engine
	Claim           string           `json:"claim"`
	At              string           `json:"at,omitempty"` // RFC 3339, when it happened
	Parents         []string         `json:"parents,omitempty"`
	Gate            Gate             `json:"gate,omitempty"`
	Status          ClaimStatus      `json:"status"`
	Evidence        []Evidence       `json:"evidence,omitempty"`
	Alternatives    []Alternative    `json:"alternatives,omitempty"`
	Root            bool             `json:"root,omitempty"` // Stop is StopActionable
	Stop            StopReason       `json:"stop,omitempty"`
	StopWhy         string           `json:"stop_why,omitempty"` // of a root the counterfactual
	ActionableBy    string           `json:"actionable_by,omitempty"`
	Countermeasures []Countermeasure `json:"countermeasures,omitempty"`
	SupersededBy    string           `json:"superseded_by,omitempty"` // a node's id, or "withdrawn"
	Recurs          []Recurrence     `json:"recurs,omitempty"`        // found when the analysis was finished
}

// withdrawn in SupersededBy marks a node that nothing replaced. No node may
// take it as id.
const withdrawn = "withdrawn"

// Problem is what the analysis explains: the effect, not a cause.
type Problem struct {
	What     string `json:"what"`
	Where    string `json:"where,omitempty"`
	When     string `json:"when,omitempty"`
	Extent   string `json:"extent,omitempty"`
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	Is       string `json:"is,omitempty"`
	IsNot    string `json:"is_not,omitempty"`
}

// text is all that is said of the problem.
func (p *Problem) text() string {
	return strings.Join([]string{p.What, p.Where, p.When, p.Extent, p.Expected, p.Actual, p.Is}, " ; ")
}

// appliedStep remembers an accepted step, so that its repetition is known and
// that it can be undone.
type appliedStep struct {
	ID       string `json:"id"`
	SHA256   string `json:"sha256"` // hex, of the canonical input
	Revision int64  `json:"revision"`
	Did      []edit `json:"did,omitempty"`
}

// Graph is the state of an analysis. Nothing is ever removed from it: what no
// longer holds is superseded or withdrawn.
type Graph struct {
	Version  int           `json:"version"`
	Problem  Problem       `json:"problem"`
	Nodes    []Node        `json:"nodes"`
	Finished bool          `json:"finished,omitempty"`
	Steps    []appliedStep `json:"steps"`
	NextID   int           `json:"next_id"` // last number given to evidence and countermeasures

	from    *Graph  // what it is a clone of
	written written // its state; zero while it has none
}

// LoadGraph reads [Analysis.State]. It refuses other versions and unknown
// fields.
func LoadGraph(state []byte) (*Graph, error) {
	dec := json.NewDecoder(bytes.NewReader(state))
	dec.DisallowUnknownFields()
	g := new(Graph)
	if err := dec.Decode(g); err != nil {
		return nil, fmt.Errorf("read the state of the analysis: %w", err)
	}
	if g.Version != stateVersion {
		return nil, fmt.Errorf("the state of the analysis has version %d, this program reads %d; use the version that wrote it", g.Version, stateVersion)
	}
	return g, nil
}

// Node returns the node of an id, superseded ones too, or nil.
func (g *Graph) Node(id string) *Node {
	i := slices.IndexFunc(g.Nodes, func(n Node) bool { return n.ID == id })
	if i < 0 {
		return nil
	}
	return &g.Nodes[i]
}
