package pii

import (
	"fmt"
	"strings"
	"testing"
)

// schemeExamples has for each scheme numbers that its authority or its published check gives as valid, and numbers of the
// same shape that are not.
var schemeExamples = map[string]struct{ good, bad []string }{
	"us-itin":       {[]string{"912-90-3456", "912903456"}, []string{"912-93-3456", "912-49-3456", "812-90-3456"}},
	"us-ein":        {[]string{"91-1144442"}, []string{"07-1144442", "89-1144442", "00-1144442"}},
	"us-mbi":        {[]string{"1EG4-TE5-MK73", "1EG4TE5MK73"}, []string{"1EG4-TS5-MK73", "0EG4-TE5-MK73", "1EG4-TE5-MKO3"}},
	"us-npi":        {[]string{"1234567893"}, []string{"1234567894", "3234567893", "1234567890"}},
	"us-dea":        {[]string{"AP5836727", "F91234563"}, []string{"AP5836728", "QP5836727", "AP5836737"}},
	"us-aba":        {[]string{"111000025", "121000358"}, []string{"111000026", "991000025", "111000052"}},
	"ca-sin":        {[]string{"123 456 782", "046-454-286"}, []string{"123 456 783", "823 456 782", "123 465 782"}},
	"mx-curp":       {[]string{"BOXW310820HNERXN09"}, []string{"BOXW310820HNERXN08", "BOXW311320HNERXN09", "BOXW310820ZNERXN09"}},
	"mx-rfc":        {[]string{"GODE561231GR8"}, []string{"GODE561231GR9", "GODE561331GR8", "GODE561231GRA"}},
	"mx-clabe":      {[]string{"032180000118359719"}, []string{"032180000118359718", "000180000118359719", "032180000118359791"}},
	"br-cpf":        {[]string{"390.533.447-05", "39053344705"}, []string{"390.533.447-06", "390.533.447-15", "111.111.111-11"}},
	"br-cnpj":       {[]string{"16.727.230/0001-97", "16727230000197"}, []string{"16.727.230/0001-98", "16.727.230/0002-97", "16.727.231/0001-97"}},
	"ar-cuit":       {[]string{"20-05536168-2", "20055361682"}, []string{"20-05536168-3", "21-05536168-2", "20-05536186-2"}},
	"cl-rut":        {[]string{"12.531.909-2", "12531909-2"}, []string{"12.531.909-3", "12.531.990-2", "12.531.909-K"}},
	"co-nit":        {[]string{"213.123.432-1"}, []string{"213.123.432-2", "213.123.423-1", "213.132.432-1"}},
	"pe-ruc":        {[]string{"20512333797"}, []string{"20512333798", "21512333797", "20512333779"}},
	"ec-ci":         {[]string{"1714307103", "171430710-3"}, []string{"1714307104", "2714307103", "1774307103"}},
	"ec-ruc":        {[]string{"1714307103001"}, []string{"1714307104001", "1714307103000", "2714307103001"}},
	"uy-ci":         {[]string{"1.234.567-2"}, []string{"1.234.567-3", "1.234.576-2", "0.234.567-2"}},
	"do-cedula":     {[]string{"001-1391820-5"}, []string{"001-1391820-6", "001-1391802-5", "002-1391820-5"}},
	"ve-rif":        {[]string{"V-11470283-4", "V114702834"}, []string{"V-11470283-3", "X-11470283-4", "E-11470283-4"}},
	"gb-nhs":        {[]string{"943 476 5919", "9434765919", "943-476-5919"}, []string{"943 476 5918", "943 467 5919", "934 476 5919"}},
	"gb-nino":       {[]string{"AB123456C", "AB 12 34 56 C", "JG 123456 D"}, []string{"BG123456C", "DB123456C", "AB123456E"}},
	"gb-utr":        {[]string{"1955839661", "19558 39661"}, []string{"2955839661", "1955839662", "1955893661"}},
	"ie-pps":        {[]string{"6433435F", "6433435OA"}, []string{"6433435E", "6433453F", "6433435OZ"}},
	"gb-driver":     {[]string{"MORGA657054SM9IJ"}, []string{"MORGA697054SM9IJ", "M9RGA657054SM9IJ", "MORGA657554SM9IJ"}},
	"de-tax":        {[]string{"36 574 261 809", "36574261809"}, []string{"36574261890", "36554266806", "12345678903"}},
	"de-pension":    {[]string{"15070649C103", "65170839J003", "65 170839 J 003"}, []string{"15070649C104", "65171339J003", "65170839K003"}},
	"de-health":     {[]string{"A123456780"}, []string{"A123456781", "B123456780", "A123465780"}},
	"de-idcard":     {[]string{"T220001293", "L01X00T47"}, []string{"T220001294", "A220001293", "T220010293"}},
	"fr-nir":        {[]string{"295109912611193", "2 95 10 99 126 111 93"}, []string{"295109912611194", "595109912611193", "295139912611193"}},
	"fr-nir-13":     {[]string{"2951099126111", "2 95 10 99 126 111"}, []string{"5951099126111", "2951399126111", "2950099126111"}},
	"fr-siren":      {[]string{"552008443", "732 829 320"}, []string{"552008444", "552080443", "732 829 321"}},
	"fr-siret":      {[]string{"73282932000074", "732 829 320 00074"}, []string{"73282932000075", "73282932000704", "73282923000074"}},
	"nl-bsn":        {[]string{"111222333"}, []string{"111222334", "111223332", "001222333"}},
	"be-nn":         {[]string{"85.07.30-033.28", "85073003328", "17073003384"}, []string{"85.07.30-033.29", "85.13.30-033.28", "85.07.31-033.28"}},
	"be-enterprise": {[]string{"0428.759.497"}, []string{"0428.759.498", "2428.759.497", "0428.795.497"}},
	"lu-id":         {[]string{"1893120105732"}, []string{"1893120105733", "1893130105732", "1893120105723"}},
	"at-svnr":       {[]string{"1237 010180", "1237010180"}, []string{"1238 010180", "1237 011680", "0237 010180"}},
	"at-tax":        {[]string{"59-119/9013"}, []string{"59-119/9014", "59-119/9031", "59-191/9013"}},
	"ch-ahv":        {[]string{"756.9217.0769.85", "7569217076985"}, []string{"756.9217.0769.84", "757.9217.0769.85", "756.9217.0796.85"}},
	"ch-uid":        {[]string{"CHE-100.155.212", "CHE100155212"}, []string{"CHE-100.155.213", "CHE-100.155.221", "CHE-101.155.212"}},
	"es-nif":        {[]string{"54362315K", "54362315-K"}, []string{"54362315Z", "54362351K", "54362315A"}},
	"es-nie":        {[]string{"X2482300W", "X-2482300-W"}, []string{"X2482300A", "W2482300W", "X2482030W"}},
	"es-cif":        {[]string{"J99216582", "A58818501"}, []string{"J99216583", "T99216582", "A5881850A"}},
	"pt-nif":        {[]string{"501964843", "501 964 843"}, []string{"501964842", "401964843", "501946843"}},
	"pt-cc":         {[]string{"00000000 0 ZZ4"}, []string{"00000000 0 ZZ3", "00000000 1 ZZ4", "00000010 0 ZZ4"}},
	"it-cf":         {[]string{"RCCMNL83S18D969H", "RSSMRA85T10A562S"}, []string{"RCCMNL83S18D969A", "RCCMNL83F18D969H", "RCCMNL83S18D996H"}},
	"it-iva":        {[]string{"00743110157"}, []string{"00743110158", "00743110175", "00734110157"}},
	"se-pnr":        {[]string{"880320-0016", "19880320-0016"}, []string{"880320-0018", "881320-0016", "888320-0016"}},
	"se-org":        {[]string{"123456-7897", "556016-0680"}, []string{"123456-7898", "120456-7897", "556016-0608"}},
	"no-fnr":        {[]string{"151086 95088", "15108695088"}, []string{"151086 95077", "151386 95088", "15108695087"}},
	"no-org":        {[]string{"988077917", "988 077 917"}, []string{"988077918", "788077917", "988077971"}},
	"dk-cpr":        {[]string{"211062-5629", "2110625629"}, []string{"211362-5629", "321062-5629", "211062-0000"}},
	"dk-cpr-11":     {[]string{"211062-5629"}, []string{"211062-5628", "211362-5629", "211062-5692"}},
	"dk-cvr":        {[]string{"13585628"}, []string{"13585627", "13585682", "31585628"}},
	"fi-hetu":       {[]string{"131052-308T", "131052A308T"}, []string{"131052-308U", "131352-308T", "131052-380T"}},
	"fi-ytunnus":    {[]string{"2077474-0"}, []string{"2077474-1", "2077747-0", "2707474-0"}},
	"is-kt":         {[]string{"450401-3150", "120174-3399"}, []string{"450401-3160", "451301-3150", "120174-3393"}},
	"ee-ik":         {[]string{"36805280109"}, []string{"36805280108", "36813280109", "96805280109"}},
	"lt-ak":         {[]string{"33309240064"}, []string{"33309240065", "33313240064", "33309240046"}},
	"lv-pk":         {[]string{"161175-19997", "321175-19998"}, []string{"161175-19998", "161375-19997", "161175-91997"}},
	"pl-pesel":      {[]string{"44051401359"}, []string{"44051401358", "44151401359", "44053401359"}},
	"pl-nip":        {[]string{"856-734-62-15", "8567346215"}, []string{"856-734-62-16", "856-734-26-15", "865-734-62-15"}},
	"pl-regon":      {[]string{"192598184", "12345678512347"}, []string{"192598183", "12345678512348", "192598148"}},
	"cz-rc":         {[]string{"710319/2745", "7103192745"}, []string{"710319/2746", "711319/2745", "710319/2754"}},
	"cz-ico":        {[]string{"25123891"}, []string{"25123892", "25123819", "52123891"}},
	"hu-taj":        {[]string{"111111110"}, []string{"111111111", "111111112", "111111101"}},
	"ro-cnp":        {[]string{"1630615123457"}, []string{"1630615123458", "1631315123457", "1630615993457"}},
	"ro-cui":        {[]string{"18547290"}, []string{"18547291", "18547209", "81547290"}},
	"bg-egn":        {[]string{"7523169263"}, []string{"7523169264", "7533169263", "7523169236"}},
	"hr-oib":        {[]string{"33392005961"}, []string{"33392005962", "33392005916", "33329005961"}},
	"si-emso":       {[]string{"0101006500006"}, []string{"0101006500007", "0113006500006", "0101506500006"}},
	"si-davcna":     {[]string{"50223054"}, []string{"50223055", "50223045", "52023054"}},
	"rs-pib":        {[]string{"101134702"}, []string{"101134703", "101134720", "101134203"}},
	"gr-afm":        {[]string{"094259216"}, []string{"094259217", "094259261", "049259216"}},
	"gr-amka":       {[]string{"01013099997"}, []string{"01013099998", "01133099997", "01013099979"}},
	"tr-tckn":       {[]string{"17291716060"}, []string{"17291716050", "17291716061", "07291716060"}},
	"tr-vkn":        {[]string{"4540536920"}, []string{"4540536921", "4540536902", "4504536920"}},
	"ru-inn":        {[]string{"7707083893", "500100732259"}, []string{"7707083894", "500100732258", "500100732249"}},
	"ru-snils":      {[]string{"112-233-445 95"}, []string{"112-233-445 96", "112-233-454 95", "121-233-445 95"}},
	"ru-ogrn":       {[]string{"1027700132195"}, []string{"1027700132196", "2027700132195", "1027700132159"}},
	"ua-rnokpp":     {[]string{"1759013776"}, []string{"1759013777", "1759013767", "1795013776"}},
	"cy-tic":        {[]string{"10259033P"}, []string{"10259033Q", "10259303P", "12059033P"}},
	"in-aadhaar":    {[]string{"2341 2341 2346", "234123412346"}, []string{"2341 2341 2347", "1341 2341 2346", "2341 2314 2346"}},
	"in-pan":        {[]string{"ACUPA7085R"}, []string{"ACUDA7085R", "ACUPA0000R", "ACUZA7085R"}},
	"in-gstin":      {[]string{"27AAPFU0939F1ZV"}, []string{"27AAPFU0939F1ZW", "00AAPFU0939F1ZV", "27AAPFU0993F1ZV"}},
	"cn-rin":        {[]string{"11010519491231002X"}, []string{"110105194912310021", "11010519491331002X", "99010519491231002X"}},
	"cn-uscc":       {[]string{"91110000600037341L"}, []string{"91110000600037341M", "91110000600037314L", "91110000600037I41L"}},
	"hk-id":         {[]string{"G123456(A)", "AB987654(3)"}, []string{"G123456(B)", "G123465(A)", "AB987654(4)"}},
	"tw-id":         {[]string{"A123456789"}, []string{"A123456788", "A323456789", "A123456189"}},
	"sg-nric":       {[]string{"S1234567D", "F1234567N"}, []string{"S1234567E", "F1234567D", "S1234576D"}},
	"sg-uen":        {[]string{"00192200M", "197401143C", "S16FC0121D"}, []string{"00192200N", "197401143D", "S16FC0121E"}},
	"kr-rrn-date":   {[]string{"850101-1234560"}, []string{"851301-1234560", "850132-1234560", "850101-9234560"}},
	"kr-brn":        {[]string{"116-82-00276"}, []string{"116-82-00277", "116-82-00267", "119-82-00276"}},
	"jp-corporate":  {[]string{"5835678256246"}, []string{"6835678256246", "5835678256264", "5835687256246"}},
	"th-id":         {[]string{"1-2345-45678-78-1"}, []string{"1-2345-45678-78-2", "1-2345-45678-79-1", "0-2345-45678-78-1"}},
	"my-nric":       {[]string{"770305-02-1234"}, []string{"771305-02-1234", "770305-17-1234", "770335-02-1234"}},
	"il-id":         {[]string{"039337423"}, []string{"039337424", "039337432", "093337423"}},
	"au-tfn":        {[]string{"123 456 782", "123456782"}, []string{"123 456 783", "132 456 782", "123 456 728"}},
	"au-abn":        {[]string{"83 914 571 673", "51824753556"}, []string{"83 914 571 674", "51824753565", "15824753556"}},
	"au-acn":        {[]string{"004 085 616"}, []string{"004 085 617", "004 058 616", "040 085 616"}},
	"au-medicare":   {[]string{"2123 45670 1", "2123456701"}, []string{"1123 45670 1", "2123 45680 1", "2132 45670 1"}},
	"nz-ird":        {[]string{"49-091-850", "136410132"}, []string{"49-091-851", "136410133", "136410123"}},
	"nz-nhi":        {[]string{"ZZZ0016", "ZAC5361"}, []string{"ZZZ0017", "ZIC5361", "ZAC5316"}},
	"za-id":         {[]string{"7503305044089", "750330 5044 089"}, []string{"7503305044088", "7513305044089", "7503305044389"}},
	"at-vat":        {[]string{"ATU13585627"}, []string{"ATU14585627", "ATU13595627", "ATU13585727"}},
	"be-vat":        {[]string{"BE0428759497"}, []string{"BE0528759497", "BE0429759497", "BE0428769497"}},
	"bg-vat":        {[]string{"BG175074752"}, []string{"BG185074752", "BG175174752", "BG175075752"}},
	"cy-vat":        {[]string{"CY10259033P"}, []string{"CY11259033P", "CY10269033P", "CY10259133P"}},
	"cz-vat":        {[]string{"CZ25123891"}, []string{"CZ26123891", "CZ25133891", "CZ25123991"}},
	"de-vat":        {[]string{"DE136695976"}, []string{"DE146695976", "DE136795976", "DE136696976"}},
	"dk-vat":        {[]string{"DK13585628"}, []string{"DK14585628", "DK13595628", "DK13585728"}},
	"ee-vat":        {[]string{"EE100931558"}, []string{"EE110931558", "EE100031558", "EE100932558"}},
	"el-vat":        {[]string{"EL094259216"}, []string{"EL004259216", "EL094359216", "EL094250216"}},
	"es-vat":        {[]string{"ESB58378431"}, []string{"ESB59378431", "ESB58388431", "ESB58378531"}},
	"fi-vat":        {[]string{"FI20774740"}, []string{"FI21774740", "FI20784740", "FI20774840"}},
	"fr-vat":        {[]string{"FR83404833048"}, []string{"FR84404833048", "FR83414833048", "FR83404933048"}},
	"gb-vat":        {[]string{"GB980780684"}, []string{"GB990780684", "GB980880684", "GB980781684"}},
	"hr-vat":        {[]string{"HR33392005961"}, []string{"HR34392005961", "HR33302005961", "HR33392105961"}},
	"hu-vat":        {[]string{"HU12892312"}, []string{"HU13892312", "HU12802312", "HU12892412"}},
	"ie-vat":        {[]string{"IE6433435F"}, []string{"IE6533435F", "IE6434435F", "IE6433445F"}},
	"it-vat":        {[]string{"IT00743110157"}, []string{"IT01743110157", "IT00753110157", "IT00743210157"}},
	"lt-vat":        {[]string{"LT119511515"}, []string{"LT129511515", "LT119611515", "LT119512515"}},
	"lu-vat":        {[]string{"LU15027442"}, []string{"LU16027442", "LU15037442", "LU15027542"}},
	"lv-vat":        {[]string{"LV40003521600"}, []string{"LV41003521600", "LV40013521600", "LV40003621600"}},
	"mt-vat":        {[]string{"MT11679112"}, []string{"MT12679112", "MT11689112", "MT11679212"}},
	"nl-vat":        {[]string{"NL123456782B90"}, []string{"NL133456782B90", "NL123556782B90", "NL123466782B90"}},
	"pl-vat":        {[]string{"PL8567346215"}, []string{"PL8667346215", "PL8568346215", "PL8567356215"}},
	"pt-vat":        {[]string{"PT501964843"}, []string{"PT511964843", "PT501064843", "PT501965843"}},
	"ro-vat":        {[]string{"RO18547290"}, []string{"RO19547290", "RO18557290", "RO18547390"}},
	"se-vat":        {[]string{"SE123456789701"}, []string{"SE133456789701", "SE123556789701", "SE123466789701"}},
	"si-vat":        {[]string{"SI50223054"}, []string{"SI51223054", "SI50233054", "SI50223154"}},
	"sk-vat":        {[]string{"SK2022749619"}, []string{"SK2122749619", "SK2023749619", "SK2022759619"}},
	"ch-vat":        {[]string{"CHE107787577IVA"}, []string{"CHE117787577IVA", "CHE107887577IVA", "CHE107788577IVA"}},
	"no-vat":        {[]string{"NO995525828MVA"}, []string{"NO905525828MVA", "NO995625828MVA", "NO995526828MVA"}},
}

