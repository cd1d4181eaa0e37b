package confluence

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/fakes/contracttest"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/gate/gatetest"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"

	fake "github.com/tftsr/tftsr/internal/fakes/confluence"
)

// bed is an instance that is a fake, held to its contract.
type bed struct {
	t        testing.TB
	fake     *fake.Fake
	inst     *store.Integration
	registry *integrations.Registry
	vault    *secrets.Store
	client   Client
	clear    func(string) gate.Cleared
}

type bedOptions struct {
	fake   fake.Options
	change func(*store.Integration)
	secret string // the API token unless given
}

func newBed(t testing.TB, o bedOptions) *bed {
	t.Helper()
	base := gatetest.New(t)
	b := &bed{t: t, fake: fake.New(o.fake), vault: base.Secrets}
	contract := "../../docs/contracts/confluence.yaml"
	if o.fake.DataCenter {
		contract = "../../docs/contracts/confluence-datacenter.yaml"
	}
	var h http.Handler = b.fake
	if o.fake.Context == "" { // A contract is below the context.
		strict := contracttest.New(t, contract, b.fake).Strict()
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/authorize" || r.URL.Path == "/oauth/token" { // of the standard
				b.fake.ServeHTTP(w, r)
				return
			}
			strict.ServeHTTP(w, r)
		})
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	b.inst = &store.Integration{
		Service: "confluence", Name: "wiki", Owner: "ops", BaseURL: srv.URL + o.fake.Context, Auth: integrations.AuthBasic, Username: fake.User,
		Options: map[string]string{"dialect": cloud}, CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	if o.fake.DataCenter {
		b.inst.Options["dialect"], b.inst.Auth = server, integrations.AuthPAT
	}
	if o.change != nil {
		o.change(b.inst)
	}
	b.registry = integrations.NewRegistry(integrations.Options{Services: []integrations.Service{Service}, Store: base.Store, Secrets: base.Secrets, Config: base.Config})
	if err := b.registry.Check(b.inst); err != nil {
		t.Fatal(err)
	}
	secret := o.secret
	switch {
	case secret != "":
	case b.inst.Auth == integrations.AuthPAT:
		secret = fake.PAT
	case b.inst.Auth == integrations.AuthCode:
		secret = fake.ClientSecret
		b.login(Scopes)
	case b.inst.Options["token"] == "scoped":
		secret = fake.ScopedToken
	default:
		secret = fake.Token
	}
	if _, err := base.Secrets.Set(t.Context(), integrations.SecretOf(b.inst), []byte(secret), secrets.SetOptions{}); err != nil {
		t.Fatal(err)
	}
	b.open()
	b.clear = base.Clearer(here)
	return b
}

// open settles the instance and makes the client.
func (b *bed) open() {
	b.t.Helper()
	if _, err := b.registry.Settle(b.t.Context(), b.inst); err != nil {
		b.t.Fatal(err)
	}
	c, err := b.registry.Client(b.t.Context(), b.inst)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.client, err = New(c); err != nil {
		b.t.Fatal(err)
	}
}

// login stores the tokens of a login, as `tftsr login` does.
func (b *bed) login(scope string) {
	b.t.Helper()
	back := "http://localhost:8765/callback"
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Get(b.inst.BaseURL + "/authorize?" + url.Values{"response_type": {"code"}, "client_id": {fake.ClientID}, "redirect_uri": {back}, "state": {"s"}, "scope": {scope}}.Encode())
	if err != nil {
		b.t.Fatal(err)
	}
	resp.Body.Close()
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err = http.PostForm(b.inst.BaseURL+"/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "redirect_uri": {back}, "client_id": {fake.ClientID}, "client_secret": {fake.ClientSecret},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&tokens); err != nil || tokens.Access == "" {
		b.t.Fatal(tokens, err)
	}
	kept, err := json.Marshal(map[string]any{"access_token": tokens.Access, "refresh_token": tokens.Refresh, "expires_at": time.Now().Add(time.Hour)})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.vault.Set(b.t.Context(), integrations.TokensOf(b.inst), kept, secrets.SetOptions{}); err != nil {
		b.t.Fatal(err)
	}
}

