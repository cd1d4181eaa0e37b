package tools

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/invopop/jsonschema"

	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/store"
)

type listAuditIn struct {
	Action     string `json:"action,omitempty" gate:"id" jsonschema:"example=tool_call"`
	EntityType string `json:"entity_type,omitempty" gate:"id"`
	EntityID   string `json:"entity_id,omitempty" gate:"id"`
	UserID     string `json:"user_id,omitempty" gate:"id"`
	Outcome    string `json:"outcome,omitempty" gate:"id"`
	Since      string `json:"since,omitempty" gate:"id"`
	Until      string `json:"until,omitempty" gate:"id"`
	Before     int64  `json:"before,omitempty" jsonschema:"minimum=1" jsonschema_description:"seq, to page"`
	Limit      int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"20 unless given"`
}

type entryView struct {
	Seq        int64          `json:"seq"`
	Timestamp  string         `json:"timestamp"`
	Action     string         `json:"action"`
	EntityType string         `json:"entity_type,omitempty"`
	EntityID   string         `json:"entity_id,omitempty"`
	UserID     string         `json:"user_id"`
	Details    map[string]any `json:"details"`
	EntryHash  string         `json:"entry_hash"`
}

// JSONSchema says no more than that it is an object: its fields explain
// themselves when they are there, and describing them would cost every
// conversation its tokens.
func (entryView) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", Examples: []any{map[string]any{"action": "reveal"}}}
}

type listAuditOut struct {
	Entries []entryView `json:"entries" jsonschema_description:"newest first"`
}

func listAudit() Tool {
	return define(spec{
		name: "list_audit", title: "List audit entries", toolset: SetAudit, readOnly: true,
		description: "List the tamper-evident record: who did what, when, with which outcome. Digests and counts, never values.",
	}, func(ctx context.Context, c *call, in listAuditIn) (listAuditOut, error) {
		f := store.EntryFilter{
			Action: audit.Action(in.Action), EntityType: in.EntityType, EntityID: in.EntityID, UserID: in.UserID, Outcome: in.Outcome,
			Before: in.Before, Limit: in.Limit,
		}
		if f.Limit == 0 {
			f.Limit = 20
		}
		var err error
		if f.Since, err = parseTime("since", in.Since); err != nil {
			return listAuditOut{}, err
		}
		if f.Until, err = parseTime("until", in.Until); err != nil {
			return listAuditOut{}, err
		}
		entries, err := c.Store.ListEntries(ctx, f)
		if err != nil {
			return listAuditOut{}, err
		}
		out := listAuditOut{Entries: []entryView{}}
		for _, e := range entries {
			v := entryView{
				Seq: e.Seq, Timestamp: timestamp(e.Timestamp), Action: string(e.Action),
				EntityType: e.EntityType, EntityID: e.EntityID, UserID: e.UserID, EntryHash: hex.EncodeToString(e.EntryHash[:]),
			}
			if err := json.Unmarshal(e.Details, &v.Details); err != nil {
				return listAuditOut{}, err
			}
			for key, value := range v.Details {
				if counts, ok := value.(map[string]any); ok {
					v.Details[key] = countPairs(counts)
				}
			}
			out.Entries = append(out.Entries, v)
		}
		return out, nil
	})
}

// countPairs lists counts by type for the same reason as [countView].
func countPairs(counts map[string]any) []any {
	out := []any{}
	for _, t := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, map[string]any{"type": t, "count": counts[t]})
	}
	return out
}
