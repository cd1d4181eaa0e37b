package azuredevops

import (
	"net/http"
	"slices"
	"strings"
)

// itemType is a type of work item.
type itemType struct {
	name   string
	states []string // the first is that of a new item
	fields []field
	hidden bool // disabled by an administrator
}

// field is a field of a type.
type field struct {
	ref, name string
	required  bool
	allowed   []any
	standard  any // default value
	computed  bool
	long      bool // of several lines
}

const (
	severityField = "Microsoft.VSTS.Common.Severity"
	priorityField = "Microsoft.VSTS.Common.Priority"
	reproField    = "Microsoft.VSTS.TCM.ReproSteps"
)

// common are the fields of every type.
func common(states []string) []field {
	allowed := make([]any, len(states))
	for i, s := range states {
		allowed[i] = s
	}
	return []field{
		{ref: "System.Id", name: "ID", computed: true},
		{ref: "System.Rev", name: "Rev", computed: true},
		{ref: "System.Title", name: "Title", required: true},
		{ref: "System.State", name: "State", required: true, allowed: allowed, standard: states[0]},
		{ref: "System.Reason", name: "Reason"},
		{ref: "System.WorkItemType", name: "Work Item Type", computed: true},
		{ref: "System.TeamProject", name: "Team Project", computed: true},
		{ref: "System.AreaPath", name: "Area Path"},
		{ref: "System.IterationPath", name: "Iteration Path"},
		{ref: "System.AssignedTo", name: "Assigned To"},
		{ref: "System.CreatedBy", name: "Created By", computed: true},
		{ref: "System.CreatedDate", name: "Created Date", computed: true},
		{ref: "System.ChangedBy", name: "Changed By", computed: true},
		{ref: "System.ChangedDate", name: "Changed Date", computed: true},
		{ref: "System.CommentCount", name: "Comment Count", computed: true},
		{ref: "System.Tags", name: "Tags"},
		{ref: "System.History", name: "History", long: true},
		{ref: "System.Description", name: "Description", long: true},
	}
}

var (
	priority = field{ref: priorityField, name: "Priority", allowed: []any{1, 2, 3, 4}, standard: 2}
	severity = field{ref: severityField, name: "Severity", allowed: []any{"1 - Critical", "2 - High", "3 - Medium", "4 - Low"}, standard: "3 - Medium"}
	repro    = field{ref: reproField, name: "Repro Steps", long: true}
)

// The types of the four processes, as "About processes and process templates"
// of the vendor's documentation lists them. None has an incident.
var processes = map[string][]itemType{
	"Basic": {
		plain("Epic", "To Do", "Doing", "Done"), plain("Issue", "To Do", "Doing", "Done"), plain("Task", "To Do", "Doing", "Done"),
	},
	"Agile": {
		plain("Epic", "New", "Active", "Resolved", "Closed", "Removed"), plain("Feature", "New", "Active", "Resolved", "Closed", "Removed"),
		plain("User Story", "New", "Active", "Resolved", "Closed", "Removed"), plain("Task", "New", "Active", "Closed", "Removed"),
		bug("Bug", "New", "Active", "Resolved", "Closed"), plain("Issue", "Active", "Closed"),
	},
	"Scrum": {
		plain("Epic", "New", "In Progress", "Done", "Removed"), plain("Feature", "New", "In Progress", "Done", "Removed"),
		plain("Product Backlog Item", "New", "Approved", "Committed", "Done", "Removed"), plain("Task", "To Do", "In Progress", "Done", "Removed"),
		bug("Bug", "New", "Approved", "Committed", "Done", "Removed"), plain("Impediment", "Open", "Closed"),
	},
	"CMMI": {
		plain("Epic", "Proposed", "Active", "Resolved", "Closed"), plain("Feature", "Proposed", "Active", "Resolved", "Closed"),
		plain("Requirement", "Proposed", "Active", "Resolved", "Closed"), plain("Task", "Proposed", "Active", "Resolved", "Closed"),
		bug("Bug", "Proposed", "Active", "Resolved", "Closed"), plain("Issue", "Proposed", "Active", "Resolved", "Closed"),
		plain("Change Request", "Proposed", "Active", "Resolved", "Closed"), plain("Review", "Active", "Resolved", "Closed"),
		plain("Risk", "Proposed", "Active", "Closed"),
	},
}

