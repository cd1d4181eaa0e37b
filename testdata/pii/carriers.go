package corpus

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// named is how people and programs call a kind of value.
type named struct {
	keys   []string            // Names in programs, words in lower case: "card number".
	labels map[string][]string // Names in sentences, by language (ISO 639-1).
}

// sentences hold a label and a value in the languages of the labels. ¶ is the label, § the value.
var sentences = map[string][]string{
	"en": {
		"My ¶ is §.", "my ¶ is §", "¶: §", "¶ §", "The customer's ¶ is §, please update the record.", "Her ¶ was given as §.",
		"I lost my ¶ (§) yesterday and need a new one.", "Please verify ¶ § before Friday.", "Please use ¶: § for the form",
		"We have received your application; the ¶ on file is §.", "What do I do if my ¶ § has expired?", "¶ - §",
		"Applicant: see attached. ¶: §. Status: pending.", "The ¶, §, does not match our records.", "here's my ¶: §",
	},
	"de": {"Meine ¶ lautet §.", "¶: §", "Die ¶ § ist ungültig.", "Bitte prüfen Sie die ¶ § bis Freitag.", "Ihre ¶ (§) wurde gespeichert.", "¶ des Kunden: §"},
	"fr": {"Mon ¶ est §.", "¶ : §", "¶: §", "Le ¶ § n'est plus valable.", "Merci de vérifier le ¶ suivant : §.", "Votre ¶ (§) a été enregistré."},
	"es": {"Mi ¶ es §.", "¶: §", "El ¶ § no es válido.", "Por favor, confirme el ¶ § antes del viernes.", "Su ¶ (§) ha sido registrado."},
	"it": {"Il mio ¶ è §.", "¶: §", "Il ¶ § non è valido.", "Si prega di verificare il ¶ §.", "Il suo ¶ (§) è stato registrato."},
	"nl": {"Mijn ¶ is §.", "¶: §", "Het ¶ § is ongeldig.", "Controleer alstublieft uw ¶ §.", "Uw ¶ (§) is opgeslagen."},
	"pl": {"Mój ¶ to §.", "¶: §", "¶ § jest nieprawidłowy.", "Proszę sprawdzić ¶ §.", "Twój ¶ (§) został zapisany."},
	"pt": {"Meu ¶ é §.", "¶: §", "O ¶ § não é válido.", "Por favor, confirme o ¶ §.", "O seu ¶ (§) foi registado."},
	"sv": {"Mitt ¶ är §.", "¶: §", "¶ § är ogiltigt."},
	"fi": {"Minun ¶ on §.", "¶: §"},
	"da": {"Mit ¶ er §.", "¶: §"},
	"nb": {"Mitt ¶ er §.", "¶: §"},
	"tr": {"¶: §", "Benim ¶ §."},
	"cs": {"Moje ¶ je §.", "¶: §"},
	"ro": {"¶: §", "¶ meu este §."},
}

// sentence puts a marked value behind one of its names in a sentence.
func sentence(r *rng, n named, marked string) string {
	langs := make([]string, 0, len(n.labels))
	for _, l := range []string{"en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "fi", "da", "nb", "tr", "cs", "ro"} {
		if len(n.labels[l]) > 0 {
			langs = append(langs, l)
		}
	}
	lang := langs[r.IntN(len(langs))]
	if lang != "en" && len(n.labels["en"]) > 0 && r.one(3) {
		lang = "en"
	}
	label := draw(r, n.labels[lang])
	text := draw(r, sentences[lang])
	if strings.HasPrefix(text, "¶") && !r.one(4) {
		label = strings.ToUpper(label[:1]) + label[1:]
	}
	return strings.NewReplacer("¶", label, "§", marked).Replace(text)
}

// spell writes the words of a name as programs do.
func spell(r *rng, words, style string) string {
	w := strings.Fields(words)
	switch style {
	case "snake":
		return strings.Join(w, "_")
	case "SNAKE":
		return strings.ToUpper(strings.Join(w, "_"))
	case "kebab":
		return strings.Join(w, "-")
	case "flat":
		return strings.Join(w, "")
	}
	for i := range w {
		if i > 0 || style == "Camel" {
			w[i] = strings.ToUpper(w[i][:1]) + w[i][1:]
		}
	}
	return strings.Join(w, "")
}

