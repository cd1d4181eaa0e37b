package demo

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestEveryEncodingOfAnOriginalIsSearched hides values in text the ways that
// programs do, and looks for them as the demo does. A demo that finds nothing
// proves nothing unless this passes.
func TestEveryEncodingOfAnOriginalIsSearched(t *testing.T) {
	for _, value := range []string{
		"jane.roe@acme-widgets.com", "10.20.30.41", "3c:22:fb:7a:91:0e", "4539 5787 6362 1486", `Tr0ub4dor"&<3x`,
		"postgres://app:S3cr3t@db-1.prod.internal/orders", "+44 20 7183 8750",
	} {
		hide := map[string]func(string) string{
			"raw":            func(s string) string { return s },
			"upper case":     strings.ToUpper,
			"lower case":     strings.ToLower,
			"JSON":           func(s string) string { b, _ := json.Marshal(s); return string(b) },
			"JSON in JSON":   func(s string) string { b, _ := json.Marshal(s); b, _ = json.Marshal(string(b)); return string(b) },
			"query escape":   url.QueryEscape,
			"path escape":    url.PathEscape,
			"hex":            func(s string) string { return hex.EncodeToString([]byte(s)) },
			"reversed":       reversed,
			"base64":         func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
			"base64 shifted": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user=x" + s + ";")) },
			"base64 by two":  func(s string) string { return base64.URLEncoding.EncodeToString([]byte("ab" + s + "xyz")) },
		}
		for name, f := range hide {
			text := fmt.Appendf(nil, "2026-03-01 something %s happened", f(value))
			if !found(value, text) {
				t.Errorf("%s of %q is not found in %q", name, value, text)
			}
		}
		if found(value, []byte("2026-03-01 [Email_1] logged in from [PrivateIPv4_2], card [CreditCard_3]")) {
			t.Errorf("%q is found in redacted text", value)
		}
	}
}

// found looks for a value in a text as the search does in each place.
func found(value string, text []byte) bool {
	flat := unescape(text)
	for _, place := range [][]byte{text, flat, unescape(flat)} {
		for _, form := range forms(value) {
			if bytes.Contains(place, form.text) {
				return true
			}
		}
	}
	return false
}

func TestUnknownEraIsRefused(t *testing.T) {
	err := Run(t.Context(), Options{Binary: "none", Era: "future", Out: &bytes.Buffer{}})
	if err == nil || !strings.Contains(err.Error(), "legacy or modern") {
		t.Errorf("answered %v", err)
	}
}
