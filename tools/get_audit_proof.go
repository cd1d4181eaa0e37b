package tools

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

type getAuditProofIn struct {
	Seq int64 `json:"seq" jsonschema:"minimum=1,example=7"`
}

type getAuditProofOut struct {
	Proof json.RawMessage `json:"proof" jsonschema:"type=object"`
	Key   string          `json:"verifier_key" jsonschema:"example=tftsr"`
}

func getAuditProof() Tool {
	return define(spec{
		name: "get_audit_proof", title: "Prove audit entry", toolset: SetAudit, readOnly: true,
		description: "Prove one entry to `tftsr audit check-proof`.",
	}, func(ctx context.Context, c *call, in getAuditProofIn) (getAuditProofOut, error) {
		proof, err := c.Gate.ProveEntry(ctx, in.Seq)
		if errors.Is(err, store.ErrNotFound) {
			return getAuditProofOut{}, usage("there is no entry %d: list_audit names those that there are", in.Seq)
		}
		if errors.Is(err, audit.ErrProof) {
			return getAuditProofOut{}, usage("entry %d is not what was signed: verify_audit says what is wrong", in.Seq)
		}
		if err != nil {
			return getAuditProofOut{}, err
		}
		// A proof of which something was redacted on the way would prove
		// nothing. Where the entry names somebody, a model gets its hash.
		for range 2 {
			b, err := proof.MarshalJSON()
			if err != nil {
				return getAuditProofOut{}, err
			}
			clean, _, err := c.Gate.Check(ctx, b)
			if err != nil {
				return getAuditProofOut{}, err
			}
			if clean {
				return getAuditProofOut{Proof: b, Key: c.Gate.VerifierKey()}, nil
			}
			proof.Entry = nil
		}
		return getAuditProofOut{}, usage("the proof cannot be handed on unchanged: a person gets it with `tftsr audit prove %d`", in.Seq)
	})
}