// carrier puts a marked value under a key into a format. quotes tells whether the value is inside quotes there.
type carrier struct {
	style []string // Of keys.
	put   func(r *rng, key, marked string) string
	bare  bool // The value stands without quotes: not for values with white space or separators.
	url   bool // The value stands in a URL.
}

var carriers = []carrier{
	{[]string{"snake", "camel", "kebab"}, func(r *rng, k, v string) string {
		return fmt.Sprintf(`{"ts":"%s","level":"info","%s":"%s","request_id":"%s"}`, r.when().Format("2006-01-02T15:04:05.000Z"), k, v, r.uuid())
	}, false, false},
	{[]string{"snake", "camel"}, func(r *rng, k, v string) string {
		return "{\n  \"id\": " + r.shape("1999") + ",\n  \"" + k + "\": \"" + v + "\",\n  \"active\": true\n}"
	}, false, false},
	{[]string{"snake", "camel"}, func(r *rng, k, v string) string {
		return `time=` + r.when().Format("2006-01-02T15:04:05Z") + ` level=INFO msg="request done" ` + k + `="` + v + `" status=200`
	}, false, false},
	{[]string{"snake", "camel"}, func(r *rng, k, v string) string {
		return r.when().Format("2006-01-02 15:04:05,000") + " INFO [worker-" + r.digits(1) + "] " + k + "=" + v + " took=" + r.digits(3) + "ms"
	}, true, false},
	{[]string{"snake", "Camel"}, func(r *rng, k, v string) string {
		return "id," + k + ",created\n" + r.shape("1999") + "," + v + "," + r.when().Format("2006-01-02") + "\n"
	}, true, false},
	{[]string{"snake"}, func(r *rng, k, v string) string {
		return "\"id\";\"" + k + "\";\"state\"\n\"" + r.shape("199") + "\";\"" + v + "\";\"open\"\n"
	}, false, false},
	{[]string{"Camel", "camel", "kebab"}, func(r *rng, k, v string) string {
		return "<?xml version=\"1.0\"?>\n<record id=\"" + r.digits(3) + "\">\n  <" + k + ">" + v + "</" + k + ">\n</record>"
	}, false, false},
	{[]string{"camel", "kebab"}, func(r *rng, k, v string) string {
		return `<customer state="new" ` + k + `="` + v + `" />`
	}, false, false},
	{[]string{"snake", "camel", "kebab"}, func(r *rng, k, v string) string {
		return "customer:\n  region: eu\n  " + k + ": \"" + v + "\"\n  retries: 3\n"
	}, false, false},
	{[]string{"snake", "camel"}, func(r *rng, k, v string) string {
		return "- kind: record\n  " + k + ": " + v + "\n  enabled: yes\n"
	}, true, false},
	{[]string{"SNAKE"}, func(r *rng, k, v string) string { return "PORT=8080\n" + k + "=" + v + "\nDEBUG=false\n" }, true, false},
	{[]string{"SNAKE"}, func(r *rng, k, v string) string { return "export " + k + "=\"" + v + "\"" }, false, false},
	{[]string{"camel"}, func(r *rng, k, v string) string {
		return `log.info("saving record", Map.of("` + k + `", "` + v + `"));`
	}, false, false},
	{[]string{"snake"}, func(r *rng, k, v string) string { return k + ` = '` + v + `'  # from the form` }, false, false},
	{[]string{"camel"}, func(r *rng, k, v string) string { return `const ` + k + ` = "` + v + `";` }, false, false},
	{[]string{"snake"}, func(r *rng, k, v string) string { return `$data['` + k + `'] = '` + v + `';` }, false, false},
	{[]string{"camel"}, func(r *rng, k, v string) string { return `	` + k + ` := "` + v + `"` }, false, false},
	{[]string{"Camel"}, func(r *rng, k, v string) string { return `public string ` + k + ` { get; set; } = "` + v + `";` }, false, false},
	{[]string{"snake"}, func(r *rng, k, v string) string { return `resource.` + k + ` = "` + v + `"` }, false, false},
	{[]string{"snake"}, func(r *rng, k, v string) string {
		return r.when().Format("Jan _2 15:04:05") + " app01 billing[" + r.shape("1999") + "]: update ok, " + k + ": " + v
	}, true, false},
	{[]string{"Camel"}, func(r *rng, k, v string) string {
		return "An operation was attempted.\r\n\r\nSubject:\r\n\tLogon Type:\t\t3\r\n\t" + k + ":\t\t" + v + "\r\n\r\nDetailed Information:\r\n\tStatus:\t\t0x0\r\n"
	}, false, false},
	{[]string{"snake", "camel"}, func(r *rng, k, v string) string {
		return "GET /v1/lookup?page=" + r.digits(1) + "&" + k + "=" + v + "&sort=asc HTTP/1.1"
	}, true, true},
	{[]string{"snake"}, func(r *rng, k, v string) string {
		return "INSERT INTO t (id, " + k + ") VALUES (" + r.shape("199") + ", '" + v + "');"
	}, false, false},
}

