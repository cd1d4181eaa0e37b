package cli

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/client/pins"
	"github.com/tftsr/tftsr/client/registry"
	"github.com/tftsr/tftsr/internal/audit"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/store"
)

// approveOptions are the flags of server approve.
type approveOptions struct {
	read               []string
	yes, despite, show bool
}

func (a *app) serverApproveCmd() *cobra.Command {
	var o approveOptions
	cmd := &cobra.Command{
		Use:   "approve NAME [THING...]",
		Short: "Show what is new or has changed of a server, and offer it if you say so",
		Long: `Approve connects to the server and shows each tool, prompt, resource and the
instructions that nobody has approved as they are now: all fields of what is
new, the fields that differ of what has changed, with invisible characters made
visible. Signs of a poisoned description are shown with !!, and then you are
asked for the name of the server instead of a yes. That there are none means
little: read what a model will read.

A call of a tool waits for a person. --read TOOL says that it only reads, so
that no call of it waits.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, w *workspace) error {
				return a.serverApprove(ctx, w, args[0], args[1:], o)
			})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.read, "read", nil, "`TOOL` that only reads, you say; * is all that say so themselves")
	f.BoolVar(&o.yes, "yes", false, "do not ask, where there is no sign of poisoning")
	f.BoolVar(&o.despite, "despite-signs", false, "with --yes: not even then")
	f.BoolVar(&o.show, "show", false, "only show")
	return cmd
}

func (a *app) serverApprove(ctx context.Context, w *workspace, name string, only []string, o approveOptions) error {
	r := w.gateway()
	s, err := oneServer(ctx, r, name)
	if err != nil {
		return err
	}
	if err := w.look(ctx, r, s); err != nil {
		return err
	}
	waiting, err := waitingFor(ctx, r, s, only)
	if err != nil {
		return err
	}
	if len(waiting) == 0 {
		a.printf("nothing of %s waits for approval\n", s.Name)
		return nil
	}
	known, err := r.Known(ctx, s)
	if err != nil {
		return err
	}
	signs := 0
	var named []store.Pin
	for i := range waiting {
		signs += a.showWaiting(&waiting[i], known)
		if waiting[i].Alias == "" && waiting[i].Kind != store.PinInstructions {
			a.printf("  !! it cannot be offered: %v\n\n", r.NoName(ctx, s, &waiting[i]))
			continue
		}
		named = append(named, waiting[i])
	}
	if o.show || len(named) == 0 {
		return nil
	}
	if err := a.mayApprove(ctx, s, named, signs, o); err != nil {
		return err
	}
	read, err := readers(named, o.read)
	if err != nil {
		return usageError(err)
	}
	sum := sha256.New()
	for _, p := range named {
		_, _ = fmt.Fprintf(sum, "%s %s\n", p.Kind, p.SeenDigest)
	}
	intent := gate.Intent{Action: audit.ActionConfig, EntityType: "mcp_server", EntityID: s.Name, Details: map[string]any{
		"server_id": s.ID, "change": "approved", "things": len(named), "read": len(read), "signs": signs, "definitions": hex.EncodeToString(sum.Sum(nil)),
	}}
	err = w.recorded(ctx, intent, func() error {
		if err := r.Approve(ctx, s, named, osUser()); err != nil {
			return err
		}
		if len(read) > 0 {
			if err := r.SetPolicy(ctx, s, read); err != nil {
				return err
			}
		}
		all, err := r.Pins(ctx, s)
		if err != nil {
			return err
		}
		health := s.Health
		health.Status, health.At = registry.StatusOf(all), moment()
		return w.store.NoteHealth(ctx, s.ID, health)
	})
	if err != nil {
		return err
	}
	a.printf("%d approved of %s\n", len(named), s.Name)
	return nil
}

// waitingFor returns what nobody has approved as it is; only narrows it by the
// names of things.
func waitingFor(ctx context.Context, r *registry.Registry, s *store.MCPServer, only []string) ([]store.Pin, error) {
	all, err := r.Pins(ctx, s)
	if err != nil {
		return nil, err
	}
	var out []store.Pin
	found := map[string]bool{}
	for i := range all {
		p := all[i]
		corrupt := p.State == store.PinApproved && pins.Verify(&p) != nil
		if p.State != store.PinPending && p.State != store.PinChanged && !corrupt {
			continue
		}
		match := len(only) == 0
		for _, name := range only {
			if name == p.Name || name == p.Alias || name == string(p.Kind) {
				match, found[name] = true, true
			}
		}
		if match {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b store.Pin) int { return shownFirst[b.Kind] - shownFirst[a.Kind] })
	for _, name := range only {
		if !found[name] {
			return nil, usageError(fmt.Errorf("nothing of %s that waits is called %q", s.Name, printable(name)))
		}
	}
	return out, nil
}

// shownFirst orders what is shown: what acts before what is only read.
var shownFirst = map[store.PinKind]int{store.PinTool: 4, store.PinInstructions: 3, store.PinPrompt: 2, store.PinTemplate: 1}

// showWaiting prints a thing as a model will read it and returns the number of
// signs of poisoning.
func (a *app) showWaiting(p *store.Pin, known pins.Known) int {
	title := string(p.Kind)
	if p.Name != "" {
		title += " " + pins.Visible(p.Name)
	}
	if p.Alias != "" && (p.Kind == store.PinTool || p.Kind == store.PinPrompt) {
		title += " (" + p.Alias + ")"
	}
	before := p.Approved
	switch {
	case p.State == store.PinPending:
		before = nil
		a.printf("%s: new\n", title)
	case p.State == store.PinChanged && p.SeenDigest == p.ApprovedDigest:
		a.printf("%s: had changed since %s, and is now as approved then\n", title, shortTime(p.ApprovedAt))
	default:
		a.printf("%s: changed since it was approved, %s\n", title, shortTime(p.ApprovedAt))
	}
	changes := pins.Diff(before, p.Seen)
	for _, c := range changes {
		if c.Before != nil {
			a.printf("  - %s: %s\n", c.Path, indented(*c.Before))
		}
		if c.After != nil {
			a.printf("  + %s: %s\n", c.Path, indented(*c.After))
		}
	}
	if len(changes) == 0 && p.SeenDigest != p.ApprovedDigest {
		a.printf("  what differs is within what is redacted\n")
	}
	found := pins.Scan(p, known)
	for _, f := range found {
		a.printf("  !! %s in %s: %s\n", f.Sign, f.Path, strings.ReplaceAll(f.Why, "\n", " "))
	}
	if p.Kind == store.PinTool && registry.ReadOnly(p) {
		a.printf("  it says that it only reads: --read %s lets calls of it run without a question\n", pins.Visible(p.Name))
	}
	a.printf("\n")
	return len(found)
}

// indented keeps the lines of a text from passing for ours.
func indented(s string) string { return strings.ReplaceAll(s, "\n", "\n  |   ") }

func signsOf(n int) string {
	if n == 1 {
		return "1 sign"
	}
	return fmt.Sprintf("%d signs", n)
}

// mayApprove asks the person.
func (a *app) mayApprove(ctx context.Context, s *store.MCPServer, named []store.Pin, signs int, o approveOptions) error {
	if o.yes && (signs == 0 || o.despite) {
		return nil
	}
	if o.yes {
		return withHint(fmt.Errorf("%s of poisoning: nothing was approved", signsOf(signs)), "look at them, and approve what is good by name; --despite-signs approves all the same")
	}
	if !a.onTerminal() {
		return withHint(errors.New("nothing was approved: there is no terminal to ask on"), "read what is shown above, then add --yes")
	}
	want, question := "yes", fmt.Sprintf("offer these %d to agents? type yes: ", len(named))
	if signs > 0 {
		want, question = s.Name, fmt.Sprintf("!! %s of poisoning above. To offer these %d to agents all the same, type the name of the server: ", signsOf(signs), len(named))
	}
	a.ask(question)
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if strings.TrimSpace(line) != want {
		if err == nil || ctx.Err() == nil {
			return errors.New("nothing was approved")
		}
		return err
	}
	return nil
}

// readers are the tools whose policy becomes read.
func readers(named []store.Pin, read []string) (map[string]store.ToolPolicy, error) {
	out := map[string]store.ToolPolicy{}
	for _, want := range read {
		found := false
		for i := range named {
			p := &named[i]
			if p.Kind != store.PinTool {
				continue
			}
			if want == "*" && registry.ReadOnly(p) || want == p.Name || want == p.Alias {
				out[p.Name], found = store.ToolRead, true
			}
		}
		if !found && want != "*" {
			return nil, fmt.Errorf("--read %s: no tool of that name is approved here", printable(want))
		}
	}
	return out, nil
}

// sortedNames are the names of servers, for messages.
func sortedNames(list []store.MCPServer) []string {
	var out []string
	for i := range list {
		out = append(out, list[i].Name)
	}
	slices.Sort(out)
	return out
}
