package digest

import (
	"strings"
	"testing"
)

// What strangers' logs hold in a place is a value or tells statements apart,
// whichever program wrote it.
func TestValuesAreToldFromNames(t *testing.T) {
	for name, test := range map[string]struct {
		lines []string
		want  int // templates
	}{
		"an address behind a mark":          {[]string{"client @0x7fd2b80cc3f0 went away now", "client @0xcbb68dfa went away now"}, 1},
		"a version of a program":            {[]string{"agent curl/7.88.1 was seen here", "agent Go-http-client/2.0 was seen here"}, 1},
		"the version of HTTP":               {[]string{"spoke HTTP/1.1 to the end", "spoke HTTP/2.0 to the end"}, 1},
		"nothing as a value":                {[]string{"lock taken, ws=null, uid=3", "lock taken, ws=17, uid=4"}, 1},
		"text with + for spaces":            {[]string{"seen Mozilla/5.0+(X11;+Linux+x86_64)+Gecko/20100101 at 12", "seen curl/7.1 at 13"}, 1},
		"a dash among values":               {[]string{"sizes 12 - 40 bytes in all", "sizes 12 7 40 bytes in all"}, 1},
		"a dash among words":                {[]string{"step 12 - done with it", "step 12 done with it"}, 2},
		"zone, address and port":            {[]string{"Built one for outside:192.0.2.1/443 here", "Built one for dmz:192.0.2.7/80 here"}, 1},
		"a key and an address":              {[]string{"moved from:192.0.2.1 here", "moved onto:192.0.2.7 here"}, 2},
		"numbers of messages":               {[]string{"%ASA-6-302013: Built it", "%ASA-6-302015: Built it"}, 2},
		"types of records":                  {[]string{"query: a.example IN MX of it", "query: a.example IN AAAA of it", "query: a.example IN A of it"}, 1},
		"transports":                        {[]string{"Deny tcp by the rule of all", "Deny udp by the rule of all"}, 1},
		"methods":                           {[]string{"Deny GET by the rule of all", "Deny PUT by the rule of all"}, 2},
		"two protocols by name":             {[]string{"opened by way of HTTPS", "opened by way of SOCKS5"}, 2},
		"what a client says after a status": {[]string{`[a] "GET / HTTP/1.1" 200 - "-" 5 "Mozilla/5.0 (X11; Linux)" x`, `[a] "GET / HTTP/1.1" 200 - "-" 7 "curl/7.1" x`}, 1},
		"a status":                          {[]string{`[a] "GET / HTTP/1.1" 200 - "-" 5`, `[a] "GET / HTTP/1.1" 503 - "-" 5`}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := mine(Options{}, strings.Repeat(strings.Join(test.lines, "\n")+"\n", 5))
			if len(r.Templates) != test.want {
				t.Errorf("%d templates, want %d", len(r.Templates), test.want)
				for _, x := range r.Templates {
					t.Log(x.Text)
				}
			}
		})
	}
}
