package gate

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func BenchmarkClear(b *testing.B) {
	c := testClearer(b, testOptions(b))
	plain := "the pool was exhausted after the deploy; see the next line too. "
	dirty := "connect from 10.20.30.41 by jane.roe@acme-widgets.com was refused\n"
	for _, bc := range []struct{ name, text string }{
		{"64B", plain[:64]},
		{"64B-findings", dirty[:64]},
		{"4KB", strings.Repeat(plain, 64)},
		{"4KB-findings", strings.Repeat(dirty, 62)},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.SetBytes(int64(len(bc.text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Clear(asHost(), Host, bc.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkClearArgs(b *testing.B) {
	c := testClearer(b, testOptions(b))
	spec, err := ArgsOf(reflect.TypeFor[sampleArgs]())
	if err != nil {
		b.Fatal(err)
	}
	args := json.RawMessage(`{"title":"pool exhausted after deploy","limit":20,"tags":["db","pool"],"find":"too many clients"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, _, err := c.ClearArgs(asHost(), spec, args); err != nil {
			b.Fatal(err)
		}
	}
}
