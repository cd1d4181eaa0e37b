package pii

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func roster(t testing.TB, text string) *Roster {
	t.Helper()
	r, err := ParseRoster(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPersonsOfTheRosterAreFoundInEveryForm(t *testing.T) {
	s := newScanner(t, Options{Roster: roster(t, "# staff\nZaphod Beeblebrox\n\nProsser, Lionel B.\nÉowyn Ñandú\r\nSlartibartfast\n")})
	for _, c := range []string{
		"saw «PersonName|zaphod beeblebrox» and «PersonName|BEEBLEBROX, ZAPHOD» and «PersonName|Z. Beeblebrox»",
		"«PersonName|Beeblebrox Zaphod»,«PersonName|Zaphod  Beeblebrox»;x", "file «PersonName|zaphod_beeblebrox».txt «PersonName|zaphod.beeblebrox»",
		"name=«PersonName|Zaphod+Beeblebrox»&x=1 n=«PersonName|zaphod%20beeblebrox»", "«PersonName|lionel b. prosser»; «PersonName|lionel prosser»", "«PersonName|éowyn ñandú»; «PersonName|ÉOWYN ÑANDÚ»",
		"(«PersonName|slartibartfast»)", `"\n«PersonName|zaphod beeblebrox»"`,
		"zaphodbeeblebrox zaphod beeblebroxes xzaphod beeblebrox; zaphod, ford beeblebrox slartibartfasts",
	} {
		checkMarked(t, s, c)
		text, _ := parseMarked(t, c)
		checkCleared(t, s, []byte(text))
	}
}

func TestRosterReadsExportsOfDirectories(t *testing.T) {
	for name, text := range map[string]string{
		"comma":     "DistinguishedName,givenName,sn,sAMAccountName\n\"CN=x,DC=y\",Zaphod,Beeblebrox,zbeebl\n",
		"semicolon": "\ufeffID;Display Name;User Name\r\n7;\"Beeblebrox; Zaphod\";\r\n8;Zaphod Beeblebrox;HEART\\zbeebl\r\n",
		"tab":       "first name\tlast name\tUserPrincipalName\nZaphod\tBeeblebrox\tzbeebl@gold.example\n",
	} {
		s := newScanner(t, Options{Roster: roster(t, text)})
		t.Run(name, func(t *testing.T) {
			checkMarked(t, s, "«PersonName|zaphod beeblebrox» is «UserName|ZBEEBL», not zbeeblx")
		})
	}
}

func TestRosterRefusesWhatItCannotRead(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "no names",
		"# none\n":                             "no names",
		"A B\nerror\n":                         "roster line 2: a single word",
		"A B\nC D\n" + strings.Repeat("x", 97): "roster line 3: name of more than",
		"\xff\xfe B":                           "roster line 1: not UTF-8",
		"displayName,mail\nwarning,x\n":        "roster line 2: a single word",
	} {
		_, err := ParseRoster(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
	broken := errors.New("broken")
	if _, err := ParseRoster(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
	var many bytes.Buffer
	for i := range MaxRoster + 1 {
		fmt.Fprintf(&many, "Zq%c%c%c Person%c%c\n", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26, 'a'+i/17576%26, 'b')
	}
	if _, err := ParseRoster(&many); err == nil || !strings.Contains(err.Error(), "more than 100000") {
		t.Error(err)
	}
}

func TestRosterDoesNotDependOnHowTheTextIsCut(t *testing.T) {
	s := newScanner(t, Options{Roster: roster(t, "Zaphod Beeblebrox\nFord Prefect-Smith\n")})
	r := rand.New(rand.NewSource(5))
	var text []byte
	for len(text) < 700<<10 {
		text = append(text, []string{"zaphod ", "beeblebrox ", "Ford.", "Prefect-Smith, ", "x ", "password=", "\n"}[r.Intn(7)]...)
	}
	want := s.Scan(nil, text)
	if len(want) < 1000 {
		t.Fatal(len(want))
	}
	for _, n := range []int{1 << 12, 7919, 1 << 18} {
		if got := scanStream(t, s, text, func() int { return n }); !slices.Equal(got, want) {
			t.Errorf("cut at %d: %d findings, want %d", n, len(got), len(want))
		}
	}
}
