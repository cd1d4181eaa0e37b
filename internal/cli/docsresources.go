package cli

import (
	"fmt"
	"strings"

	"github.com/tftsr/tftsr/internal/triage"
	"github.com/tftsr/tftsr/resources"
)

// resourcesTable lists the kinds of resources.
func resourcesTable() (string, error) {
	var b strings.Builder
	b.WriteString("| resource | holds | media type | changes are told | offered beside |\n| --- | --- | --- | --- | --- |\n")
	for _, k := range resources.Kinds() {
		told, beside := "no", "everything"
		if k.Subscribe {
			told = "yes"
		}
		if len(k.Tools) > 0 {
			beside = "`" + strings.Join(k.Tools, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k.Template, k.Description, k.MIMEType, told, beside)
	}
	return b.String(), nil
}

// promptsTable lists the prompts.
func promptsTable() (string, error) {
	var b strings.Builder
	b.WriteString("| prompt | | arguments |\n| --- | --- | --- |\n")
	for _, p := range resources.Prompts() {
		var args []string
		for _, a := range p.Arguments {
			arg := "`" + a.Name + "`"
			if a.Required {
				arg += " (required)"
			}
			args = append(args, arg)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Name, p.Description, strings.Join(args, ", "))
	}
	return b.String(), nil
}

// timesTable defines the times that are derived from a timeline.
func timesTable() (string, error) {
	var b strings.Builder
	b.WriteString("| time | from | to | which is | source |\n| --- | --- | --- | --- | --- |\n")
	for _, d := range triage.DerivedTimes() {
		fmt.Fprintf(&b, "| `%s` | `%s` | `%s` | %s | <%s> |\n", d.Name, d.From, d.To, d.Definition, d.Reference)
	}
	return b.String(), nil
}