// body clears a body.
func (b *bed) body(v any) gate.Cleared {
	b.t.Helper()
	doc, err := json.Marshal(v)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.clear(string(doc))
}

func byLogin(i *store.Integration) { i.Auth, i.ClientID = integrations.AuthCode, fake.ClientID }

func scoped(i *store.Integration) { i.Options["token"] = "scoped" }

func password(i *store.Integration) { i.Auth = integrations.AuthBasic }

// ways are all ways to reach a Confluence.
var ways = map[string]bedOptions{
	"cloud, API token":             {},
	"cloud, API token with scopes": {change: scoped},
	"cloud, OAuth":                 {change: byLogin, fake: fake.Options{Strange: "https://other.atlassian.net"}},
	"server, token":                {fake: fake.Options{DataCenter: true}},
	"server, password":             {fake: fake.Options{DataCenter: true}, change: password},
	"server below a path":          {fake: fake.Options{DataCenter: true, Context: "/confluence"}},
}

func TestAPageIsMadeReadAndChangedWhicheverWayItIsReached(t *testing.T) {
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, o)
			c, ctx := b.client, t.Context()
			who, err := c.Test(ctx)
			if err != nil || who != fake.User && who != "triage.bot" {
				t.Fatalf("%q, %v", who, err)
			}
			space, err := c.Space(ctx, "OPS")
			if err != nil || space == nil || space.Name != "Operations" || !strings.HasPrefix(space.URL, b.inst.BaseURL) {
				t.Fatalf("%+v, %v", space, err)
			}
			if none, err := c.Space(ctx, "NONE"); none != nil || err != nil {
				t.Errorf("%+v, %v", none, err)
			}
			mark := Mark{"doc-1", 1, "d1"}
			draft, inside := c.Draft(space, "RCA of checkout", "", `<p>why <ac:structured-macro ac:name="toc"/></p>`, mark)
			made, err := c.Create(ctx, b.body(draft))
			if err != nil || made.Version != 1 || made.Title != "RCA of checkout" {
				t.Fatalf("%+v, %v", made, err)
			}
			if want := "/spaces/OPS/pages/" + made.ID + "/RCA+of+checkout"; !strings.HasPrefix(made.URL, b.inst.BaseURL) || !strings.HasSuffix(made.URL, want) {
				t.Errorf("people find it at %s", made.URL)
			}
			if !inside {
				if had, err := c.Marked(ctx, made.ID); had != nil || err != nil {
					t.Errorf("%+v, %v", had, err)
				}
				if err := c.Mark(ctx, made.ID, nil, b.body(c.MarkBody(mark, nil))); err != nil {
					t.Fatal(err)
				}
			}
			had, err := c.Marked(ctx, made.ID)
			if err != nil || had == nil || had.Mark != mark || had.Version != 1 {
				t.Fatalf("%+v, %v", had, err)
			}
			found, err := c.Titled(ctx, space, b.clear("RCA of checkout"))
			if err != nil || found == nil || found.ID != made.ID || found.Version != 1 {
				t.Errorf("%+v, %v", found, err)
			}
			if none, err := c.Titled(ctx, space, b.clear("RCA of")); none != nil || err != nil {
				t.Errorf("%+v, %v", none, err)
			}
			_, err = c.Create(ctx, b.body(draft))
			var e *integrations.Error
			if !errors.As(err, &e) || e.Kind != integrations.KindInvalid || !strings.Contains(e.Reason, "title already exists") || e.Lost {
				t.Errorf("a second page of the title: %v", err)
			}
			next, err := c.Update(ctx, made.ID, b.body(c.Change(made.ID, made.Title, "<p>because</p>", "tftsr d2", 2)))
			if err != nil || next.Version != 2 || next.Message != "tftsr d2" {
				t.Fatalf("%+v, %v", next, err)
			}
			_, err = c.Update(ctx, made.ID, b.body(c.Change(made.ID, made.Title, "<p>again</p>", "", 2)))
			if !errors.As(err, &e) || e.Kind != integrations.KindConflict || e.Reason == "" {
				t.Errorf("a version that is there already: %v", err)
			}
			page, err := c.Page(ctx, made.ID)
			if err != nil || page.Body != "<p>because</p>" || page.Version != 2 {
				t.Errorf("%+v, %v", page, err)
			}
			mark.Version = 2
			if err := c.Mark(ctx, made.ID, had, b.body(c.MarkBody(mark, had))); err != nil {
				t.Error(err)
			}
			if now, err := c.Marked(ctx, made.ID); err != nil || now.Mark != mark || now.Version != 2 {
				t.Errorf("%+v, %v", now, err)
			}
			if err := c.AddLabels(ctx, made.ID, b.body(LabelBody([]string{"incident", "tftsr"}))); err != nil {
				t.Error(err)
			}
			if labels, err := c.Labels(ctx, made.ID); err != nil || !slices.Equal(labels, []string{"incident", "tftsr"}) {
				t.Errorf("%v, %v", labels, err)
			}
			form, err := Upload("figure-1.svg", "<svg>x</svg>")
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []bool{false, true} {
				if has, err := c.HasFile(ctx, made.ID, "figure-1.svg"); err != nil || has != want {
					t.Errorf("has the file: %v, want %v, %v", has, want, err)
				}
				if !want {
					if err := c.Attach(ctx, made.ID, b.clear(form)); err != nil {
						t.Error(err)
					}
				}
			}
			if got := b.fake.Get(made.ID); got.Files["figure-1.svg"] != "<svg>x</svg>" {
				t.Errorf("%+v", got)
			}
			results, err := c.Search(ctx, NewQuery(here).InSpace("OPS").Contains(b.clear("because")), 10, "")
			if err != nil || len(results.Hits) != 1 || results.Hits[0].ID != made.ID || results.Hits[0].Title != "RCA of checkout" || results.Hits[0].Version != 2 || results.Hits[0].URL != made.URL {
				t.Errorf("%+v, %v", results, err)
			}
			hidden := b.fake.Seed("OPS", "Secret", "<p/>", true)
			if _, err := c.Page(ctx, hidden); integrations.KindOf(err) != integrations.KindNotFound {
				t.Errorf("a page that the account may not see: %v", err)
			}
		})
	}
}

