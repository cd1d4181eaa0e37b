// Package logs draws labelled system logs: lines in the style of well-known
// software, each with the number of the statement that printed it. Grouping
// accuracy is measured with it (see README.md).
//
// The statements are written down here by hand; the values are drawn anew in
// each run, the same ones for the same seed. It imports nothing of the engine
// that it measures.
package logs

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Log is one labelled log.
type Log struct {
	Kind  string
	Held  bool // one that nobody looks at while tuning
	Lines []string
	Truth []int // the statement of each line
}

// statement is one statement of a program: how often it is printed beside the
// others, and its text with {…} for values.
type statement struct {
	weight int
	text   string
	level  string // "INFO" if empty
	from   string // logger or program; the kind's if empty
}

// kind is a kind of log.
type kind struct {
	name       string
	held       bool
	step       time.Duration // between lines, on average
	header     func(d *drawer, s statement) string
	statements []statement
}

// Draw returns every kind with n lines each.
func Draw(seed uint64, n int) []Log {
	var out []Log
	for _, k := range kinds() {
		out = append(out, k.draw(seed, n))
	}
	return out
}

func kinds() []kind {
	var all []kind
	for _, list := range [][]kind{clusterKinds, machineKinds, systemKinds, deviceKinds, serviceKinds, heldKinds, strangeKinds, lateKinds, lastKinds, asideKinds} {
		all = append(all, list...)
	}
	return all
}

func (k kind) draw(seed uint64, n int) Log {
	d := newDrawer(seed, k.name)
	d.step = k.step
	l := Log{Kind: k.name, Held: k.held}
	labels := map[string]int{}
	total := 0
	for _, s := range k.statements {
		total += s.weight
	}
	for range n {
		x := d.IntN(total)
		i := 0
		for x >= k.statements[i].weight {
			x -= k.statements[i].weight
			i++
		}
		s := k.statements[i]
		if s.level == "" {
			s.level = "INFO"
		}
		d.tick()
		header := k.header(d, s)
		d.chosen = ""
		l.Lines = append(l.Lines, header+d.fill(s.text))
		label := fmt.Sprint(i, d.chosen)
		if _, ok := labels[label]; !ok {
			labels[label] = len(labels)
		}
		l.Truth = append(l.Truth, labels[label])
	}
	return l
}

// drawer is a source of chance and of time.
type drawer struct {
	*rand.Rand
	now    time.Time
	step   time.Duration
	chosen string // by {enum}, since the line began
}

func newDrawer(seed uint64, name string) *drawer {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed), name...))
	r := rand.New(rand.NewChaCha8(sum))
	return &drawer{Rand: r, now: time.Date(2015, 10, 18, 18, 1, 47, 0, time.UTC).Add(time.Duration(r.IntN(1e6)) * time.Second), step: time.Second}
}

func (d *drawer) tick() {
	d.now = d.now.Add(time.Duration(d.Int64N(int64(2*d.step) + 1)).Truncate(time.Millisecond))
}

func (d *drawer) pick(list string) string {
	l := strings.Split(list, "|")
	return l[d.IntN(len(l))]
}

// skewed picks early items more often than late ones, as users and hosts come.
func (d *drawer) skewed(list []string) string {
	i := int(float64(len(list)) * d.Float64() * d.Float64() * d.Float64())
	return list[i]
}

// fill replaces {…} in a statement.
func (d *drawer) fill(text string) string {
	var sb strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		sb.WriteString(before)
		if !ok {
			return sb.String()
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			panic("unbalanced braces in a statement: " + text)
		}
		sb.WriteString(d.value(name))
		text = after
	}
}