// keyed puts a marked value under one of its names into a format of programs.
func keyed(r *rng, n named, marked string) string {
	for {
		c := draw(r, carriers)
		if c.bare && strings.ContainsAny(marked, " ,;:()&#%'\"\t\n") || c.url && strings.ContainsAny(marked, "+/=") {
			continue
		}
		return c.put(r, spell(r, draw(r, n.keys), draw(r, c.style)), marked)
	}
}

// neutral are names that say nothing about a value.
var neutral = named{keys: []string{"value", "data", "input", "field", "arg", "item", "payload", "note", "ref", "entry"}}

// plain are texts around a value that gives itself away.
var plain = []string{
	"§", "§", "§\n", "Seen in ticket: §", "I sent it to § yesterday, no answer.", "see § for details", "(§)", "entry § was rejected by the upstream",
	"Bitte an § weiterleiten.", "Voici ce que j'ai reçu : §.", "Lo recibí de § el lunes.", "Zie § voor meer.", "processing §...", "\"§\"", "- §\n- none\n",
	"first §, then the rest", "2024-03-01T10:11:12Z INFO handled § in 12ms", "Jun 14 15:16:01 app01 worker[193]: handled §", "<p>§</p>", "| § | open |",
}

// bare puts a value that gives itself away into a text that does not.
func bare(r *rng, marked string) string {
	if r.one(3) {
		return keyed(r, neutral, marked)
	}
	return strings.ReplaceAll(draw(r, plain), "§", marked)
}

// any uses one carrier or another.
func anyOf(r *rng, n named, marked string) string {
	switch {
	case r.one(3):
		return keyed(r, n, marked)
	case r.one(3):
		return bare(r, marked)
	}
	return sentence(r, n, marked)
}

// told puts a value where its name stands beside it.
func told(r *rng, n named, marked string) string {
	if r.one(3) {
		return keyed(r, n, marked)
	}
	return sentence(r, n, marked)
}

// noise are lines of logs with a hole for a value that means nothing.
var noise = []string{
	"2024-05-03 07:15:22,114 INFO dfs.DataNode: Received block blk_§ of size 67108864",
	"May  3 07:15:22 node-7 kernel: [   12.345678] acpi: id § ok",
	"build § finished in 34s", "order § shipped", "trace=§ span=00f067aa0ba902b7", "job_§ is running", "offset §, lag 0",
	"commit § by bot", "version § released", "§ bytes transferred", "seq § ack 0", "ERROR code § at line 12", "pid § exited", "sku: §",
	"{\"event\":\"tick\",\"id\":§}", "ticks=§", "at com.example.Foo.run(Foo.java:§)", "elapsed: § ns", "cursor §", "part number § is in stock",
}

// noisy puts a look-alike where logs have such things.
func noisy(r *rng, marked string) string { return strings.ReplaceAll(draw(r, noise), "§", marked) }

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func names(keys string, labels ...string) named {
	n := named{labels: map[string][]string{}}
	for k := range strings.SplitSeq(keys, ",") {
		n.keys = append(n.keys, strings.TrimSpace(k))
	}
	for _, l := range labels {
		lang, list, _ := strings.Cut(l, ":")
		for s := range strings.SplitSeq(list, ",") {
			n.labels[lang] = append(n.labels[lang], strings.TrimSpace(s))
		}
	}
	return n
}
