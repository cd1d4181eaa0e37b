package azuredevops

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tftsr/tftsr/integrations"
	fake "github.com/tftsr/tftsr/internal/fakes/azuredevops"
	"github.com/tftsr/tftsr/internal/fakes/contracttest"
	"github.com/tftsr/tftsr/internal/gate/gatetest"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// dial returns a client of a fake. What it sends is what the contract allows.
func dial(t *testing.T, f *fake.Fake, token string, change func(*store.Integration), seen func(*http.Request)) Client {
	t.Helper()
	base := gatetest.New(t)
	var h http.Handler = contracttest.New(t, "../../docs/contracts/azuredevops.yaml", f).Strict()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen != nil {
			seen(r)
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	r := integrations.NewRegistry(integrations.Options{Services: []integrations.Service{Service}, Store: base.Store, Secrets: base.Secrets, Config: base.Config})
	i := &store.Integration{
		Service: "azuredevops", Name: "prod", BaseURL: srv.URL + "/" + fake.Organization, ProjectName: fake.Project, Auth: "pat",
		Options: map[string]string{"dialect": "services"}, CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	if change != nil {
		change(i)
	}
	if err := r.Check(i); err != nil {
		t.Fatal(err)
	}
	if _, err := base.Secrets.Set(t.Context(), integrations.SecretOf(i), []byte(token), secrets.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	c, err := r.Client(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return New(c)
}

func TestATokenIsThePasswordOfNobodyAndPagesAreNotWanted(t *testing.T) {
	var calls atomic.Int32
	c := dial(t, fake.New(fake.Options{}), fake.PAT, nil, func(r *http.Request) {
		calls.Add(1)
		if user, password, ok := r.BasicAuth(); !ok || user != "" || password != fake.PAT || r.Header.Get("X-TFS-FedAuthRedirect") != "Suppress" {
			t.Errorf("%s with %q and %v", r.URL, user, r.Header)
		}
	})
	if who, err := c.Test(t.Context()); err != nil || who != "triage.bot@fabrikam.example" || calls.Load() != 2 {
		t.Errorf("%q, %v, %d calls", who, err, calls.Load())
	}
}

func TestEachRefusalIsTold(t *testing.T) {
	server := func(i *store.Integration) { i.Options = map[string]string{"dialect": "server"} }
	for name, tc := range map[string]struct {
		o      fake.Options
		token  string
		change func(*store.Integration)
		kind   integrations.Kind
		says   string
		reason string
	}{
		"203 and a page":       {fake.Options{}, "wrong", nil, integrations.KindSignIn, "is of another organization", ""},
		"302 to the sign-in":   {fake.Options{SignIn: fake.SignInRedirect}, "wrong", nil, integrations.KindSignIn, "HTTP 302", ""},
		"401":                  {fake.Options{SignIn: fake.SignInError}, "wrong", nil, integrations.KindLogin, "not of this organization", "TF400813"},
		"nobody":               {fake.Options{Anonymous: true}, "wrong", nil, integrations.KindAnonymous, "has not logged in", ""},
		"no such project":      {fake.Options{}, fake.PAT, func(i *store.Integration) { i.ProjectName = "Nowhere" }, integrations.KindNotFound, "there is no such thing", "TF200016"},
		"no such organization": {fake.Options{}, fake.PAT, func(i *store.Integration) { i.BaseURL = strings.Replace(i.BaseURL, "fabrikam", "contoso", 1) }, integrations.KindNotFound, "there is no such thing", "not found"},
		"an old Server": {
			fake.Options{Server: true, MaxVersion: "6.0"},
			fake.PAT, func(i *store.Integration) { server(i); i.Options["api_version"] = "7.1" },
			integrations.KindInvalid, "api_version=6.0", "supports is 6.0",
		},
		"Services taken for a Server": {fake.Options{}, fake.PAT, server, integrations.KindInvalid, "dialect=services", ""},
		"a Server taken for Services": {fake.Options{Server: true}, fake.PAT, nil, integrations.KindInvalid, "dialect=server", ""},
		"too many calls":              {fake.Options{Limit: 1, RetryAfter: time.Minute}, fake.PAT, nil, integrations.KindLimited, "try again in 1m0s", "TF400733"},
	} {
		c := dial(t, fake.New(tc.o), tc.token, tc.change, nil)
		_, err := c.Test(t.Context())
		var e *integrations.Error
		if integrations.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "TF4") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !errors.As(err, &e) || !strings.Contains(e.Reason, tc.reason) || (tc.reason == "") != (e.Reason == "") {
			t.Errorf("%s: it says %q", name, e.Reason)
		}
	}
}

func TestAServerOf2020IsSpokenToInItsVersion(t *testing.T) {
	c := dial(t, fake.New(fake.Options{Server: true, MaxVersion: "6.0"}), fake.PAT, func(i *store.Integration) { i.Options = nil }, func(r *http.Request) {
		if v := r.URL.Query().Get("api-version"); !strings.HasPrefix(v, "6.0") {
			t.Errorf("%s", r.URL)
		}
	})
	if _, err := c.Test(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAnItemOfAnotherProjectIsNotThere(t *testing.T) {
	f := fake.New(fake.Options{})
	mine := f.Seed(fake.Project, "Bug", map[string]any{"System.Title": "x", "System.AssignedTo": "jane@fabrikam.example"}, false)
	other := f.Seed(fake.OtherProject, "Bug", map[string]any{"System.Title": "salaries"}, false)
	hidden := f.Seed(fake.Project, "Bug", map[string]any{"System.Title": "merger"}, true)
	c := dial(t, f, fake.PAT, nil, nil)
	i, err := c.Get(t.Context(), mine)
	if err != nil || i.Title() != "x" || i.Assigned() != "jane@fabrikam.example" || i.Priority() != 2 || i.Rev != 1 {
		t.Errorf("%+v, %v", i, err)
	}
	for _, id := range []int{other, hidden, 999} {
		if i, err := c.Get(t.Context(), id); integrations.KindOf(err) != integrations.KindNotFound || i != nil {
			t.Errorf("%d: %v, %v", id, i, err)
		}
	}
}

func TestTypesComeWithWhatTheirFieldsAllow(t *testing.T) {
	f := fake.New(fake.Options{Process: "Scrum", Types: []string{"Incident"}, Require: map[string][]string{"Custom.Environment": {"Production"}}})
	f.Disable("Bug")
	c := dial(t, f, fake.PAT, nil, nil)
	types, err := c.Types(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := c.Choose(types, "")
	if err != nil || chosen.Name != "Task" { // Scrum has no Issue.
		t.Errorf("%+v, %v", chosen, err)
	}
	fields, err := c.Fields(t.Context(), "Product Backlog Item")
	env := fieldOf(fields, "Custom.Environment")
	if err != nil || env == nil || !env.Required || env.Default || len(env.Allowed) != 1 || fieldOf(fields, fieldSeverity) != nil {
		t.Errorf("%+v, %v", fields, err)
	}
	if p := fieldOf(fields, fieldPriority); p == nil || strings.Join(p.Allowed, "") != "1234" || !p.Default {
		t.Errorf("%+v", p)
	}
}
