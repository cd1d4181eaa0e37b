package oauth

import (
	"net/url"
	"strings"
)

// Endpoint is where a service logs people in, and what is particular to how it
// does. Only Token is always needed.
type Endpoint struct {
	Authorize string // RFC 6749, section 3.1
	Token     string // RFC 6749, section 3.2
	// Device is where a login without a browser begins (RFC 8628); empty where
	// there is no such thing.
	Device string
	// Issuer is compared with the iss of an answer that has one (RFC 9207). Where
	// it is empty, the iss must be of the same origin as Authorize.
	Issuer string
	// IssuerSent says that every answer names its issuer, as the service's metadata
	// promise (authorization_response_iss_parameter_supported): one without is
	// refused. It needs Issuer.
	IssuerSent bool
	// HeaderAuth sends the secret of a client in a header (client_secret_basic)
	// instead of the form (client_secret_post).
	HeaderAuth bool
	// Scope is asked for when the owner names none; with spaces between.
	Scope string
	// Params are sent with the authorization request besides those of the RFC.
	Params map[string]string
	// TokenParams are sent with every request for a token, such as resource (RFC
	// 8707).
	TokenParams map[string]string
	// RedirectHost is how the redirect is spelt, "127.0.0.1" unless given. Both
	// loopback addresses are listened on whatever it says.
	RedirectHost string
	// Confidential says that the service has no public clients: the secret of the
	// client is asked for.
	Confidential bool
	// Explain maps the code of an error to a sentence that says what mends it. A
	// code is looked for as the error's own, and as the first word of its
	// description, where Entra has it.
	Explain map[string]string
}

// Atlassian returns where Atlassian's cloud logs people in ("OAuth 2.0 (3LO)
// apps", developer.atlassian.com). authority is "" but for a stand-in.
//
// It has no public clients and ignores the challenge of PKCE, which is sent
// all the same. A refresh token is good once. The redirect is compared as a
// whole, port included.
func Atlassian(authority, scope string) Endpoint {
	if authority == "" {
		authority = "https://auth.atlassian.com"
	}
	authority = strings.TrimRight(authority, "/")
	return Endpoint{
		Authorize: authority + "/authorize", Token: authority + "/oauth/token", Scope: scope, RedirectHost: "localhost", Confidential: true,
		Params: map[string]string{"audience": "api.atlassian.com", "prompt": "consent"},
		Explain: map[string]string{
			"invalid_grant":       "the login has ended, because it was not used for 90 days or a refresh token was used twice: run `tftsr login` again",
			"unauthorized_client": "the app is not allowed this: in the developer console, add the permission and distribute the app, or log in as its owner",
			"invalid_scope":       "the app lacks one of the scopes: add them under Permissions in the developer console, then log in again",
		},
	}
}

// DataCenter returns where a Confluence Data Center logs people in ("Confluence
// OAuth 2.0 provider API", confluence.atlassian.com); base is its base URL.
func DataCenter(base, scope string) Endpoint {
	base = strings.TrimRight(base, "/")
	return Endpoint{
		Authorize: base + "/rest/oauth2/latest/authorize", Token: base + "/rest/oauth2/latest/token", Scope: scope, RedirectHost: "localhost", Confidential: true,
		Explain: map[string]string{
			"invalid_scope": "the application link allows less than is asked for: an administrator sets its permission to Write",
		},
	}
}

// Entra returns where Microsoft Entra ID logs people in for a tenant, its id or
// a domain of it ("Microsoft identity platform and OAuth 2.0 authorization code
// flow", learn.microsoft.com). authority is "" but for a national cloud, such as
// https://login.microsoftonline.us, and stand-ins.
//
// The redirect is registered as http://localhost, without a port, which Entra
// ignores; 127.0.0.1 is another host to it.
func Entra(authority, tenant, scope string) Endpoint {
	if authority == "" {
		authority = "https://login.microsoftonline.com"
	}
	base := strings.TrimRight(authority, "/") + "/" + url.PathEscape(tenant) + "/oauth2/v2.0"
	return Endpoint{
		Authorize: base + "/authorize", Token: base + "/token", Device: base + "/devicecode", Scope: scope, RedirectHost: "localhost",
		Explain: entraCodes,
	}
}

// entraCodes are the refusals that people meet ("Microsoft Entra authentication
// and authorization error codes", learn.microsoft.com).
var entraCodes = map[string]string{
	"AADSTS53003":   "a Conditional Access policy of your organisation blocks this way to log in, which most do for device codes: log in with a browser on this machine, or use --paste",
	"AADSTS50059":   "the tenant is not known: set the option tenant to the id of your directory",
	"AADSTS90002":   "there is no such tenant: check the option tenant",
	"AADSTS50020":   "the account is of another tenant: log in with one of this tenant, or set the option tenant",
	"AADSTS700016":  "there is no such application in this tenant: check the client id and the option tenant",
	"AADSTS7000218": "the application counts as confidential: under Authentication, set \"Allow public client flows\" to yes, or add the instance with --confidential",
	"AADSTS50011":   "the redirect is not registered: add http://localhost under \"Mobile and desktop applications\" of the application",
	"AADSTS65001":   "nobody has consented: log in again and accept, or let an administrator grant consent",
	"AADSTS90094":   "an administrator must grant consent to the application",
	"AADSTS70043":   "the login has expired by a policy of your organisation: run `tftsr login` again",
	"AADSTS700082":  "the login was not used for too long: run `tftsr login` again",
	"AADSTS50173":   "the password was changed since: run `tftsr login` again",
}
