// Package cleanlogs writes system logs in which there is nobody and no secret: what is found in them, addresses and names
// of machines and of accounts apart, is found wrongly.
//
// The lines have the forms of real software, with their numbers drawn anew: identifiers, times, sizes, hashes, class
// names, versions are what a detector stumbles over, and are as varied as in the originals.
package cleanlogs

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is a kind of log.
type Kind struct {
	Name string
	// stamp begins each line; lines are templates, see expand.
	stamp string
	lines []string
}

// Kinds lists the kinds in a fixed order.
func Kinds() []Kind { return slices.Concat(kinds, strangers) }

// Make writes at least size bytes of a log, the same ones for the same seed.
func (k Kind) Make(seed uint64, size int) []byte {
	sum := sha256.Sum256(fmt.Append(nil, seed, k.Name))
	g := &generator{Rand: rand.New(rand.NewChaCha8(sum)), now: time.Date(2024, 11, 3, 4, 5, 6, 0, time.UTC)}
	out := make([]byte, 0, size+4096)
	for len(out) < size {
		g.now = g.now.Add(time.Duration(g.Int64N(int64(3 * time.Second))))
		out = append(out, g.expand(k.stamp+k.lines[g.IntN(len(k.lines))])...)
		out = append(out, '\n')
	}
	return out
}

type generator struct {
	*rand.Rand
	now time.Time
}

func (g *generator) of(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.IntN(len(alphabet))]
	}
	return string(b)
}

// expand fills the holes of a template: <n3> is a number of three digits, <n> one of one to five, <h8> and <H8> are
// hexadecimal digits, <x8> letters and digits, <b64:40> base64, <uuid>, <ip> and <pub> a private and a public address,
// <w> a word, <C> a word in camel case, <t:layout> the time in a layout of Go, <us>, <ms> and <s> the time since 1970,
// <a|b> one of the choices.
func (g *generator) expand(template string) string {
	var b strings.Builder
	for {
		j := strings.IndexByte(template, '>')
		i := strings.LastIndexByte(template[:max(j, 0)], '<') // The innermost: a log has angle brackets of its own.
		if i < 0 {
			b.WriteString(template[:j+1])
			template = template[j+1:]
			if j < 0 {
				b.WriteString(template)
				return b.String()
			}
			continue
		}
		b.WriteString(template[:i])
		b.WriteString(g.fill(template[i+1 : j]))
		template = template[j+1:]
	}
}

func (g *generator) fill(hole string) string {
	const digits, hex, alnum = "0123456789", "0123456789abcdef", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if strings.Contains(hole, "|") {
		c := strings.Split(hole, "|")
		return c[g.IntN(len(c))]
	}
	if layout, ok := strings.CutPrefix(hole, "t:"); ok {
		return g.now.Format(layout)
	}
	name, arg, _ := strings.Cut(hole, ":")
	n, err := strconv.Atoi(strings.TrimLeft(hole, "nhHx"))
	switch {
	case hole == "n":
		return strconv.Itoa(g.IntN([]int{10, 100, 1000, 10000, 100000}[g.IntN(5)]))
	case name == "b64":
		k, _ := strconv.Atoi(arg)
		return g.of(alnum+"+/", k)
	case hole == "uuid":
		return g.of(hex, 8) + "-" + g.of(hex, 4) + "-4" + g.of(hex, 3) + "-" + g.of("89ab", 1) + g.of(hex, 3) + "-" + g.of(hex, 12)
	case hole == "ip":
		return fmt.Sprintf("10.%d.%d.%d", g.IntN(256), g.IntN(256), 1+g.IntN(254))
	case hole == "pub":
		return fmt.Sprintf("%d.%d.%d.%d", 60+g.IntN(60), g.IntN(256), g.IntN(256), 1+g.IntN(254))
	case hole == "w":
		return words[g.IntN(len(words))]
	case hole == "C":
		return camel(words[g.IntN(len(words))]) + camel(words[g.IntN(len(words))])
	case hole == "us":
		return strconv.FormatInt(g.now.UnixMicro(), 10)
	case hole == "ms":
		return strconv.FormatInt(g.now.UnixMilli(), 10)
	case hole == "s":
		return strconv.FormatInt(g.now.Unix(), 10)
	case err == nil && hole[0] == 'n':
		return g.of(digits[1:], 1) + g.of(digits, n-1)
	case err == nil && hole[0] == 'h':
		return g.of(hex, n)
	case err == nil && hole[0] == 'H':
		return strings.ToUpper(g.of(hex, n))
	case err == nil && hole[0] == 'x':
		return g.of(alnum, n)
	}
	return "<" + hole + ">"
}

func camel(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

var words = strings.Fields(`cache task block event node job queue worker shard segment index batch record stream buffer lock thread pool
session request response handler router filter proxy backend cluster replica leader follower snapshot commit journal volume disk mount
inode page table column schema query plan cursor token bucket window frame packet socket channel port route link bridge tunnel device
driver module kernel process signal timer clock alarm sensor power fan battery thermal memory heap stack trace probe health status metric
counter gauge report digest image layer container pod service ingress config policy rule scope domain realm zone region rack row fabric
switch core uplink storage archive backup restore cleanup compact merge split balance migrate deploy rollout release build test bundle`)
