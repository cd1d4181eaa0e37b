package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/fakes/azuredevops"
)

func (a *app) fakeAzureDevOpsCmd() *cobra.Command {
	var addr, signIn string
	var require []string
	var o azuredevops.Options
	cmd := &cobra.Command{
		Use:   "azuredevops",
		Short: "Run an Azure DevOps organization that lives in memory",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(azuredevops.Processes(), o.Process) {
				return usageError(fmt.Errorf("--process is one of: %s", strings.Join(azuredevops.Processes(), ", ")))
			}
			if !slices.Contains([]string{"6.0", "7.0", "7.1"}, o.MaxVersion) {
				return usageError(errors.New("--max-version is 6.0, 7.0 or 7.1"))
			}
			switch signIn {
			case "page":
				o.SignIn = azuredevops.SignInPage
			case "redirect", "error":
				o.SignIn = azuredevops.SignIn(signIn)
			default:
				return usageError(errors.New("--sign-in is page, redirect or error"))
			}
			for _, text := range require {
				ref, values, ok := strings.Cut(text, "=")
				if !ok || !strings.Contains(ref, ".") {
					return usageError(errors.New("--require is a field with its values: Custom.Environment=Production,Staging"))
				}
				if o.Require == nil {
					o.Require = map[string][]string{}
				}
				o.Require[ref] = strings.Split(values, ",")
			}
			return a.serveFake(cmd.Context(), addr, azuredevops.New(o), func(base string) {
				base += "/" + azuredevops.Organization
				dialect, kind := "services", "an organization of Azure DevOps Services"
				if o.Server {
					dialect, kind = "server", "a collection of an Azure DevOps Server"
				}
				a.printf("%s\n", base)
				a.sayf("%s that lives in memory listens on %s; it has the project %q and takes the personal access token %s", kind, base, azuredevops.Project, azuredevops.PAT)
				a.sayf("in another terminal: printf %%s %s | tftsr integration add azuredevops fake --url %s --project %q --option dialect=%s", azuredevops.PAT, base, azuredevops.Project, dialect)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&addr, "addr", "127.0.0.1:8081", "`address` of this machine to listen on; port 0 takes any")
	f.StringVar(&o.Process, "process", "Agile", "`process` of its projects: "+strings.Join(azuredevops.Processes(), ", "))
	f.BoolVar(&o.Server, "server", false, "be a collection of a Server, which has no Markdown")
	f.StringVar(&o.MaxVersion, "max-version", "7.1", "newest `version` of the interface: 6.0 is a Server 2020")
	f.StringSliceVar(&o.Types, "type", nil, "further `type` of work items, such as Incident")
	f.StringArrayVar(&require, "require", nil, "`field` that each type requires, with the values that it allows: Custom.Environment=Production,Staging")
	f.StringVar(&signIn, "sign-in", "page", "how it answers a wrong token: with a `page`, a redirect or an error")
	f.BoolVar(&o.ReadOnly, "read-only", false, "refuse to write")
	f.IntVar(&o.Slow, "slow", 0, "slow calls down after `n`, as is done to who uses too much")
	f.IntVar(&o.Limit, "rate-limit", 0, "answer 429 after `n` calls")
	f.DurationVar(&o.RetryAfter, "retry-after", 30*time.Second, "how long it asks to wait then")
	f.IntVar(&o.Cap, "cap", 20000, "`number` of work items that a query may find")
	return cmd
}
