package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// results are what the suite found in one run: the states of each check, in the order in which it was made, by scenario and check.
type results map[string][]string

var folder = regexp.MustCompile(`^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$`)

// readResults reads the folder that the suite wrote.
func readResults(dir string) (results, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := results{}
	for _, e := range entries {
		m := folder.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name(), "checks.json"))
		if err != nil {
			return nil, err
		}
		var checks []struct{ ID, Status string }
		if err := json.Unmarshal(b, &checks); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		for _, c := range checks {
			key := m[1] + "\t" + c.ID
			out[key] = append(out[key], c.Status)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no results", dir)
	}
	return out, nil
}

func (r results) count(status string) int {
	n := 0
	for _, list := range r {
		for _, s := range list {
			if s == status {
				n++
			}
		}
	}
	return n
}

// compare lists what differs between a run at the server itself and one through the gateway.
func compare(title string, direct, through results) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: direct %d passed, %d failed; through the gateway %d passed, %d failed\n", title,
		direct.count("SUCCESS"), direct.count("FAILURE"), through.count("SUCCESS"), through.count("FAILURE"))
	all := maps.Clone(direct)
	maps.Copy(all, through)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		was, is := states(direct[key]), states(through[key])
		if was != is {
			scenario, check, _ := strings.Cut(key, "\t")
			fmt.Fprintf(&b, "  %s, %s: %s, %s\n", scenario, check, was, is)
		}
	}
	return b.String()
}

func states(list []string) string {
	if len(list) == 0 {
		return "not made"
	}
	return strings.ToLower(strings.Join(list, " "))
}

// report compares pairs of folders, each after its title.
func report(args []string) (string, error) {
	if len(args) == 0 || len(args)%3 != 0 {
		return "", errors.New("usage: conformance compare TITLE DIRECT THROUGH [TITLE DIRECT THROUGH…]")
	}
	var b strings.Builder
	for ; len(args) > 0; args = args[3:] {
		direct, err := readResults(args[1])
		if err != nil {
			return "", err
		}
		through, err := readResults(args[2])
		if err != nil {
			return "", err
		}
		b.WriteString(compare(args[0], direct, through))
	}
	return b.String(), nil
}