// schemeTakes reports whether a scheme's shapes and check take text, as a whole.
func schemeTakes(t *testing.T, id, text string) bool {
	t.Helper()
	for i := range schemeTable {
		s := &schemeTable[i]
		if s.id != id {
			continue
		}
		for _, sh := range strings.Split(s.shapes, " ") {
			w := newWordShape(uint8(i), strings.ReplaceAll(sh, "_", " "))
			if _, end, _ := w.match([]byte(text), int(w.anchor)); end == len(text) {
				id := idOf([]byte(text))
				return !id.repeats() && (s.check == nil || s.check(&id))
			}
		}
		return false
	}
	t.Fatalf("no scheme %s", id)
	return false
}

func TestSchemesTakeTheirAuthoritysExamplesOnly(t *testing.T) {
	for id, ex := range schemeExamples {
		for _, v := range ex.good {
			if !schemeTakes(t, id, v) {
				t.Errorf("%s does not take %s", id, v)
			}
		}
		if len(ex.bad) < 3 {
			t.Errorf("%s has %d near misses", id, len(ex.bad))
		}
		for _, v := range ex.bad {
			if schemeTakes(t, id, v) {
				t.Errorf("%s takes %s", id, v)
			}
		}
	}
}

func TestSchemesAreSound(t *testing.T) {
	if n := len(schemeTable) + int(topicScheme); n > 255 {
		t.Errorf("%d topics do not fit into a byte", n)
	}
	seen := map[string]bool{}
	for i := range schemeTable {
		s := &schemeTable[i]
		switch {
		case seen[s.id], s.name == "", s.source == "", s.shapes == "", schemeRules[s.typ] == "":
			t.Errorf("row %s is incomplete or not the only one", s.id)
		case s.check == nil && (s.plain == anywhere || s.plain == alone):
			t.Errorf("%s stands without a check", s.id)
		case s.words == "" && s.general == 0:
			t.Errorf("%s has no words", s.id)
		case len(s.id) < 4 || s.id[2] != '-':
			t.Errorf("%s does not begin with a country", s.id)
		}
		seen[s.id] = true
		for _, sh := range strings.Split(s.shapes, " ") {
			if len(sh) > 31 {
				t.Errorf("%s: %s is too long", s.id, sh)
			}
		}
		if s.check == nil {
			continue
		}
		if _, ok := schemeExamples[s.id]; !ok && !strings.Contains("es-ss br-pis gb-chi pl-idcard hu-tax hu-adoszam hu-id kz-iin mt-id kr-rrn kr-driver jp-mynumber id-nik vn-cccd pk-cnic ae-eid sa-id ir-code eg-id kw-civil ar-dni", s.id) {
			t.Errorf("%s has no example", s.id)
		}
	}
}

// TestNamedNumbersAreFoundWithTheirRule writes every example behind the first word that names its scheme.
func TestNamedNumbersAreFoundWithTheirRule(t *testing.T) {
	sc := newScanner(t, Options{})
	for i := range schemeTable {
		s := &schemeTable[i]
		word, _, _ := strings.Cut(s.words, ",")
		if word == "" {
			continue
		}
		for _, v := range schemeExamples[s.id].good {
			if len(v) < 9 && isDigits([]byte(v)) {
				continue // Too short to be looked at without a key name.
			}
			text := fmt.Sprintf("the %s: %s, thanks", word, v)
			at := strings.Index(text, v)
			ok := false
			for _, f := range sc.Scan(nil, []byte(text)) {
				ok = ok || int(f.Start) == at && int(f.End) == at+len(v) && f.Type == s.typ && f.Level == LevelRedact
			}
			if !ok {
				t.Errorf("%s: nothing in %q: %v", s.id, text, describe(sc.Scan(nil, []byte(text))))
			}
		}
	}
}
