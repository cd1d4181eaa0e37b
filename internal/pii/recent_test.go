package pii

import (
	"fmt"
	"math/rand"
	"testing"
)

// What is remembered of a value is asked for the same bytes under the same type only.
func TestRecentValuesAreNotTakenForOthers(t *testing.T) {
	var r recent
	type key struct {
		t Type
		v string
	}
	kept := map[int]key{}
	rnd := rand.New(rand.NewSource(1))
	again := 0
	for range 200_000 {
		k := key{Type(1 + rnd.Intn(3)), fmt.Sprint("10.0.0.", rnd.Intn(2000))} //nolint:gosec // Small.
		at, ok := r.seek(k.t, []byte(k.v))
		if ok && kept[at] != k {
			t.Fatalf("%v is taken for %v", k, kept[at])
		}
		if ok {
			again++
		}
		kept[at] = k
	}
	if again < 10_000 {
		t.Errorf("only %d of 200,000 were seen before", again)
	}
}

func TestFindingsAreSortedWhateverTheirOrder(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 500 {
		var e engine
		n := r.Intn(200)
		for i := range r.Intn(400) {
			at := int64(i + r.Intn(1+r.Intn(40))*r.Intn(2))
			if r.Intn(20) == 0 {
				at = int64(r.Intn(400))
			}
			if i < n {
				e.found = append(e.found, Finding{Start: at, End: at + int64(r.Intn(3))})
				sortFindings(e.found)
			} else {
				e.found = append(e.found, Finding{Start: at, End: at + int64(r.Intn(3)), Type: Email})
			}
		}
		e.sorted(min(n, len(e.found)))
		for i := 1; i < len(e.found); i++ {
			if less(&e.found[i], &e.found[i-1]) {
				t.Fatalf("%v stands before %v", e.found[i-1], e.found[i])
			}
		}
	}
}
