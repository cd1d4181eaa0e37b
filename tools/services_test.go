package tools

import (
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/tftsr/tftsr/integrations"
	"github.com/tftsr/tftsr/integrations/azuredevops"
	"github.com/tftsr/tftsr/integrations/confluence"
	"github.com/tftsr/tftsr/integrations/servicenow"
	"github.com/tftsr/tftsr/internal/fakes/contracttest"
	"github.com/tftsr/tftsr/internal/secrets"
	"github.com/tftsr/tftsr/store"
)

// serve configures a fake as an instance i, whose base URL is a path. What is
// sent to it is what its contract allows.
func (b *bench) serve(fake http.Handler, contract, credential string, i *store.Integration, change ...func(*store.Integration)) {
	b.t.Helper()
	srv := httptest.NewServer(contracttest.New(b.t, "../docs/contracts/"+contract, fake).Strict())
	b.t.Cleanup(srv.Close)
	keys, err := secrets.NewKeys([32]byte{1}, "0123456789abcdef0123456789abcdef")
	if err != nil {
		b.t.Fatal(err)
	}
	vault, err := secrets.NewStore(secrets.StoreOptions{Keys: keys, Rows: b.deps.Store})
	if err != nil {
		b.t.Fatal(err)
	}
	b.deps.Services = integrations.NewRegistry(integrations.Options{
		Services: []integrations.Service{servicenow.Service, confluence.Service, azuredevops.Service},
		Store:    b.deps.Store, Secrets: vault, Config: b.deps.Config,
	})
	b.deps.LookAgain = time.Millisecond
	i.Owner, i.BaseURL, i.CreatedAt, i.UpdatedAt = "ops", srv.URL+i.BaseURL, time.Now(), time.Now()
	for _, c := range change {
		c(i)
	}
	if err := b.deps.Services.Check(i); err != nil {
		b.t.Fatal(err)
	}
	if _, err := vault.Set(b.t.Context(), integrations.SecretOf(i), []byte(credential), secrets.SetOptions{}); err != nil {
		b.t.Fatal(err)
	}
	if err := b.deps.Store.SaveIntegration(b.t.Context(), i); err != nil {
		b.t.Fatal(err)
	}
}