// value draws one value. {name:argument} gives an argument: a range, a list of
// choices or a count.
func (d *drawer) value(name string) string {
	name, arg, _ := strings.Cut(name, ":")
	switch name {
	case "open":
		return "{"
	case "close":
		return "}"
	case "n":
		lo, hi := 0, 9999
		if arg != "" {
			if _, err := fmt.Sscanf(arg, "%d-%d", &lo, &hi); err != nil {
				panic("bad range " + arg)
			}
		}
		return fmt.Sprint(lo + d.IntN(hi-lo+1))
	case "big":
		return fmt.Sprint(d.Int64N(1 << 40))
	case "f":
		return fmt.Sprintf("%.*f", 1+d.IntN(4), d.Float64()*100)
	case "pick":
		return d.pick(arg)
	case "enum": // one of a few words that say what happened: another statement each
		v := d.pick(arg)
		d.chosen += "|" + v
		return v
	case "some": // a list of one to five values, with a separator
		var parts []string
		what, sep, _ := strings.Cut(arg, "~")
		for range 1 + d.IntN(5) {
			parts = append(parts, d.value(what))
		}
		return strings.Join(parts, sep)
	case "ip":
		return fmt.Sprintf("10.%d.%d.%d", d.IntN(4), d.IntN(200), 1+d.IntN(254))
	case "pub":
		return fmt.Sprintf("%d.%d.%d.%d", 11+d.IntN(200), d.IntN(256), d.IntN(256), 1+d.IntN(254))
	case "port":
		return fmt.Sprint(1024 + d.IntN(60000))
	case "hex":
		return fmt.Sprintf("%x", d.Uint64()>>(4*d.IntN(9)))
	case "addr":
		return fmt.Sprintf("0x%08x", d.Uint32())
	case "hex32":
		return fmt.Sprintf("%016x%016x", d.Uint64(), d.Uint64())
	case "uuid":
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", d.Uint32(), d.IntN(1<<16), d.IntN(1<<12), d.IntN(1<<12), d.Uint64()>>16)
	case "mac":
		return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", d.IntN(256), d.IntN(256), d.IntN(256), d.IntN(256), d.IntN(256), d.IntN(256))
	case "blk":
		return fmt.Sprintf("blk_%d", d.Int64()-d.Int64())
	case "user":
		return d.skewed(users)
	case "name":
		return d.skewed(names)
	case "host":
		return d.skewed(hosts)
	case "fqdn":
		return fmt.Sprintf("%s.%s.%s", d.pick("mail|ns|host-"+d.value("n:1-99")+"|adsl|static"), d.skewed(names), d.pick("example.net|example.com.br|test.invalid"))
	case "path":
		return "/" + d.skewed(names) + "/" + d.skewed(names) + d.pick("|/data|/logs|/tmp") + "/" + d.skewed(names) + d.pick("|.log|.dat|-"+d.value("n"))
	case "class":
		return "org.example." + d.skewed(names) + "." + d.skewed(classes)
	case "simple":
		return d.skewed(classes)
	case "dotted":
		return d.skewed(names) + "." + d.skewed(names) + "." + d.skewed(names)
	case "when":
		return d.now.Format("Mon Jan _2 15:04:05 2006")
	case "axis":
		return d.pick("B|C|X+|X-|Y+|Y-|Z+|Z-")
	case "stack":
		return fmt.Sprintf("@0x7fe%08x", d.Uint32())
	case "life":
		return d.pick("<1 sec|00:" + fmt.Sprintf("%02d|%02d:%02d:%02d", d.IntN(60), d.IntN(3), d.IntN(60), d.IntN(60)))
	case "ipport":
		return d.value("ip") + ":" + d.value("port")
	case "part":
		return d.skewed(names) + "-" + d.value("n:0-11")
	case "url":
		return "/" + d.skewed(names) + d.pick("|/"+d.skewed(names)+"|/"+d.value("n")+"|/img/"+d.skewed(names)+".png|.html|?id="+d.value("n")+"&sort="+d.pick("asc|desc")+"|/")
	case "agent":
		return d.pick("curl/7." + d.value("n:10-88") + ".0|Mozilla/5.0 (X11; Linux x86_64; rv:" + d.value("n:60-120") + ".0) Gecko/20100101 Firefox/" + d.value("n:60-120") + ".0|Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" + d.value("n:60-120") + ".0.0.0 Safari/537.36|kube-probe/1.2" + d.value("n:0-9") + "|Go-http-client/2.0|-")
	case "w3agent":
		return strings.ReplaceAll(d.value("agent"), " ", "+")
	case "hatime":
		return d.now.Format("02/Jan/2006:15:04:05.000")
	case "pubornx":
		return d.pick(d.value("pub") + "|" + d.value("pub") + "|NXDOMAIN|NODATA-IPv6")
	case "hexflag":
		return d.pick("0x2|0x6|0x80")
	case "hex8":
		return fmt.Sprintf("%08x", d.Uint32())
	case "hexvis":
		return d.pick("0|8|1600|40000500|508|8008|" + fmt.Sprintf("%x", d.Uint32()))
	case "tag":
		return d.pick("View Lock|RILJ_ACK_WL|*launch*|AudioMix|WindowManager|*job*/" + d.value("pkg") + "/.Sync|PhoneWindowManager.mPowerKeyWakeLock")
	case "pkg":
		return d.pick("com|android|org") + "." + d.skewed(names) + "." + d.skewed(names)
	case "dur":
		return d.pick(d.value("n:1-900") + "ms|" + d.value("n:1-60") + "s|" + d.value("f") + " ms")
	}
	panic("unknown value {" + name + "}")
}

var (
	users   = strings.Fields("root admin test guest oracle postgres deploy jenkins nagios ftp mysql git ubuntu backup support user1 webmaster zabbix hadoop student info alice bob carol operator tomcat svc-ci pi ansible minecraft")
	names   = strings.Fields("storage billing orders ingest metrics search cache mail web images reports session catalog ledger proxy gateway scheduler worker frontend inventory archive payments profile events audit pricing")
	hosts   = strings.Fields("combo node-12 web01 db-primary mars r07c4 edge-3.lab cn246 hpc-login sn381 build07 vm-4471 aadmin1 calypso badmin2 dn228 tbird-sm1")
	classes = strings.Fields("BlockManager TaskRunner SessionHandler HttpServer LeaseRenewer FetchThread CacheLoader QuorumPeer WindowState AlarmQueue PackageScanner EventRouter JobImpl RackResolver MetricsConfig ZooKeeperServer DiskStore RpcEndpoint")
)
