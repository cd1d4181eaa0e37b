package confluence

import (
	"errors"
	"regexp"
	"sync"

	"github.com/tftsr/tftsr/integrations"
)

// lazyRegexp compiles an expression when it is first asked for: a start, which
// hosts wait for, needs none.
func lazyRegexp(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

var (
	keyForm   = lazyRegexp(`^~?[A-Za-z0-9][A-Za-z0-9._-]{0,254}$`)
	idForm    = lazyRegexp(`^[0-9]{1,19}$`)
	cloudForm = lazyRegexp(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	scopeForm = lazyRegexp(`^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$`) // RFC 6749, section 3.3
	// labelForm has no characters that Confluence does not take in labels
	// (support.atlassian.com, "Use labels to organize content").
	labelForm = lazyRegexp(`^[\p{Ll}\p{Lo}\p{N}_-]{1,100}$`)
)

var options = []integrations.Option{
	{Name: "dialect", Doc: "cloud or datacenter; what is at atlassian.net is the cloud, and all else Data Center, unless it says otherwise", Check: oneOf(cloud, server)},
	{Name: "token", Doc: "scoped for an API token with scopes; classic, which is the default, for one without", Check: oneOf("classic", "scoped")},
	{Name: "cloud_id", Doc: "id of the site; `tftsr integration test` finds it", Found: true, Check: matches(cloudForm, "an id like 35273b54-3f06-40d2-880f-dd28cf8daafa")},
	{Name: "scope", Doc: "OAuth scopes, with spaces between", Check: matches(scopeForm, "scopes with spaces between")},
}

func oneOf(first, second string) func(string) error {
	return func(v string) error {
		if v != first && v != second {
			return errors.New("it must be " + first + " or " + second)
		}
		return nil
	}
}

func matches(form func() *regexp.Regexp, what string) func(string) error {
	return func(v string) error {
		if !form().MatchString(v) {
			return errors.New("it must be " + what)
		}
		return nil
	}
}

// CheckKey says whether a text can be the key of a space.
func CheckKey(key string) error {
	if !keyForm().MatchString(key) {
		return errors.New("the key of a space is like OPS, or ~ and an account for a personal one; list_confluence_spaces shows them")
	}
	return nil
}

// CheckID says whether a text can be the id of a page.
func CheckID(id string) error {
	if !idForm().MatchString(id) {
		return errors.New("a page is named by its number, like 98305: it stands in its address after /pages/")
	}
	return nil
}

// CheckLabel says whether a text can be a label.
func CheckLabel(label string) error {
	if !labelForm().MatchString(label) {
		return errors.New("a label is one word of lower-case letters, digits, dashes and underscores")
	}
	return nil
}
