// Package names gives what other MCP servers offer the names that hosts see:
// mcp_<server>_<tool>, in lower case, with every other character as a single
// underscore, at most [Max] characters. A name that another thing has, or that
// is one of our own, is refused, never shared. The way back is a table of what
// was given, kept in the store: it is never guessed from the name.
//
// The package is pure: it reads and keeps nothing.
package names

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Max is the length of the longest name, in bytes: what the interfaces of
// models allow for a tool.
const Max = 64

// maxServer leaves more than half of a name to the tool.
const maxServer = 30

const prefix = "mcp_"

// Reserved are names of ours that have the form of a relayed one.
var Reserved = []string{"mcp_server_status"}

// ErrTaken is what every refusal of a name that somebody has matches.
var ErrTaken = errors.New("the name is taken")

// CheckServer says whether name can be that of a server, beside those that are
// there already. Two names that differ in "-" and "_" only would give their
// tools the same names.
func CheckServer(name string, others []string) error {
	if name == "" || len(name) > maxServer || slug(name) != strings.ReplaceAll(name, "-", "_") {
		return fmt.Errorf("the name of a server has at most %d lower-case letters, digits and single dashes or underscores, such as grafana-prod", maxServer)
	}
	for _, o := range others {
		if o != name && slug(o) == slug(name) {
			return fmt.Errorf("%w: the tools of %s and %s would have the same names; take another name", ErrTaken, o, name)
		}
	}
	return nil
}

// Of returns the name under which hosts see a tool or prompt of a server. What
// would be longer than [Max], or has no letter or digit that can stay, ends in
// a digest of the name as the server gives it.
func Of(server, name string) string {
	begin := prefix + slug(server) + "_"
	end := slug(name)
	if end == "" || len(begin)+len(end) > Max {
		sum := sha256.Sum256([]byte(name))
		tail := hex.EncodeToString(sum[:4])
		end = strings.TrimLeft(strings.TrimRight(end[:min(len(end), Max-len(begin)-len(tail)-1)], "_")+"_"+tail, "_")
	}
	return begin + end
}

// Address returns the last part of the address under which hosts see a
// resource or template of a server: letters only, so that nothing in it looks
// like a value. It is the same for the same kind and name.
func Address(server, kind, name string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s%d:%s%s", len(server), server, len(kind), kind, name))
	return Letters(sum[:10])
}

// Letters writes bytes as letters from a to p, two each.
func Letters(b []byte) string {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, 'a'+c>>4, 'a'+c&15)
	}
	return string(out)
}

// Bytes reads what [Letters] wrote.
func Bytes(s string) ([]byte, bool) {
	if len(s)%2 != 0 {
		return nil, false
	}
	out := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); i += 2 {
		hi, lo := s[i]-'a', s[i+1]-'a'
		if hi > 15 || lo > 15 {
			return nil, false
		}
		out = append(out, hi<<4|lo)
	}
	return out, true
}

// Check says whether alias, the name that a thing of server would get, is free.
// taken gives who has a name, as a person knows it, or "".
func Check(alias, server string, taken func(alias string) string) error {
	if slices.Contains(Reserved, alias) {
		return fmt.Errorf("%w: %s is a tool of ours; register %s under another name", ErrTaken, alias, server)
	}
	if who := taken(alias); who != "" {
		return fmt.Errorf("%w: %s is %s; it stays hidden, unless you register one of the servers under another name", ErrTaken, alias, who)
	}
	return nil
}

// slug keeps lower-case letters and digits of ASCII.
func slug(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			out = append(out, c)
		case len(out) > 0 && out[len(out)-1] != '_':
			out = append(out, '_')
		}
	}
	return strings.TrimRight(string(out), "_")
}
