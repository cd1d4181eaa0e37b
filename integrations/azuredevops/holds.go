package azuredevops

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/internal/gate"
)

// Holds reports whether an item has what a patch writes: whether a patch whose
// answer was lost was carried out. comments are the newest of the item.
func (c Client) Holds(i *Item, comments []Comment, patch gate.Cleared) (bool, error) {
	text, err := patch.Text(c.Destination())
	if err != nil {
		return false, err
	}
	var ops []Operation
	if err := json.Unmarshal([]byte(text), &ops); err != nil {
		return false, err
	}
	for _, o := range ops {
		ref, ok := strings.CutPrefix(o.Path, "/fields/")
		if !ok {
			continue
		}
		want := fmt.Sprint(o.Value)
		switch ref {
		case fieldHistory:
			if !hasComment(comments, plainText(want, false)) {
				return false, nil
			}
		case fieldDescription, fieldRepro:
			if i.Long(ref) != plainText(want, c.Markdown()) {
				return false, nil
			}
		default:
			if i.Text(ref) != want {
				return false, nil
			}
		}
	}
	return true, nil
}

// HoldsComment reports whether a comment is among the newest.
func (c Client) HoldsComment(comments []Comment, body gate.Cleared) (bool, error) {
	text, err := body.Text(c.Destination())
	if err != nil {
		return false, err
	}
	var in struct{ Text string }
	err = json.Unmarshal([]byte(text), &in)
	return err == nil && hasComment(comments, plainText(in.Text, true)), err
}

func hasComment(comments []Comment, text string) bool {
	return slices.ContainsFunc(comments, func(m Comment) bool { return m.Text == text })
}