func TestListsAreReadToTheirEnd(t *testing.T) {
	for name, o := range ways {
		b := newBed(t, o)
		for n := range 7 {
			b.fake.SeedSpace(fmt.Sprint("S", n), "Space", false)
			b.fake.Seed("OPS", fmt.Sprint("Page ", n), "<p>checkout</p>", n == 3)
		}
		spaces, pages, calls := 0, 0, 0
		for cursor := ""; ; calls++ {
			list, next, err := b.client.Spaces(t.Context(), 4, cursor)
			if err != nil || calls > 9 {
				t.Fatalf("%s: %v", name, err)
			}
			if spaces += len(list); next == "" {
				break
			}
			cursor = next
		}
		for cursor := ""; ; calls++ {
			r, err := b.client.Search(t.Context(), NewQuery(here).Contains(b.clear("checkout")).Newest(), 2, cursor)
			if err != nil || calls > 20 {
				t.Fatalf("%s: %v", name, err)
			}
			// A page that is hidden makes the part shorter and is not its end.
			if pages += len(r.Hits); r.Next == "" {
				break
			}
			cursor = r.Next
		}
		if spaces != 9 || pages != 6 {
			t.Errorf("%s: %d spaces, %d pages", name, spaces, pages)
		}
	}
}

func TestTheSiteOfALoginIsFoundByItsAddress(t *testing.T) {
	b := newBed(t, ways["cloud, OAuth"])
	if b.inst.Options["cloud_id"] != fake.CloudID {
		t.Errorf("of several sites it took %q", b.inst.Options["cloud_id"])
	}
	b.fake.Set(func(o *fake.Options) { o.NotGiven = true })
	delete(b.inst.Options, "cloud_id")
	if _, err := b.registry.Settle(t.Context(), b.inst); integrations.KindOf(err) != integrations.KindForbidden || !strings.Contains(err.Error(), "choose it") || b.inst.Options["cloud_id"] != "" {
		t.Errorf("a login for another site: %v, %v", err, b.inst.Options)
	}
	c, err := b.registry.Client(t.Context(), b.inst)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(c); !errors.Is(err, ErrSite) || !strings.Contains(err.Error(), "tftsr integration test") {
		t.Errorf("without the id of the site: %v", err)
	}
}

