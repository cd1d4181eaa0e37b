package resources

import (
	"strings"
	"testing"
)

const someID = "0197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44"

func TestEveryAddressHasOneSpelling(t *testing.T) {
	for _, uri := range []string{
		"tftsr://issues/" + someID, "tftsr://issues/" + someID + "/timeline", "tftsr://issues/" + someID + "/timeline?from=101",
		"tftsr://issues/" + someID + "/whys", "tftsr://issues/" + someID + "/whys?from=7", "tftsr://issues/" + someID + "/documents/" + someID,
		"tftsr://issues/" + someID + "/documents/" + someID + "?from=2", "tftsr://logs/" + someID, "tftsr://logs/" + someID + "?from=3",
		"tftsr://logs/" + someID + "?to=9", "tftsr://logs/" + someID + "?from=3&to=9", "tftsr://audit/head", "tftsr://domains/linux", "tftsr://domains/public-safety",
	} {
		a, ok := parse(uri)
		if !ok || a.String() != uri {
			t.Errorf("%s is read as %+v, %v, and written as %s", uri, a, ok, a)
		}
	}
	for name, uri := range map[string]string{
		"nothing":          "",
		"another scheme":   "file:///etc/passwd",
		"capital scheme":   "TFTSR://audit/head",
		"no id":            "tftsr://issues/",
		"parent folder":    "tftsr://issues/../audit/head",
		"escaped":          "tftsr://issues/%30197a1f0-5c3e-7d52-9a51-6f2f0e7c1b44",
		"capital id":       "tftsr://issues/" + strings.ToUpper(someID),
		"slash behind":     "tftsr://issues/" + someID + "/",
		"part that is not": "tftsr://issues/" + someID + "/secrets",
		"fragment":         "tftsr://audit/head#x",
		"user":             "tftsr://me@audit/head",
		"other question":   "tftsr://logs/" + someID + "?x=1",
		"twice":            "tftsr://logs/" + someID + "?from=1&from=2",
		"other order":      "tftsr://logs/" + someID + "?to=2&from=1",
		"zero":             "tftsr://logs/" + someID + "?from=0",
		"negative":         "tftsr://logs/" + someID + "?from=-1",
		"leading zero":     "tftsr://logs/" + someID + "?from=01",
		"too large":        "tftsr://logs/" + someID + "?from=99999999999999999999",
		"empty question":   "tftsr://logs/" + someID + "?",
		"page of an issue": "tftsr://issues/" + someID + "?from=2",
		"end of timeline":  "tftsr://issues/" + someID + "/timeline?to=2",
		"no domain":        "tftsr://domains/windows95",
		"long id":          "tftsr://logs/" + strings.Repeat("a", 65),
		"line feed":        "tftsr://logs/a\n",
	} {
		if a, ok := parse(uri); ok {
			t.Errorf("%s: %q is read as %+v", name, uri, a)
		}
	}
}

func TestEveryKindHasAnAddress(t *testing.T) {
	for _, k := range Kinds() {
		a := address{kind: k.Name, id: someID, document: someID}
		if k.Name == kindDomain {
			a.id = "linux"
		}
		got, ok := parse(a.String())
		if !ok || got.kind != k.Name {
			t.Errorf("%s is read as %+v, %v", a, got, ok)
		}
		// The template and the address say the same up to the first variable.
		fixed, _, _ := strings.Cut(k.Template, "{")
		if !strings.HasPrefix(a.String(), fixed) {
			t.Errorf("%s is no %s", a, k.Template)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("tftsr://logs/" + someID + "?from=3&to=9")
	f.Add("tftsr://issues/a/documents/b?from=1")
	f.Fuzz(func(t *testing.T, uri string) {
		if a, ok := parse(uri); ok && a.String() != uri {
			t.Errorf("%q is written %q", uri, a)
		}
	})
}
