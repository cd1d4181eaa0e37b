package azuredevops

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tftsr/tftsr/integrations"
)

// failure is the body of an error.
type failure struct {
	Message string `json:"message"`
	Key     string `json:"typeKey"`
	Custom  struct {
		Rules []struct {
			Field string `json:"fieldReferenceName"`
		} `json:"RuleValidationErrors"`
	} `json:"customProperties"`
}

// reason reads the message of an error and names the fields that a rule is
// about, which it calls by labels only, and only the first.
func reason(body []byte) string {
	var f failure
	if json.Unmarshal(body, &f) != nil {
		return ""
	}
	var fields []string
	for _, r := range f.Custom.Rules {
		if isReference(r.Field) && !slices.Contains(fields, r.Field) {
			fields = append(fields, r.Field)
		}
	}
	if len(fields) > 0 {
		return f.Message + " Fields: " + strings.Join(fields, ", ")
	}
	return f.Message
}

// recognise names what is particular to Azure DevOps.
func recognise(r *integrations.Response) *integrations.Error {
	location, _ := url.Parse(r.Header.Get("Location"))
	switch {
	case r.Status == http.StatusNonAuthoritativeInfo, r.Status/100 == 3 && location != nil && strings.Contains(strings.ToLower(location.Path), "signin"):
		return &integrations.Error{Kind: integrations.KindSignIn, Detail: "the token has expired, was revoked, or is of another organization"}
	case r.Status < 400:
		return nil
	}
	var f failure
	if json.Unmarshal(r.Body, &f) != nil {
		return nil
	}
	said := reason(r.Body)
	switch {
	case f.Key == "VssVersionOutOfRangeException":
		return &integrations.Error{
			Kind: integrations.KindInvalid, Reason: said,
			Detail: "it has no such version of the interface: an Azure DevOps Server 2020 takes --option api_version=6.0, a Server 2022 7.0",
		}
	case strings.HasPrefix(f.Message, "TF400813"):
		return &integrations.Error{
			Kind: integrations.KindLogin, Reason: said,
			Detail: "the account is not of this organization: another tenant, a personal Microsoft account, or nobody added it",
		}
	case strings.HasPrefix(f.Message, "VS402337"):
		return &integrations.Error{Kind: integrations.KindInvalid, Reason: said, Detail: "too much was found: narrow the search"}
	}
	return nil
}