func TestEachTrapHasItsOwnError(t *testing.T) {
	for name, tc := range map[string]struct {
		o    bedOptions
		kind integrations.Kind
		says string
		set  func(*bed)
	}{
		"a token with scopes at the site":        {bedOptions{secret: fake.ScopedToken}, integrations.KindLogin, "--option token=scoped", nil},
		"a token without scopes at the gateway":  {bedOptions{change: scoped, secret: fake.Token}, integrations.KindLogin, "without scopes must not have it", nil},
		"a login that lacks a scope":             {bedOptions{change: byLogin}, integrations.KindLogin, "lacks a scope", func(b *bed) { b.login("read:page:confluence") }},
		"a wrong token that is taken for nobody": {bedOptions{fake: fake.Options{DataCenter: true}, secret: "wrong"}, integrations.KindAnonymous, "not logged in", nil},
		"a wrong token of a closed server":       {bedOptions{fake: fake.Options{DataCenter: true, Closed: true}, secret: "wrong"}, integrations.KindLogin, "does not accept the credential", nil},
		"a CAPTCHA":                              {bedOptions{fake: fake.Options{DataCenter: true, Captcha: true}, change: password}, integrations.KindLogin, "CAPTCHA", nil},
		"a space that is not there":              {bedOptions{change: func(i *store.Integration) { i.SpaceKey = "NONE" }}, integrations.KindNotFound, "the space NONE", nil},
		"a server at the wrong path": {bedOptions{fake: fake.Options{DataCenter: true, Context: "/confluence"}, change: func(i *store.Integration) {
			i.BaseURL = strings.TrimSuffix(i.BaseURL, "/confluence")
		}}, integrations.KindNotFound, "below a path", nil},
		"too many calls": {bedOptions{}, integrations.KindLimited, "try again in 1m0s", func(b *bed) {
			b.fake.Set(func(o *fake.Options) { o.RateLimit = 1 })
			_, _ = b.client.Test(t.Context())
		}},
	} {
		b := newBed(t, tc.o)
		if tc.set != nil {
			tc.set(b)
		}
		_, err := b.client.Test(t.Context())
		if integrations.KindOf(err) != tc.kind || !strings.Contains(fmt.Sprint(err), tc.says) {
			t.Errorf("%s: %v, kind %q", name, err, integrations.KindOf(err))
		}
	}
}

func TestASearchThatWasWithdrawnSaysSo(t *testing.T) {
	b := newBed(t, bedOptions{change: byLogin, fake: fake.Options{SearchGone: true}})
	_, err := b.client.Search(t.Context(), NewQuery(here), 10, "")
	var e *integrations.Error
	if !errors.As(err, &e) || e.Kind != integrations.KindGone || !strings.Contains(e.Reason, "deprecated endpoint") || strings.Contains(e.Reason, "com.atlassian") {
		t.Errorf("%v: %+v", err, e)
	}
}

