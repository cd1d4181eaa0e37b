// Package azuredevops is an organization of Azure DevOps Services, or a
// collection of an Azure DevOps Server, to try tftsr on without an account, and
// to test it with: `tftsr fake azuredevops`. It keeps state and behaves as the
// service does where that matters to a client: processes with types of their
// own, required fields and picklists, revisions that are tested, queries that
// return ids of items that cannot be read, pages to sign in on in the place of
// errors, calls that are slowed down before they are refused. JSON Patch and
// WIQL are parsed and carried out. What docs/contracts/azuredevops.yaml
// refuses, it refuses.
//
// It is no server for anything but this machine and keeps nothing on disk.
package azuredevops

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tftsr/tftsr/internal/fakes/trouble"
)

// What a fake has, and its credentials, which are no secrets: it serves this
// machine only.
const (
	Organization = "fabrikam"
	Project      = "Fabrikam Fiber"
	OtherProject = "Payroll" // which the account may read too
	PAT          = "3jq7cxw2b5n4k6m7p3r5t2v4x6z7a3c5e2g4i6k7m3o5q2s4u6w7"
	Bearer       = "eyJ0eXAiOiJKV1QifQ.fake.entra" //nolint:gosec // as above
	// Stranger is a token of somebody of another tenant.
	Stranger = "eyJ0eXAiOiJKV1QifQ.fake.stranger" //nolint:gosec // as above
)

// SignIn is how a fake answers a credential that does not count.
type SignIn string

// The ways, all of which were seen.
const (
	SignInPage     SignIn = ""         // 203 and a page of HTML
	SignInRedirect SignIn = "redirect" // 302
	SignInError    SignIn = "error"    // 401, as X-TFS-FedAuthRedirect asks for
)

// Options set a fake up. The zero value is an organization of Services whose
// projects have the Agile process, without trouble.
type Options struct {
	Process string // "Agile", "Scrum", "Basic" or "CMMI"; empty means Agile
	// Server makes it a collection of a Server: no Markdown, and no API newer than
	// MaxVersion.
	Server     bool
	MaxVersion string // "6.0", "7.0" or "7.1", which is what empty means
	// Types are further types, with the fields of a bug, as customers add them.
	Types []string
	// Require adds a field that every type requires, by reference name, with the
	// values that it allows.
	Require map[string][]string
	SignIn  SignIn
	// Anonymous makes it take a wrong credential for nobody's and answer what
	// anybody may ask.
	Anonymous bool
	ReadOnly  bool // the account may not write
	// Slow and Limit are how many calls it takes until calls are slowed down and
	// until they are refused; 0 means any.
	Slow, Limit int
	RetryAfter  time.Duration // what it says then; 0 means 30 seconds
	Cap         int           // most items that a query may find; 0 means 20,000
	Now         func() time.Time
}

// Fake is an organization. It is safe for concurrent use.
type Fake struct {
	trouble.Box

	o   Options
	mux *http.ServeMux

	mu       sync.Mutex
	types    []itemType
	items    []*item
	comments int
	checks   int // dry runs
	race     int // writes before which somebody else is quicker
	outrun   int // patches before whose test somebody else is quicker
	rewrite  func(map[string]any)
}

// New returns a fake. It panics on a process that there is not.
func New(o Options) *Fake {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Process == "" {
		o.Process = "Agile"
	}
	if o.MaxVersion == "" {
		o.MaxVersion = "7.1"
	}
	if o.Cap == 0 {
		o.Cap = 20000
	}
	types, ok := typesOf(o)
	if !ok {
		panic("azuredevops: there is no process " + o.Process)
	}
	f := &Fake{o: o, mux: http.NewServeMux(), types: types}
	const wit = "/{project}/_apis/wit/"
	f.handle("GET /_apis/connectionData", f.connection, preview)
	f.handle("GET "+wit+"workitemtypes", f.listTypes, release)
	f.handle("GET "+wit+"workitemtypes/{type}/fields", f.listFields, release, "$expand")
	f.handle("POST "+wit+"workitems/{type}", f.create, release, "validateOnly")
	f.handle("GET "+wit+"workitems/{id}", f.get, release)
	f.handle("PATCH "+wit+"workitems/{id}", f.update, release, "validateOnly")
	f.handle("GET "+wit+"workitems/{id}/comments", f.listComments, preview, "$top", "order")
	f.handle("POST "+wit+"workitems/{id}/comments", f.addComment, preview, "format")
	f.handle("POST "+wit+"wiql", f.query, release, "$top")
	f.handle("POST "+wit+"workitemsbatch", f.batch, release)
	f.mux.HandleFunc("GET /"+Organization+"/{project}/_workitems/edit/{id}", f.page)
	f.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "VssServiceResponseException", "The controller for path '"+r.URL.Path+"' was not found or does not implement IController.", nil)
	})
	return f
}