func plain(name string, states ...string) itemType {
	return itemType{name: name, states: states, fields: append(common(states), priority)}
}

func bug(name string, states ...string) itemType {
	return itemType{name: name, states: states, fields: append(common(states), priority, severity, repro)}
}

// Processes are the names of the processes.
func Processes() []string { return []string{"Agile", "Basic", "CMMI", "Scrum"} }

func typesOf(o Options) ([]itemType, bool) {
	stock, ok := processes[o.Process]
	if !ok {
		return nil, false
	}
	var types []itemType
	for _, t := range stock {
		types = append(types, itemType{name: t.name, states: t.states, fields: slices.Clone(t.fields)})
	}
	for _, name := range o.Types {
		types = append(types, bug(name, "New", "Active", "Resolved", "Closed"))
	}
	for ref, values := range o.Require {
		allowed := make([]any, len(values))
		for i, v := range values {
			allowed[i] = v
		}
		for i := range types {
			types[i].fields = append(types[i].fields, field{ref: ref, name: ref[strings.LastIndex(ref, ".")+1:], required: true, allowed: allowed})
		}
	}
	return types, true
}

// Disable hides a type from those who file items.
func (f *Fake) Disable(name string) {
	f.lock(func() {
		for i := range f.types {
			if f.types[i].name == name {
				f.types[i].hidden = true
			}
		}
	})
}

func (f *Fake) typeNamed(name string) *itemType {
	for i := range f.types {
		if strings.EqualFold(f.types[i].name, name) {
			return &f.types[i]
		}
	}
	return nil
}

func (t *itemType) field(ref string) *field {
	for i := range t.fields {
		if strings.EqualFold(t.fields[i].ref, ref) {
			return &t.fields[i]
		}
	}
	return nil
}

// knownField says whether any type has a field: such a one can be in a query.
func (f *Fake) knownField(ref string) (string, bool) {
	for i := range f.types {
		for _, fd := range f.types[i].fields {
			if strings.EqualFold(fd.ref, ref) || strings.EqualFold(fd.name, ref) {
				return fd.ref, true
			}
		}
	}
	// Every organization has the stock processes, and so the fields of a bug.
	for _, fd := range []field{severity, repro} {
		if strings.EqualFold(fd.ref, ref) || strings.EqualFold(fd.name, ref) {
			return fd.ref, true
		}
	}
	return "", false
}

func (f *Fake) listTypes(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []any
	for _, t := range f.types {
		var states []any
		for _, s := range t.states {
			states = append(states, map[string]any{"name": s, "color": "b2b2b2", "category": "Proposed"})
		}
		list = append(list, map[string]any{
			"name": t.name, "referenceName": "Microsoft.VSTS.WorkItemTypes." + strings.ReplaceAll(t.name, " ", ""), "description": "", "color": "CC293D",
			"isDisabled": t.hidden, "states": states, "fields": []any{}, "url": "http://" + r.Host + r.URL.Path + "/" + t.name,
		})
	}
	answer(w, map[string]any{"count": len(list), "value": list})
}

func (f *Fake) listFields(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	expand := r.URL.Query().Get("$expand")
	if expand != "" && !slices.Contains([]string{"none", "allowedValues", "dependentFields", "all"}, expand) {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "Invalid parameter: $expand", nil)
		return
	}
	t := f.typeNamed(r.PathValue("type"))
	if t == nil {
		noType(w, r.PathValue("type"))
		return
	}
	var list []any
	for _, fd := range t.fields {
		one := map[string]any{"referenceName": fd.ref, "name": fd.name, "alwaysRequired": fd.required, "url": "http://" + r.Host + "/" + Organization + "/_apis/wit/fields/" + fd.ref}
		if expand == "allowedValues" || expand == "all" {
			allowed := fd.allowed
			if allowed == nil {
				allowed = []any{}
			}
			one["allowedValues"], one["defaultValue"] = allowed, fd.standard
		}
		list = append(list, one)
	}
	answer(w, map[string]any{"count": len(list), "value": list})
}

func noType(w http.ResponseWriter, name string) {
	fail(w, http.StatusNotFound, "WorkItemTypeNotFoundException", "VS402323: Work item type "+name+" does not exist in project "+Project+" or you do not have permission to access it.", nil)
}
