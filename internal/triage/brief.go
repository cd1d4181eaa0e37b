package triage

import (
	"fmt"
	"strings"
)

// Brief tells whoever is to propose the next step of an analysis what there is,
// what is asked, and how to answer. It holds claims and no text of logs.
func Brief(a *Analysis) (string, error) {
	g, err := sharedGraph(a.State)
	if err != nil {
		return "", err
	}
	judged := appraise(g)
	var b strings.Builder
	b.WriteString(briefHead)
	p := g.Problem
	for _, f := range []struct{ name, text string }{
		{"Problem", p.What},
		{"Where", p.Where},
		{"When", p.When},
		{"Extent", p.Extent},
		{"Expected", p.Expected},
		{"Actual", p.Actual},
		{"Affected", p.Is},
		{"Not affected", p.IsNot},
	} {
		if f.text != "" {
			fmt.Fprintf(&b, "%s: %s\n", f.name, f.text)
		}
	}
	fmt.Fprintf(&b, "\nThe analysis so far, %s:\n%s\nAsked next:\n", judged.verdict, drawTree(judged, nil))
	for _, q := range capped(judged.questions(maxListedQuestions), maxListedQuestions) {
		fmt.Fprintf(&b, "- %s (%s)\n", strings.TrimSpace(q.Node+" "+q.Ask), q.Why)
	}
	b.WriteString("\nFindings:\n")
	for _, f := range capped(judged.findings, maxListedFindings) {
		fmt.Fprintf(&b, "- %s %s: %s; %s\n", f.Node, f.Lint, f.Message, f.Hint)
	}
	return b.String(), nil
}

const briefHead = `You take part in a causal analysis of an IT incident. Propose the next step: causes one step further back, rival explanations to be refuted,
countermeasures for root causes, or the end of a branch. An engine judges every proposal. Name mechanisms of systems, one to a claim, never people,
never the lack of a remedy. A token such as [Email_3] stands for a value; use it as it is.

Answer with one JSON object and nothing else, any of:
{"nodes":[{"id":"n9","claim":"one specific cause","parents":["n1"],"lane":"cause|detection|duration","kind":"cause|contributing|condition|trigger",
  "gate":"AND|OR","stop":"actionable|external|unknowable|too-costly","why":"counterfactual, or why stop","actionable_by":"who","rival_of":"n1"}],
 "evidence":[{"on":"n9","type":"log_excerpt|change|ticket|metric|testimony","effect":"supports|refutes","ref":"log:ID#L1-L9@DIGEST or an id","text":"exact quote"}],
 "countermeasures":[{"node":"n9","text":"what","type":"prevent|detect|mitigate|respond|learn","owner":"who","due":"YYYY-MM-DD","effect_check":"how"}],
 "withdraw":["n3"],"finish":false}

`
