package gate

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tftsr/tftsr/internal/config"
	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/store"
)

func TestNothingPlantedSurvivesClear(t *testing.T) {
	c := testClearer(t, testOptions(t))
	for _, p := range planted {
		got, err := c.Clear(asHost(), Host, p.text)
		if err != nil {
			t.Fatal(err)
		}
		text, err := got.Text(Host)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, p.value) {
			t.Errorf("a %s is left in %q", p.typ, text)
		}
		if got.Counts()[p.typ.String()] == 0 {
			t.Errorf("counts of %q are %v, want a %s", text, got.Counts(), p.typ)
		}
		if clean, counts, err := c.Check(asHost(), []byte(text)); !clean || err != nil {
			t.Errorf("check of %q: %v, %v", text, counts, err)
		}
	}
}

func TestNothingPlantedSurvivesRedactJSON(t *testing.T) {
	c := testClearer(t, testOptions(t))
	for _, p := range planted {
		doc, err := json.Marshal(map[string]any{"a": []any{p.text, 7, true}, p.text: map[string]any{"b": p.text}})
		if err != nil {
			t.Fatal(err)
		}
		out, counts, err := c.RedactJSON(asHost(), pii.ModeRaw, doc)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), p.value) {
			t.Errorf("a %s is left in %s", p.typ, out)
		}
		if !json.Valid(out) {
			t.Errorf("not JSON any more: %s", out)
		}
		if counts[p.typ.String()] < 2 {
			t.Errorf("%s: counts are %v", out, counts)
		}
	}
}

// Values next to each other, without anything between that ends them, are the
// hard case of a scan of the output.
func TestOutputOfNeighboursIsClean(t *testing.T) {
	c := testClearer(t, testOptions(t))
	for _, a := range planted {
		for _, b := range planted {
			for _, sep := range []string{"", " ", "-", ":", "@", "=", "\"", "\x00"} {
				in := a.text + sep + b.text
				for _, m := range []pii.Mode{pii.ModeRaw, pii.ModeAgent, pii.ModeCleared} {
					out, _, err := c.RedactText(asHost(), m, in)
					if err != nil {
						t.Fatalf("%s%q%s: %v", a.typ, sep, b.typ, err)
					}
					if clean, counts, err := c.Check(asHost(), []byte(out)); !clean || err != nil {
						t.Fatalf("output %q still has %v, %v", out, counts, err)
					}
				}
			}
		}
	}
}

func TestValuesAreKnownWithoutTheirContext(t *testing.T) {
	c := testClearer(t, testOptions(t))
	for _, p := range planted {
		if _, err := c.Clear(asHost(), Host, p.text); err != nil {
			t.Fatal(err)
		}
	}
	for _, bare := range []string{"Tr0ub4dor-und-3x", "q7Zk2mPpX9vLw3RtYs8NbUc4Dg6Hj1Fa"} {
		out, _, err := c.RedactText(asHost(), pii.ModeAgent, "then "+bare+" was tried")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out, bare) {
			t.Errorf("a known secret is left bare in %q", out)
		}
	}
}

// A password that becomes known in the middle of a text overlaps a card number
// before it: together they are a value that the first scan did not see.
func TestValuesThatBecomeKnownWithinATextAreTokensToo(t *testing.T) {
	const text = "sent pw 4539 5787 6362 1486 there\npassword=\"pw 4539 5787\"\n"
	for name, surface := range surfaces {
		if name == "KeepResult" {
			continue
		}
		out, err := surface(testClearer(t, testOptions(t)), text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.Contains(out, "4539") || strings.Contains(out, "1486") {
			t.Errorf("%s: got %q", name, out)
		}
	}
	c := testClearer(t, testOptions(t))
	spec := sampleSpec(t)
	args, _ := json.Marshal(map[string]string{"find": "pw 4539 5787 6362 1486", "title": "password=\"pw 4539 5787\""})
	out, _, _, err := c.ClearArgs(asHost(), spec, args)
	if err != nil {
		t.Fatal(err)
	}
	again, _, _, err := c.ClearArgs(asHost(), spec, args)
	if err != nil || string(again) != string(out) {
		t.Errorf("first %s, then %s, %v", out, again, err)
	}
}

func TestTokensAreTheSameEverywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	o := Options{Store: testStore(t, path), Keys: testKeys(t), Config: testOptions(t).Config}
	o2 := o
	o2.Store = testStore(t, path)
	clearers := []*clearer{testClearer(t, o), testClearer(t, o2)}
	clearers[0].vault.young = map[spelling]pii.Token{}

	const callers = 8
	var wg sync.WaitGroup
	texts := make([]string, callers)
	errs := make([]error, callers)
	for i := range callers {
		wg.Go(func() {
			texts[i], _, errs[i] = clearers[i%2].RedactText(asHost(), pii.ModeRaw, allPlanted())
		})
	}
	wg.Wait()
	for i := range callers {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if texts[i] != texts[0] {
			t.Errorf("caller %d got\n%s\ncaller 0\n%s", i, texts[i], texts[0])
		}
	}
	wantNothingPlanted(t, "the text", texts[0])
}

func TestAnotherProcessLearnsKnownValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	now := time.Now()
	o := Options{Store: testStore(t, path), Keys: testKeys(t), Config: testOptions(t).Config, Now: func() time.Time { return now }}
	c := testClearer(t, o)
	o.Store = testStore(t, path)
	other := testClearer(t, o)
	if _, _, err := other.RedactText(asHost(), pii.ModeRaw, "password=Tr0ub4dor-und-3x"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(refreshEvery)
	out, _, err := c.RedactText(asHost(), pii.ModeRaw, "try Tr0ub4dor-und-3x again")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out, "Tr0ub4dor") {
		t.Errorf("a secret that another process found is left in %q", out)
	}
}

// slowStore is a store whose known values come when the test says so.
type slowStore struct {
	store.Store
	asked, answer chan struct{}
}

func (s slowStore) KnownValues(ctx context.Context, seq int64, fn func(store.KnownValue) error) error {
	if seq == 0 {
		close(s.asked)
		select {
		case <-s.answer:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.Store.KnownValues(ctx, seq, fn)
}

func TestCallsWaitForTheKnownValuesAndTheStartDoesNot(t *testing.T) {
	o := testOptions(t)
	if _, _, err := testClearer(t, o).RedactText(asHost(), pii.ModeRaw, "password=Tr0ub4dor-und-3x"); err != nil {
		t.Fatal(err)
	}
	s := slowStore{o.Store, make(chan struct{}), make(chan struct{})}
	o.Store = s
	ctx, cancel := context.WithCancel(context.Background())
	c, err := newClearer(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	cancel() // What starts the server may end before the loading does.
	<-s.asked
	got := make(chan string)
	go func() {
		out, _, err := c.RedactText(asHost(), pii.ModeRaw, "try Tr0ub4dor-und-3x again")
		got <- fmt.Sprint(out, err)
	}()
	select {
	case out := <-got:
		t.Fatalf("a call did not wait: %q", out)
	case <-time.After(50 * time.Millisecond):
	}
	close(s.answer)
	if out := <-got; strings.Contains(out, "Tr0ub4dor") || !strings.Contains(out, "[Password_1]") {
		t.Errorf("a known secret is left in %q", out)
	}
	c.stopLoading()
}

func TestLoadingEndsWithTheGate(t *testing.T) {
	o := testOptions(t)
	s := slowStore{o.Store, make(chan struct{}), make(chan struct{})}
	o.Store = s
	c, err := newClearer(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	<-s.asked
	c.stopLoading() // It would hang.
	if c.state.Load() != nil {
		t.Error("known values that were not loaded are taken for loaded")
	}
}

// `password=error` in a log must not erase every "error" after it, in this
// process or in another, which has only the fingerprint to go by.
func TestCommonWordsDoNotBecomeKnown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tftsr.db")
	o := Options{Store: testStore(t, path), Keys: testKeys(t), Config: testOptions(t).Config}
	first := testClearer(t, o)
	for _, text := range []string{"password=warning", "password=abc12", `password="warning"`} {
		if _, _, err := first.RedactText(asHost(), pii.ModeRaw, text); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []*clearer{first, testClearer(t, o)} {
		const text = "warning: abc12 is not a host"
		if out, _, err := c.RedactText(asHost(), pii.ModeRaw, text); err != nil || out != text {
			t.Errorf("process %d: got %q, %v", i, out, err)
		}
	}
}

func TestAgentTextKeepsTokens(t *testing.T) {
	c := testClearer(t, testOptions(t))
	const text = "ask [Email_3] about [PrivateIPv4_12.2] and [=Email_4]"
	out, counts, err := c.RedactText(asHost(), pii.ModeAgent, text)
	if err != nil || out != text || counts.Total() != 0 {
		t.Errorf("got %q, %v, %v", out, counts, err)
	}
	out, _, err = c.RedactText(asHost(), pii.ModeRaw, text)
	if err != nil || !strings.Contains(out, "[=Email_3]") || !strings.Contains(out, "[==Email_4]") {
		t.Errorf("raw text: got %q, %v", out, err)
	}
}

func TestSecretsAreNotHandedToTheStore(t *testing.T) {
	o := testOptions(t)
	spy := &spyStore{Store: o.Store}
	o.Store = spy
	c := testClearer(t, o)
	if _, _, err := c.RedactText(asHost(), pii.ModeRaw, allPlanted()); err != nil {
		t.Fatal(err)
	}
	secrets := 0
	for _, v := range spy.values {
		if v.Type.Class() != pii.ClassSecret {
			continue
		}
		secrets++
		if len(v.Value) > 0 || v.Recoverable {
			t.Errorf("a %s was handed over", v.Type)
		}
		if v.Length == 0 || v.Spelling == [16]byte{} {
			t.Errorf("a %s cannot be recognised again", v.Type)
		}
	}
	if secrets == 0 {
		t.Error("no secret was found")
	}
	if spy.batches != 1 {
		t.Errorf("one text took %d transactions", spy.batches)
	}
}

type spyStore struct {
	store.Store
	batches int
	values  []store.VaultValue
}

func (s *spyStore) Allocate(ctx context.Context, v []store.VaultValue) ([]pii.Token, error) {
	s.batches++
	s.values = append(s.values, v...)
	return s.Store.Allocate(ctx, v)
}

func TestReleasesAreHonouredWithinASecond(t *testing.T) {
	now := time.Now()
	o := testOptions(t)
	o.Now = func() time.Time { return now }
	c := testClearer(t, o)
	clear := func() string {
		t.Helper()
		out, _, err := c.RedactText(asHost(), pii.ModeAgent, "10.20.30.41 and 10.20.30.42 for jane.roe@acme-widgets.com")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if out := clear(); strings.Contains(out, "10.20.30") {
		t.Fatalf("addresses are left in %q", out)
	}
	value := store.Release{ID: "1", Owner: "ops", Type: "IPv4", Spelling: c.vault.spell(pii.IPv4, []byte("10.20.30.41")).hash, CreatedAt: now}
	if err := o.Store.AddRelease(context.Background(), value); err != nil {
		t.Fatal(err)
	}
	now = now.Add(refreshEvery)
	if out := clear(); !strings.Contains(out, "10.20.30.41") || strings.Contains(out, "10.20.30.42") {
		t.Errorf("with one address released: %q", out)
	}
	if err := o.Store.AddRelease(context.Background(), store.Release{ID: "2", Owner: "ops", Type: "Email", CreatedAt: now}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(refreshEvery)
	if out := clear(); !strings.Contains(out, "jane.roe@acme-widgets.com") {
		t.Errorf("with a type released: %q", out)
	}
	for _, id := range []string{"1", "2"} {
		if err := o.Store.RemoveRelease(context.Background(), id); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(refreshEvery)
	if out := clear(); strings.Contains(out, "10.20.30") || strings.Contains(out, "jane.roe") {
		t.Errorf("after the releases were taken back: %q", out)
	}
}

func TestATypeOfSecretIsNeverReleased(t *testing.T) {
	o := testOptions(t)
	if err := o.Store.AddRelease(context.Background(), store.Release{ID: "1", Owner: "ops", Type: "Password", CreatedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	c := testClearer(t, o)
	out, _, err := c.RedactText(asHost(), pii.ModeAgent, "password=Tr0ub4dor-und-3x")
	if err != nil || strings.Contains(out, "Tr0ub4dor") {
		t.Errorf("got %q, %v", out, err)
	}
	o.Config.PII.AllowTypes = []string{"Password"}
	if _, err := newClearer(context.Background(), o); err == nil {
		t.Error("the configuration released a type of secret")
	}
}

func TestRulesAndReleasedValuesOfTheConfigurationHold(t *testing.T) {
	o := testOptions(t)
	o.Config.PII.AllowValues = []string{"support@acme-widgets.com"}
	o.Config.PII.Rules = []config.PIIRule{
		{Name: "badge", Keyword: "badge", Pattern: `E[0-9]{5}`, Type: "Custom", Mode: "enforce", Origin: "x.toml:3"},
		{Name: "pin", Keyword: "safe", Pattern: `[0-9]{6}`, Type: "CustomSecret", Mode: "enforce", Origin: "x.toml:7"},
		{Name: "trial", Keyword: "rack", Pattern: `R[0-9]{4}`, Type: "Custom", Mode: "shadow", Origin: "x.toml:11"},
	}
	const text = "ask Support@acme-widgets.com, not jane@acme-widgets.com, for badge E12345, safe 123456, rack R1234"
	const want = "ask Support@acme-widgets.com, not [Email_1], for badge [Custom_1], safe [CustomSecret_1], rack R1234"
	c := testClearer(t, o)
	out, counts, err := c.RedactText(asHost(), pii.ModeRaw, text)
	if err != nil || out != want || counts.Total() != 3 {
		t.Errorf("got %q, %v, %v", out, counts, err)
	}
	if clean, counts, err := c.Check(asHost(), []byte(want)); err != nil || !clean {
		t.Errorf("what was cleared has %v, %v", counts, err)
	}
	o.Config.PII.Rules[1].Pattern = "[0-9"
	if _, err := newClearer(context.Background(), o); err == nil || !strings.Contains(err.Error(), `x.toml:7: pii.rules: rule "pin": its pattern does not compile`) {
		t.Errorf("a broken rule: %v", err)
	}
	o.Config.PII.Rules[1] = o.Config.PII.Rules[0]
	if _, err := newClearer(context.Background(), o); err == nil || !strings.Contains(err.Error(), `rule "badge": there is another one`) {
		t.Errorf("two rules of a name: %v", err)
	}
}

func TestPersonsOfTheRosterAreFoundWhereverTheyStand(t *testing.T) {
	o := testOptions(t)
	o.Config.PII.Roster = filepath.Join(t.TempDir(), "roster.txt")
	if err := os.WriteFile(o.Config.PII.Roster, []byte("# staff\nXanthe Quillfeather\nOkonjo, Bem\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := testClearer(t, o)
	const text = "restart by xanthe quillfeather; see bem okonjo"
	if out, counts, err := c.RedactText(asHost(), pii.ModeRaw, text); err != nil || out != "restart by [PersonName_1]; see [PersonName_2]" || counts.Total() != 2 {
		t.Errorf("got %q, %v, %v", out, counts, err)
	}
	if err := os.WriteFile(o.Config.PII.Roster, []byte("Bem Okonjo\nBe\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newClearer(context.Background(), o); err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), "Okonjo") {
		t.Errorf("a broken roster: %v", err)
	}
	o.Config.PII.Roster += ".missing"
	if _, err := newClearer(context.Background(), o); err == nil || !strings.Contains(err.Error(), "no such file") && !strings.Contains(err.Error(), "cannot find") {
		t.Errorf("a missing roster: %v", err)
	}
}

func TestForgottenTokensAreAskedForAgain(t *testing.T) {
	o := testOptions(t)
	c := testClearer(t, o)
	first, _, err := c.RedactText(asHost(), pii.ModeRaw, allPlanted())
	if err != nil {
		t.Fatal(err)
	}
	c.vault.young, c.vault.old = map[spelling]pii.Token{}, nil
	again, _, err := c.RedactText(asHost(), pii.ModeRaw, allPlanted())
	if err != nil || again != first {
		t.Errorf("got %q, %v; first %q", again, err, first)
	}
}

func TestCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	v := &vault{young: map[spelling]pii.Token{}}
	used := spelling{typ: pii.Email}
	used.hash[15] = 1
	v.keep(used, pii.Token{Label: "Email", Ordinal: 1})
	for i := range 3 * vaultCache {
		s := spelling{typ: pii.Email}
		s.hash[0], s.hash[1], s.hash[2] = byte(i), byte(i>>8), byte(i>>16)
		v.keep(s, pii.Token{Label: "Email", Ordinal: i + 2})
		if i%1000 == 0 {
			if _, ok := v.cached(used); !ok {
				t.Fatalf("forgot a token that is used, after %d others", i)
			}
		}
	}
	if n := len(v.young) + len(v.old); n > vaultCache {
		t.Errorf("holds %d tokens, more than %d", n, vaultCache)
	}
}
