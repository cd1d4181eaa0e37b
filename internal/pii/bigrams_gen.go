//go:build ignore

// Bigrams prints the table of letterPairs in internal/pii: how much more often than by chance a letter follows another
// in words that people make names of. The words are those of the exported names of Go's standard library (the files
// api/go1*.txt of the Go distribution, BSD licence) and of the list of BIP-39.
package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: bigrams GOROOT bip39.txt")
		os.Exit(2)
	}
	files, err := filepath.Glob(filepath.Join(os.Args[1], "api", "go1*.txt"))
	if err != nil || len(files) == 0 {
		fmt.Fprintln(os.Stderr, "bigrams: no api/go1*.txt below", os.Args[1])
		os.Exit(1)
	}
	words := map[string]bool{}
	for _, f := range append(files, os.Args[2]) {
		if err := read(f, words); err != nil {
			fmt.Fprintln(os.Stderr, "bigrams:", err)
			os.Exit(1)
		}
	}
	var pair [26][26]float64
	var single [26]float64
	for w := range words {
		for i := 1; i < len(w); i++ {
			pair[w[i-1]-'a'][w[i]-'a']++
			single[w[i-1]-'a']++
		}
	}
	for a := range pair {
		var line strings.Builder
		for b := range pair[a] {
			// Half a count for each pair that was not seen. Quarters of a bit, 'M' is none.
			bits := math.Log2((pair[a][b] + 0.5) / (single[a] + 13) * 26)
			line.WriteByte(byte('M' + math.Round(max(-3, min(3, bits))*4)))
		}
		fmt.Printf("\t\"%s\" + // %c\n", line.String(), 'a'+a)
	}
}

// read adds the words of a file: runs of letters, cut where a capital follows a small letter.
func read(name string, words map[string]bool) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		for _, run := range strings.FieldsFunc(s.Text(), func(r rune) bool { return r > 127 || !unicode.IsLetter(r) }) {
			start := 0
			for i := 1; i <= len(run); i++ {
				if i == len(run) || run[i] < 'a' && run[i-1] >= 'a' {
					words[strings.ToLower(run[start:i])] = true
					start = i
				}
			}
		}
	}
	return nil
}