// stability of an API, which its version must name.
type stability bool

const (
	release stability = false
	preview stability = true
)

// handle serves a pattern below the organization, after what holds for every
// call of the interface.
func (f *Fake) handle(pattern string, h http.HandlerFunc, s stability, parameters ...string) {
	method, path, _ := strings.Cut(pattern, " ")
	f.mux.HandleFunc(method+" /"+Organization+path, func(w http.ResponseWriter, r *http.Request) {
		if !f.admitted(w, r) || !f.versioned(w, r, s) {
			return
		}
		for name, values := range r.URL.Query() {
			if name != "api-version" && !slices.Contains(parameters, name) || len(values) != 1 {
				fail(w, http.StatusBadRequest, "VssPropertyValidationException", "Invalid parameter: "+name, nil)
				return
			}
		}
		if p := r.PathValue("project"); p != "" && !strings.EqualFold(p, Project) && !strings.EqualFold(p, OtherProject) {
			fail(w, http.StatusNotFound, "ProjectDoesNotExistWithNameException", "TF200016: The following project does not exist: "+p+
				". Verify that the name of the project is correct and that the project exists on the specified Azure DevOps Server.", nil)
			return
		}
		h(w, r)
	})
}

// ServeHTTP implements [http.Handler].
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	calls := f.Called()
	api := strings.Contains(r.URL.Path, "/_apis/")
	slow, limited := f.o.Slow > 0 && calls > f.o.Slow && api, f.o.Limit > 0 && calls > f.o.Limit && api
	after := f.o.RetryAfter
	f.mu.Unlock()
	if after == 0 {
		after = 30 * time.Second
	}
	if slow || limited {
		w.Header().Set("Retry-After", strconv.Itoa(int(after.Seconds())))
		w.Header().Set("X-RateLimit-Resource", "core/TstuUsage")
		w.Header().Set("X-RateLimit-Limit", "200")
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(f.o.Now().Add(5*time.Minute).Unix(), 10))
	}
	if limited {
		fail(w, http.StatusTooManyRequests, "RequestBlockedException",
			"TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource 'TstuUsage' in namespace 'core'.", nil)
		return
	}
	if slow {
		w.Header().Set("X-RateLimit-Delay", "0.350")
	}
	f.mux.ServeHTTP(w, r)
}

// Set changes how the fake behaves from now on; calls are counted anew. Types
// and process stay.
func (f *Fake) Set(change func(*Options)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.o)
	f.CountAnew()
}

// Race lets somebody else be quicker than the next n changes, between the test
// of the revision and the write.
func (f *Fake) Race(n int) { f.lock(func() { f.race = n }) }

// Outrun lets somebody else be quicker than the next n patches, dry runs too,
// before their test of the revision.
func (f *Fake) Outrun(n int) { f.lock(func() { f.outrun = n }) }

// Rule adds a rule of the process that changes the fields of items as they are
// written.
func (f *Fake) Rule(change func(fields map[string]any)) { f.lock(func() { f.rewrite = change }) }

// Checks counts the dry runs that were done.
func (f *Fake) Checks() (n int) { f.lock(func() { n = f.checks }); return n }

func (f *Fake) lock(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func (f *Fake) options() (o Options) { f.lock(func() { o = f.o }); return o }

// admitted says whether a call is logged in, and answers it if not.
func (f *Fake) admitted(w http.ResponseWriter, r *http.Request) bool {
	o := f.options()
	user, password, basic := r.BasicAuth()
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case basic && user == "" && same(password, PAT), bearer && same(token, Bearer):
		return true
	case bearer && same(token, Stranger):
		unauthorized(w, "4b2a6d1e-7c0f-4f55-9d0e-2f6f0a9c1b44")
	case o.Anonymous && strings.HasSuffix(r.URL.Path, "/_apis/connectionData"):
		return true
	case o.SignIn == SignInError || o.Anonymous:
		unauthorized(w, "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa")
	case o.SignIn == SignInRedirect:
		w.Header().Set("Location", "https://spsprodcus1.vssps.visualstudio.com/_signin?realm=dev.azure.com")
		w.WriteHeader(http.StatusFound)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNonAuthoritativeInfo)
		_, _ = fmt.Fprint(w, "<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head><body>Sign in to continue.</body></html>")
	}
	return false
}

