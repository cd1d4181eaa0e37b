package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/tftsr/tftsr/store"
)

type releaseView struct {
	ID        string `json:"id"`
	What      string `json:"what"` // a token, or the name of a type
	Type      string `json:"type"`
	Owner     string `json:"owner"`
	CreatedAt string `json:"created_at"`
}

// listReleases prints what people released, by token or type and never by
// value.
func (a *app) listReleases(ctx context.Context, w *workspace, asJSON bool) error {
	rows, err := w.store.ListReleases(ctx)
	if err != nil {
		return err
	}
	views := []releaseView{}
	for _, r := range rows {
		views = append(views, releaseView{r.ID, r.Note, r.Type, r.Owner, shortTime(r.CreatedAt)})
	}
	if asJSON {
		return encoder(a.out).Encode(views)
	}
	if len(views) == 0 {
		a.sayf("nothing is released")
		return nil
	}
	tw := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	for _, v := range views {
		if _, err := fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", v.ID, printable(v.What), printable(v.Owner), v.CreatedAt); err != nil {
			return err
		}
	}
	return tw.Flush()
}

// unrelease takes a release back.
func (a *app) unrelease(ctx context.Context, w *workspace, id string) error {
	err := w.gate.Unrelease(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return withHint(fmt.Errorf("there is no release %q", id), "tftsr review --releases lists them")
	}
	if err == nil {
		a.sayf("took back %s", id)
	}
	return err
}
