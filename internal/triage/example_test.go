package triage_test

import (
	"context"
	"fmt"

	"github.com/tftsr/tftsr/internal/triage"
)

// lines resolves the lines of one log.
type lines []string

func (l lines) Lines(_ context.Context, id string, from, to int64) ([]string, error) {
	if id != "nginx" || from < 1 || to > int64(len(l)) {
		return nil, triage.ErrNoLines
	}
	return l[from-1 : to], nil
}

// A whole analysis in two steps: the second answers what the first left open.
func ExampleEngine_Step() {
	log := lines{
		"04:00:00 [emerg] SSL_CTX_use_certificate: certificate expired 2026-03-01",
		"04:00:01 [notice] certbot: renewal skipped, hook /etc/letsencrypt/renewal-hooks/deploy is not executable",
		"04:00:02 [info] upstream 127.0.0.1:8080 answered in 3 ms",
	}
	cite := func(n int64) string { return triage.NewLogRef("nginx", n, log[n-1:n]).String() }
	ctx := context.Background()
	first, err := triage.Engine{}.Step(ctx, nil, triage.StepInput{
		Problem: &triage.ProblemInput{What: "Browsers refused shop.example from 04:00 UTC"},
		Nodes: []triage.NodeInput{
			{ID: "cert", Claim: "The certificate that nginx serves expired on 2026-03-01"},
			{ID: "hook", Claim: "The deploy hook of certbot is not executable", Parents: []string{"cert"}},
		},
		Evidence: []triage.EvidenceInput{
			{On: "cert", Type: "log_excerpt", Ref: cite(1), Text: "certificate expired 2026-03-01"},
			{On: "hook", Type: "log_excerpt", Ref: cite(2), Text: "renewal-hooks/deploy is not executable"},
		},
	}, log)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(first.Verdict, first.Branches[0].Lacks)

	second, err := triage.Engine{}.Step(ctx, &first.Analysis, triage.StepInput{
		Revision: first.Revision,
		Nodes: []triage.NodeInput{
			{ID: "hook", Stop: "actionable", ActionableBy: "web team", Why: "an executable hook would have installed the new certificate"},
			{ID: "app", RivalOf: "cert", Claim: "The application behind nginx was down"},
		},
		Evidence: []triage.EvidenceInput{
			{On: "app", Type: "log_excerpt", Effect: "refutes", Ref: cite(3), Text: "upstream 127.0.0.1:8080 answered in 3 ms"},
		},
		Finish: true,
	}, log)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(second.Verdict, second.Done)
	// Output:
	// LIKELY [an alternative that verified log evidence refutes an end: hook has neither a cause nor a stop]
	// CONFIRMED true
}