// unauthorized is what who is known and not let in is told.
func unauthorized(w http.ResponseWriter, id string) {
	fail(w, http.StatusUnauthorized, "UnauthorizedRequestException", "TF400813: The user '"+id+"' is not authorized to access this resource.", nil)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// versioned says whether a call names a version of the API that there is.
func (f *Fake) versioned(w http.ResponseWriter, r *http.Request, s stability) bool {
	o := f.options()
	text := r.URL.Query().Get("api-version")
	version, suffix, isPreview := strings.Cut(text, "-")
	number, err := strconv.ParseFloat(version, 64)
	newest, _ := strconv.ParseFloat(o.MaxVersion, 64)
	known := slices.Contains([]string{"6.0", "7.0", "7.1"}, version) || s == preview && version == "7.2"
	if s == preview && !o.Server {
		newest = 7.2 // which Services have as a preview
	}
	switch {
	case text == "":
		fail(w, http.StatusBadRequest, "VssVersionNotSpecifiedException", "No api-version was supplied for the \""+r.Method+"\" request. "+
			"The version must be supplied either as part of the Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \"?api-version=1.0\").", nil)
	case err != nil || !known && number <= newest:
		fail(w, http.StatusBadRequest, "VssInvalidApiResourceVersionException", "The api-version "+text+" is not valid.", nil)
	case number > newest:
		fail(w, http.StatusBadRequest, "VssVersionOutOfRangeException", "The requested REST API version of "+version+
			" is out of range for this server. The latest REST API version this server supports is "+o.MaxVersion+".", nil)
	case s == preview && (!isPreview || suffix != "preview" && !previewNumber(suffix)):
		fail(w, http.StatusBadRequest, "VssInvalidPreviewVersionException", "The requested version \""+text+"\" of the resource is under preview. "+
			"The -preview flag must be supplied in the api-version for such requests. For example: \""+version+"-preview\"", nil)
	case s == release && isPreview:
		fail(w, http.StatusBadRequest, "VssInvalidPreviewVersionException", "The api-version "+text+" is not one of a preview any more.", nil)
	default:
		return true
	}
	return false
}

func previewNumber(suffix string) bool {
	n, ok := strings.CutPrefix(suffix, "preview.")
	return ok && len(n) == 1 && n >= "1" && n <= "9"
}

// connection is GET _apis/connectionData.
func (f *Fake) connection(w http.ResponseWriter, r *http.Request) {
	_, password, _ := r.BasicAuth()
	user := map[string]any{
		"id": "6d0e8c1c-5b1f-4b0e-8f0a-6f0b7c9d1e22", "descriptor": "Microsoft.IdentityModel.Claims.ClaimsIdentity;fabrikam\\triage.bot",
		"subjectDescriptor": "aad.ZmFrZQ", "providerDisplayName": "Triage Bot", "isActive": true,
		"properties": map[string]any{"Account": map[string]any{"$type": "System.String", "$value": "triage.bot@fabrikam.example"}},
	}
	if f.options().Anonymous && !same(password, PAT) {
		user = map[string]any{
			"id": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "descriptor": "System:PublicAccess;aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
			"subjectDescriptor": "s2s.Anonymous", "providerDisplayName": "Anonymous", "isActive": true, "properties": map[string]any{},
		}
	}
	kind := "hosted"
	if f.options().Server {
		kind = "onPremises"
	}
	answer(w, map[string]any{
		"authenticatedUser": user, "authorizedUser": user, "instanceId": "0c2b9d4e-1f3a-4c5d-8e7f-9a0b1c2d3e4f",
		"deploymentId": "1d3c0e5f-2a4b-4d6e-9f80-0b1c2d3e4f50", "deploymentType": kind, "locationServiceData": map[string]any{},
	})
}

// read reads the body of a call that must have a media type, or answers why it
// cannot.
func read(w http.ResponseWriter, r *http.Request, media string, into any) bool {
	if m, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); m != media {
		fail(w, http.StatusUnsupportedMediaType, "UnsupportedMediaTypeException",
			"The request contains an entity body of a media type that this resource does not take; it takes "+media+".", nil)
		return false
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err == nil {
		dec := json.NewDecoder(strings.NewReader(string(b)))
		dec.DisallowUnknownFields()
		dec.UseNumber()
		if err = dec.Decode(into); err == nil && dec.More() {
			err = io.ErrUnexpectedEOF
		}
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "VssPropertyValidationException", "You must pass a valid document in the body of the request.", nil)
	}
	return err == nil
}

// fail answers with an error as the service words it.
func fail(w http.ResponseWriter, status int, key, message string, custom map[string]any) {
	body := map[string]any{
		"$id": "1", "innerException": nil, "message": message,
		"typeName": "Microsoft.TeamFoundation." + key + ", Microsoft.TeamFoundation", "typeKey": key, "errorCode": 0, "eventId": 3200,
	}
	if custom != nil {
		body["customProperties"] = custom
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // The client may be gone.
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8; api-version=7.1")
	_ = json.NewEncoder(w).Encode(v) // as above
}
