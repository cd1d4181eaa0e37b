// Package azuredevops files, reads, finds and changes work items of Azure
// DevOps Services and of Azure DevOps Server. The calls are those of
// docs/contracts/azuredevops.yaml, which names its sources.
//
// It never repeats a write, never leaves the project of its instance, never
// passes by the rules of a process, and builds every query and every patch
// itself: text stands in them as a literal only.
package azuredevops

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/internal/gate"
	"github.com/tftsr/tftsr/internal/oauth"
	"github.com/tftsr/tftsr/store"
)

// Service is what a registry knows of Azure DevOps.
var Service = integrations.Service{
	Name: "azuredevops", Title: "Azure DevOps",
	Auths:     []string{integrations.AuthPAT, integrations.AuthCode, integrations.AuthClient},
	BasicPAT:  true,
	CheckURL:  checkURL,
	Check:     check,
	Options:   options,
	Login:     login,
	Reason:    reason,
	Recognise: recognise,
	Test:      func(ctx context.Context, c *integrations.Client) (string, error) { return New(c).Test(ctx) },
}

// entraScope is Azure DevOps as Entra knows it, with all that the account may
// do there, and a token to refresh with ("Authenticate with Azure DevOps using
// Microsoft Entra", learn.microsoft.com).
const entraScope = "499b84ac-1321-427f-aa17-267ca6975798/.default"

// login is Entra for Services. A Server has no login by OAuth.
func login(i *store.Integration) (oauth.Endpoint, error) {
	if dialectOf(i) == server {
		return oauth.Endpoint{}, errors.New("a Server has no login by OAuth: use --auth pat")
	}
	tenant := i.Options["tenant"]
	if tenant == "" {
		return oauth.Endpoint{}, errors.New("a login at Entra needs --option tenant=…, the id or a domain of your directory")
	}
	scope := entraScope
	if i.Auth == integrations.AuthCode {
		scope += " offline_access" // An application that logs in for itself has nothing to refresh.
	}
	return oauth.Entra(i.Options["authority"], tenant, scope), nil
}

