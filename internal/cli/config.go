package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) configCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the settings and where each comes from",
	}
	var asJSON, origin bool
	show := &cobra.Command{
		Use:   "show",
		Short: "Print every setting as it holds",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			if asJSON {
				return encoder(a.out).Encode(cfg.Values())
			}
			w := a.table()
			for _, v := range cfg.Values() {
				if origin {
					w.row("%s\t%s\t%s\n", v.Key, v.Value, v.Origin)
				} else {
					w.row("%s\t%s\n", v.Key, v.Value)
				}
			}
			return w.Flush()
		},
	}
	show.Flags().BoolVar(&origin, "origin", false, "say where each value comes from: default, file and line, env or flag")
	show.Flags().BoolVar(&asJSON, "json", false, "as a JSON array")
	family(cmd)
	cmd.AddCommand(show)
	return cmd
}
