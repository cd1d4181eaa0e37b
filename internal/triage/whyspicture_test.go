package triage

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tftsr/tftsr/internal/triage/picture"
)

// large is an analysis of 200 claims in all lanes, with joins, gates, rivals
// and refuted branches.
func large(t testing.TB) (*Analysis, memory) {
	t.Helper()
	logs := memory{"app": nil}
	for i := range 400 {
		logs["app"] = append(logs["app"], fmt.Sprintf("2026-03-01T04:%02d:%02dZ worker %d kept a connection for %d s", i/60, i%60, i, i))
	}
	var a *Analysis
	for i := 0; i < 200; i += 40 {
		in := StepInput{Revision: int64(i / 40)}
		if a == nil {
			in.Problem = &ProblemInput{What: "Requests to /orders timed out for 22 minutes in all three regions & <every> tenant"}
		}
		for j := i; j < i+40; j++ {
			n := NodeInput{ID: fmt.Sprintf("w%d", j), Claim: fmt.Sprintf("Worker %d of the export job kept its connection for %d s while others waited", j, j)}
			switch {
			case j >= 6:
				n.Parents = []string{fmt.Sprintf("w%d", j/3)}
			case j == 4:
				n.Lane = "detection"
			case j == 5:
				n.Lane = "duration"
			}
			if j > 20 && j%17 == 0 {
				n.Parents = append(n.Parents, fmt.Sprintf("w%d", j/3+1))
			}
			if j%7 == 0 {
				n.Gate = []string{"AND", "OR"}[j/7%2]
			}
			if j%11 == 0 {
				n.Stop, n.ActionableBy, n.Why = "actionable", "orders", "without it the pool would have sufficed"
			}
			in.Nodes = append(in.Nodes, n)
			if j%13 == 0 {
				in.Nodes = append(in.Nodes, NodeInput{ID: fmt.Sprintf("r%d", j), RivalOf: n.ID, Claim: "Statements in PostgreSQL were slow"})
			}
			e := EvidenceInput{
				On: n.ID, Type: "log_excerpt", Text: fmt.Sprintf("worker %d kept a connection", j),
				Ref: NewLogRef("app", int64(j+1), logs["app"][j:j+1]).String(),
			}
			if j%19 == 18 {
				e.Effect = "refutes"
			}
			if j%5 != 4 {
				in.Evidence = append(in.Evidence, e)
			}
		}
		res, err := Engine{}.Step(t.Context(), a, in, logs)
		if err != nil {
			t.Fatal(err)
		}
		a = &res.Analysis
	}
	return a, logs
}

// wellFormed fails the test when b is no XML or holds what runs or loads.
func wellFormed(t *testing.T, name string, b []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		el, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if el.Name.Local == "script" || el.Name.Local == "foreignObject" || el.Name.Local == "image" {
			t.Errorf("%s holds <%s>", name, el.Name.Local)
		}
		for _, at := range el.Attr {
			if strings.HasPrefix(at.Name.Local, "on") || at.Name.Local == "href" {
				t.Errorf("%s: <%s> has %s", name, el.Name.Local, at.Name.Local)
			}
		}
	}
}

// Every transcript and a graph of 200 claims: nothing overlaps, nothing is cut
// off, every claim that stands is there with its status, and the same analysis
// gives the same bytes.
func TestDrawnAnalysesAreWholeAndLegible(t *testing.T) {
	all := map[string]*Analysis{}
	for _, tr := range transcripts(t) {
		if a := tr.play(t, nil); a != nil {
			all[filepath.Base(tr.path)] = a
		}
	}
	all["large"], _ = large(t)
	for name, a := range all {
		p, err := Picture(a)
		if err != nil {
			t.Fatal(err)
		}
		if out := p.Outside(); len(out) > 0 {
			t.Errorf("%s: %d items are cut off by the edge: %+v", name, len(out), out[0])
		}
		var boxes []picture.Rect
		for _, it := range p.Items {
			if r, ok := it.(picture.Rect); ok && r.H < 300 && (r.W == boxWidth || r.W == boxWidth-rivalShift) {
				boxes = append(boxes, r)
			}
		}
		for i, a := range boxes {
			for _, b := range boxes[:i] {
				if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("%s: boxes %+v and %+v overlap", name, a, b)
				}
			}
		}
		g, err := LoadGraph(a.State)
		if err != nil {
			t.Fatal(err)
		}
		svg := p.SVG()
		wellFormed(t, name, svg)
		for v, i := newView(g), 0; i < len(g.Nodes); i++ {
			if v.live[i] && !bytes.Contains(svg, []byte(">"+g.Nodes[i].ID)) {
				t.Errorf("%s: claim %s is not drawn", name, g.Nodes[i].ID)
			}
		}
		again, err := Picture(a)
		if err != nil || !bytes.Equal(svg, again.SVG()) {
			t.Errorf("%s: drawn twice, it differs (%v)", name, err)
		}
		if dir := os.Getenv("TFTSR_PICTURES"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".svg"), svg, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestHostileTextIsDrawnAndCannotBreakThePicture(t *testing.T) {
	for _, claim := range []string{
		`</text><script>alert(1)</script>`, "a\x00b\x1b[31mred\x07", "]]> <!-- & &amp; \"'", "\u202etxet desrever\u202c", strings.Repeat("x", MaxClaim), "日本語の障害", "\u2028new\u2029line",
	} {
		res, err := Engine{}.Step(t.Context(), nil, StepInput{
			Problem: &ProblemInput{What: "Logins failed " + claim[:min(len(claim), 20)]},
			Nodes:   []NodeInput{{ID: "a", Claim: claim}, {ID: "b", RivalOf: "a", Claim: claim}},
		}, nil)
		if err != nil {
			continue // refused text is drawn nowhere
		}
		p, err := Picture(&res.Analysis)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, claim, p.SVG())
		if out := p.Outside(); len(out) > 0 {
			t.Errorf("%q: %+v is cut off", claim, out[0])
		}
		m, err := Mermaid(&res.Analysis)
		if err != nil || strings.Contains(m, "<script") {
			t.Errorf("%q: %v, %s", claim, err, m)
		}
	}
}

func BenchmarkPictureOf200Claims(b *testing.B) {
	a, _ := large(b)
	for b.Loop() {
		p, err := Picture(a)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(p.SVG())))
	}
}
