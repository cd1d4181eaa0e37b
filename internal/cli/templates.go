package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tftsr/tftsr/internal/triage"
)

// templateSuffix ends the names of the files of templates.
const templateSuffix = ".md.tmpl"

// maxTemplate bounds what is read of a template, in bytes.
const maxTemplate = 1 << 20

func (a *app) templatesCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "templates",
		Short: "See and try the templates of documents",
		Long: `Templates are what generate_rca and generate_postmortem write documents with. A
file NAME.md.tmpl in the folder that documents.templates names takes the place
of the one that comes with the program, or joins them. Variables and rules are
in docs/documents.md.`,
	}
	family(cmd)
	cmd.AddCommand(a.templatesListCmd(), a.templatesShowCmd(), a.templatesCheckCmd())
	return cmd
}

// ownTemplates returns the owner's folder, or nil when none is configured.
func (a *app) ownTemplates() (fsys fs.FS, folder string, err error) {
	cfg, err := a.config()
	if err != nil || cfg.Documents.Templates == "" {
		return nil, "", err
	}
	return os.DirFS(cfg.Documents.Templates), cfg.Documents.Templates, nil
}

type templateView struct {
	Name string `json:"name"`
	File string `json:"file,omitempty"` // the owner's; empty for one of the program
	What string `json:"what"`
}

func (a *app) templatesListCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the templates, and where they are from",
		Args:  exactly(0),
		RunE: func(*cobra.Command, []string) error {
			own, folder, err := a.ownTemplates()
			if err != nil {
				return err
			}
			views, err := templateViews(own, folder)
			if err != nil {
				return err
			}
			if asJSON {
				return encoder(a.out).Encode(views)
			}
			t := a.table()
			for _, v := range views {
				from := v.File
				if from == "" {
					from = "built in"
				}
				t.row("%s\t%s\t%s\n", v.Name, printable(from), printable(v.What))
			}
			return t.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func templateViews(own fs.FS, folder string) ([]templateView, error) {
	names, err := triage.TemplateNames(own)
	if err != nil {
		return nil, err
	}
	views := make([]templateView, 0, len(names))
	for _, name := range names {
		v := templateView{Name: name}
		text, isOwn, err := triage.ReadTemplate(own, name)
		if err != nil {
			v.What = err.Error()
		} else {
			v.What = templateComment(text)
		}
		if isOwn {
			v.File = filepath.Join(folder, name+templateSuffix)
		}
		views = append(views, v)
	}
	return views, nil
}

// templateComment is what a template says of itself: its comment at the top.
func templateComment(text string) string {
	_, rest, ok := strings.Cut(text, "/*")
	comment, _, closed := strings.Cut(rest, "*/")
	if !ok || !closed || strings.Trim(text[:strings.Index(text, "/*")], "{- \n") != "" {
		return ""
	}
	return strings.Join(strings.Fields(comment), " ")
}

func (a *app) templatesShowCmd() *cobra.Command {
	var builtin bool
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Print a template",
		Example: `  tftsr templates show atlassian > my-templates/atlassian.md.tmpl
  tftsr templates show --builtin short`,
		Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			own, _, err := a.ownTemplates()
			if err != nil {
				return err
			}
			if builtin {
				own = nil
			}
			text, _, err := triage.ReadTemplate(own, args[0])
			if err != nil {
				return usageError(fmt.Errorf("%q: %w", args[0], err))
			}
			a.printf("%s", text)
			return nil
		},
	}
	cmd.Flags().BoolVar(&builtin, "builtin", false, "the one that comes with the program, though a file of yours has its name")
	return cmd
}

func (a *app) templatesCheckCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "check [NAME|FILE…]",
		Short: "Try templates on a document that has everything, and on one that has nothing",
		Long: `Check fills templates with made-up text and says what is wrong, with file and
line. Without arguments it tries all of the folder that documents.templates
names. It exits with 3 when one is broken.`,
		RunE: func(_ *cobra.Command, args []string) error {
			own, folder, err := a.ownTemplates()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				if own == nil {
					return withHint(usageError(errors.New("no folder of templates is configured")), "set documents.templates, or name a template or a file")
				}
				files, err := fs.Glob(own, "*"+templateSuffix)
				if err != nil {
					return err
				}
				for _, f := range files {
					args = append(args, filepath.Join(folder, f))
				}
				if len(args) == 0 {
					a.sayf("%s has no file *%s", folder, templateSuffix)
				}
			}
			broken := 0
			for _, name := range args {
				text, err := a.templateText(own, name)
				if err == nil {
					err = triage.CheckTemplate(strings.TrimSuffix(filepath.Base(name), templateSuffix), text)
				}
				if err != nil {
					broken++
					a.printf("%s: %v\n", printable(name), printable(templateFault(err)))
					continue
				}
				a.printf("%s: sound\n", printable(name))
			}
			if broken > 0 {
				return &exitError{exitFindings, nil}
			}
			return nil
		},
	}
}

// templateText reads a template by its name or, when it looks like one, a file.
func (a *app) templateText(own fs.FS, name string) (string, error) {
	if !strings.HasSuffix(name, templateSuffix) && !strings.ContainsAny(name, `/\.`) {
		text, _, err := triage.ReadTemplate(own, name)
		return text, err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", bare(err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxTemplate+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return "", bare(err)
	}
	if len(b) > maxTemplate {
		return "", fmt.Errorf("larger than %d bytes", maxTemplate)
	}
	return string(b), nil
}

// templateFault is the fault without the name, which stands before it.
func templateFault(err error) string {
	var te *triage.TemplateError
	if errors.As(err, &te) {
		if te.Line > 0 {
			return fmt.Sprintf("line %d: %s", te.Line, te.What)
		}
		return te.What
	}
	return err.Error()
}
