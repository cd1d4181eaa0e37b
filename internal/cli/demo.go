package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/demo"
	"github.com/tftsr/tftsr/internal/fakes/azuredevops"
	"github.com/tftsr/tftsr/internal/fakes/confluence"
	"github.com/tftsr/tftsr/internal/fakes/openai"
	"github.com/tftsr/tftsr/internal/fakes/script"
	"github.com/tftsr/tftsr/internal/fakes/servicenow"
)

func (a *app) demoCmd() *cobra.Command {
	var full, model bool
	o := demo.Options{Version: Version(), Out: a.out}
	cmd := &cobra.Command{
		Use:   "demo [INCIDENT]",
		Short: "Watch a whole triage of a recorded incident",
		Long: `Demo starts "tftsr stdio" as a host does and plays the agent: it opens an issue,
redacts the recorded logs, reads them, asks why until the evidence answers,
writes the RCA and verifies the record. Then it looks for every planted
original in everything that the server wrote; one hit fails the demo.

With --model it also asks a stand-in for an AI provider: to analyse a log, in a
conversation whose model calls tools and waits for a person before it writes,
for a cause, and for a section of a document. With --full it does that, and
files what was found with stand-ins for outside services, each write approved by
a person first. It looks in all that they received.

It uses a temporary data folder and a key of its own, and no account.`,
		Args:              between(0, 1),
		ValidArgsFunction: cobra.FixedCompletions(demo.Names(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.Incident = args[0]
				if !slices.Contains(demo.Names(), o.Incident) {
					return usageError(withHint(fmt.Errorf("there is no incident %q", o.Incident), "there are: "+strings.Join(demo.Names(), ", ")))
				}
			}
			if o.Era != "" && demo.Eras[o.Era] == "" {
				return usageError(fmt.Errorf("--era %q is neither legacy nor modern", o.Era))
			}
			var err error
			if o.Binary == "" {
				if o.Binary, err = os.Executable(); err != nil {
					return err
				}
			}
			if full {
				o.Outside = standIns
			}
			if full || model {
				o.Model = standInModel
			}
			err = demo.Run(cmd.Context(), o)
			if errors.Is(err, demo.ErrLeak) {
				return &exitError{exitFindings, err}
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Era, "era", "", "protocol `era`: legacy (2025-11-25) or modern (2026-07-28); both unless given")
	f.BoolVar(&full, "full", false, "file the findings with stand-ins for outside services, and ask one for an AI provider")
	f.BoolVar(&model, "model", false, "ask a stand-in for an AI provider")
	f.BoolVar(&o.Keep, "keep", false, "leave the data folder with the RCA behind")
	f.StringVar(&o.Binary, "binary", "", "play against this `program` instead of this one")
	return cmd
}

// standInModel is the AI provider that a demo asks.
func standInModel() demo.Model {
	return demo.Model{Kind: "openai", Path: "/v1", Model: "gpt-5.2", Key: openai.Key, Handler: openai.New(openai.Options{Script: script.Triage})}
}

// standIns are the services that a demo ends in.
func standIns() []demo.Outside {
	return []demo.Outside{{
		Service: "servicenow", Handler: servicenow.New(servicenow.Options{}), Add: []string{"--username", servicenow.User}, Secret: servicenow.Password,
		File: "create_servicenow_incident", Args: map[string]any{"description": "$SUMMARY"}, Say: "filed $ticket_number",
	}, {
		Service: "confluence", Handler: confluence.New(confluence.Options{}),
		Add: []string{"--option", "dialect=cloud", "--username", confluence.User, "--space", "OPS"}, Secret: confluence.Token,
		File: "publish_to_confluence", Args: map[string]any{"document_id": "$DOCUMENT"}, Say: "published page $id",
	}, {
		Service: "azuredevops", Handler: azuredevops.New(azuredevops.Options{}),
		Path: "/" + azuredevops.Organization, Add: []string{"--option", "dialect=services", "--project", azuredevops.Project}, Secret: azuredevops.PAT,
		File: "create_azuredevops_workitem", Args: map[string]any{"description": "$SUMMARY"}, Say: "filed work item $ticket_number",
	}}
}
