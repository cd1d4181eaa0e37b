package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/triage"
)

func (a *app) domainsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "domains [NAME]",
		Short: "Print what to ask, gather and look for in an IT domain",
		Long: `Domains lists the IT domains that there are notes for, or prints the notes of
one: what to ask and gather first, the telling signs, which commands only read
and which only look as if they did, and what misleads. Hosts offer the same as
the prompts triage_NAME.`,
		Example: `  tftsr domains
  tftsr domains kubernetes`,
		Args:      between(0, 1),
		ValidArgs: triage.CategoryNames(),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
				for _, c := range triage.Categories() {
					if _, err := fmt.Fprintf(w, "%s\t%s\n", c.Name, c.Title); err != nil {
						return err
					}
				}
				return w.Flush()
			}
			text, ok := triage.DomainPrompt(strings.ToLower(args[0]))
			if !ok {
				return usageError(fmt.Errorf("there is no domain of this name; there are: %s", strings.Join(triage.CategoryNames(), ", ")))
			}
			_, err := io.WriteString(a.out, text)
			return err
		},
	}
}
