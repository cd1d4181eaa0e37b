package cli

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/fakes/anthropic"
	"github.com/tftsr/tftsr/internal/fakes/genai"
	"github.com/tftsr/tftsr/internal/fakes/openai"
	"github.com/tftsr/tftsr/internal/fakes/script"
)

// fakeProviderCmds are stand-ins for AI providers.
func (a *app) fakeProviderCmds() []*cobra.Command {
	var o openai.Options
	chat := a.fakeProviderCmd("openai", "Run a provider that speaks OpenAI's Chat Completions, in the dialect of a vendor", func(addr string, t []script.Trouble) (fakeProvider, error) {
		if !slices.Contains(openai.Dialects, o.Dialect) {
			return fakeProvider{}, fmt.Errorf("--dialect must be one of: %s", strings.Join(openai.Dialects, ", "))
		}
		f := openai.New(o)
		f.Next(t...)
		path := map[string]string{openai.Azure: "", openai.Gemini: "/v1beta/openai"}
		p, special := path[o.Dialect]
		if !special {
			p = "/v1"
		}
		return fakeProvider{f, o.Dialect, p, openai.Models(o.Dialect)[0], openai.Key}, nil
	})
	chat.Flags().StringVar(&o.Dialect, "dialect", openai.OpenAI, "`vendor`: "+strings.Join(openai.Dialects, ", "))
	chat.Flags().IntVar(&o.ContextTokens, "context", 0, "refuse prompts of more than `n` tokens")
	return []*cobra.Command{
		chat,
		a.fakeProviderCmd("anthropic", "Run a provider that speaks Anthropic's Messages", func(_ string, t []script.Trouble) (fakeProvider, error) {
			f := anthropic.New(anthropic.Options{})
			f.Next(t...)
			return fakeProvider{f, "anthropic", "", anthropic.Models[0], anthropic.Key}, nil
		}),
		a.fakeProviderCmd("genai", "Run a provider that speaks MSI GenAI's chat, and keeps the history", func(_ string, t []script.Trouble) (fakeProvider, error) {
			f := genai.New(genai.Options{})
			f.Next(t...)
			return fakeProvider{f, "msi_genai", "/app-gateway", genai.Models[0], genai.Key}, nil
		}),
	}
}

// fakeProvider is a stand-in and how it is added as a provider.
type fakeProvider struct {
	http.Handler
	kind, path, model, key string
}

func (a *app) fakeProviderCmd(name, short string, start func(addr string, t []script.Trouble) (fakeProvider, error)) *cobra.Command {
	var addr string
	var troubles []string
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Long:  fold(short+". It is no model: what it answers is scripted. The first requests can have troubles as those of the vendor: "+strings.Join(script.Troubles, ", ")+".", 0),
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []script.Trouble
			for _, t := range troubles {
				if !slices.Contains(script.Troubles, t) {
					return usageError(fmt.Errorf("--trouble must be of: %s", strings.Join(script.Troubles, ", ")))
				}
				list = append(list, script.Trouble(t))
			}
			f, err := start(addr, list)
			if err != nil {
				return usageError(err)
			}
			return a.serveFake(cmd.Context(), addr, f, func(base string) {
				a.printf("%s%s\n", base, f.path)
				a.sayf("a scripted %s listens on %s; it takes the key %s", f.kind, base, f.key)
				a.sayf("in another terminal: printf %%s %s | tftsr provider add %s fake --url %s%s --model %s", f.key, f.kind, base, f.path, f.model)
			})
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:8090", "`address` of this machine to listen on; port 0 takes any")
	cmd.Flags().StringSliceVar(&troubles, "trouble", nil, "`trouble` of the next request, any number of times")
	return cmd
}

// helpWidth is how wide a line of the help may be.
const helpWidth = 80

// fold breaks a text of the help into lines, all but the first indented.
func fold(text string, indent int) string {
	var b strings.Builder
	at := indent
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case at+1+len(word) > helpWidth:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String()
}
