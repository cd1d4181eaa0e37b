package triage

import (
	"embed"
	"fmt"
	"strings"
)

// MaxDomainPrompt bounds a domain prompt, in bytes: 900 tokens, a token
// counted as four bytes. It is in every conversation that uses it.
const MaxDomainPrompt = 900 * 4

//go:embed domains/*.md
var domainFiles embed.FS

// DomainPrompt returns what an engineer of long practice in a category would
// tell a colleague who begins to triage: what to ask and gather first, the
// telling signs, which commands only read and which only look as if they did,
// and what misleads. It is Markdown, a message for a model or a page for a
// person, and no longer than [MaxDomainPrompt]. ok is false for what is none
// of [Categories].
func DomainPrompt(category string) (text string, ok bool) {
	body, err := domainFiles.ReadFile("domains/" + category + ".md")
	if err != nil {
		return "", false
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Triage: %s\n\n", CategoryTitle(category))
	b.WriteString("You are an on-call engineer of long practice in this domain. Work from evidence: quote lines that you have read, say what would refute a hypothesis, change nothing without a person's word.\n\n")
	b.Write(body)
	return b.String(), true
}
