package cli

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// usageTemplate is cobra's, but that a command with subcommands is not shown
// as one that could be called by itself.
var usageTemplate = strings.Replace(new(cobra.Command).UsageTemplate(),
	"{{if .Runnable}}\n  {{.UseLine}}{{end}}", "{{if and .Runnable (not .HasAvailableSubCommands)}}\n  {{.UseLine}}{{end}}", 1)

// family makes cmd one that only holds others: alone it prints its help, and
// what it does not know is an error that names what was probably meant.
func family(cmd *cobra.Command) {
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return unknownCommand(cmd, args[0])
	}
}

func unknownCommand(parent *cobra.Command, name string) error {
	hint := fmt.Sprintf("`%s --help` lists what there is", parent.CommandPath())
	// Two edits are as far as a slip of the fingers goes.
	parent.SuggestionsMinimumDistance = 2
	if near := parent.SuggestionsFor(name); len(near) > 0 {
		for i := range near {
			near[i] = fmt.Sprintf("`%s %s`", parent.CommandPath(), near[i])
		}
		hint = fmt.Sprintf("did you mean %s? %s", strings.Join(near, " or "), hint)
	}
	return usageError(withHint(fmt.Errorf("%s has no command %q", parent.CommandPath(), name), hint))
}

func helpCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND…]",
		Short: "Explain a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				if target == nil {
					target = cmd.Root()
				}
				if len(rest) == 0 {
					rest = args
				}
				return unknownCommand(target, rest[0])
			}
			target.InitDefaultHelpFlag()
			return target.Help()
		},
	}
}

// exactly is cobra.ExactArgs with an error that shows how it is meant.
func exactly(n int) cobra.PositionalArgs { return between(n, n) }

// between bounds the number of arguments.
func between(lo, hi int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		var err error
		switch {
		case len(args) < lo:
			err = fmt.Errorf("%s: an argument is missing", cmd.CommandPath())
		case len(args) > hi:
			err = fmt.Errorf("%s: unexpected argument %q", cmd.CommandPath(), args[hi])
		default:
			return nil
		}
		return usageError(withHint(err, "usage: "+cmd.UseLine()))
	}
}

// oneOf refuses flags that exclude each other.
func oneOf(cmd *cobra.Command, names ...string) error {
	var given []string
	for _, n := range names {
		if cmd.Flags().Changed(n) {
			given = append(given, "--"+n)
		}
	}
	if len(given) > 1 {
		return usageError(errors.New(strings.Join(given, " and ") + " exclude each other"))
	}
	return nil
}

// flagUsage makes the sentence that documents a setting read like the usage
// of any other flag.
func flagUsage(doc string) string {
	doc = strings.TrimSuffix(doc, ".")
	if r, n := utf8.DecodeRuneInString(doc); n > 0 && !strings.HasPrefix(doc, "PEM") {
		doc = string(unicode.ToLower(r)) + doc[n:]
	}
	return doc
}
