package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// validate checks what no single key can: settings that only make sense together, and addresses.
func (c *Config) validate() error {
	bad := func(key, format string, args ...any) error {
		return fmt.Errorf("%s (%s): %w", key, c.Origin(key), fmt.Errorf(format, args...))
	}
	var errs []error
	if loopback, err := isLoopbackAddr(c.HTTP.Addr); err != nil {
		errs = append(errs, bad("http.addr", "%w", err))
	} else if !loopback && c.HTTP.TLSCert == "" && len(c.HTTP.TrustedProxy) == 0 {
		errs = append(errs, bad("http.addr", "%s can be reached from other machines and would carry bearer tokens in the clear: "+
			"give http.tls_cert and http.tls_key, or http.trusted_proxy when a proxy ends TLS, or listen on 127.0.0.1", c.HTTP.Addr))
	}
	if (c.HTTP.TLSCert == "") != (c.HTTP.TLSKey == "") {
		given := "http.tls_cert"
		if c.HTTP.TLSCert == "" {
			given = "http.tls_key"
		}
		errs = append(errs, bad(given, "http.tls_cert and http.tls_key go together: give both"))
	}
	if argv := c.Audit.AnchorCommand; len(argv) > 0 && !filepath.IsAbs(argv[0]) {
		errs = append(errs, bad("audit.anchor_command", "%q is not an absolute path: name the program in full, then its arguments, each an item of the list", argv[0]))
	}
	if path := c.Audit.AnchorFile; path != "" {
		if rel, err := filepath.Rel(c.DataDir, path); err == nil && filepath.IsLocal(rel) {
			c.Warnings = append(c.Warnings, "audit.anchor_file lies in the data folder: whoever puts back an older copy of that takes it along")
		}
	}
	for _, o := range c.HTTP.AllowedOrigins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != o {
			errs = append(errs, bad("http.allowed_origins", "%q is not an origin: write scheme://host or scheme://host:port", o))
		}
	}
	for _, h := range c.HTTP.AllowedHosts {
		if !isHost(h) {
			errs = append(errs, bad("http.allowed_hosts", "%q is not a host: write name or name:port", h))
		}
	}
	for _, h := range c.Egress.AllowedHosts {
		if !isHost(h) {
			errs = append(errs, bad("egress.allowed_hosts", "%q is not a host: write name or name:port, without scheme or wildcard", h))
		}
	}
	if p := c.Egress.Proxy; p != "none" && p != "environment" {
		if _, err := parseProxy(p); err != nil {
			errs = append(errs, bad("egress.proxy", "%w", err))
		}
	}
	if h := c.Ollama.Host; h != "" {
		if err := checkOllamaHost(h); err != nil {
			errs = append(errs, bad("ollama.host", "%w", err))
		}
	}
	for _, r := range c.Ollama.Registries {
		host, plain := strings.CutPrefix(r, "http://")
		if name, _, err := net.SplitHostPort(host); plain && (err != nil || !isLoopbackHost(name)) {
			errs = append(errs, bad("ollama.registries", "%q would be reached without encryption: only a registry on a loopback address, as http://127.0.0.1:5000 is, may be", r))
		} else if !isHost(host) {
			errs = append(errs, bad("ollama.registries", "%q is not a host: write name or name:port", r))
		}
	}
	for _, t := range c.PII.AllowTypes {
		if !isTypeName(t) {
			errs = append(errs, bad("pii.allow_types", "%q is not the name of a finding type, as Hostname is", t))
		}
	}
	for _, t := range c.Tools {
		if slices.Contains(c.ExcludeTools, t) {
			errs = append(errs, bad("tools", "%s is also in exclude_tools: take it out of one of them", t))
		}
	}
	return errors.Join(errs...)
}

// checkOllamaHost checks the base URL of an Ollama server. What models are asked goes there: it must not cross a network in the clear.
func checkOllamaHost(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || (u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Errorf("write a URL like %s", DefaultOllamaHost) // Not quoted: it could hold a password.
	case u.User != nil:
		return errors.New("the URL must not hold a user or password")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return errors.New("the URL must end with the host and its port")
	case u.Scheme == "http" && !isLoopbackHost(u.Hostname()):
		return errors.New("plain http is for this machine only: use https, by a proxy that ends TLS before Ollama, or a tunnel to a port of this machine")
	}
	return nil
}

func isLoopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// isLoopbackAddr reports whether a listening address can only be reached from this machine. A name other than localhost is taken for
// reachable: what it resolves to may change.
func isLoopbackAddr(addr string) (bool, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false, fmt.Errorf("%q is not host:port, as 127.0.0.1:7337 is", addr)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return false, fmt.Errorf("%q has no port from 0 to 65535", addr)
	}
	return isLoopbackHost(host), nil
}

// parseProxy parses the URL of a proxy. A password in it would be a secret in a setting, so it is refused, and never quoted in the error.
func parseProxy(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New(`write "none", "environment" or a URL of the form http://host:port`)
	}
	if u.User != nil {
		return nil, errors.New("the URL holds a user or password: put it into HTTPS_PROXY and write \"environment\"")
	}
	return u, nil
}

func isHost(h string) bool {
	host := h
	if name, port, err := net.SplitHostPort(h); err == nil {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return false
		}
		host = name
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return len(host) <= 253 && consistsOf(host, lower+upper+digits+"-._")
}

func isName(s string) bool {
	return len(s) <= 128 && consistsOf(s, lower+digits+"_")
}

func isTypeName(s string) bool {
	return len(s) <= 64 && consistsOf(s, lower+upper+digits+"-_")
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

// consistsOf reports whether s is made of the given ASCII characters, of one at least.
func consistsOf(s, chars string) bool { return s != "" && strings.Trim(s, chars) == "" }

// parseSize parses bytes with an optional unit: KB, MB, GB in powers of ten; KiB, MiB, GiB in powers of two.
func parseSize(s string) (int64, error) {
	bad := fmt.Errorf("%q is not a size: write bytes, or a number with KiB, MiB or GiB", s)
	digits := strings.TrimRight(s, "BGKMTbgikmt ")
	factor, ok := map[string]int64{
		"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30,
	}[strings.ToLower(strings.TrimSpace(s[len(digits):]))]
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 0 || n > (1<<62)/factor {
		return 0, bad
	}
	return n * factor, nil
}

// didYouMean is the hint that ends an error about an unknown key.
func didYouMean(name string) string {
	names := make([]string, len(keys))
	for i := range keys {
		names[i] = keys[i].Key
	}
	if near := nearest(name, names, 3); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	// The right name in the wrong table is the commonest mistake of TOML.
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, n := range names {
		tail := n[strings.LastIndexByte(n, '.')+1:]
		if nearest(last, []string{tail}, 2) != "" {
			return fmt.Sprintf("; did you mean %q?", n)
		}
	}
	for _, word := range []string{"key", "secret", "token", "password", "passphrase"} {
		if strings.Contains(strings.ToLower(last), word) {
			return "; secrets are never read from this file: use `tftsr secret set`"
		}
	}
	return "; `tftsr config show` lists all keys"
}

// nearest returns the name closest to s within max edits, but no more than a third of its length, so that short names do not match anything.
func nearest(s string, names []string, limit int) string {
	best, bestDistance := "", min(limit, len(s)/3)+1
	for _, n := range names {
		if d := editDistance(s, n); d < bestDistance {
			best, bestDistance = n, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance of two short ASCII names.
func editDistance(a, b string) int {
	if len(a) > 200 || len(b) > 200 {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
