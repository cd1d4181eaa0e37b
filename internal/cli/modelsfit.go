package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/hardware"
	"github.com/tftsr/tftsr/providers/ollama/sizing"
)

func (a *app) modelsHardwareCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "hardware",
		Short: "Say what this machine has for running models",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := hardware.Detect(cmd.Context())
			if asJSON {
				return encoder(a.out).Encode(r)
			}
			tw := a.table()
			tw.row("processor\t%s, %d threads\n", cmp.Or(r.CPU.Model, "unknown"), r.CPU.Threads)
			if r.CPU.Limit > 0 {
				tw.row("limit\t%.1f processors\n", r.CPU.Limit)
			}
			tw.row("memory\t%s, %s can be had\n", sizing.GiB(r.Memory.Total), sizing.GiB(r.Memory.Usable()))
			if r.Memory.Limit > 0 {
				tw.row("limit\t%s, %s in use\n", sizing.GiB(r.Memory.Limit), sizing.GiB(r.Memory.LimitUsed))
			}
			for _, g := range r.GPUs {
				size := "memory unknown"
				if g.Total > 0 {
					size = sizing.GiB(g.Total) + ", " + sizing.GiB(g.Free) + " free"
				}
				if g.Shared {
					size += ", of the main memory"
				}
				tw.row("GPU\t%s, %s (%s)\n", cmp.Or(g.Name, g.Vendor), size, g.Source)
			}
			if len(r.GPUs) == 0 {
				tw.row("GPU\tnone found\n")
			}
			if err := tw.Flush(); err != nil {
				return err
			}
			for _, n := range r.Notes {
				a.sayf("%s", n)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as a JSON object, in bytes")
	return cmd
}

// recommendOptions are the flags of models recommend.
type recommendOptions struct {
	tokens   int
	gpu, ram float64
	all, raw bool
}

func (a *app) modelsRecommendCmd() *cobra.Command {
	var o recommendOptions
	cmd := &cobra.Command{
		Use:   "recommend",
		Short: "Say which models that can call tools fit this machine, with the sums",
		Example: `  tftsr models recommend --context 32768
  tftsr models recommend --gpu 24 --ram 64    # for another machine`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.recommend(cmd.Context(), o) },
	}
	cmd.Flags().IntVar(&o.tokens, "context", 16384, "`tokens` that a conversation may have")
	cmd.Flags().Float64Var(&o.gpu, "gpu", 0, "video memory in `GiB` of another machine to plan for")
	cmd.Flags().Float64Var(&o.ram, "ram", 0, "main memory in `GiB` of that machine")
	cmd.Flags().BoolVar(&o.all, "all", false, "also those that do not fit")
	cmd.Flags().BoolVar(&o.raw, "json", false, "as a JSON object, in bytes")
	return cmd
}

func (a *app) recommend(ctx context.Context, o recommendOptions) error {
	if o.tokens < 512 || o.gpu < 0 || o.ram < 0 || o.gpu > 1e5 || o.ram > 1e5 {
		return usageError(errors.New("--context is at least 512 tokens, and --gpu and --ram are GiB"))
	}
	c, err := a.ollama(ctx)
	if err != nil {
		return err
	}
	var budget sizing.Budget
	notes := []string{}
	if o.gpu > 0 || o.ram > 0 {
		budget = sizing.BudgetFor(int64(o.gpu*(1<<30)), int64(o.ram*(1<<30)))
	} else {
		r := hardware.Detect(ctx)
		budget, notes = sizing.BudgetOf(r), append(notes, r.Notes...)
		if !c.Here() {
			notes = append(notes, "these are the memories of this machine, and Ollama runs on another: give --gpu and --ram of that one")
		}
	}
	quick, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	specs := slices.Clone(sizing.Models().Models)
	there, _, err := c.Specs(quick)
	if err != nil {
		notes = append(notes, "what is installed is not known: "+err.Error())
	}
	for _, s := range there {
		specs = append(slices.DeleteFunc(specs, func(old sizing.Spec) bool { return old.Name == s.Name }), s)
	}
	return a.printPlan(budget, sizing.Recommend(budget, specs, o.tokens), notes, o)
}

func (a *app) printPlan(budget sizing.Budget, plan sizing.Plan, notes []string, o recommendOptions) error {
	table := sizing.Models()
	if o.raw {
		return encoder(a.out).Encode(struct {
			Recommended string       `json:"recommended"`
			Why         string       `json:"why"`
			Context     int          `json:"context_tokens"`
			Models      []sizing.Fit `json:"models"`
			Memory      []string     `json:"memory"`
			BasedOn     string       `json:"based_on"`
			AsOf        string       `json:"as_of"`
			Notes       []string     `json:"notes"`
		}{plan.Best, plan.Why, plan.Context, plan.Fits, budget.Texts(), table.BasedOn, table.AsOf, notes})
	}
	if plan.Best == "" {
		a.printf("none: %s\n", plan.Why)
	} else {
		a.printf("%s: %s\n", printable(plan.Best), plan.Why)
	}
	for _, f := range plan.Fits {
		if f.Where == sizing.Nowhere && !o.all {
			continue
		}
		there := ""
		if f.Installed {
			there = ", installed"
		}
		a.printf("\n%s (%s%s)\n  %s\n  %s\n", printable(f.Model), f.Where, there, f.Need.Arithmetic, f.Why)
	}
	a.printf("\nFor %d tokens of context. The list is of %s. %s\n", plan.Context, table.AsOf, table.BasedOn)
	for _, n := range notes {
		a.sayf("%s", n)
	}
	return nil
}
