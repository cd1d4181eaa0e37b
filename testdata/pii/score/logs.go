package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/tftsr/tftsr/internal/pii"
	"github.com/tftsr/tftsr/testdata/pii/cleanlogs"
)

// inLogs are types whose values clean logs do hold: names of machines, accounts and mailing lists.
var inLogs = map[pii.Type]bool{
	pii.IPv4: true, pii.IPv6: true, pii.MacAddress: true, pii.Hostname: true, pii.UserName: true, pii.Email: true,
}

// printLogs writes how many values are found in clean logs, where there are none, by type and per million bytes.
func printLogs(w io.Writer, s *pii.Scanner, seed uint64, size, examples int) {
	var all pii.Counts
	var bytes int
	var shown []string
	fmt.Fprintf(w, "\n%-12s %9s   wrong findings\n", "clean log", "bytes")
	for _, k := range cleanlogs.Kinds() {
		text := k.Make(seed, size)
		bytes += len(text)
		var counts pii.Counts
		var seen pii.Counts
		for _, f := range s.Scan(nil, text) {
			if f.Level != pii.LevelRedact || inLogs[f.Type] {
				continue
			}
			counts[f.Type]++
			if seen[f.Type]++; seen[f.Type] <= int64(examples) {
				lo, hi := max(0, int(f.Start)-60), min(len(text), int(f.End)+30)
				shown = append(shown, fmt.Sprintf("%s: %s %q (%s, %s) in %q", k.Name, f.Type, text[f.Start:f.End], f.Rule, f.Reason, text[lo:hi]))
			}
		}
		all.Add(&counts)
		fmt.Fprintf(w, "%-12s %9d   %s\n", k.Name, len(text), list(&counts, 0))
	}
	fmt.Fprintf(w, "%-12s %9d   per MB: %s\n", "all", bytes, list(&all, float64(bytes)/1e6))
	for _, x := range shown {
		fmt.Fprintln(w, "  ", x)
	}
}

// list writes counts, divided by per if it is not 0.
func list(c *pii.Counts, per float64) string {
	var parts []string
	c.Each(func(t pii.Type, n int64) {
		if per > 0 {
			parts = append(parts, fmt.Sprintf("%s %.2f", t, float64(n)/per))
		} else {
			parts = append(parts, fmt.Sprintf("%s %d", t, n))
		}
	})
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
