package triage

import "reflect"

// IsZero reports whether the step holds nothing: who sends it wants to see
// the state, not to change it.
func (in StepInput) IsZero() bool { return reflect.ValueOf(in).IsZero() }

// BegunBy reports whether the first step of an analysis had this id. A caller
// whose first answer was lost repeats that step, without an id of an analysis
// to name; this is how the analysis is found again. A state that cannot be
// read was begun by nobody.
func BegunBy(a *Analysis, stepID string) bool {
	g, err := sharedGraph(a.State)
	return err == nil && len(g.Steps) > 0 && stepID != "" && g.Steps[0].ID == stepID
}
