package tools

import (
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// BenchmarkStart is what the tools add to the start of the program: hosts
// give up on a server that does not answer at once.
func BenchmarkStart(b *testing.B) {
	b.Run("All", func(b *testing.B) {
		for b.Loop() {
			All()
		}
	})
	b.Run("Register", func(b *testing.B) {
		for b.Loop() {
			s := mcp.NewServer(&mcp.Implementation{Name: "x", Version: "1"}, nil)
			for _, t := range All() {
				t.Register(s, &Deps{})
			}
		}
	})
}
