package triage

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mutating finds commands that change a system, stop a process, load it
// heavily, disclose a secret or destroy evidence.
var mutating = regexp.MustCompile(`(?i)` + strings.Join([]string{
	// Verbs that mean the same everywhere, as a word of a command line.
	`(^|\s)(?:--|/)?(restart|reboot|reset|reload|shutdown|poweroff|kill|rm|erase|format|seal|step-down|revoke|apply|delete|patch|edit|scale|drain|cordon|destroy|rollback|upgrade|sync|undo|rerun|force-unlock|refresh|import|defrag|smartfail|failover|quit|clear|clearlog|clrsel|racreset|systemerase|iloreset|removeall|trust|make busy|rescan|reenable|update|set good|powercycle|power cycle|dismisspd|setpd|servicemag|shutdownnode|modify|preservedcache|resync|purge|prune|expire|suspicious)\b`,
	`\b(systemctl|service) (start|stop|enable|disable|daemon-reload)`, `\brestart\.sh|services\.sh`,
	// PowerShell and Windows.
	`\b(Clear|Set|Remove|Restart|Stop|Start|New|Reset|Unlock|Disable|Enable|Add)-[A-Z]`, `-Repair\b`, `\bwevtutil cl\b`, `\bsfc /scannow`, `/RestoreHealth`, `\bchkdsk .*/[frx]`,
	`\bprocdump\b`, `\bgpupdate\b`, `/sc_reset`, `\bsetspn -[SAD]`, `\bdcdiag /fix`, `/syncall`, `/removelingeringobjects`,
	// Kernels, disks, processes.
	`\bstrace -p`, `\bgdb -p`, `\bdmesg -[cC]\b`, `--vacuum-`, `\bfsck\b`, `\bsysctl -w`, `\bmount -o remount`, `-t long\b`, `\bsos report`, `\bip link set`, `\bethtool -r\b`, `\bbadblocks -w`,
	`\bmemtester\b`, `\bstress-ng\b`, `--assemble --force`, `\bset -x\b`, `\bsss_cache\b`,
	// Networks and telephony.
	`^debug `, `^test cable-diagnostics`, `^show tech-support`, `\biperf3 -c`, `^dial 911`,
	// Containers and pipelines.
	`\bkubectl (exec|debug|create|cp|port-forward|attach)\b`, `get secrets? .*-o`, `--check\b`, `--force\b`, `\bgit push\b`,
	// Databases.
	`\bEXPLAIN ANALYZE`, `^ANALYZE\b`, `\bKEYS '`, `\bredis-cli MONITOR`, `\bDEBUG SLEEP`, `\bVACUUM\b`, `\bREINDEX\b`, `\bOPTIMIZE TABLE`, `\bALTER TABLE`, `pg_terminate_backend`, `\bDBCC\b`, `\bFOR UPDATE\b`,
	// Programs.
	`\bjmap -(dump|histo:live)`, `GC\.(heap_dump|class_histogram|run)`, `\bjstack -F`, `-X (POST|PUT|DELETE|PATCH)\b`, `\bcurl ATTACKER`,
	// Secrets.
	`\bvault (token create|read|write|kv get|lease|operator (init|rekey|seal))`,
	// Hypervisors and vendors.
	`\bpower\.(reset|off)`, `removeall`, `\bvm-support\b`, `\bvmkfstools -K`, `\bhponcfg -[rf]`, `\bmc reset`, `\bsilence add\b`, `\bquery range\b`, `\baction=`,
}, "|"))

// sections are the parts that every domain prompt has, in this order.
var sections = []string{"Ask first", "Gather", "Telling signs", "Read-only commands", "Not harmless", "What misleads"}

func parts(t *testing.T, name string) map[string]string {
	t.Helper()
	text, ok := DomainPrompt(name)
	if !ok {
		t.Fatalf("there is no prompt for %s", name)
	}
	out := map[string]string{}
	var order []string
	for _, p := range strings.Split(text, "\n## ")[1:] {
		head, body, _ := strings.Cut(p, "\n")
		order = append(order, head)
		out[head] = body
	}
	if !slices.Equal(order, sections) {
		t.Errorf("%s has the sections %q, want %q", name, order, sections)
	}
	return out
}

var quoted = regexp.MustCompile("`([^`]+)`")

func commands(s string) (out []string) {
	for _, m := range quoted.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestEveryDomainHasAPromptWithinItsTokens(t *testing.T) {
	if n := len(Categories()); n != 16 {
		t.Errorf("%d domains", n)
	}
	files, err := domainFiles.ReadDir("domains")
	if err != nil || len(files) != len(Categories()) {
		t.Errorf("%d files for %d domains, %v", len(files), len(Categories()), err)
	}
	for _, c := range Categories() {
		text, ok := DomainPrompt(c.Name)
		if !ok {
			t.Errorf("%s has none", c.Name)
			continue
		}
		t.Logf("%4d tokens  %s", len(text)/4, c.Name)
		if len(text) > MaxDomainPrompt {
			t.Errorf("%s has %d bytes, more than %d", c.Name, len(text), MaxDomainPrompt)
		}
		if !strings.HasPrefix(text, "# Triage: "+c.Title+"\n") || !strings.HasSuffix(text, "\n") || strings.Contains(text, "\n\n\n") || strings.Contains(text, "\r") {
			t.Errorf("%s is not well formed", c.Name)
		}
		for n, line := range strings.Split(text, "\n") {
			if strings.Count(line, "`")%2 != 0 {
				t.Errorf("%s: line %d opens a quote that it does not close: %s", c.Name, n+1, line)
			}
		}
	}
	for _, none := range []string{"", "windows95", "../prompts", "linux.md"} {
		if _, ok := DomainPrompt(none); ok {
			t.Errorf("there is a prompt for %q", none)
		}
	}
}

func TestEveryDomainPromptHasItsParts(t *testing.T) {
	for _, c := range Categories() {
		p := parts(t, c.Name)
		for _, name := range sections {
			least := map[string]int{"Telling signs": 7, "What misleads": 5, "Not harmless": 4, "Read-only commands": 3}[name]
			if n := strings.Count(p[name], "- "); n < max(least, 2) {
				t.Errorf("%s: %d points under %s", c.Name, n, name)
			}
		}
		if n := len(commands(p["Read-only commands"])); n < 8 {
			t.Errorf("%s: %d commands that only read", c.Name, n)
		}
		if n := len(commands(p["Not harmless"])); n < 5 {
			t.Errorf("%s: %d commands that are not harmless", c.Name, n)
		}
		// Signs are names, codes and limits, not adjectives.
		if n := len(regexp.MustCompile("`|[0-9]").FindAllString(p["Telling signs"], -1)); n < 20 {
			t.Errorf("%s: its signs are hardly specific", c.Name)
		}
	}
}

func TestNoCommandThatIsSaidToReadChangesAnything(t *testing.T) {
	for _, c := range Categories() {
		p := parts(t, c.Name)
		for _, part := range []string{"Read-only commands", "Gather", "Ask first"} {
			for _, cmd := range commands(p[part]) {
				if m := mutating.FindString(cmd); m != "" {
					t.Errorf("%s: %q under %s, and %q changes something", c.Name, cmd, part, m)
				}
			}
		}
		// The list itself is worth nothing if it does not know what the
		// prompts warn of.
		for _, cmd := range commands(p["Not harmless"]) {
			if !mutating.MatchString(cmd) && strings.Contains(cmd, " ") {
				t.Errorf("%s warns of %q, which the list of changing commands does not know", c.Name, cmd)
			}
		}
	}
}