func TestATokenThatHasExpiredIsRenewed(t *testing.T) {
	b := newBed(t, bedOptions{change: byLogin})
	b.fake.Expire()
	if _, err := b.client.Test(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAPageThatIsTooLargeIsToldAsThat(t *testing.T) {
	b := newBed(t, bedOptions{})
	space, err := b.client.Space(t.Context(), "OPS")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(b.fake) // The contract would refuse it before.
	defer srv.Close()
	big := newBed(t, bedOptions{change: func(i *store.Integration) { i.BaseURL = srv.URL }})
	draft, _ := big.client.Draft(space, "Big", "", "<p>"+strings.Repeat("x ", 3<<20)+"</p>", Mark{})
	if _, err := big.client.Create(t.Context(), big.body(draft)); err == nil || !strings.Contains(err.Error(), "5 MB") {
		t.Errorf("%v", err)
	}
}

func TestSettingsFitEachOther(t *testing.T) {
	r := integrations.NewRegistry(integrations.Options{Services: []integrations.Service{Service}})
	for name, tc := range map[string]struct {
		url, auth, space string
		options          map[string]string
		says             string // empty: it fits
	}{
		"cloud":                         {"https://acme.atlassian.net", "basic", "OPS", nil, ""},
		"cloud with the path":           {"https://acme.atlassian.net/wiki", "basic", "", nil, "without /wiki"},
		"the gateway":                   {"https://api.atlassian.com", "basic", "", map[string]string{"dialect": "cloud"}, "by itself"},
		"cloud with a PAT":              {"https://acme.atlassian.net", "pat", "", nil, "--auth basic"},
		"scopes":                        {"https://acme.atlassian.net", "basic", "", map[string]string{"token": "scoped", "cloud_id": fake.CloudID}, ""},
		"server":                        {"https://wiki.example.com/confluence", "pat", "~jane.roe", nil, ""},
		"server with scopes":            {"https://wiki.example.com", "pat", "", map[string]string{"token": "scoped"}, "for Confluence Cloud"},
		"no key of a space":             {"https://acme.atlassian.net", "basic", `OPS" or`, nil, "key of a space"},
		"a site that is no id":          {"https://acme.atlassian.net", "basic", "", map[string]string{"cloud_id": "../x"}, "an id like"},
		"no dialect":                    {"https://wiki.example.com", "pat", "", map[string]string{"dialect": "Server"}, "cloud or datacenter"},
		"the network sees the password": {"http://wiki.example.com", "basic", "", nil, "https://"},
	} {
		err := r.Check(&store.Integration{Service: "confluence", Name: "wiki", BaseURL: tc.url, Auth: tc.auth, Username: "x", SpaceKey: tc.space, Options: tc.options})
		if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoPageIsPreparedWhenAnIssueOpens(t *testing.T) {
	r := integrations.NewRegistry(integrations.Options{Services: []integrations.Service{Service}})
	err := r.Check(&store.Integration{Service: "confluence", Name: "wiki", BaseURL: "https://acme.atlassian.net", Username: "x", AutoCreate: true})
	if err == nil || !strings.Contains(err.Error(), "is for tickets") {
		t.Errorf("%v", err)
	}
}

func TestAnAddressForPeopleIsOfTheInstance(t *testing.T) {
	c := caller{nil, place{site: "https://acme.atlassian.net/wiki"}}
	for _, tc := range [][3]string{
		{"https://acme.atlassian.net/wiki", "/x", "https://acme.atlassian.net/wiki/x"},
		{"https://evil.example.com/wiki", "/x", "https://acme.atlassian.net/wiki/x"},
		{"javascript:alert(1)", "/x", "https://acme.atlassian.net/wiki/x"},
		{"https://u:p@acme.atlassian.net", "/x", "https://acme.atlassian.net/wiki/x"},
		{"", "/x", "https://acme.atlassian.net/wiki/x"},
		{"https://acme.atlassian.net/wiki", "https://evil.example.com/x", ""},
	} {
		if got := c.link(tc[0], tc[1]); got != tc[2] {
			t.Errorf("%q and %q make %q", tc[0], tc[1], got)
		}
	}
}

func TestAnUploadIsTheSameEachTime(t *testing.T) {
	a, err := Upload("figure-1.svg", "<svg/>")
	b, again := Upload("figure-1.svg", "<svg/>")
	if a != b || err != nil || again != nil || !strings.HasSuffix(a, "--"+boundary+"--\r\n") {
		t.Errorf("%q, %v", a, err)
	}
	if _, err := Upload("figure-1.svg", "<svg>--"+boundary+"--</svg>"); err == nil {
		t.Error("a picture can end the form")
	}
}
