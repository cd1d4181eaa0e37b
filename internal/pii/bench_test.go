package pii

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/bench/plainlog"
)

// plainLog is [plainlog.Make].
func plainLog(n int, dirty bool) []byte { return plainlog.Make(n, dirty) }

func BenchmarkScanPlain(b *testing.B) {
	benchScan(b, plainLog(8<<20, false))
}

func BenchmarkScanWithFindings(b *testing.B) {
	benchScan(b, plainLog(8<<20, true))
}

func benchScan(b *testing.B, text []byte) {
	s := newScanner(b, Options{})
	found := make([]Finding, 0, 1<<20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		found = s.Scan(found[:0], text)
	}
	reportCPU(b, start, len(text))
	b.ReportMetric(float64(len(found)), "findings")
}

// reportCPU prints the throughput for one processor, whatever else the machine is doing.
func reportCPU(b *testing.B, start time.Duration, n int) {
	if d := cpuTime() - start; d > 0 {
		b.ReportMetric(float64(n)*float64(b.N)/1e6/d.Seconds(), "MB/cpu-s")
	}
}

func BenchmarkRedactor(b *testing.B) {
	text := plainLog(8<<20, true)
	s := newScanner(b, Options{})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	start := cpuTime()
	defer func() { reportCPU(b, start, len(text)) }()
	for b.Loop() {
		r := NewRedactor(s, NewMemoryAllocator(), ModeRaw, io.Discard)
		if _, err := r.Write(text); err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// worstInputs are built to make detectors look far and often in vain.
var worstInputs = map[string]string{
	"letters":     "a",
	"equals":      "=",
	"colons":      ":",
	"dots":        "a.",
	"digits":      "1",
	"quads":       "1.2.3.4.5",
	"hex-colons":  "ab:",
	"at":          "a@",
	"mails":       "a@b.com",
	"password":    "password=",
	"token":       "token=",
	"quotes":      `password="`,
	"braces":      "password={{",
	"commas":      "password=a,b",
	"urls":        "x://a:b",
	"urls2":       "x://a:b/",
	"jwt":         "eyJ.",
	"jwt-head":    "eyJhbGciOiJIUzI1NiJ9.",
	"pem":         "-----BEGIN PRIVATE KEY-----",
	"pem-end":     "-----BEGIN PRIVATE KEY----------END ",
	"brackets":    "[=",
	"backslash":   `\`,
	"backslashes": `"password\":\"`,
	"percent":     "%40%3D",
	"bearer":      "Bearer ",
	"cookie":      "Cookie: a=b; ",
	"hosts":       "a.local",
	"local":       ".local",
	"phones":      "+1 ",
	"cards":       "4111 1111 ",
	"dashes":      "-",
	"flags":       " -p",
	"curl":        "curl -u a:",
	"auth":        "Authorization: Digest a=",
	"xml":         "<password>",
	"csi":         "\x1b[3",
	"nested":      `\\\"`,
	"userinfo":    "x://a:b@",
	"bearers":     "Bearer a1b2c3d4e5f6a7b8 ",
	"sql":         "password '",
	"secret-long": "password=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,",
	"set-cookie":  "Set-Cookie: a=",
	"placeholder": "password=${",
	"users":       "%2",
	"dollars":     "$2a$",
	"kerberos":    "$krb5tgs$23$*",
	"hashes":      "pbkdf2:sha256:",
	"seeds":       "amateur ",
	"seed-common": "process amateur ",
	"webhooks":    "hooks.slack.com/services/",
	"issuers":     "okta = ",
	"infix":       "1Q~",
	"bars":        "123456789012345|",
	"base64":      "cGFzc3dvcmQgcG9saWN5IGlzIG9r",
	"base64-bin":  "iVBORw0KGgoAAAANSUhEUgAA/Asd+",
	"base64-path": "/cGFzc3dvcmQgcG9saWN5IGlzIGE",
	"base64-deep": "WTBkR2VtTXpaSFpqYlZGblkwYzVjMkZYVG5WSlIyeDZTVWM1Y21Geg",
	"double-pct":  "%2540%253D",
	"pct-letters": "%41%42",
	"unicode":     "\\u0041",
	"entities":    "&#64;&quot;:",
	"full-width":  "\uff20",
	"commands":    "mysql docker login -p -P ",
	"net-use":     "net use ",
	"is":          "password is ",
	"to":          "password set to ",
	"attributes":  ` key="password" value="`,
	"tags":        `<a key="password">`,
	"tuples":      "INSERT INTO t (password) VALUES ('a'),",
	"values":      "(password) VALUES (",
	"csv-row":     "password,b\n",
	"csv-quote":   "password,b\n\"",
	"secret-data": "data:\n  a: b\n",
	"secret-json": `"data":{"a":"b",`,
	"pgpass":      ":5432:a:b:c",
	"netrc":       "login a password ",
	"calls":       `setPassword("`,
	"hcl":         `variable "password" { default = `,
	"echo":        "echo a | sudo -S ",
	"oracle":      "sqlplus a/b",
	"go-dsn":      "a:b@tcp(",
	"last-arg":    "htpasswd -b a ",
	"user-words":  "user ",
	"user-keys":   "user=a ",
	"domains":     `AB\c`,
	"homes":       "/home/",
	"winhomes":    `C:\Users\`,
	"sids":        "S-1-5-21-1-",
	"dn":          "cn=a,",
	"dn-spaces":   "cn=a b ",
	"dn-dc":       "dc=a+",
	"parens":      "a(uid=",
	"brackets2":   " - a [1",
	"ssh":         "Accepted a for ",
	"names":       "John Smith ",
	"quoted-mail": `"a"@b.`,
	"hidden-mail": "a [at] b ",
	"ip-names":    "ip-1-2-3-",
	"apostrophes": "a'b@c.com",
	"streets":     "1 A St ",
	"streets2":    "A B C D Street ",
	"streets3":    "Calle A ",
	"streets4":    "Aastrasse 1, Aa ",
	"streets5":    "rue A 1 ",
	"streets6":    "1 A St, ",
	"cities":      "1 A Street, Aa Bb, ",
	"name-words":  "Jo ",
	"particles":   "John van der ",
	"initials":    "J. ",
	"initials2":   "Ab. J. Smith ",
	"surnames":    "Smith, ",
	"titles":      "Mr. ",
	"greetings":   "Dear Dear ",
	"closings":    "Regards,\n",
	"intros":      "name is John ",
	"mailbox":     "John Smith <a@b.co> ",
	"mailbox2":    "AAAA <a@b.co",
	"latin":       "É",
	"latin2":      "Éa É",
	"person-keys": "fullname=A+b",
}

func BenchmarkWorst(b *testing.B) {
	s := newScanner(b, Options{})
	for name, unit := range worstInputs {
		b.Run(name, func(b *testing.B) {
			text := bytes.Repeat([]byte(unit), 1<<20/len(unit))
			var found []Finding
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				found = s.Scan(found[:0], text)
			}
		})
	}
}

// TestCostIsLinear makes the worst inputs eight times as long and checks that the cost of a byte does not grow. It counts
// processor time, the least of several runs, and asks again before it complains: what else the machine does makes a run
// longer and never shorter. The bounds are wide: a quadratic cost would grow by the factor in size.
func TestCostIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	const (
		small, factor = 8 << 10, 8
		most          = 5 * time.Millisecond // Per KiB.
		rounds        = 40
	)
	s := newScanner(t, Options{Known: testKnown(t)})
	cost := func(text []byte) time.Duration {
		start, wall := cpuTime(), time.Now()
		s.Scan(nil, text)
		d := cpuTime() - start
		if start == 0 { // It is not known here.
			d = time.Since(wall)
		}
		return d / time.Duration(len(text)>>10)
	}
	for name, unit := range worstInputs {
		text := bytes.Repeat([]byte(unit), small*factor/len(unit))
		a, b := time.Duration(1<<62), time.Duration(1<<62)
		for round := 0; round == 0 || round < rounds && (b > most || b > 4*a && b > most/10); round++ {
			a, b = min(a, cost(text[:small])), min(b, cost(text))
		}
		if b > 4*a && b > most/10 {
			t.Errorf("%s: %v per KiB of %d KiB, %v of %d KiB", name, a, small>>10, b, small*factor>>10)
		}
		if b > most {
			t.Errorf("%s: %v per KiB", name, b)
		}
	}
}

// BenchmarkKnownAlike looks for values that all begin alike, as the addresses
// of one network and the accounts of one directory do: the cost per byte must
// not grow with their number.
func BenchmarkKnownAlike(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			k := NewKnownSet([32]byte{1})
			var text bytes.Buffer
			for i := range n {
				value := fmt.Appendf(nil, "user%06d@acme-widgets.com", i*7919%1_000_000)
				k.Add(Email, value)
				fp := fmt.Appendf(nil, "secret-%08d", i)
				k.AddFingerprint(Password, len(fp), k.Fingerprint(fp))
			}
			for i := range 20_000 {
				fmt.Fprintf(&text, "login of user%06d@acme-widgets.com with secret-%08d\n", i, i)
			}
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				k.Find(text.Bytes(), func(int, int, Type) {})
			}
		})
	}
}
