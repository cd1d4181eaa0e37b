package triage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// File is an analysis kept as JSON, with the logs that its evidence cites, so
// that it can be judged without a store: see docs/whys.schema.json. What a
// step of the dialogue may hold, a file may hold as a whole; evidence, rivals
// and countermeasures may also stand within the node that they belong to.
type File struct {
	Schema          string                `json:"$schema,omitempty"`
	Problem         ProblemInput          `json:"problem"`
	Nodes           []FileNode            `json:"nodes"`
	Evidence        []EvidenceInput       `json:"evidence,omitempty"`
	Countermeasures []CountermeasureInput `json:"countermeasures,omitempty"`
	Withdraw        []string              `json:"withdraw,omitempty"`
	Logs            map[string]FileLog    `json:"logs,omitempty"`    // by id
	Calls           []int64               `json:"calls,omitempty"`   // sequence numbers of calls that the record holds as done
	History         []FilePast            `json:"history,omitempty"` // root causes of earlier incidents
}

// FileNode is a node of a [File].
type FileNode struct {
	NodeInput
	Evidence        []FileEvidence `json:"evidence,omitempty"`
	Rivals          []FileRival    `json:"rivals,omitempty"`
	Countermeasures []FileMeasure  `json:"countermeasures,omitempty"`
}

// FileRival is another explanation of what its node explains.
type FileRival struct {
	ID       string         `json:"id,omitempty"`
	Claim    string         `json:"claim"`
	Evidence []FileEvidence `json:"evidence,omitempty"`
}

// FileEvidence is evidence for or against the claim that it stands in. In a
// file the digest of a reference may be left out, log:ID#L1-L9: then the lines
// are taken as the file has them, and only the quote is checked.
type FileEvidence struct {
	Type   string `json:"type,omitempty"` // log_excerpt when the reference is one of a log
	Effect string `json:"effect,omitempty"`
	Ref    string `json:"ref,omitempty"`
	Text   string `json:"text"`
	Note   string `json:"note,omitempty"`
}

// FileMeasure is a countermeasure of the node that it stands in.
type FileMeasure struct {
	Text        string `json:"text"`
	Type        string `json:"type"`
	Strength    string `json:"strength,omitempty"`
	Owner       string `json:"owner,omitempty"`
	Due         string `json:"due,omitempty"`
	EffectCheck string `json:"effect_check,omitempty"`
}

// FilePast is a root cause of an earlier incident.
type FilePast struct {
	IssueID  string   `json:"issue_id"`
	Claim    string   `json:"claim"`
	Measures []string `json:"measures,omitempty"`
}

// FileLog is the text of a log: in JSON a string, a list of lines, an object
// that names a file beside the analysis, or the parts that are cited.
type FileLog struct {
	Name  string     // of the file; empty when Parts hold the text
	Parts []FilePart // in the order of their lines
}

// FilePart is a run of lines of a log.
type FilePart struct {
	From  int64    `json:"from"` // number of the first line, from 1
	Lines []string `json:"lines"`
}

type fileLogObject struct {
	File  string     `json:"file,omitempty"`
	Parts []FilePart `json:"parts,omitempty"`
}

// UnmarshalJSON reads any of the forms.
func (l *FileLog) UnmarshalJSON(b []byte) error {
	var text string
	var lines []string
	var object fileLogObject
	switch trimmed := bytes.TrimSpace(b); {
	case len(trimmed) > 0 && trimmed[0] == '"':
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		*l = LogOf(text)
		return nil
	case len(trimmed) > 0 && trimmed[0] == '[':
		if err := json.Unmarshal(b, &lines); err != nil {
			return err
		}
		*l = FileLog{Parts: []FilePart{{1, lines}}}
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&object); err != nil {
		return err
	}
	if (object.File == "") == (len(object.Parts) == 0) {
		return errors.New("a log is a string, a list of lines, or an object with either file or parts")
	}
	*l = FileLog{Name: object.File, Parts: object.Parts}
	return nil
}

// MarshalJSON writes the object form.
func (l FileLog) MarshalJSON() ([]byte, error) {
	return json.Marshal(fileLogObject{l.Name, l.Parts})
}

// LogOf makes a log of a text.
func LogOf(text string) FileLog {
	return FileLog{Parts: []FilePart{{1, strings.Split(strings.TrimSuffix(text, "\n"), "\n")}}}
}

// lines returns a range that lies within one part.
func (l FileLog) lines(from, to int64) ([]string, bool) {
	for _, p := range l.Parts {
		if last := p.From + int64(len(p.Lines)) - 1; p.From >= 1 && from >= p.From && from <= to && to <= last {
			return p.Lines[from-p.From : to-p.From+1], true
		}
	}
	return nil, false
}

// ParseFile reads an analysis kept as JSON. It refuses fields that it does not
// know and anything after the object.
func ParseFile(r io.Reader) (*File, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	f := new(File)
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("read the analysis: %w", fileError(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read the analysis: there is something after the JSON object")
	}
	return f, nil
}

// fileError says what is wrong with a file in words of JSON, not of Go.
func fileError(err error) error {
	var form *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends in the middle of the JSON")
	case errors.As(err, &form) && form.Field == "":
		return fmt.Errorf("it is a JSON %s and no object", form.Value)
	case errors.As(err, &form):
		return fmt.Errorf("%s is a JSON %s, which does not belong there", form.Field, form.Value)
	}
	return err
}
