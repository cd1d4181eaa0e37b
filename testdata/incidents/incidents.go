// Package incidents embeds the recorded incidents: logs of real software that really failed, what was broken on purpose, and which originals were
// planted in them. The demo and the tests drive a whole triage over them.
//
// The logs are the software's own output, byte for byte; see README.md for how they were recorded. The package only reads: it never writes,
// never reaches outside its embedded files, and knows nothing of detection or redaction.
package incidents

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
)

// The recording scripts are left out on purpose: they are run by hand, never from a build.
//
//go:embed */incident.json */answers.json */*.log */*.jsonl */*.gz
var files embed.FS

// Incident describes one recording; it is the form of incident.json.
type Incident struct {
	// Name is the folder's name.
	Name string `json:"name"`
	// Title is what a ticket would be called.
	Title string `json:"title"`
	// Severity is critical, high, medium or low.
	Severity string `json:"severity"`
	// Domain is the IT domain: databases, linux, network and so on.
	Domain string `json:"domain"`
	// Summary is what the person on call sees at first.
	Summary string `json:"summary"`
	// GroundTruth is what really happened.
	GroundTruth GroundTruth `json:"ground_truth"`
	// Logs lists the recorded files, each in the file system that Load returns.
	Logs []Log `json:"logs"`
	// Planted lists every sensitive original in the logs.
	Planted []Planted `json:"planted"`
	// Recorded says when and with which software the logs were made.
	Recorded Recorded `json:"recorded"`
}

// GroundTruth is what was broken on purpose and what follows from it.
type GroundTruth struct {
	BrokenOnPurpose string   `json:"broken_on_purpose"`
	RootCause       string   `json:"root_cause"`
	Contributing    []string `json:"contributing"`
}

// Log is one recorded file.
type Log struct {
	// File is its name in the incident's folder.
	File string `json:"file"`
	// Kind names the format: nginx-access, json-lines, postgresql and so on.
	Kind string `json:"kind"`
	// Gzip tells that the file is compressed, by the recorded software's own rotation.
	Gzip bool `json:"gzip"`
	// Lines counts the lines of the uncompressed text; an unfinished last line counts.
	Lines int `json:"lines"`
}

// Planted is an original that must never leave in the clear. Value occurs, byte for byte, in at least one log; other spellings of it
// (percent-encoded, escaped in JSON) may occur besides.
type Planted struct {
	// Type is the detector's name for it: Email, IPv4, Password and so on.
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Recorded says when the logs were made (YYYY-MM-DD, UTC) and by which Debian packages.
type Recorded struct {
	Date     string     `json:"date"`
	Software []Software `json:"software"`
}

// Software is an installed package.
type Software struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Answers is the agent's side of a triage, for a demo without a model; it is the form of answers.json. Every Find in it is text of one line
// that holds no planted original, so that it occurs in the redacted log as well.
type Answers struct {
	Search     []Search `json:"search"`
	Timeline   []Event  `json:"timeline"`
	Whys       []Why    `json:"whys"`
	Impact     string   `json:"impact"`
	Detection  string   `json:"detection"`
	Resolution string   `json:"resolution"`
}

// Search is one search of an engineer: Pattern is an RE2 expression.
type Search struct {
	Log     string `json:"log"`
	Pattern string `json:"pattern"`
	Why     string `json:"why"`
}

// Event is one entry of the incident's timeline; At is RFC 3339.
type Event struct {
	At     string `json:"at"`
	Type   string `json:"type"`
	Text   string `json:"text"`
	Source Source `json:"source"`
}

// Source points at the first line of a log that contains Find.
type Source struct {
	Log  string `json:"log"`
	Find string `json:"find"`
}

// Why is one node of the causal tree. Parent is the id of the node that it explains, empty at the top.
type Why struct {
	ID     string `json:"id"`
	Parent string `json:"parent"`
	// Lane is cause, detection or duration.
	Lane     string `json:"lane"`
	Question string `json:"question"`
	// Claim is one causal sentence.
	Claim string `json:"claim"`
	// Kind is cause, contributing, condition, trigger, detection-gap or response-gap.
	Kind            string           `json:"kind"`
	Evidence        []Evidence       `json:"evidence"`
	Alternatives    []Alternative    `json:"alternatives"`
	Root            bool             `json:"root"`
	ActionableBy    string           `json:"actionable_by"`
	Counterfactual  string           `json:"counterfactual"`
	Countermeasures []Countermeasure `json:"countermeasures"`
}

// Evidence cites the first line of a log that contains Find; Note says what it shows.
type Evidence struct {
	Log  string `json:"log"`
	Find string `json:"find"`
	Note string `json:"note"`
}

// Alternative is an explanation that the evidence rejects.
type Alternative struct {
	Claim    string     `json:"claim"`
	Evidence []Evidence `json:"evidence"`
}

// Countermeasure is one action. Type is prevent, detect, mitigate, respond or learn; Strength is strong, intermediate or weak; Due is
// YYYY-MM-DD.
type Countermeasure struct {
	Text     string `json:"text"`
	Type     string `json:"type"`
	Strength string `json:"strength"`
	Owner    string `json:"owner"`
	Due      string `json:"due"`
}

// Names returns the names of all incidents, sorted.
func Names() []string {
	paths, err := fs.Glob(files, "*/incident.json")
	if err != nil { // only a malformed pattern
		return nil
	}
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, p[:len(p)-len("/incident.json")])
	}
	sort.Strings(names)
	return names
}

// Load returns the named incident, the answers of its triage, and a file system of its folder, in which the logs lie under Log.File. The error
// of an unknown name wraps fs.ErrNotExist and lists the known ones. Load is safe for concurrent use.
func Load(name string) (Incident, Answers, fs.FS, error) {
	var (
		incident Incident
		answers  Answers
	)
	fail := func(err error) (Incident, Answers, fs.FS, error) {
		return Incident{}, Answers{}, nil, err
	}
	dir, err := fs.Sub(files, name)
	if err != nil {
		return fail(fmt.Errorf("load incident %q: %w", name, err))
	}
	if err := decode(dir, "incident.json", &incident); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fail(fmt.Errorf("load incident %q (known: %q): %w", name, Names(), fs.ErrNotExist))
		}
		return fail(fmt.Errorf("load incident %q: %w", name, err))
	}
	if err := decode(dir, "answers.json", &answers); err != nil {
		return fail(fmt.Errorf("load incident %q: %w", name, err))
	}
	return incident, answers, dir, nil
}

// decode reads one JSON document strictly: an unknown field or trailing text is an error.
func decode(dir fs.FS, name string, into any) error {
	data, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("decode %s: %w", name, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("decode %s: text after the document", name)
	}
	return nil
}
