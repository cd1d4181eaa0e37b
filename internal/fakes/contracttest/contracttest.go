// Package contracttest holds clients and fakes of a service to its contract, an
// OpenAPI document below docs/contracts. It is for tests only.
package contracttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// Contract stands before a fake and reports to a test whatever goes over the
// wire and is not in the contract. It is safe for concurrent use.
type Contract struct {
	t      testing.TB
	strict bool
	doc    *openapi3.T
	router routers.Router
	next   http.Handler

	mu        sync.Mutex
	triggered map[string]bool // "GET /path 200"
}

// New reads a contract and puts it before a fake.
func New(t testing.TB, file string, next http.Handler) *Contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &Contract{t: t, doc: doc, router: router, next: next, triggered: map[string]bool{}}
}

func init() {
	// Files of forms: without a decoder for what they are, no form can be checked.
	openapi3filter.RegisterBodyDecoder("image/svg+xml", openapi3filter.FileBodyDecoder)
}

var noAuth = &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}

// Strict makes it an error that a request is refused by the contract: for the
// client of the service, which sends no such request.
func (c *Contract) Strict() *Contract {
	c.strict = true
	return c
}

// Refuses says why the contract refuses a request, or nil.
func (c *Contract) Refuses(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return nil, err
	}
	// What the contract does not name may not be sent.
	for name := range r.URL.Query() {
		known := slices.ContainsFunc(route.Operation.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.In == "query" && p.Value.Name == name })
		if !known {
			return nil, fmt.Errorf("parameter %s is not in the contract", name)
		}
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: noAuth}
	return in, openapi3filter.ValidateRequest(context.Background(), in)
}

// ServeHTTP lets the fake answer and compares both with the contract.
func (c *Contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	check := r.Clone(r.Context())
	check.Body = io.NopCloser(bytes.NewReader(body))
	in, refused := c.Refuses(check)
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	c.next.ServeHTTP(rec, r)
	if refused != nil && c.strict {
		c.t.Errorf("%s %s %s: the client sends what the contract refuses: %v", r.Method, r.URL, body, refused)
	}
	if refused != nil && rec.Code < 400 {
		c.t.Errorf("%s %s: the contract refuses it (%v) and the fake answers %d", r.Method, r.URL, refused, rec.Code)
	}
	// A page for people, as a sleeping instance shows it, is no answer of the
	// interface, and no contract says anything of it.
	page := strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html")
	if in != nil && !page {
		path := in.Route.Path
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Options: noAuth}
		out.SetBodyBytes(rec.Body.Bytes())
		if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
			c.t.Errorf("%s %s answers %d, which the contract does not know: %v", r.Method, r.URL, rec.Code, err)
		}
		c.mu.Lock()
		c.triggered[fmt.Sprintf("%s %s %d", r.Method, path, rec.Code)] = true
		c.mu.Unlock()
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// Untriggered lists the responses that the contract declares and that have not
// been given since, as "GET /path 200".
func (c *Contract) Untriggered() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var missing []string
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status := range op.Responses.Map() {
				if key := method + " " + path + " " + status; !c.triggered[key] {
					missing = append(missing, key)
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}
