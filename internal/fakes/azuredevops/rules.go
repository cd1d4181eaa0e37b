package azuredevops

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// valid checks fields as the rules of the process do, all at once.
func (f *Fake) valid(w http.ResponseWriter, t *itemType, before map[string]any, p *patch) bool {
	fields := map[string]any{}
	for ref, v := range p.fields {
		fd := t.field(ref)
		if fd == nil {
			fail(w, http.StatusBadRequest, "WorkItemTrackingFieldDefinitionNotFoundException", "TF51535: Cannot find field "+ref+".", nil)
			return false
		}
		fields[fd.ref] = v
	}
	formats := map[string]string{}
	for ref, v := range p.formats {
		fd := t.field(ref)
		if _, together := p.fields[ref]; f.o.Server || fd == nil || !fd.long || !together {
			fail(w, http.StatusBadRequest, "InvalidPatchFieldNameException", "The path /multilineFieldsFormat/"+ref+" names nothing that can be patched.", nil)
			return false
		}
		formats[fd.ref] = v
	}
	p.fields, p.formats = fields, formats
	after := maps.Clone(before)
	maps.Copy(after, fields)
	var errs []ruleError
	for _, fd := range t.fields {
		v, set := fields[fd.ref]
		switch {
		case set && fd.computed:
			errs = append(errs, ruleError{fd, "ReadOnly"})
		case fd.required && (after[fd.ref] == nil || strings.TrimSpace(fmt.Sprint(after[fd.ref])) == ""):
			errs = append(errs, ruleError{fd, "Required, InvalidEmpty"})
		case set && len(fd.allowed) > 0 && !slices.ContainsFunc(fd.allowed, func(a any) bool { return fmt.Sprint(a) == fmt.Sprint(v) }):
			errs = append(errs, ruleError{fd, "Required, HasValues, LimitedToValues, AllowsOldValue, InvalidNotOldValue"})
		case set && fd.ref == "System.Title" && len([]rune(fmt.Sprint(v))) > 255:
			errs = append(errs, ruleError{fd, "InvalidTooLong"})
		case set && (fd.ref == "System.AreaPath" || fd.ref == "System.IterationPath") && !strings.EqualFold(strings.Split(fmt.Sprint(v), `\`)[0], fmt.Sprint(before["System.AreaPath"])):
			errs = append(errs, ruleError{fd, "InvalidPath"})
		}
	}
	if len(errs) > 0 {
		broken(w, errs)
	}
	return len(errs) == 0
}

type ruleError struct {
	field field
	flags string
}

func broken(w http.ResponseWriter, errs []ruleError) {
	var list []any
	for _, e := range errs {
		list = append(list, map[string]any{
			"fieldReferenceName": e.field.ref, "fieldStatusFlags": strings.ToLower(e.flags[:1]) + e.flags[1:], "fieldStatusCode": 524289,
			"errorMessage": "TF401320: Rule Error for field " + e.field.name + ". Error code: " + e.flags + ".", "ruleValidationErrors": nil,
		})
	}
	text := list[0].(map[string]any)["errorMessage"].(string)
	if n := len(errs) - 1; n > 0 {
		text += fmt.Sprintf(" %d additional errors occurred during validation of the work item. Please correct all errors and try again.", n)
	}
	fail(w, http.StatusBadRequest, "RuleValidationException", text, map[string]any{
		"FieldReferenceName": nil, "FieldStatusFlags": "none", "ErrorMessage": text, "FieldStatusCode": 0, "RuleValidationErrors": list,
	})
}
