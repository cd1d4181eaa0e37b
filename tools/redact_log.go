package tools

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/triage"
)

type redactLogIn struct {
	IssueID string `json:"issue_id" gate:"id"`
	Path    string `json:"path,omitempty" gate:"path" jsonschema:"example=/var/log/nginx/access.log" jsonschema_description:"absolute path of a log, plain or gzip, in a folder that the owner opened"`
	Text    string `json:"text,omitempty" gate:"raw" jsonschema_description:"or the log itself"`
	Name    string `json:"name,omitempty" gate:"text" jsonschema:"maxLength=200" jsonschema_description:"how the log is called; the file's name unless given"`
}

// logError says what is wrong with a log, where that is what is wrong.
func logError(err error, limit int64) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, gate.ErrTooLarge):
		return usage("the log is larger than the %d bytes that the owner allows (limits.max_redact_bytes): give the part that matters", limit)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &corrupt):
		return usage("the log is not a complete gzip file; it may still be being written or rotated: try again, or give it uncompressed")
	}
	return err
}

type findingView struct {
	Token      string `json:"token"`
	Type       string `json:"type"`
	Class      string `json:"class"`
	Count      int64  `json:"count"`
	FirstLine  int64  `json:"first_line"`
	Reason     string `json:"reason"`
	Confidence int    `json:"confidence"`
}

type redactLogOut struct {
	Log         logView       `json:"log"`
	Distinct    int           `json:"distinct" jsonschema_description:"distinct values that were replaced"`
	TopFindings []findingView `json:"top_findings" jsonschema_description:"the most frequent; the owner sees all with tftsr review"`
	Note        string        `json:"note"`
}

// topFindings bounds the answer; the review shows every one.
const topFindings = 10

func redactLog() Tool {
	return define(spec{
		name: "redact_log", title: "Redact and register log", toolset: SetLogs,
		description: "Redact a log and register it with an issue. Every sensitive value becomes a token such as [PrivateIPv4_12], the same value always the same token, so correlation survives. " +
			"Only then can it be digested, searched, read and cited as evidence. Prefer path over text.",
	}, func(ctx context.Context, c *call, in redactLogIn) (redactLogOut, error) {
		if (in.Path == "") == (in.Text == "") {
			return redactLogOut{}, usage("give either path or text, and only one of them")
		}
		if _, err := c.Store.Issue(ctx, in.IssueID); err != nil {
			return redactLogOut{}, missing(err, "issue", "list_issues")
		}
		var r io.Reader = strings.NewReader(in.Text)
		name := in.Name
		if in.Path != "" {
			folders, err := c.allowedFolders(ctx)
			if err != nil {
				return redactLogOut{}, err
			}
			f, err := openLog(in.Path, folders)
			if err != nil {
				return redactLogOut{}, err
			}
			defer f.Close()
			r = f
			if name == "" {
				name = filepath.Base(in.Path)
			}
		}
		if name == "" {
			name = "pasted text"
		}
		log, findings, err := c.Gate.RedactLog(ctx, gate.LogRequest{
			IssueID: in.IssueID, Name: name, R: r, MaxBytes: c.Config.Limits.MaxRedactBytes,
		})
		if err != nil {
			return redactLogOut{}, logError(err, c.Config.Limits.MaxRedactBytes)
		}
		if err := c.note(ctx, in.IssueID, triage.EventLogUploaded, fmt.Sprintf("Log %s registered: %d lines.", log.Name, log.Lines)); err != nil {
			return redactLogOut{}, err
		}
		out := redactLogOut{Log: viewLog(log), Distinct: len(findings), TopFindings: []findingView{}, Note: c.Gate.ReviewNote(log)}
		for _, f := range byCount(findings, topFindings) {
			out.TopFindings = append(out.TopFindings, findingView{f.Token, f.Type, f.Class, f.Count, f.FirstLine, f.Reason, f.Confidence})
		}
		return out, nil
	})
}
