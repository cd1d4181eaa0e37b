package tools

import (
	"context"
	"slices"

	"github.com/tftsr/tftsr/internal/audit"
)

type verifyAuditIn struct{}

type auditFinding struct {
	Kind    string `json:"kind" jsonschema:"example=truncated"`
	Seq     int64  `json:"seq,omitempty"`
	Text    string `json:"text"`
	Warning bool   `json:"warning"`
}

type verifyAuditOut struct {
	Intact   bool           `json:"intact"`
	Entries  int64          `json:"entries"`
	Findings []auditFinding `json:"findings"`
	Key      string         `json:"verifier_key"`
}

func verifyAudit() Tool {
	return define(spec{
		name: "verify_audit", title: "Verify audit record", toolset: SetAudit, readOnly: true,
		description: "Check the whole record against its hashes and the checkpoints kept outside the database.",
	}, func(ctx context.Context, c *call, _ verifyAuditIn) (verifyAuditOut, error) {
		report, err := c.Gate.Verify(ctx)
		if err != nil {
			return verifyAuditOut{}, err
		}
		out := verifyAuditOut{Intact: report.OK(), Entries: report.Entries, Findings: []auditFinding{}, Key: c.Gate.VerifierKey()}
		cutOff, err := c.Store.OpenIntents(ctx)
		if err != nil {
			return verifyAuditOut{}, err
		}
		for _, f := range report.Findings {
			// A call that runs now, such as this one, has no outcome yet.
			if f.Kind == audit.KindOpen && !slices.ContainsFunc(cutOff, func(e audit.Entry) bool { return e.Seq == f.Seq }) {
				continue
			}
			out.Findings = append(out.Findings, auditFinding{string(f.Kind), f.Seq, f.Text, f.Warning})
		}
		return out, nil
	})
}