func checkURL(u *url.URL) error {
	depth := len(strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' }))
	switch {
	case u.Hostname() == "dev.azure.com" && depth != 1:
		return errors.New("the base URL of Services ends with the organization: https://dev.azure.com/ORGANIZATION; the project is named with --project")
	case strings.HasSuffix(u.Hostname(), ".visualstudio.com") && depth != 0:
		return errors.New("the base URL ends with the host: https://ORGANIZATION.visualstudio.com; the project is named with --project")
	case !hosted(u.Hostname()) && depth == 0:
		return errors.New("the base URL of a Server ends with the collection: https://tfs.example.com/DefaultCollection")
	}
	return nil
}

func check(i *store.Integration) error {
	switch {
	case i.ProjectName == "":
		return errors.New("a project is needed: --project NAME")
	case strings.ContainsFunc(i.ProjectName, func(r rune) bool { return r < 0x20 || strings.ContainsRune(`\/:*?"<>;#$&+,|%~{}[]@`, r) }), len([]rune(i.ProjectName)) > 64:
		return errors.New("--project is the name of a project: at most 64 characters and none of \\ / : * ? \" < > ; # $ & + , | % ~ { } [ ] @")
	case isGUID(i.ProjectName):
		return errors.New("--project is the name of the project, not its id")
	case i.Auth != integrations.AuthPAT:
		_, err := login(i)
		return err
	}
	return nil
}

// dialect is the kind of an installation.
type dialect string

const (
	services dialect = "services" // Microsoft's cloud: Markdown, Entra
	server   dialect = "server"   // one's own: HTML
)

func hosted(host string) bool {
	return host == "dev.azure.com" || strings.HasSuffix(host, ".visualstudio.com")
}

func dialectOf(i *store.Integration) dialect {
	if d := i.Options["dialect"]; d != "" {
		return dialect(d)
	}
	if u, err := url.Parse(i.BaseURL); err == nil && hosted(u.Hostname()) {
		return services
	}
	return server
}

// Client works on the work items of one project.
type Client struct{ *integrations.Client }

// New returns a client for work items.
func New(c *integrations.Client) Client { return Client{c} }

func (c Client) dialect() dialect { return dialectOf(c.Instance) }

// Markdown reports whether texts may be written in Markdown.
func (c Client) Markdown() bool { return c.dialect() == services }

// version is that of the interface: Services and Server 2022.1 speak 7.1,
// Server 2022 7.0, and Server 2020 6.0, which all of them still speak.
func (c Client) version() string {
	switch v := c.Instance.Options["api_version"]; {
	case v != "":
		return v
	case c.dialect() == services:
		return "7.1"
	}
	return "6.0"
}

// URL is where people see a work item.
func (c Client) URL(id int) string {
	return c.Instance.BaseURL + "/" + url.PathEscape(c.Instance.ProjectName) + "/_workitems/edit/" + strconv.Itoa(id)
}

// suppress asks for an error where the service would show a page to sign in
// on. It is not always heard.
var suppress = http.Header{"X-Tfs-Fedauthredirect": {"Suppress"}}

// call is one call below the project.
func (c Client) call(ctx context.Context, method, path string, q url.Values, body *gate.Cleared, into any) error {
	r := integrations.Request{Method: method, Path: "/" + url.PathEscape(c.Instance.ProjectName) + "/_apis/wit/" + path, Query: q, Body: body}
	// A query and a batch are read by POST; so is what a dry run would do.
	r.Reads = method == http.MethodPost && (path == "wiql" || path == "workitemsbatch") || q.Get("validateOnly") == "true"
	if strings.HasPrefix(path, "workitems/") && !strings.HasSuffix(path, "/comments") {
		r.Type = "application/json-patch+json"
	}
	return c.do(ctx, r, into)
}

func (c Client) do(ctx context.Context, r integrations.Request, into any) error {
	if r.Query == nil {
		r.Query = url.Values{}
	}
	if r.Query.Get("api-version") == "" {
		r.Query.Set("api-version", c.version())
	}
	r.Header = suppress
	resp, err := c.Do(ctx, r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(resp.Body, into); err != nil {
		return &integrations.Error{
			Kind: integrations.KindProtocol, Destination: c.Destination(), Status: resp.Status, Lost: r.Method != http.MethodGet && !r.Reads,
		}
	}
	return nil
}

// connection is GET _apis/connectionData.
type connection struct {
	User struct {
		ID         string `json:"id"`
		Descriptor string `json:"descriptor"`
		Name       string `json:"providerDisplayName"`
		Properties struct {
			Account struct {
				Value string `json:"$value"`
			}
		} `json:"properties"`
	} `json:"authenticatedUser"`
	Deployment string `json:"deploymentType"`
}

// anonymous is the account of who has not logged in.
const anonymous = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"

// Test asks who is logged in and reads the types of the project, which shows
// that the credential is accepted and may see work items, and returns the
// account.
func (c Client) Test(ctx context.Context) (string, error) {
	var data connection
	err := c.do(ctx, integrations.Request{
		Method: http.MethodGet, Path: "/_apis/connectionData", Query: url.Values{"api-version": {c.version() + "-preview"}},
	}, &data)
	if err != nil {
		return "", err
	}
	refuse := func(k integrations.Kind, detail string) error {
		return &integrations.Error{Kind: k, Destination: c.Destination(), Detail: detail}
	}
	switch {
	case data.User.ID == anonymous, strings.HasPrefix(data.User.Descriptor, "System:PublicAccess"):
		return "", refuse(integrations.KindAnonymous, "")
	case data.User.ID == "":
		return "", refuse(integrations.KindProtocol, "")
	case data.Deployment == "hosted" && c.dialect() != services:
		return "", refuse(integrations.KindInvalid, "it is Azure DevOps Services: set --option dialect=services")
	case data.Deployment == "onPremises" && c.dialect() != server:
		return "", refuse(integrations.KindInvalid, "it is an Azure DevOps Server: set --option dialect=server")
	}
	if _, err := c.Types(ctx); err != nil {
		return "", err
	}
	if who := data.User.Properties.Account.Value; who != "" {
		return who, nil
	}
	return data.User.Name, nil
}

// Get returns a work item by its id.
func (c Client) Get(ctx context.Context, id int) (*Item, error) {
	var i Item
	if err := c.call(ctx, http.MethodGet, "workitems/"+strconv.Itoa(id), nil, nil, &i); err != nil {
		return nil, err
	}
	return c.mine(&i, id)
}

// mine checks that an item is the one that was meant, and of this project: the
// service answers with those of other projects too.
func (c Client) mine(i *Item, id int) (*Item, error) {
	if i.ID != id || !strings.EqualFold(i.Text("System.TeamProject"), c.Instance.ProjectName) {
		return nil, &integrations.Error{Kind: integrations.KindNotFound, Destination: c.Destination()}
	}
	return i, nil
}

// Validate asks what a create of a type (kind) or a change of an item (id)
// would make, without making it.
func (c Client) Validate(ctx context.Context, kind string, id int, patch gate.Cleared) (*Item, error) {
	return c.write(ctx, kind, id, url.Values{"validateOnly": {"true"}}, patch)
}

// Create files a work item of a type, once.
func (c Client) Create(ctx context.Context, kind string, patch gate.Cleared) (*Item, error) {
	i, err := c.write(ctx, kind, 0, nil, patch)
	if err == nil && i.ID <= 0 {
		return nil, &integrations.Error{Kind: integrations.KindProtocol, Destination: c.Destination(), Lost: true}
	}
	return i, err
}

// Update changes a work item, once. The patch tests its revision first.
func (c Client) Update(ctx context.Context, id int, patch gate.Cleared) (*Item, error) {
	return c.write(ctx, "", id, nil, patch)
}

func (c Client) write(ctx context.Context, kind string, id int, q url.Values, patch gate.Cleared) (*Item, error) {
	method, path := http.MethodPost, "workitems/$"+url.PathEscape(kind)
	if id > 0 {
		method, path = http.MethodPatch, "workitems/"+strconv.Itoa(id)
	}
	var i Item
	if err := c.call(ctx, method, path, q, &patch, &i); err != nil {
		return nil, err
	}
	return &i, nil
}

// Find runs a query and returns at most top ids, of this project or not: a
// reader checks.
func (c Client) Find(ctx context.Context, query gate.Cleared, top int) ([]int, error) {
	var out struct {
		Items []struct{ ID int } `json:"workItems"`
	}
	if err := c.call(ctx, http.MethodPost, "wiql", url.Values{"$top": {strconv.Itoa(top)}}, &query, &out); err != nil {
		return nil, err
	}
	var ids []int
	for _, i := range out.Items {
		ids = append(ids, i.ID)
	}
	return ids, nil
}

// MaxBatch is how many items one call reads.
const MaxBatch = 200

// Batch is the body of a call that reads many work items.
type Batch struct {
	IDs    []int    `json:"ids"`
	Fields []string `json:"fields"`
	Policy string   `json:"errorPolicy"`
}

// NewBatch returns the body that reads ids.
func NewBatch(ids []int) Batch { return Batch{ids, readFields, "omit"} }

// Read returns the items of a batch, in its order. Those that the account may
// not read, or that are of another project, are missing.
func (c Client) Read(ctx context.Context, batch gate.Cleared) ([]Item, error) {
	var out struct{ Value []*Item }
	if err := c.call(ctx, http.MethodPost, "workitemsbatch", nil, &batch, &out); err != nil {
		return nil, err
	}
	var items []Item
	for _, i := range out.Value {
		if i == nil { // a hole
			continue
		}
		if _, err := c.mine(i, i.ID); err == nil {
			items = append(items, *i)
		}
	}
	return items, nil
}

// Comment is a comment on a work item: text from outside.
type Comment struct {
	ID      int
	Text    string
	By      string
	Created string
}

type comment struct {
	ID     int
	Text   string
	Format string
	By     struct {
		Name string `json:"displayName"`
	} `json:"createdBy"`
	Created string `json:"createdDate"`
}

func (m comment) read() Comment {
	return Comment{m.ID, plainText(m.Text, strings.EqualFold(m.Format, "markdown")), m.By.Name, m.Created}
}

// Comments returns the newest comments on a work item.
func (c Client) Comments(ctx context.Context, id, top int) ([]Comment, error) {
	q := url.Values{"$top": {strconv.Itoa(top)}, "order": {"desc"}, "api-version": {c.version() + "-preview"}}
	var out struct{ Comments []comment }
	if err := c.call(ctx, http.MethodGet, "workitems/"+strconv.Itoa(id)+"/comments", q, nil, &out); err != nil {
		return nil, err
	}
	var list []Comment
	for _, m := range out.Comments {
		list = append(list, m.read())
	}
	return list, nil
}

// AddComment adds a comment in Markdown, once. Only Services take one; on a
// Server a comment is the field System.History of a patch.
func (c Client) AddComment(ctx context.Context, id int, body gate.Cleared) error {
	var made comment
	q := url.Values{"format": {"markdown"}, "api-version": {"7.2-preview.4"}} // The first version that has formats.
	return c.call(ctx, http.MethodPost, "workitems/"+strconv.Itoa(id)+"/comments", q, &body, &made)
}
